// The ledger's chain: committed blocks on disk, and uncommitted ones executed in memory on top of
// them.
//
// The road of a block: build() by the leader or verify() by everybody else gives a PendingBlock;
// once the orderer has committed it, commit() makes it the head, in one atomic write, and publishes
// a new ChainView. Pending blocks may be stacked on each other; one that is dropped leaves no
// trace.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/chain/chain_view.hpp>
#include <otento/chain/header_rules.hpp>
#include <otento/execution/candidates.hpp>
#include <otento/state/store.hpp>
#include <otento/storage/key_value_store.hpp>

#include <functional>
#include <string>

namespace otento::chain {

using execution::BlockError;
using execution::BlockFault;

enum class ChainError : uint8_t {
    genesis_mismatch,  ///< The data directory belongs to another chain.
    no_genesis,        ///< The data directory is empty and no genesis was given.
    storage,           ///< The disk failed or is full: try again later, nothing has changed.
    corrupt,           ///< Records that do not add up.
    wrong_parent,      ///< Not a child of the head.
};
[[nodiscard]] std::string_view to_string(ChainError error) noexcept;

struct ChainFailure {
    ChainError error = ChainError::storage;
    std::string detail{};
};

/// A block whose bytes have been decoded and whose senders are known, not yet executed.
struct DecodedBlock {
    std::shared_ptr<const Block> block;
    std::shared_ptr<const Bytes> encoded;  ///< RLP of the block.
    Hash hash;
    std::vector<Hash> tx_hashes;
    std::vector<Address> senders;
};

/// Runs `work(begin, end)` over [0, count) in pieces, possibly on several threads, and returns when
/// all are done.
using ParallelFor =
    std::function<void(size_t count, const std::function<void(size_t begin, size_t end)>& work)>;
/// Sender of a transaction that this node has seen before.
using KnownSender = std::function<std::optional<Address>(const Hash& tx_hash)>;

struct DecodeHelpers {
    ParallelFor parallel{};      ///< Empty: one after another.
    KnownSender known_sender{};  ///< May be asked from several threads. Empty: none known.
};

/// Decodes a block and recovers its senders. Needs no chain and runs on any thread.
[[nodiscard]] Result<DecodedBlock, BlockFault> decode_and_recover(
    std::shared_ptr<const Bytes> encoded, const types::ChainConfig& config,
    const DecodeHelpers& helpers = {});
/// The same of several blocks, in their order. Signatures of all are recovered together, which
/// takes small blocks a third of the time; see crypto::recover_many.
[[nodiscard]] std::vector<Result<DecodedBlock, BlockFault>> decode_and_recover_many(
    std::span<const std::shared_ptr<const Bytes>> encoded, const types::ChainConfig& config);

/// A block executed on its parent, committed or not. Belongs to the ledger thread; `executed` is
/// free to share.
class PendingBlock {
  public:
    [[nodiscard]] uint64_t number() const noexcept { return executed_->block->header.number; }
    [[nodiscard]] const Hash& hash() const noexcept { return executed_->hash; }
    [[nodiscard]] const Header& header() const noexcept { return executed_->block->header; }
    [[nodiscard]] const std::shared_ptr<const ExecutedBlock>& executed() const noexcept {
        return executed_;
    }
    /// RLP of the block: what the orderer carries.
    [[nodiscard]] const std::shared_ptr<const Bytes>& encoded() const noexcept { return encoded_; }
    /// What the block changed: the pool learns nonces and balances from it.
    [[nodiscard]] const state::StateDiff& diff() const noexcept { return diff_; }
    /// Memory held, in bytes, roughly. For bounds on speculation.
    [[nodiscard]] size_t size_bytes() const noexcept;

