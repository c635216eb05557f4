#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/chain/chain.hpp>
#include <otento/chain/genesis_block.hpp>
#include <otento/chain/stored_view.hpp>
#include <otento/evm/code_cache.hpp>
#include <otento/execution/block_roots.hpp>
#include <otento/state/memory_state.hpp>
#include <otento/state/prove.hpp>

#include <fmt/core.h>

#include <deque>

namespace otento::chain {

using execution::BlockExecutor;
using execution::Rules;
using state::LayerPtr;

std::string_view to_string(ChainError error) noexcept {
    switch (error) {
        case ChainError::genesis_mismatch:
            return "genesis mismatch";
        case ChainError::no_genesis:
            return "no genesis block";
        case ChainError::storage:
            return "storage failed";
        case ChainError::corrupt:
            return "corrupt chain data";
        case ChainError::wrong_parent:
            return "not a child of the head";
    }
    return "chain error";
}

namespace {

constexpr uint64_t BLOCK_HASH_WINDOW = 256;  // Yellow Paper 9.4, BLOCKHASH
constexpr uint64_t PRUNE_BLOCKS_PER_COMMIT =
    4;  // Catches up with the head when history was shortened.
constexpr size_t GATHERED_BYTES_MAX = 64 << 10;  // Some 30 small blocks; large ones go alone.
constexpr size_t BLOCK_OVERHEAD_BYTES = 2048;    // Header, seal and list headers.
constexpr size_t TX_OVERHEAD_BYTES = 5;          // String header of a typed transaction.

[[nodiscard]] Err<ChainFailure> failure(ChainError error, std::string detail) {
    return Err(ChainFailure{.error = error, .detail = std::move(detail)});
}

[[nodiscard]] Err<ChainFailure> failure(const storage::StoreError& error) {
    const bool corrupt = error.code == storage::StoreError::corrupt;
    return failure(corrupt ? ChainError::corrupt : ChainError::storage, error.text);
}

[[nodiscard]] Err<ChainFailure> failure(state::StoreError error) {
    const bool corrupt = error == state::StoreError::corrupt;
    return failure(corrupt ? ChainError::corrupt : ChainError::storage,
                   fmt::format("state: {}", state::to_string(error)));
}

[[nodiscard]] BlockFault state_fault(state::StoreError error) {
    return {.error = BlockError::state_unreadable, .detail = std::string{state::to_string(error)}};
}

void tell(const BuildRequest& request, BuildStep step) {
    if (request.step_done) {
        request.step_done(step);
    }
}

}  // namespace

size_t PendingBlock::size_bytes() const noexcept {
    return encoded_->size() * 3 + (layer_ ? layer_->size_bytes() : 0);
}

class Chain::Impl {
  public:
    [[nodiscard]] Result<void, ChainFailure> open(const ChainOptions& options);
    [[nodiscard]] Result<PendingPtr, BlockFault> build(const PendingPtr& parent,
                                                       const BuildRequest& request);
    [[nodiscard]] Result<PendingPtr, BlockFault> verify(const PendingPtr& parent,
                                                        const DecodedBlock& block);
    [[nodiscard]] Result<void, ChainFailure> commit(const PendingPtr& block, uint64_t log_index,
                                                    bool may_wait);
    [[nodiscard]] Result<void, ChainFailure> write_gathered();
    [[nodiscard]] Result<void, ChainFailure> commit_noop(uint64_t log_index, BytesView members);
    [[nodiscard]] Result<void, ChainFailure> flush();

    [[nodiscard]] const Header& header_of(const PendingPtr& parent) const noexcept {
        return parent ? parent->header() : head->block->header;
    }
    [[nodiscard]] const Hash& hash_of(const PendingPtr& parent) const noexcept {
        return parent ? parent->hash() : head->hash;
    }
    [[nodiscard]] Hash committed_hash(uint64_t number) const noexcept;
    [[nodiscard]] std::shared_ptr<const state::StateView> state_of(const PendingPtr& parent) const {
        return state->view(parent ? layer_of(parent) : nullptr);
    }

