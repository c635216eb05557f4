// Persistent world state: flat accounts and slots, code, trie nodes by path, and reverse diffs per
// block, in column families of a storage::KeyValueStore. Uncommitted blocks are Layers in memory
// above it.
//
// The road of a block: view(parent) -> State -> compute_layer(parent, number, diff) -> (agreed) ->
// stage_commit(layer, batch); the caller adds its own records and writes the batch;
// finish_commit(layer).
#pragma once

#include <otento/state/layer.hpp>
#include <otento/storage/key_value_store.hpp>
#include <otento/types/genesis.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace otento::state {

enum class StoreError {
    io,            ///< The key-value store failed; try again later or reopen.
    corrupt,       ///< A record on disk does not decode or does not match its hash.
    wrong_parent,  ///< The layer is not the child of the committed head, or the parent is stale.
    too_deep,      ///< More than LAYERS_MAX uncommitted layers.
    too_old,       ///< A proof would need more than PROOF_CHANGES_MAX changes undone.
    pruned,        ///< The number is above the head or below the kept history.
};
[[nodiscard]] std::string_view to_string(StoreError error) noexcept;

/// Uncommitted layers above the base.
inline constexpr size_t LAYERS_MAX = 64;

struct StoreOptions {
    /// Hot accounts, slots and code; grows on use. A million of either fits.
    size_t flat_cache_bytes = size_t{256} << 20;
    size_t trie_cache_bytes = size_t{160} << 20;  ///< Trie nodes; grows on use. Likewise.
    /// Flat state, history and trie nodes go to disk every so many blocks, or earlier when so many
    /// bytes of changes wait; until then the blocks' change records are there. See README.md.
    uint32_t flush_blocks = 64;
    size_t flush_bytes = size_t{16} << 20;
    bool history = true;  ///< Write reverse diffs.
};

/// Changed keys a proof may undo or redo to reach its state.
inline constexpr size_t PROOF_CHANGES_MAX = 50'000;

struct SlotProof {
    Hash key;
    Hash value;
    std::vector<Bytes>
        nodes;  ///< RLP, from the storage root down; empty for an account without slots.
};

/// EIP-1186.
struct AccountProof {
    std::optional<Account> account;
    Hash state_root;           ///< Equals that of the block's header.
    std::vector<Bytes> nodes;  ///< RLP, from the state root down.
    std::vector<SlotProof> slots;
};

/// The committed head at one moment, and all kept numbers below it. Immutable, thread-safe; holds a
/// snapshot of the key-value store, so release it after use.
class Snapshot {
  public:
    Snapshot() = default;
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;
    virtual ~Snapshot() = default;

    [[nodiscard]] virtual uint64_t number() const noexcept = 0;
    [[nodiscard]] virtual uint64_t history_begin() const noexcept = 0;
    /// State after block `number`; null if above the head or below history_begin(). The view keeps
    /// the snapshot alive. Its accounts carry exact storage roots.
    [[nodiscard]] virtual std::shared_ptr<const StateView> at(uint64_t number) const = 0;
    /// Proves an account, present or absent, and slots of it. The farther `number` from the head,
    /// the longer it takes; too_old where that is too long.
    [[nodiscard]] virtual Result<AccountProof, StoreError> prove(
        uint64_t number, const Address& address, std::span<const Hash> slots) const = 0;
};

/// One owner (the ledger thread). Snapshots may be taken to other threads.
class Store {
  public:
    /// Column families the key-value store must be opened with, next to each other and in this
    /// order.
    [[nodiscard]] static std::vector<storage::ColumnFamily> column_families();
    /// Makes the blocks since the last flush again. `kv` must outlive the store and all snapshots.
    /// @param first_column  Place of the first of column_families() in those of `kv`.
    [[nodiscard]] static Result<std::unique_ptr<Store>, StoreError> open(
        storage::KeyValueStore& kv, storage::ColumnId first_column, const StoreOptions& options);
    Store(const Store&) = delete;
    Store& operator=(const Store&) = delete;
    ~Store();

    /// False until a first layer (genesis, number 0) has been committed.
    [[nodiscard]] bool initialized() const noexcept;
    /// Committed head.
    [[nodiscard]] uint64_t number() const noexcept;
    [[nodiscard]] const Hash& state_root() const noexcept;

    /// The state after `layer`, or at the committed head for null. For the owner's thread; valid
    /// until a commit that is not `layer` or an ancestor of it.
    [[nodiscard]] std::shared_ptr<const StateView> view(LayerPtr layer) const;

    /// Hashes the outcome of block `number`, executed on `parent` (null: the committed head).
    /// Touches no disk but for reading.
    [[nodiscard]] Result<LayerPtr, StoreError> compute_layer(LayerPtr parent, uint64_t number,
                                                             const StateDiff& diff);

    /// Adds the layer's records to `batch`. `layer` must be a child of the committed head (any
    /// number for the first). Changes nothing in memory: if the batch is not written, stage again
    /// later.
    /// @param with_head  Without, stage_head() must follow in the same batch.
    [[nodiscard]] Result<void, StoreError> stage_commit(const LayerPtr& layer,
                                                        storage::WriteBatch& batch,
                                                        bool with_head = true);
    /// To call once the batch of stage_commit has been written. `layer` is the committed head from
    /// here on.
    void finish_commit(const LayerPtr& layer);
    /// False if finish_commit may be called before the batch is written: nothing of the layer will
    /// be looked for in the store.
    [[nodiscard]] bool needs_writing(const LayerPtr& layer) const noexcept;
    /// Adds the record of the committed head.
    void stage_head(storage::WriteBatch& batch) const;

    /// Adds all waiting trie nodes to `batch`, so that the next open has nothing to redo (clean
    /// shutdown); finish_flush() after the batch was written.
    [[nodiscard]] Result<void, StoreError> stage_flush(storage::WriteBatch& batch);
    void finish_flush();

    /// Forgets states before number `below`, which is at most the head. Commits a batch of its own;
    /// bounded to `blocks_max` blocks a call. True while there is more to do. Numbers whose trie
    /// nodes still wait for a flush are kept for now.
    [[nodiscard]] Result<bool, StoreError> prune_history(uint64_t below, uint64_t blocks_max);

    /// A published view of the committed head, for other threads. Cheap enough for every block. Not
    /// between writing a batch and finish_commit().
    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot();

  private:
    class Impl;
    explicit Store(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The accounts of a genesis document as a diff on the empty state. Empty accounts are kept, as
/// geth and GoQuorum keep them.
[[nodiscard]] StateDiff genesis_diff(const types::Genesis& genesis);

}  // namespace otento::state
