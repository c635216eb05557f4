#include <otento/state/layer_view.hpp>

namespace otento::state {

std::optional<AccountRecord> LayerView::record(const Address& address) const {
    for (const Layer* layer = top_.get(); layer != nullptr; layer = layer->data().parent.get()) {
        if (const AccountChange* const change = layer->data().find(address)) {
            return change->record;
        }
    }
    return base_.account(address);
}

std::optional<Account> LayerView::account(const Address& address) const {
    const auto found = record(address);
    return found ? std::optional(found->account) : std::nullopt;
}

Hash LayerView::storage(const Address& address, const Hash& key) const {
    for (const Layer* layer = top_.get(); layer != nullptr; layer = layer->data().parent.get()) {
        if (const auto value = layer->data().find_slot(address, key)) {
            return *value;
        }
    }
    return base_.slot(address, key);
}

std::shared_ptr<const Bytes> LayerView::code(const Hash& code_hash) const {
    for (const Layer* layer = top_.get(); layer != nullptr; layer = layer->data().parent.get()) {
        if (auto code = layer->data().find_code(code_hash)) {
            return code;
        }
    }
    return base_.code(code_hash);
}

bool LayerView::has_storage(const Address& address) const {
    const auto found = record(address);
    return found && found->has_storage();
}

}  // namespace otento::state