    std::shared_ptr<ViewSource> source;  // First: outlives the state store.
    std::unique_ptr<state::Store> state;
    std::shared_ptr<const ExecutedBlock> head;
    Hash genesis_hash;
    evm::CodeCache code_cache;   ///< Contracts in use stay analysed from block to block.
    uint64_t applied_index = 0;  ///< Of the last entry.
    uint64_t head_index = 0;     ///< Of the entry that carried the head.
    Published<ChainView> published;

  private:
    class AncestorHashes;

    /// Null once the block is committed: it is then the base itself.
    [[nodiscard]] LayerPtr layer_of(const PendingPtr& block) const {
        return block->hash() == head->hash ? nullptr : block->layer_;
    }
    [[nodiscard]] execution::RootFunction root_function(const PendingPtr& parent, uint64_t number);
    [[nodiscard]] Result<PendingPtr, BlockFault> seal_up(const PendingPtr& parent, Block block,
                                                         std::vector<execution::Candidate> taken,
                                                         execution::BlockOutcome outcome,
                                                         const BuildRequest& request);
    [[nodiscard]] Result<void, ChainFailure> write_genesis(const types::Genesis& genesis);
    [[nodiscard]] Result<void, ChainFailure> load(const types::Genesis& genesis,
                                                  const Hash& stored_genesis);
    void advance(std::shared_ptr<const ExecutedBlock> block, uint64_t log_index);
    void publish();

    /// Blocks that are committed in memory only.
    std::optional<storage::WriteBatch> gathered_;
    std::deque<Hash> recent_hashes_;  ///< Of the last blocks up to the head, oldest first.
    uint64_t history_ = 0;
};

/// BLOCKHASH of a block on `parent`: through uncommitted ones down to the committed chain.
class Chain::Impl::AncestorHashes final : public execution::BlockHashes {
  public:
    /// Both must outlive it.
    AncestorHashes(const Impl& chain, const PendingPtr& parent) : chain_(chain), parent_(parent) {}

    [[nodiscard]] Hash block_hash(uint64_t number) const override {
        for (const PendingBlock* at = parent_.get(); at != nullptr; at = at->parent_.get()) {
            if (at->number() == number) {
                return at->hash();
            }
        }
        return chain_.committed_hash(number);
    }

