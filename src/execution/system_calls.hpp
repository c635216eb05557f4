// What the protocol itself does around the transactions of a block on Ethereum chains: EIP-4788 and
// EIP-2935 before them, EIP-6110, EIP-7002 and EIP-7251 requests after them (EIP-7685).
#pragma once

#include <otento/execution/execute_transaction.hpp>

namespace otento::execution {

enum class SystemCallError : uint8_t {
    contract_missing,  ///< A request contract has no code.
    call_failed,       ///< A request contract reverted or ran out of gas.
    bad_deposit,       ///< A deposit event with another layout than EIP-6110's.
};

/// Stores the parent beacon root and the parent hash. Failures have no effect (EIP-4788).
void begin_block_calls(Environment& env);

/// Requests of the block in order of type, each `type || data`, empty ones left out.
/// @param receipts  Of all transactions; deposits are read from their logs.
[[nodiscard]] Result<std::vector<Bytes>, SystemCallError> collect_requests(
    Environment& env, const std::vector<types::Receipt>& receipts);

/// Header field of a block, EIP-7685: SHA-256 over the SHA-256 of each request.
[[nodiscard]] Hash requests_hash(const std::vector<Bytes>& requests);

}  // namespace otento::execution
