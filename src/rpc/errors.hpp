// The one road from the ledger's errors to JSON-RPC errors (spec/json-rpc.md section 3).
#pragma once

#include <otento/evm/evm.hpp>
#include <otento/execution/call.hpp>
#include <otento/jsonrpc/error.hpp>

namespace otento::rpc {

using jsonrpc::Error;

/// Code -32000.
[[nodiscard]] Error server_error(std::string message);
/// State of a block that this node does not have. `by_hash`: it was asked for by hash.
[[nodiscard]] Error header_not_found(bool by_hash);
/// State that was discarded.
[[nodiscard]] Error pruned_state(uint64_t number);

/// Code 3 with the whole return data; the reason is appended where it can be read.
[[nodiscard]] Error execution_reverted(BytesView output);
/// Reason of Error(string) and Panic(uint256) as Solidity encodes them; empty for other data.
[[nodiscard]] std::optional<std::string> revert_reason(BytesView output);

/// geth's words for a failed execution other than a revert.
[[nodiscard]] std::string_view failure_text(evm::Status status) noexcept;

/// The message could not start.
[[nodiscard]] Error call_refused(execution::TxError error, uint64_t gas);
[[nodiscard]] Error estimate_failed(const execution::EstimateFailure& failure);

}  // namespace otento::rpc
