// From the StateDiff of a block to its Layer: net changes, storage tries, account trie.
#pragma once

#include <otento/state/layer_view.hpp>
#include <otento/state/store.hpp>
#include <otento/state/trie_store.hpp>

namespace otento::state {

/// Used once. Belongs to the ledger thread.
class LayerBuilder {
  public:
    /// @param parent  Null: the committed head.
    LayerBuilder(BaseState& base, const TrieStore& tries, LayerPtr parent);

    [[nodiscard]] Result<LayerPtr, StoreError> build(uint64_t number, const StateDiff& diff);

  private:
    void add_account(const Address& address, const AccountDiff& diff);
    void hash_addresses();
    void hash_slots();
    void choose_areas();
    Result<void, StoreError> update_storage();
    Result<void, StoreError> update_accounts();
    [[nodiscard]] trie::Root parent_storage_trie(const AccountChange& change) const;
    [[nodiscard]] const trie::Root& parent_account_trie() const;
    /// Layers up to the head have given their tries to `tries_`.
    [[nodiscard]] bool is_uncommitted(const Layer* layer) const noexcept {
        return layer != nullptr && (!base_.initialized() || layer->number() > base_.number());
    }

    BaseState& base_;
    const TrieStore& tries_;
    LayerPtr parent_;
    LayerView view_;
    std::unique_ptr<LayerData> out_;
    uint32_t stamp_ = 0;
};

[[nodiscard]] StoreError store_error(trie::TrieError error) noexcept;

}  // namespace otento::state
