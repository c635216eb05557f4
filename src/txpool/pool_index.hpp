// The pool as RPC threads see it: lookups that never disturb the ledger thread.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/txpool/pool_types.hpp>

#include <array>
#include <atomic>
#include <unordered_map>
#include <vector>

namespace otento::txpool {

/// Thread-safe. The pool writes, everybody reads; each call locks one small part for a moment.
class PoolIndex {
  public:
    struct Entry {
        PooledPtr tx;
        bool executable = false;  ///< Else behind a nonce gap.
    };

    /// Null if it is not in the pool.
    [[nodiscard]] PooledPtr find(const Hash& hash) const;
    /// Nonce after the executable transactions of an account; empty if it has none.
    [[nodiscard]] std::optional<uint64_t> next_nonce(const Address& address) const;
    [[nodiscard]] PoolCounts counts() const noexcept;
    /// All transactions, ordered by sender and nonce. Costs a walk over the pool.
    [[nodiscard]] std::vector<Entry> content() const;
    [[nodiscard]] std::vector<Entry> content_of(const Address& sender) const;

  private:
    friend class TxPool;
    void insert(PooledPtr tx);
    /// Gives back what was removed, so that it is destroyed elsewhere.
    PooledPtr erase(const Hash& hash);
    void set_next_nonce(const Address& address, std::optional<uint64_t> nonce);
    void set_counts(const PoolCounts& counts) noexcept;

    static constexpr size_t SHARDS = 16;
    using ByHash = std::unordered_map<Hash, PooledPtr>;
    using Nonces = std::unordered_map<Address, uint64_t>;
    [[nodiscard]] static size_t shard_of(BytesView key) noexcept { return key[0] % SHARDS; }

    std::array<Guarded<ByHash>, SHARDS> by_hash_;
    std::array<Guarded<Nonces>, SHARDS> next_nonces_;
    std::atomic<size_t> executable_{0};
    std::atomic<size_t> queued_{0};
    std::atomic<size_t> bytes_{0};
};

}  // namespace otento::txpool
