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
    const uint32_t at = account_index.find(
        hasher(address), [&](uint32_t position) { return accounts[position].address == address; });
    return at == HashIndex::NONE ? nullptr : &accounts[at];
}

std::optional<Hash> LayerData::find_slot(const Address& address, const Hash& key) const {
    const AccountChange* const change = find(address);
    if (change == nullptr) {
        return std::nullopt;
    }
    if (const SlotChange* const slot = change->find_slot(key)) {
        return slot->value;
    }
    return change->keeps_slots() ? std::nullopt : std::optional(Hash{});
}

std::shared_ptr<const Bytes> LayerData::find_code(const Hash& code_hash) const {
    for (const auto& [hash, code] : new_code) {
        if (hash == code_hash) {
            return code;
        }
    }
    return nullptr;
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

LayerTries Layer::commit() const {
    data_->parent.reset();
    return std::exchange(data_->tries, {});
}

uint64_t Layer::number() const noexcept {
    return data_->number;
}

const Hash& Layer::state_root() const noexcept {
    return data_->root;
}

size_t Layer::size_bytes() const noexcept {
    size_t bytes = data_->tries.memory.bytes_made + data_->account_index.size_bytes() +
                   data_->accounts.size() * sizeof(AccountChange) +
                   data_->tries.removed_nodes.size() * sizeof(KeyBuffer);
    for (const AccountChange& change : data_->accounts) {
        bytes += change.slots.size() * sizeof(SlotChange);
    }
    for (const auto& [hash, code] : data_->new_code) {
        bytes += code->size();
    }
    return bytes;
}

}  // namespace otento::state
