#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/execution/execute_transaction.hpp>

#include <algorithm>

namespace otento::execution {

using evm::Fork;
using types::Transaction;

namespace {

constexpr uint64_t REFUND_QUOTIENT_FRONTIER = 2;  // Yellow Paper 6.2
constexpr uint64_t REFUND_QUOTIENT_LONDON = 5;    // EIP-3529
constexpr int64_t AUTHORIZATION_REFUND =
    25000 - 12500;  // EIP-7702 PER_EMPTY_ACCOUNT_COST - PER_AUTH_BASE_COST
constexpr uint8_t DELEGATION_PREFIX[] = {0xef, 0x01, 0x00};  // EIP-7702

/// EIP-7702: sets the delegations of valid authorizations; invalid ones are skipped.
void apply_authorization(state::State& state, const types::Authorization& authorization,
                         uint64_t chain_id) {
    if (!authorization.chain_id.is_zero() && authorization.chain_id != uint256{chain_id}) {
        return;
    }
    if (authorization.nonce == UINT64_MAX) {
        return;
    }
    const auto authority = types::recover_authority(authorization);
    if (!authority) {
        return;
    }
    state.access_account(*authority);
    const state::Code code = state.code(*authority);
    if (!code.bytes->empty() && !delegation_target(*code.bytes)) {
        return;
    }
    if (state.nonce(*authority) != authorization.nonce) {
        return;
    }
    if (state.exists(*authority)) {
        state.add_refund(AUTHORIZATION_REFUND);
    }
    Bytes designator;
    if (!authorization.address.is_zero()) {
        append(designator, DELEGATION_PREFIX);
        append(designator, authorization.address);
    }
    state.set_code(*authority, std::move(designator));
    state.set_nonce(*authority, authorization.nonce + 1);
}

/// EIP-2929, 2930, 3651. Precompiles are warm by themselves (StateHost), a delegate by the EVM.
void warm_up(Environment& env, const Transaction& tx, const Address& sender) {
    if (!env.rules.at_least(Fork::berlin)) {
        return;
    }
    env.state.access_account(sender);
    if (tx.to) {
        env.state.access_account(*tx.to);
    }
    if (env.rules.at_least(Fork::shanghai)) {
        env.state.access_account(env.block.coinbase);
    }
    for (const auto& entry : tx.access_list) {
        env.state.access_account(entry.address);
        for (const auto& key : entry.storage_keys) {
            env.state.access_storage(entry.address, key);
        }
    }
}

[[nodiscard]] evm::Message message_of(const Transaction& tx, const Address& sender, uint64_t gas) {
    evm::Message message;
    message.kind = tx.to ? evm::CallKind::call : evm::CallKind::create;
    message.gas = gas;
    message.sender = sender;
    message.value = tx.value;
    message.input = tx.data;
    if (tx.to) {
        message.recipient = *tx.to;
        message.code_address = *tx.to;
    }
    return message;
}

/// Gas the sender pays after refunds (EIP-3529) and the calldata floor (EIP-7623).
[[nodiscard]] uint64_t settle_gas(const Rules& rules, uint64_t spent, int64_t refund_counter,
                                  uint64_t floor) noexcept {
    const uint64_t quotient =
        rules.at_least(Fork::london) ? REFUND_QUOTIENT_LONDON : REFUND_QUOTIENT_FRONTIER;
    const uint64_t refund =
        std::min(spent / quotient, static_cast<uint64_t>(std::max<int64_t>(refund_counter, 0)));
    return std::max(spent - refund, floor);
}

}  // namespace

Address creation_address(const Address& sender, uint64_t nonce) {
    rlp::Writer writer;
    writer.begin_list().string(sender).uint(nonce).end_list();
    return Address::right_aligned(crypto::keccak256(writer.view()));
}

std::optional<Address> delegation_target(BytesView code) noexcept {
    if (code.size() != sizeof(DELEGATION_PREFIX) + Address::SIZE ||
        !std::equal(std::begin(DELEGATION_PREFIX), std::end(DELEGATION_PREFIX), code.begin())) {
        return std::nullopt;
    }
    return Address::from(code.subspan(sizeof(DELEGATION_PREFIX)));
}

SenderState sender_state(state::State& state, const Address& sender) {
    SenderState out{.nonce = state.nonce(sender), .balance = state.balance(sender)};
    const Hash code_hash = state.code_hash(sender);
    if (!code_hash.is_zero() && code_hash != types::EMPTY_CODE_HASH) {
        out.has_code = !delegation_target(*state.code(sender).bytes);
    }
    return out;
}

SenderState sender_state(const state::StateView& view, const Address& sender) {
    const auto account = view.account(sender);
    if (!account) {
        return {};
    }
    SenderState out{.nonce = account->nonce, .balance = account->balance};
    if (account->code_hash != types::EMPTY_CODE_HASH) {
        out.has_code = !delegation_target(*view.code(account->code_hash));
    }
    return out;
}

TxResult execute_transaction(Environment& env, const Transaction& tx, const Address& sender,
                             const Validated& validated) {
    state::State& state = env.state;
    state.begin_transaction();
    env.host.begin_transaction(sender, validated.price, tx.blob_versioned_hashes);

    // 1. Buy gas; the blob fee is gone for good.
    const uint64_t nonce = state.nonce(sender);
    state.set_nonce(sender, nonce + 1);
    state.subtract_balance(sender, uint256{tx.gas_limit} * validated.price +
                                       uint256{validated.blob_gas} * env.block.blob_base_fee);

    // 2. Delegations and warm addresses.
    warm_up(env, tx, sender);
    for (const auto& authorization : tx.authorization_list) {
        apply_authorization(state, authorization, env.rules.chain_id);
    }

    // 3. Run.
    evm::CallResult call =
        env.evm.execute(message_of(tx, sender, tx.gas_limit - validated.intrinsic.gas));

    // 4. Settle.
    TxResult out;
    out.status = call.status;
    out.output = std::move(call.output);
    out.gas_peak = std::max(tx.gas_limit - call.gas_left, validated.intrinsic.floor);
    out.gas_used = settle_gas(env.rules, tx.gas_limit - call.gas_left, state.refund(),
                              validated.intrinsic.floor);
    if (!tx.to) {
        out.created = creation_address(sender, nonce);
    }
    state.add_balance(sender, uint256{tx.gas_limit - out.gas_used} * validated.price);
    state.add_balance(env.block.coinbase, uint256{out.gas_used} * validated.tip);
    out.logs = state.take_logs();
    state.end_transaction(env.rules.at_least(Fork::spurious_dragon));
    return out;
}

}  // namespace otento::execution
