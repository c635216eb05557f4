// CALL, CALLCODE, DELEGATECALL, STATICCALL, CREATE and CREATE2: price the message and leave it in
// Machine::pending. Yellow Paper H.2 with EIP-7, 150, 161, 214, 1014, 2929, 3860 and 7702.
#pragma once

#include <otento/evm/ops.hpp>

namespace otento::evm {

/// Gas a callee may get out of `gas` (EIP-150: all but one 64th).
[[nodiscard]] inline uint64_t gas_to_hand_over(const ForkRules& rules, uint64_t gas) noexcept {
    return rules.gas_all_but_one_64th ? gas - gas / 64 : gas;
}

/// Price of following an EIP-7702 delegation; leaves the code that will run in
/// Machine::pending_code.
[[nodiscard]] inline bool spend_delegation(Machine& m, const Address& address,
                                           uint64_t& gas) noexcept {
    m.pending_code = m.host.code(address);
    const std::optional<Address> target = delegation_target(*m.pending_code.bytes);
    if (!target) {
        return true;
    }
    const uint64_t cost =
        m.host.access_account(*target) ? GAS_WARM_ACCESS : GAS_COLD_ACCOUNT_ACCESS;
    if (!spend(gas, cost)) {
        return false;
    }
    m.pending_code = m.host.code(*target);
    return true;
}

template <bool TRACED, CallKind KIND>
[[gnu::noinline]] OpResult op_call(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    constexpr bool HAS_VALUE = KIND == CallKind::call || KIND == CallKind::callcode;
    const ForkRules& rules = *m.fork;
    Message& message = m.pending;
    const Address& address = message.code_address;
    sp[-1].store_address(message.code_address);
    const uint256 value = HAS_VALUE ? sp[-2] : uint256{};
    const uint256* const regions = sp - (HAS_VALUE ? 3 : 2);
    if (KIND == CallKind::call && f.is_static && !value.is_zero()) {
        return failed(Status::static_mode_violation);
    }

    Region input;
    Region output;
    if (!to_region(regions[0], regions[-1], input) ||
        !to_region(regions[-2], regions[-3], output) ||
        !spend_memory(f.memory, std::max(input.end(), output.end()), gas)) {
        return out_of_gas();
    }
    if (!spend_account_access(m, address, gas)) {
        return out_of_gas();
    }
    if (!value.is_zero() && !spend(gas, GAS_CALL_VALUE)) {
        return out_of_gas();
    }
    if (KIND == CallKind::call) {
        const bool makes_account = rules.state_clearing
                                       ? !value.is_zero() && m.host.is_empty(address)
                                       : !m.host.exists(address);
        if (makes_account && !spend(gas, GAS_NEW_ACCOUNT)) {
            return out_of_gas();
        }
    }
    m.pending_code.bytes.reset();
    if (rules.delegations && !spend_delegation(m, address, gas)) {
        return out_of_gas();
    }
    uint64_t handed_over = sp[0].saturate_u64();
    if (rules.gas_all_but_one_64th) {
        handed_over = std::min(handed_over, gas_to_hand_over(rules, gas));
    }
    if (!spend(gas, handed_over)) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);

    message.kind = KIND;
    message.is_static = f.is_static || KIND == CallKind::staticcall;
    message.depth = f.depth + 1;
    message.gas = handed_over + (value.is_zero() ? 0 : GAS_CALL_STIPEND);
    message.sender = KIND == CallKind::delegatecall ? f.sender : f.recipient;
    if constexpr (KIND == CallKind::call || KIND == CallKind::staticcall) {
        sp[-1].store_address(message.recipient);
    } else {
        message.recipient = f.recipient;
    }
    message.value = KIND == CallKind::delegatecall ? f.value : value;
    message.input = {f.memory.data() + input.offset, static_cast<size_t>(input.size)};
    f.awaits_creation = false;
    f.output_offset = output.offset;
    f.output_size = output.size;
    return {gas};
}

template <bool TRACED, CallKind KIND>
[[gnu::noinline]] OpResult op_create(Machine& m, Frame& f, uint256* sp, uint64_t gas) noexcept {
    constexpr bool SALTED = KIND == CallKind::create2;
    const ForkRules& rules = *m.fork;
    if (f.is_static) {
        return failed(Status::static_mode_violation);
    }
    Region init_code;
    if (!to_region(sp[-1], sp[-2], init_code) || !spend_memory(f.memory, init_code.end(), gas)) {
        return out_of_gas();
    }
    if (rules.initcode_limit && init_code.size > m.rules.initcode_size_max) {
        return failed(Status::max_initcode_size_exceeded);
    }
    const uint64_t word_price =
        (rules.initcode_limit ? GAS_INITCODE_WORD : 0) + (SALTED ? GAS_KECCAK256_WORD : 0);
    if (!spend(gas, word_price * words_of(init_code.size))) {
        return out_of_gas();
    }
    report<TRACED>(m, f, sp, gas);

    const uint64_t handed_over = gas_to_hand_over(rules, gas);
    gas -= handed_over;
    Message& message = m.pending;
    message.kind = KIND;
    message.is_static = false;
    message.depth = f.depth + 1;
    message.gas = handed_over;
    message.sender = f.recipient;
    message.value = sp[0];
    message.input = {f.memory.data() + init_code.offset, static_cast<size_t>(init_code.size)};
    if constexpr (SALTED) {
        message.salt = sp[-3].to_be();
    }
    f.awaits_creation = true;
    return {gas};
}

}  // namespace otento::evm
