// The tries of the committed head: what of them is in memory, and the column family with the rest.
// Nodes are written in flushes, every so many blocks; until then the newest ones are in memory
// only.
#pragma once

#include <otento/state/layer_data.hpp>
#include <otento/state/stored_nodes.hpp>

#include <set>
#include <unordered_map>

namespace otento::state {

/// Belongs to the ledger thread.
class TrieStore {
  public:
    TrieStore(const storage::KeyValueStore& kv, Columns columns) : kv_(kv), columns_(columns) {}

    /// Reader of the account trie, or of the storage trie of `area`.
    [[nodiscard]] StoredNodes reader(const std::optional<Hash>& area = {}) const {
        return {kv_, columns_, area};
    }

    [[nodiscard]] const trie::Root& account_trie() const noexcept { return account_trie_; }
    void set_account_trie(trie::Root root) { account_trie_ = std::move(root); }
    /// The trie of an area whose root is `hash`; not in memory if it was not used for long.
    [[nodiscard]] trie::Root storage_trie(const Hash& area, const Hash& hash) const;

    /// Takes over the tries of a layer that is being committed.
    void adopt(const LayerData& layer, LayerTries tries);

    /// Adds deletions and new nodes since the last flush to `batch`, with those of `next` on top if
    /// it is not null.
    void stage_flush(storage::WriteBatch& batch, const LayerData* next) const;
    /// The staged batch was written, and `next` adopted.
    void finish_flush();

    /// Bytes of nodes that wait for a flush, roughly.
    [[nodiscard]] size_t dirty_bytes() const noexcept { return dirty_bytes_; }
    [[nodiscard]] size_t memory_bytes() const noexcept { return memory_bytes_; }
    /// Lets old stored nodes leave memory if it holds more than `bytes_max`.
    /// @param now  Stamp of the newest nodes.
    void trim(size_t bytes_max, uint32_t now);

  private:
    void write_trie(storage::WriteBatch& batch, const trie::Root& root, const Hash* area) const;
    void drop_areas(storage::WriteBatch& batch, const std::vector<Hash>& areas) const;

    const storage::KeyValueStore& kv_;
    Columns columns_;
    trie::Root account_trie_;
    std::unordered_map<Hash, trie::Root> storage_tries_;
    std::set<Hash>
        dirty_areas_;  ///< With nodes that are not stored. Ordered, so that batches are too.
    std::vector<KeyBuffer> removed_nodes_;
    std::vector<Hash> dropped_areas_;
    size_t dirty_bytes_ = 0;
    size_t memory_bytes_ = 0;
};

}  // namespace otento::state
