// Messages that never enter a block: eth_call, eth_estimateGas and their kin. Run on any StateView,
// in any thread that may read it; nothing is written.
#pragma once

#include <otento/execution/block_executor.hpp>

namespace otento::execution {

/// A transaction without signature. `tx.gas_limit` is what may be spent; nonce and chain id are not
/// looked at. Without a price (max_fee_per_gas 0) the block's base fee counts as 0, as in geth.
struct CallRequest {
    types::Transaction tx;
    Address from;
};

/// Runs the message as the first transaction after `view`. The TxError says why it could not even
/// start: funds, intrinsic gas, fee caps, init code size.
[[nodiscard]] Result<TxResult, TxError> call(const state::StateView& view, const Rules& rules,
                                             const BlockContext& block, const CallRequest& request,
                                             evm::Tracer* tracer = nullptr);

/// As above within a block under execution, whose state it changes.
[[nodiscard]] Result<TxResult, TxError> call(state::State& state, const Rules& rules,
                                             const BlockContext& block, const CallRequest& request,
                                             evm::Tracer* tracer = nullptr);

struct EstimateFailure {
    enum Kind : uint8_t {
        invalid,            ///< See tx_error.
        reverted,           ///< See output.
        failed,             ///< See status.
        exceeds_allowance,  ///< Out of gas even with `allowance`: "gas required exceeds allowance
                            ///< (N)".
    };
    Kind kind = invalid;
    TxError tx_error = TxError::intrinsic_gas_too_low;
    evm::Status status = evm::Status::success;
    Bytes output{};
    uint64_t allowance = 0;
};

/// Smallest gas limit under which the message succeeds, at most 1.5 % too high; exactly 21000 for
/// plain transfers.
/// @param gas_max  Upper bound whatever the request says; `request.tx.gas_limit` below 21000 means
/// "not given".
[[nodiscard]] Result<uint64_t, EstimateFailure> estimate_gas(const state::StateView& view,
                                                             const Rules& rules,
                                                             const BlockContext& block,
                                                             const CallRequest& request,
                                                             uint64_t gas_max);

}  // namespace otento::execution