  private:
    const Impl& chain_;
    const PendingPtr& parent_;
};

// Opening.

Result<void, ChainFailure> Chain::Impl::open(const ChainOptions& options) {
    history_ = options.history;
    storage::StoreOptions store_options;
    store_options.path = options.path;
    store_options.block_cache_bytes = options.block_cache_bytes;
    store_options.write_buffers_bytes = options.write_buffers_bytes;
    store_options.create_if_missing = options.create;
    store_options.column_families = state::Store::column_families();
    const auto first_block_column =
        static_cast<storage::ColumnId>(store_options.column_families.size());
    for (auto& family : BlockStore::column_families()) {
        store_options.column_families.push_back(std::move(family));
    }
    auto kv = storage::KeyValueStore::open(store_options);
    if (!kv) {
        return failure(kv.error());
    }
    source =
        std::make_shared<ViewSource>(*std::move(kv), first_block_column, options.genesis.config,
                                     options.recent_blocks, options.recent_bytes);
    auto opened = state::Store::open(*source->kv, 0, options.state);
    if (!opened) {
        return failure(opened.error());
    }
    state = *std::move(opened);
    const auto stored_genesis = source->blocks.genesis();
    if (!stored_genesis) {
        return failure(ChainError::corrupt, stored_genesis.error());
    }
    if (*stored_genesis) {
        TRY_VOID(load(options.genesis, **stored_genesis));
    } else if (options.create) {
        TRY_VOID(write_genesis(options.genesis));
    } else {
        return failure(ChainError::no_genesis, options.path);
    }
    publish();
    return {};
}

Result<void, ChainFailure> Chain::Impl::write_genesis(const types::Genesis& genesis) {
    auto layer = state->compute_layer(nullptr, 0, state::genesis_diff(genesis));
    if (!layer) {
        return failure(layer.error());
    }
    auto executed = std::make_shared<ExecutedBlock>();
    executed->block = std::make_shared<const Block>(genesis_block(genesis, (*layer)->state_root()));
    executed->hash = types::header_hash(executed->block->header);
    const Bytes encoded = types::encode_block(*executed->block);
    executed->encoded_size = encoded.size();

    auto batch = source->kv->batch();
    if (auto staged = state->stage_commit(*layer, batch); !staged) {
        return failure(staged.error());
    }
    source->blocks.stage_block(batch, *executed, encoded);
    source->blocks.stage_head(batch, *executed, 0);
    source->blocks.stage_genesis(batch, executed->hash);
    if (auto written = source->kv->commit(batch, storage::Durability::synced); !written) {
        return failure(written.error());
    }
    state->finish_commit(*layer);
    genesis_hash = executed->hash;
    advance(std::move(executed), 0);
    return {};
}

Result<void, ChainFailure> Chain::Impl::load(const types::Genesis& genesis,
                                             const Hash& stored_genesis) {
    state::MemoryState accounts;
    accounts.apply(state::genesis_diff(genesis));
    const Hash expected = types::header_hash(genesis_block(genesis, accounts.state_root()).header);
    if (expected != stored_genesis) {
        return failure(ChainError::genesis_mismatch,
                       fmt::format("database contains incompatible genesis (have {}, new {})",
                                   to_hex0x(stored_genesis), to_hex0x(expected)));
    }
    genesis_hash = stored_genesis;
    const auto head_record = source->blocks.head();
    const auto applied = source->blocks.applied_index();
    const auto carried = source->blocks.head_index();
    if (!head_record || !applied || !carried || !*head_record) {
        return failure(ChainError::corrupt, "head record");
    }
    const uint64_t number = (*head_record)->number;
    auto block = source->blocks.block(number);
    if (!block || !*block || (*block)->hash != (*head_record)->hash) {
        return failure(ChainError::corrupt, fmt::format("head block {}", number));
    }
    if (state->number() != number || state->state_root() != (*block)->block->header.state_root) {
        return failure(ChainError::corrupt,
                       fmt::format("state is at block {}, chain at {}", state->number(), number));
    }
    for (uint64_t n = number - std::min(number, BLOCK_HASH_WINDOW); n < number; ++n) {
        const auto hash = source->blocks.hash_of(n);
        if (!hash || !*hash) {
            return failure(ChainError::corrupt, fmt::format("hash of block {}", n));
        }
        recent_hashes_.push_back(**hash);
    }
    advance(std::make_shared<const ExecutedBlock>(**std::move(block)), carried->value_or(0));
    applied_index = applied->value_or(0);
    return {};
}

// Following the head.

void Chain::Impl::advance(std::shared_ptr<const ExecutedBlock> block, uint64_t log_index) {
    recent_hashes_.push_back(block->hash);
    if (recent_hashes_.size() > BLOCK_HASH_WINDOW + 1) {
        recent_hashes_.pop_front();
    }
    source->recent.put(block);
    head = std::move(block);
    head_index = log_index;
    applied_index = log_index;
}

void Chain::Impl::publish() {
    published.set(std::make_shared<const StoredView>(source, head, state->snapshot(), head_index));
}

Hash Chain::Impl::committed_hash(uint64_t number) const noexcept {
    const uint64_t last = head->block->header.number;
    if (number > last || last - number >= recent_hashes_.size()) {
        return {};
    }
    return recent_hashes_[recent_hashes_.size() - 1 - (last - number)];
}

// Executing.

execution::RootFunction Chain::Impl::root_function(const PendingPtr& parent, uint64_t number) {
    return
        [this, base = parent ? layer_of(parent) : nullptr, number](const state::StateDiff& diff) {
            // Zero never matches: an unreadable state fails the block, as failed() tells the
            // caller.
            const auto layer = state->compute_layer(base, number, diff);
            return layer ? (*layer)->state_root() : Hash{};
        };
}

Result<PendingPtr, BlockFault> Chain::Impl::build(const PendingPtr& parent,
                                                  const BuildRequest& request) {
    const types::ChainConfig& config = source->config;
    Block block;
    block.header = prepare_header(config, header_of(parent), hash_of(parent), request.header);
    const Rules rules = execution::rules_at(config, block.header.number, block.header.timestamp);
    if (rules.at_least(evm::Fork::shanghai)) {
        block.withdrawals.emplace();
    }
    const AncestorHashes hashes(*this, parent);
    const auto view = state_of(parent);
    BlockExecutor executor(*view, rules, context_of(block.header, rules, &hashes),
                           root_function(parent, block.header.number), &code_cache);
    executor.begin();

    std::vector<execution::Candidate> taken;
    size_t bytes = BLOCK_OVERHEAD_BYTES;
    size_t refusals = 0;
    while (taken.size() < request.limits.transactions && refusals < request.limits.refusals &&
           executor.gas_left() >= execution::TX_BASE_COST && !(request.stop && request.stop())) {
        auto candidate = request.source->next();
        if (!candidate) {
            break;
        }
        const size_t size = candidate->encoded_size + TX_OVERHEAD_BYTES;
        if (bytes + size > request.limits.bytes && !taken.empty()) {
            break;
        }
        const auto result = executor.add(*candidate->tx, candidate->sender);
        if (executor.failed()) {
            return Err(BlockFault{.error = BlockError::state_unreadable});
        }
        if (!result) {
            ++refusals;
            request.source->refused(*candidate, result.error());
            continue;
        }
        bytes += size;
        taken.push_back(*std::move(candidate));
    }
    if (taken.empty() && !request.allow_empty) {
        return PendingPtr{};
    }
    auto outcome = executor.finish();
    if (executor.failed()) {
        return Err(BlockFault{.error = BlockError::state_unreadable});
    }
    if (!outcome) {
        return Err(BlockFault{.error = BlockError::system_call});
    }
    tell(request, BuildStep::executed);
    return seal_up(parent, std::move(block), std::move(taken), *std::move(outcome), request);
}

Result<PendingPtr, BlockFault> Chain::Impl::seal_up(const PendingPtr& parent, Block block,
                                                    std::vector<execution::Candidate> taken,
                                                    execution::BlockOutcome outcome,
                                                    const BuildRequest& request) {
    auto executed = std::make_shared<ExecutedBlock>();
    block.transactions.reserve(taken.size());
    for (const auto& candidate : taken) {
        block.transactions.push_back(*candidate.tx);
        executed->tx_hashes.push_back(candidate.hash);
        executed->senders.push_back(candidate.sender);
    }
    auto layer = state->compute_layer(parent ? layer_of(parent) : nullptr, block.header.number,
                                      outcome.diff);
    if (!layer) {
        return Err(state_fault(layer.error()));
    }
    tell(request, BuildStep::state_rooted);
    Header& header = block.header;
    header.state_root = (*layer)->state_root();
    header.transactions_root = execution::transactions_root(block.transactions);
    header.receipts_root = execution::receipts_root(outcome.receipts);
    header.logs_bloom = execution::receipts_bloom(outcome.receipts);
    header.gas_used = outcome.gas_used;
    if (request.seal) {
        request.seal(header);
    }
    auto pending = std::make_shared<PendingBlock>();
    pending->encoded_ = std::make_shared<const Bytes>(types::encode_block(block));
    executed->hash = types::header_hash(header);
    executed->block = std::make_shared<const Block>(std::move(block));
    executed->receipts = std::move(outcome.receipts);
    executed->encoded_size = pending->encoded_->size();
    pending->executed_ = std::move(executed);
    pending->diff_ = std::move(outcome.diff);
    pending->layer_ = *std::move(layer);
    pending->parent_ = parent && layer_of(parent) ? parent : nullptr;
    tell(request, BuildStep::sealed);
    return pending;
}

Result<PendingPtr, BlockFault> Chain::Impl::verify(const PendingPtr& parent,
                                                   const DecodedBlock& decoded) {
    const Block& block = *decoded.block;
    const Header& header = block.header;
    if (header.parent_hash != hash_of(parent)) {
        return Err(BlockFault{
            .error = BlockError::unknown_parent,
            .detail = fmt::format("block {} builds on {}, not on {}", header.number,
                                  to_hex0x(header.parent_hash), to_hex0x(hash_of(parent)))});
    }
    TRY_VOID(check_header(source->config, header, header_of(parent)));
    const Rules rules = execution::rules_at(source->config, header.number, header.timestamp);
    TRY_VOID(check_size(decoded.encoded->size(), rules));
    const AncestorHashes hashes(*this, parent);
    const auto view = state_of(parent);
    TRY(auto outcome, execution::execute_block(*view, rules, block, decoded.senders, &hashes,
                                               root_function(parent, header.number), &code_cache));
    auto layer =
        state->compute_layer(parent ? layer_of(parent) : nullptr, header.number, outcome.diff);
    if (!layer) {
        return Err(state_fault(layer.error()));
    }
    if ((*layer)->state_root() != header.state_root) {
        return Err(BlockFault{
            .error = BlockError::state_root,
            .detail = fmt::format("header says {}, computed {}", to_hex0x(header.state_root),
                                  to_hex0x((*layer)->state_root()))});
    }
    auto executed = std::make_shared<ExecutedBlock>();
    executed->block = decoded.block;
    executed->hash = decoded.hash;
    executed->tx_hashes = decoded.tx_hashes;
    executed->senders = decoded.senders;
    executed->receipts = std::move(outcome.receipts);
    executed->encoded_size = decoded.encoded->size();
    auto pending = std::make_shared<PendingBlock>();
    pending->executed_ = std::move(executed);
    pending->encoded_ = decoded.encoded;
    pending->diff_ = std::move(outcome.diff);
    pending->layer_ = *std::move(layer);
    pending->parent_ = parent && layer_of(parent) ? parent : nullptr;
    return pending;
}

// Committing.

Result<void, ChainFailure> Chain::Impl::commit(const PendingPtr& block, uint64_t log_index,
                                               bool may_wait) {
    if (block->header().parent_hash != head->hash) {
        return failure(ChainError::wrong_parent, fmt::format("block {}", block->number()));
    }
    const bool waits = may_wait && history_ == 0 && !state->needs_writing(block->layer_) &&
                       (!gathered_ || gathered_->bytes() < GATHERED_BYTES_MAX);
    if (!waits) {
        TRY_VOID(write_gathered());
    } else if (!gathered_) {
        gathered_ = source->kv->batch();
    }
    std::optional<storage::WriteBatch> own;
    storage::WriteBatch& batch = waits ? *gathered_ : own.emplace(source->kv->batch());
    if (auto staged = state->stage_commit(block->layer_, batch, !waits); !staged) {
        return failure(staged.error());
    }
    source->blocks.stage_block(batch, *block->executed_, *block->encoded_);
    if (!waits) {
        source->blocks.stage_head(batch, *block->executed_, log_index);
        if (auto written = source->kv->commit(batch); !written) {
            return failure(written.error());
        }
    }
    state->finish_commit(block->layer_);
    block->parent_.reset();
    advance(block->executed_, log_index);
    if (waits) {
        return {};
    }
    if (history_ != 0 && block->number() > history_) {
        if (!state->prune_history(block->number() - history_, PRUNE_BLOCKS_PER_COMMIT)) {
            logger::warn("chain", "history was not pruned at block {}", block->number());
        }
    }
    publish();
    return {};
}

/// What cannot be written stays gathered, for the next try.
Result<void, ChainFailure> Chain::Impl::write_gathered() {
    if (!gathered_) {
        return {};
    }
    state->stage_head(*gathered_);
    source->blocks.stage_head(*gathered_, *head, head_index);
    if (auto written = source->kv->commit(*gathered_); !written) {
        return failure(written.error());
    }
    gathered_.reset();
    publish();
    return {};
}

Result<void, ChainFailure> Chain::Impl::commit_noop(uint64_t log_index, BytesView members) {
    TRY_VOID(write_gathered());
    auto batch = source->kv->batch();
    source->blocks.stage_applied(batch, log_index);
    if (!members.empty()) {
        source->blocks.stage_members(batch, members);
    }
    if (auto written = source->kv->commit(batch); !written) {
        return failure(written.error());
    }
    applied_index = log_index;
    return {};
}

Result<void, ChainFailure> Chain::Impl::flush() {
    TRY_VOID(write_gathered());
    auto batch = source->kv->batch();
    if (auto staged = state->stage_flush(batch); !staged) {
        return failure(staged.error());
    }
    if (auto written = source->kv->commit(batch, storage::Durability::synced); !written) {
        return failure(written.error());
    }
    state->finish_flush();
    if (auto flushed = source->kv->flush(); !flushed) {
        return failure(flushed.error());
    }
    return {};
}

// The public face.

Chain::Chain(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Chain::~Chain() = default;

Result<std::unique_ptr<Chain>, ChainFailure> Chain::open(const ChainOptions& options) {
    auto impl = std::make_unique<Impl>();
    TRY_VOID(impl->open(options));
    return std::unique_ptr<Chain>(new Chain(std::move(impl)));
}

const types::ChainConfig& Chain::config() const noexcept {
    return impl_->source->config;
}
void Chain::amend_rules(const types::ChainConfig& config) {
    ASSERT(config.rule_set == impl_->source->config.rule_set);
    ASSERT(config.chain_id == impl_->source->config.chain_id);
    impl_->source->config = config;
}
const Hash& Chain::genesis_hash() const noexcept {
    return impl_->genesis_hash;
}
std::shared_ptr<const ExecutedBlock> Chain::head() const noexcept {
    return impl_->head;
}
uint64_t Chain::applied_index() const noexcept {
    return impl_->applied_index;
}
std::shared_ptr<const ChainView> Chain::view() const {
    return impl_->published.get();
}
const storage::KeyValueStore& Chain::store() const noexcept {
    return *impl_->source->kv;
}
storage::KeyValueStore& Chain::store() noexcept {
    return *impl_->source->kv;
}

Rules Chain::next_rules(const PendingPtr& parent, uint64_t timestamp) const {
    return execution::rules_at(config(), impl_->header_of(parent).number + 1, timestamp);
}

std::shared_ptr<const state::StateView> Chain::state(const PendingPtr& parent) const {
    return impl_->state_of(parent);
}

Result<PendingPtr, BlockFault> Chain::build(const PendingPtr& parent, const BuildRequest& request) {
    return impl_->build(parent, request);
}

Result<PendingPtr, BlockFault> Chain::verify(const PendingPtr& parent, const DecodedBlock& block) {
    return impl_->verify(parent, block);
}

Result<void, ChainFailure> Chain::commit(const PendingPtr& block, uint64_t log_index) {
    return impl_->commit(block, log_index, false);
}

Result<void, ChainFailure> Chain::gather(const PendingPtr& block, uint64_t log_index) {
    return impl_->commit(block, log_index, true);
}

Result<void, ChainFailure> Chain::write_gathered() {
    return impl_->write_gathered();
}

Result<void, ChainFailure> Chain::commit_noop(uint64_t log_index, BytesView members) {
    return impl_->commit_noop(log_index, members);
}
Result<Bytes, ChainFailure> Chain::members() const {
    auto members = impl_->source->blocks.members();
    if (!members) {
        return failure(ChainError::corrupt, members.error());
    }
    return std::move(*members).value_or(Bytes{});
}
Result<void, ChainFailure> Chain::flush() {
    return impl_->flush();
}
Result<void, ChainFailure> Chain::prove_state() {
    TRY_VOID(flush());
    const auto root = state::recompute_root(*impl_->source->kv, 0);
    if (!root) {
        return failure(root.error());
    }
    const Hash& expected = head()->block->header.state_root;
    if (*root != expected) {
        return failure(ChainError::corrupt,
                       fmt::format("the state has the root {}, block {} says {}", to_hex0x(*root),
                                   head_number(), to_hex0x(expected)));
    }
    return {};
}

}  // namespace otento::chain
