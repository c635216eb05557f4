// Values that go in and out of the transaction pool.
#pragma once

#include <otento/execution/candidates.hpp>

#include <string>

namespace otento::txpool {

using execution::TxError;
using types::Transaction;

/// A transaction in the pool. Immutable, shared with blocks and readers.
struct PooledTx {
    std::shared_ptr<const Transaction> tx;
    Hash hash;
    Address sender;
    size_t encoded_size = 0;  ///< Bytes of the canonical form.
    bool local =
        false;  ///< Accepted from a client of this node: journaled, and forwarded until committed.
};
using PooledPtr = std::shared_ptr<const PooledTx>;

/// All configurable. Counts are transactions.
struct PoolLimits {
    size_t count = 50'000;
    size_t bytes = size_t{128} << 20;  ///< Memory held by transactions, roughly.
    size_t executable_per_account = 10'000;
    size_t queued_per_account = 1'000;  ///< Behind a nonce gap.
    size_t queued = 20'000;             ///< Behind nonce gaps, all accounts.
    size_t tx_bytes = 131'072;          ///< Encoded, EIP-2718 form.
    uint64_t price_bump_percent =
        10;  ///< A replacement must pay so much more, and more than the old one.
    uint64_t lifetime_ms =
        3 * 3600 * 1000;  ///< For transactions that cannot be executed, or came from peers.
};

enum class PoolError : uint8_t {
    already_known,
    replacement_underpriced,
    underpriced,  ///< Below the pool's minimum price.
    oversized,
    pool_full,
    account_limit,
    invalid,  ///< See `tx_error`.
    journal,  ///< The disk refused: the transaction could be lost, so it is not accepted.
};

/// Why a transaction was not taken.
struct Refusal {
    PoolError error = PoolError::invalid;
    TxError tx_error = TxError::invalid_signature;  ///< For PoolError::invalid.
};
/// The words that libraries search for, spec/json-rpc.md sections 3 and 9.
[[nodiscard]] std::string_view to_string(const Refusal& refusal) noexcept;

struct PoolCounts {
    size_t executable = 0;
    size_t queued = 0;
    size_t bytes = 0;
};

}  // namespace otento::txpool
