// One transaction on a State: Yellow Paper 6.2 with EIP-1559, 2929, 2930, 3529, 3651, 4844, 7623
// and 7702.
#pragma once

#include <otento/execution/state_host.hpp>
#include <otento/execution/validate.hpp>

namespace otento::execution {

/// What a transaction runs in. References outlive the call.
struct Environment {
    state::State& state;
    StateHost& host;
    evm::Evm& evm;
    const Rules& rules;
    const BlockContext& block;
};

struct TxResult {
    evm::Status status = evm::Status::success;
    uint64_t gas_used = 0;  ///< After refunds and the EIP-7623 floor: what the sender pays.
    uint64_t gas_peak = 0;  ///< Before refunds: the least limit under which it can run.
    Bytes output;           ///< Return or revert data; deployed code for creations.
    std::optional<Address> created;  ///< Of every creation, failed ones included.
    std::vector<types::Log> logs;
};

/// Runs a valid transaction and settles fees and deletions. The State is between transactions
/// before and after.
/// @param validated  From validate_transaction against this very state and block.
[[nodiscard]] TxResult execute_transaction(Environment& env, const types::Transaction& tx,
                                           const Address& sender, const Validated& validated);

/// Address of a contract that `sender` creates with a transaction of this nonce, Yellow Paper 7.
[[nodiscard]] Address creation_address(const Address& sender, uint64_t nonce);

/// Target of an EIP-7702 delegation designator; empty for other code.
[[nodiscard]] std::optional<Address> delegation_target(BytesView code) noexcept;

/// The sender as validation wants to see it.
[[nodiscard]] SenderState sender_state(state::State& state, const Address& sender);
[[nodiscard]] SenderState sender_state(const state::StateView& view, const Address& sender);

}  // namespace otento::execution
