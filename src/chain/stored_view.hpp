// The ChainView that a Chain publishes: a head in memory, everything below it from the store.
#pragma once

#include <otento/chain/block_store.hpp>
#include <otento/chain/recent_blocks.hpp>
#include <otento/state/store.hpp>

namespace otento::chain {

/// What all views of a chain share. Keeps the key-value store open for the last reader.
struct ViewSource {
    ViewSource(std::unique_ptr<storage::KeyValueStore> kv_in, storage::ColumnId first,
               types::ChainConfig config_in, size_t recent_count, size_t recent_bytes);

    std::unique_ptr<storage::KeyValueStore> kv;
    BlockStore blocks;
    types::ChainConfig config;
    RecentBlocks recent;
};

/// Records above the head are hidden: the store may have moved on while somebody reads an older
/// view.
class StoredView final : public ChainView {
  public:
    /// @param state  Null if the store could not give one: state_at() then knows nothing.
    StoredView(std::shared_ptr<ViewSource> source, std::shared_ptr<const ExecutedBlock> head,
               std::shared_ptr<const state::Snapshot> state, uint64_t applied_index);

    [[nodiscard]] const types::ChainConfig& config() const override { return source_->config; }
    [[nodiscard]] uint64_t head_number() const override { return head_->block->header.number; }
    [[nodiscard]] std::shared_ptr<const ExecutedBlock> head() const override { return head_; }
    [[nodiscard]] std::shared_ptr<const ExecutedBlock> block(uint64_t number) const override;
    [[nodiscard]] std::optional<uint64_t> number_of(const Hash& block_hash) const override;
    [[nodiscard]] std::optional<Header> header(uint64_t number) const override;
    [[nodiscard]] std::optional<Hash> hash_of(uint64_t number) const override;
    [[nodiscard]] std::optional<TxLocation> find_transaction(const Hash& tx_hash) const override;
    [[nodiscard]] std::shared_ptr<const state::StateView> state_at(uint64_t number) const override;
    [[nodiscard]] uint64_t applied_index() const override { return applied_index_; }

  private:
    std::shared_ptr<ViewSource> source_;  // First: outlives the snapshot.
    std::shared_ptr<const ExecutedBlock> head_;
    std::shared_ptr<const state::Snapshot> state_;
    uint64_t applied_index_;
};

}  // namespace otento::chain
