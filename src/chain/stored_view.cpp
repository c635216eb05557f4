#include <otento/base/logger.hpp>
#include <otento/chain/stored_view.hpp>

namespace otento::chain {

namespace {

/// Readers get "unknown" for a record that cannot be read; the log tells the operator why.
template <typename T>
[[nodiscard]] std::optional<T> or_log(Result<std::optional<T>, std::string> result) {
    if (!result) {
        logger::error("chain", "read failed: {}", result.error());
        return std::nullopt;
    }
    return *std::move(result);
}

}  // namespace

ViewSource::ViewSource(std::unique_ptr<storage::KeyValueStore> kv_in, storage::ColumnId first,
                       types::ChainConfig config_in, size_t recent_count, size_t recent_bytes)
    : kv(std::move(kv_in)),
      blocks(*kv, first, {.quorum_private = config_in.rule_set == types::RuleSet::classic}),
      config(std::move(config_in)),
      recent(recent_count, recent_bytes) {}

StoredView::StoredView(std::shared_ptr<ViewSource> source,
                       std::shared_ptr<const ExecutedBlock> head,
                       std::shared_ptr<const state::Snapshot> state, uint64_t applied_index)
    : source_(std::move(source)),
      head_(std::move(head)),
      state_(std::move(state)),
      applied_index_(applied_index) {}

std::shared_ptr<const ExecutedBlock> StoredView::block(uint64_t number) const {
    if (number >= head_number()) {
        return number == head_number() ? head_ : nullptr;
    }
    if (auto held = source_->recent.get(number)) {
        return held;
    }
    auto stored = or_log(source_->blocks.block(number));
    if (!stored) {
        return nullptr;
    }
    auto block = std::make_shared<const ExecutedBlock>(*std::move(stored));
    source_->recent.put(block);
    return block;
}

std::optional<uint64_t> StoredView::number_of(const Hash& block_hash) const {
    if (block_hash == head_->hash) {
        return head_number();
    }
    const auto number = or_log(source_->blocks.number_of(block_hash));
    return number && *number <= head_number() ? number : std::nullopt;
}

std::optional<Header> StoredView::header(uint64_t number) const {
    if (number >= head_number()) {
        return number == head_number() ? std::optional{head_->block->header} : std::nullopt;
    }
    if (const auto held = source_->recent.get(number)) {
        return held->block->header;
    }
    return or_log(source_->blocks.header(number));
}

std::optional<Hash> StoredView::hash_of(uint64_t number) const {
    if (number >= head_number()) {
        return number == head_number() ? std::optional{head_->hash} : std::nullopt;
    }
    if (const auto held = source_->recent.get(number)) {
        return held->hash;
    }
    return or_log(source_->blocks.hash_of(number));
}

std::optional<TxLocation> StoredView::find_transaction(const Hash& tx_hash) const {
    const auto location = or_log(source_->blocks.find_transaction(tx_hash));
    return location && location->number <= head_number() ? location : std::nullopt;
}

std::shared_ptr<const state::StateView> StoredView::state_at(uint64_t number) const {
    if (state_ == nullptr || number > head_number()) {
        return nullptr;
    }
    struct Kept {
        std::shared_ptr<ViewSource> source;  // First: the key-value store outlives the state.
        std::shared_ptr<const state::StateView> state;
    };
    auto state = state_->at(number);
    if (state == nullptr) {
        return nullptr;
    }
    auto kept = std::make_shared<Kept>(source_, std::move(state));
    return {kept, kept->state.get()};
}

}  // namespace otento::chain
