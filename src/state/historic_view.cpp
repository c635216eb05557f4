#include <otento/state/historic_view.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/base_state.hpp>

#include <algorithm>

namespace otento::state {

size_t HistoricView::waiting_count() const noexcept {
    if (number_ <= source_->flushed_number) {
        return 0;
    }
    return std::min<uint64_t>(source_->waiting.size(), number_ - source_->flushed_number);
}

std::optional<AccountRecord> HistoricView::record(const Address& address) const {
    for (size_t i = waiting_count(); i-- > 0;) {
        if (const AccountChange* const change = source_->waiting[i]->data().find(address)) {
            return change->record;
        }
    }
    const Hash key = crypto::keccak256(address);
    const Bytes value = value_at(account_history_key(key), Column::accounts, KeyBuffer().add(key));
    return value.empty() ? std::nullopt : checked(decode_record(value));
}

Hash HistoricView::flushed_slot(const Hash& area, const Hash& slot_hash) const {
    const Bytes value =
        value_at(slot_history_key(area, slot_hash), Column::slots, slot_key(area, slot_hash));
    return checked(decode_slot(value)).value_or(Hash{});
}

std::optional<Account> HistoricView::account(const Address& address) const {
    const auto found = record(address);
    return found ? std::optional(found->account) : std::nullopt;
}

Hash HistoricView::storage(const Address& address, const Hash& key) const {
    for (size_t i = waiting_count(); i-- > 0;) {
        if (const auto value = source_->waiting[i]->data().find_slot(address, key)) {
            return *value;
        }
    }
    const auto owner = record(address);
    if (!owner || !owner->has_storage()) {
        return {};
    }
    return flushed_slot(storage_area(crypto::keccak256(address), owner->storage_epoch),
                        crypto::keccak256(key));
}

std::shared_ptr<const Bytes> HistoricView::code(const Hash& code_hash) const {
    if (code_hash == types::EMPTY_CODE_HASH) {
        return empty_code();
    }
    for (const LayerPtr& layer : source_->waiting) {
        if (auto code = layer->data().find_code(code_hash)) {
            return code;
        }
    }
    Bytes code = flat(Column::code, code_hash);
    if (code.empty()) {
        failed_ = true;
        return empty_code();
    }
    return std::make_shared<const Bytes>(std::move(code));
}

bool HistoricView::has_storage(const Address& address) const {
    const auto found = record(address);
    return found && found->has_storage();
}

Bytes HistoricView::value_at(const KeyBuffer& history_prefix, Column column,
                             const KeyBuffer& key) const {
    if (number_ < source_->flushed_number) {
        KeyBuffer from = history_prefix;
        from.add_number(number_ + 1);
        const KeyBuffer end = after_prefix(history_prefix.view());
        storage::StoreIterator at = source_->kv.iterate(
            source_->columns(Column::history),
            {.lower = from.view(), .upper = end.view(), .snapshot = source_->content.get()});
        at.seek(from.view());
        if (at.valid()) {
            return to_bytes(at.value());
        }
        if (!at.status()) {
            failed_ = true;
        }
    }
    return flat(column, key.view());
}

Bytes HistoricView::flat(Column column, BytesView key) const {
    auto found = source_->kv.get(source_->columns(column), key, source_->content.get());
    if (!found) {
        failed_ = true;
        return {};
    }
    return std::move(*found).value_or(Bytes{});
}

}  // namespace otento::state
