// Opcodes that ask or change the world: accounts, storage, logs, block values.
#pragma once

#include <otento/evm/ops.hpp>

namespace otento::evm {

template <bool TRACED>
[[gnu::noinline]] OpResult op_balance(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    const Address address = sp[0].to_address();
    if (!spend_account_access(m, address, gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    sp[0] = m.host.balance(address);
    return {gas};
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_extcodesize(Machine& m, Frame& f, uint256* sp,
                                          uint64_t gas) noexcept {
    const Address address = sp[0].to_address();
    if (!spend_account_access(m, address, gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    sp[0] = m.host.code(address).bytes->size();
    return {gas};
}

/// EIP-1052: zero for accounts that do not exist or are empty.
template <bool TRACED>
[[gnu::noinline]] OpResult op_extcodehash(Machine& m, Frame& f, uint256* sp,
                                          uint64_t gas) noexcept {
    const Address address = sp[0].to_address();
    if (!spend_account_access(m, address, gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    sp[0] = m.host.is_empty(address) ? uint256{} : uint256::from(m.host.code_hash(address));
    return {gas};
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_blockhash(Machine& m, Frame&, uint256* sp, uint64_t gas) noexcept {
    constexpr uint64_t DEPTH = 256;
    const uint64_t current = m.tx->number;
    const uint64_t number = sp[0].low64();
    const bool known = sp[0].fits_u64() && number < current && current - number <= DEPTH;
    sp[0] = known ? uint256::from(m.host.block_hash(number)) : uint256{};
    return {gas};
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_selfbalance(Machine& m, Frame& f, uint256* sp,
                                          uint64_t gas) noexcept {
    sp[1] = m.host.balance(f.recipient);
    return {gas};
}

/// EIP-4844
template <bool TRACED>
[[gnu::noinline]] OpResult op_blobhash(Machine& m, Frame&, uint256* sp, uint64_t gas) noexcept {
    const std::vector<Hash>& hashes = m.tx->blob_hashes;
    sp[0] = sp[0].fits_u64() && sp[0].low64() < hashes.size()
                ? uint256::from(hashes[static_cast<size_t>(sp[0].low64())])
                : uint256{};
    return {gas};
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_sload(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    const Hash key = sp[0].to_be();
    if (!m.fork->access_lists) {
        report<TRACED>(m, f, sp, gas);
        sp[0] = uint256::from(m.host.storage(f.recipient, key));
        return {gas};
    }
    const StorageAccess access = m.host.touch_storage(f.recipient, key);
    if (!access.was_warm && !spend(gas, GAS_COLD_SLOAD - GAS_WARM_ACCESS)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    sp[0] = uint256::from(access.value.current);
    return {gas};
}

/// What an SSTORE costs and gives back.
struct SstorePrice {
    uint64_t gas = 0;
    int64_t refund = 0;
};

/// Yellow Paper appendix G and H, before EIP-1283 and again in Petersburg.
[[nodiscard]] inline SstorePrice plain_sstore_price(const ForkRules& rules, bool was_zero,
                                                    bool is_zero) noexcept {
    if (was_zero && !is_zero) {
        return {GAS_SSTORE_SET, 0};
    }
    const bool cleared = !was_zero && is_zero;
    return {rules.sstore_reset, cleared ? static_cast<int64_t>(rules.sstore_clear_refund) : 0};
}

/// EIP-1283, EIP-2200, EIP-2929 and EIP-3529 are one rule with different figures.
[[nodiscard]] inline SstorePrice net_sstore_price(const ForkRules& rules, const uint256& original,
                                                  const uint256& current,
                                                  const uint256& value) noexcept {
    const int64_t clear_refund = static_cast<int64_t>(rules.sstore_clear_refund);
    if (current == value) {
        return {rules.sstore_unchanged, 0};
    }
    if (original == current) {
        if (original.is_zero()) {
            return {GAS_SSTORE_SET, 0};
        }
        return {rules.sstore_reset, value.is_zero() ? clear_refund : 0};
    }
    SstorePrice price{rules.sstore_unchanged, 0};
    if (!original.is_zero()) {
        if (current.is_zero()) {
            price.refund -= clear_refund;
        } else if (value.is_zero()) {
            price.refund += clear_refund;
        }
    }
    if (original == value) {
        const uint64_t paid = original.is_zero() ? GAS_SSTORE_SET : rules.sstore_reset;
        price.refund += static_cast<int64_t>(paid - rules.sstore_unchanged);
    }
    return price;
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_sstore(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    if (f.is_static) {
        return failed(Status::static_mode_violation);
    }
    const ForkRules& rules = *m.fork;
    if (rules.sstore_rule == SstoreRule::sentry && gas <= SSTORE_SENTRY_GAS) {
        return out_of_gas();
    }
    const Hash key = sp[0].to_be();
    const uint256& value = sp[-1];
    uint256 current;
    SstorePrice price;
    if (rules.access_lists) {
        const StorageAccess access = m.host.touch_storage(f.recipient, key);
        if (!access.was_warm && !spend(gas, GAS_COLD_SLOAD)) {
            return out_of_gas();
        }
        current = uint256::from(access.value.current);
        price = net_sstore_price(rules, uint256::from(access.value.original), current, value);
    } else if (rules.sstore_rule == SstoreRule::plain) {
        current = uint256::from(m.host.storage(f.recipient, key));
        price = plain_sstore_price(rules, current.is_zero(), value.is_zero());
    } else {
        const StorageValue slot = m.host.storage_value(f.recipient, key);
        current = uint256::from(slot.current);
        price = net_sstore_price(rules, uint256::from(slot.original), current, value);
    }
    if (!spend(gas, price.gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    if (price.refund != 0) {
        m.host.add_refund(price.refund);
    }
    if (current != value) {
        m.host.set_storage(f.recipient, key, value.to_be());
    }
    return {gas};
}

/// EIP-1153
template <bool TRACED>
[[gnu::noinline]] OpResult op_tload(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    sp[0] = uint256::from(m.host.transient_storage(f.recipient, sp[0].to_be()));
    return {gas};
}

template <bool TRACED>
[[gnu::noinline]] OpResult op_tstore(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    if (f.is_static) {
        return failed(Status::static_mode_violation);
    }
    m.host.set_transient_storage(f.recipient, sp[0].to_be(), sp[-1].to_be());
    return {gas};
}

template <bool TRACED, unsigned TOPICS>
[[gnu::noinline]] OpResult op_log(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    if (f.is_static) {
        return failed(Status::static_mode_violation);
    }
    Region region;
    if (!to_region(sp[0], sp[-1], region) || !spend(gas, GAS_LOG_BYTE * region.size) ||
        !spend_memory(f.memory, region.end(), gas)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);
    std::vector<Hash> topics(TOPICS);
    for (unsigned i = 0; i < TOPICS; ++i) {
        topics[i] = sp[-2 - static_cast<int>(i)].to_be();
    }
    const BytesView data{f.memory.data() + region.offset, static_cast<size_t>(region.size)};
    if (m.tracer != nullptr) {
        m.tracer->on_log(f.recipient, topics, data, f.depth);
    }
    m.host.emit_log(f.recipient, std::move(topics), data);
    return {gas};
}

/// Yellow Paper H.2; EIP-150, EIP-161, EIP-2929, EIP-3529, EIP-6780.
template <bool TRACED>
[[gnu::noinline]] OpResult op_selfdestruct(Machine& m, Frame& f, uint256* sp,
                                           uint64_t gas) noexcept {
    if (f.is_static) {
        return failed(Status::static_mode_violation);
    }
    const ForkRules& rules = *m.fork;
    const Address& self = f.recipient;
    const Address beneficiary = sp[0].to_address();
    // The opcode has no warm price, so a cold access costs all of it.
    if (rules.access_lists && !m.host.access_account(beneficiary) &&
        !spend(gas, GAS_COLD_ACCOUNT_ACCESS)) {
        return out_of_gas();
    }
    const uint256 balance = m.host.balance(self);
    if (rules.selfdestruct_pays_new_account) {
        const bool makes_account = rules.state_clearing
                                       ? !balance.is_zero() && m.host.is_empty(beneficiary)
                                       : !m.host.exists(beneficiary);
        if (makes_account && !spend(gas, GAS_NEW_ACCOUNT)) {
            return out_of_gas();
        }
    }
    report<TRACED>(m, f, sp, gas);
    if (m.tracer != nullptr) {
        m.tracer->on_self_destruct(self, beneficiary, balance, f.depth);
    }
    const bool dies = !rules.selfdestruct_same_tx_only || m.host.created_in_tx(self);
    if (beneficiary != self) {
        if (balance.is_zero()) {
            m.touch(beneficiary);
        } else {
            m.host.subtract_balance(self, balance);
            m.host.add_balance(beneficiary, balance);
        }
    } else if (dies && !balance.is_zero()) {
        m.host.subtract_balance(self, balance);  // Burnt.
    }
    if (dies && m.host.self_destruct(self) && rules.selfdestruct_refund != 0) {
        m.host.add_refund(static_cast<int64_t>(rules.selfdestruct_refund));
    }
    f.output = {};
    return {gas};
}

}  // namespace otento::evm
