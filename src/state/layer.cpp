#include <otento/state/layer.hpp>

#include <otento/state/layer_data.hpp>

#include <algorithm>

namespace otento::state {

const SlotChange* AccountChange::find_slot(const Hash& slot) const noexcept {
    const auto found = std::lower_bound(
        slots.begin(), slots.end(), slot,
        [](const SlotChange& change, const Hash& wanted) { return change.key < wanted; });
    return found != slots.end() && found->key == slot ? &*found : nullptr;
}

const AccountChange* LayerData::find(const Address& address) const {
    const uint32_t at = account_index.find(FixedBytesHash<20>{}(address), [&](uint32_t position) {
        return accounts[position].address == address;
    });
    return at == HashIndex::NONE ? nullptr : &accounts[at];
}

Layer::Layer(std::unique_ptr<LayerData> data) : data_(std::move(data)) {}

/// A long chain must not be destroyed by recursion.
Layer::~Layer() {
    LayerPtr below = std::move(data_->parent);
    while (below && below.use_count() == 1) {
        LayerPtr next = std::move(below->data_->parent);
        below = std::move(next);
    }
}

void Layer::drop_parent() const noexcept {
    data_->parent.reset();
}

uint64_t Layer::number() const noexcept {
    return data_->number;
}

const Hash& Layer::state_root() const noexcept {
    return data_->account_trie.hash;
}

size_t Layer::size_bytes() const noexcept {
    size_t bytes = data_->memory.bytes_made + data_->account_index.size_bytes() +
                   data_->accounts.size() * sizeof(AccountChange) +
                   data_->removed_nodes.size() * sizeof(KeyBuffer);
    for (const AccountChange& change : data_->accounts) {
        bytes += change.slots.size() * sizeof(SlotChange);
    }
    for (const auto& [hash, code] : data_->new_code) {
        bytes += code->size();
    }
    return bytes;
}

}  // namespace otento::state
