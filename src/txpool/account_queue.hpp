// Inside the pool: one account's transactions.
#pragma once

#include <otento/txpool/tx_pool.hpp>

namespace otento::txpool {

struct TxPool::Entry {
    PooledPtr tx;
    uint256 cost;   ///< Most it can take from the balance.
    Place place{};  ///< Meaningful while executable.
    uint64_t arrived_ms = 0;
    bool proposed = false;  ///< In a block that awaits its commit.
};

struct TxPool::Account {
    uint64_t nonce = 0;  ///< At the committed head.
    uint256 balance;
    bool has_code = false;
    bool stalled =
        false;  ///< Its next transaction cannot be paid for: waits for the account to change.
    std::map<uint64_t, Entry> txs{};  ///< By nonce.
    uint64_t executable_end = 0;      ///< First nonce that is not executable.
    uint64_t last_turn = 0;
    uint256 cost;  ///< Sum over txs.

    [[nodiscard]] size_t executable() const noexcept { return executable_end - nonce; }
    [[nodiscard]] size_t queued() const noexcept { return txs.size() - executable(); }
};

}  // namespace otento::txpool