  private:
    friend class Chain;
    std::shared_ptr<const ExecutedBlock> executed_;
    std::shared_ptr<const Bytes> encoded_;
    state::StateDiff diff_;
    state::LayerPtr layer_;
    std::shared_ptr<const PendingBlock> parent_;  ///< Null for children of a committed block.
};
using PendingPtr = std::shared_ptr<PendingBlock>;

struct BuildLimits {
    size_t transactions = 20'000;
    size_t bytes = size_t{4} << 20;  ///< Of the encoded block; EIP-7934 allows 8 MiB.
    size_t refusals = 1000;          ///< Candidates that may fail before building stops.
};

/// Steps of making a block, told when each is done; for measurements.
enum class BuildStep : uint8_t {
    executed,      ///< All transactions ran, the changes are known.
    state_rooted,  ///< The state root is known.
    sealed,  ///< Receipts and transactions are hashed, the header is complete and all encoded.
};

struct BuildRequest {
    HeaderChoice header;
    execution::CandidateSource* source = nullptr;
    BuildLimits limits{};
    bool allow_empty = false;
    /// Asked between transactions; true ends the block here. Empty: never.
    std::function<bool()> stop{};
    /// Completes the header: may set extra_data (the seal) and nothing else. Empty: no seal.
    std::function<void(Header&)> seal{};
    /// Told of each step. Empty: nobody listens.
    std::function<void(BuildStep)> step_done{};
};

struct ChainOptions {
    std::string path;  ///< Directory of the key-value store.
    types::Genesis genesis;
    bool create = true;  ///< Write the genesis block into an empty directory; else `no_genesis`.
    state::StoreOptions state{};
    uint64_t block_cache_bytes = 32 << 20;    ///< Of the key-value store.
    uint64_t write_buffers_bytes = 32 << 20;  ///< Of the key-value store.
    size_t recent_blocks = 256;               ///< Decoded blocks kept in memory at most,
    size_t recent_bytes = size_t{32} << 20;   ///< and their encoded bytes.
    uint64_t history = 0;  ///< Blocks whose state is kept below the head; 0: all.
};

/// One owner (the ledger thread); view() alone may be called from any thread.
class Chain {
  public:
    /// Opens or creates. A different genesis than the one on disk is refused.
    [[nodiscard]] static Result<std::unique_ptr<Chain>, ChainFailure> open(
        const ChainOptions& options);
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;
    ~Chain();

    [[nodiscard]] const types::ChainConfig& config() const noexcept;
    [[nodiscard]] const Hash& genesis_hash() const noexcept;
    [[nodiscard]] std::shared_ptr<const ExecutedBlock> head() const noexcept;
    [[nodiscard]] uint64_t head_number() const noexcept { return head()->block->header.number; }
    /// Changes what `config` says of blocks to come or of those that fit both ways: an import finds
    /// out about the rules of a GoQuorum chain. Not while views are in use by other threads.
    void amend_rules(const types::ChainConfig& config);
    /// Log index of the last entry applied, block or not; 0 on a fresh chain. Survives restarts.
    [[nodiscard]] uint64_t applied_index() const noexcept;
    /// The newest published view; never null.
    [[nodiscard]] std::shared_ptr<const ChainView> view() const;

    /// Rules of the child of `parent` (null: the head) at a time.
    [[nodiscard]] execution::Rules next_rules(const PendingPtr& parent, uint64_t timestamp) const;
    /// State after `parent` (null: the head), for the ledger thread, until the next commit of
    /// another branch.
    [[nodiscard]] std::shared_ptr<const state::StateView> state(const PendingPtr& parent) const;

    /// Builds, executes, seals a block on `parent` (null: the head). Null when there was nothing to
    /// put in.
    [[nodiscard]] Result<PendingPtr, BlockFault> build(const PendingPtr& parent,
                                                       const BuildRequest& request);

    /// Checks a block on `parent` (null: the head) by executing it: header rules, body, receipts,
    /// state root.
    [[nodiscard]] Result<PendingPtr, BlockFault> verify(const PendingPtr& parent,
                                                        const DecodedBlock& block);

    /// Makes a child of the head the new head, with everything it brings, in one atomic write.
    [[nodiscard]] Result<void, ChainFailure> commit(const PendingPtr& block, uint64_t log_index);
    /// The same for whoever has many blocks and nobody waiting: they are written and published some
    /// at a time. Until then they are lost with the process. Every other write takes them along;
    /// write_gathered() must come last.
    [[nodiscard]] Result<void, ChainFailure> gather(const PendingPtr& block, uint64_t log_index);
    [[nodiscard]] Result<void, ChainFailure> write_gathered();
    /// An entry without block: only the index advances.
    /// @param members  Kept with it where not empty; see members().
    [[nodiscard]] Result<void, ChainFailure> commit_noop(uint64_t log_index,
                                                         BytesView members = {});
    /// Who may have sealed blocks up to here, in the words of consensus; empty if never told.
    [[nodiscard]] Result<Bytes, ChainFailure> members() const;
    /// Writes what the next open would have to redo. For clean shutdowns.
    [[nodiscard]] Result<void, ChainFailure> flush();

    /// Proves a state that came from elsewhere: every account, slot and code is read, and the root
    /// they make must be that of the head. Flushes first.
    [[nodiscard]] Result<void, ChainFailure> prove_state();

    /// The key-value store, for statistics and backups.
    [[nodiscard]] const storage::KeyValueStore& store() const noexcept;
    /// The same, to be flushed by another thread.
    [[nodiscard]] storage::KeyValueStore& store() noexcept;

  private:
    class Impl;
    explicit Chain(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// BLOCKHASH for calls on a view: hashes of committed blocks. The view outlives it.
class ViewHashes final : public execution::BlockHashes {
  public:
    explicit ViewHashes(const ChainView& view) noexcept : view_(view) {}
    [[nodiscard]] Hash block_hash(uint64_t number) const override {
        return view_.hash_of(number).value_or(Hash{});
    }

  private:
    const ChainView& view_;
};

}  // namespace otento::chain
