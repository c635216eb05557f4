#include <otento/state/base_state.hpp>

#include <otento/crypto/keccak.hpp>

namespace otento::state {

namespace {

/// Slots of contracts share the budget with accounts; code and contract parts are few.
constexpr size_t share(size_t bytes, size_t eighths) {
    return bytes / 8 * eighths;
}

}  // namespace

const std::shared_ptr<const Bytes>& empty_code() {
    static const auto EMPTY = std::make_shared<const Bytes>();
    return EMPTY;
}

BaseState::BaseState(const storage::KeyValueStore& kv, Columns columns, size_t cache_bytes)
    : kv_(kv),
      columns_(columns),
      accounts_(share(cache_bytes, 3)),
      contracts_(share(cache_bytes, 1)),
      slots_(share(cache_bytes, 3)),
      code_(share(cache_bytes, 1)) {}

std::optional<AccountRecord> BaseState::account(const Address& address) {
    if (const PlainAccount* const plain = accounts_.find(address)) {
        if (!plain->exists) {
            return std::nullopt;
        }
        AccountRecord out;
        out.account.nonce = plain->nonce;
        out.account.balance = plain->balance;
        if (!plain->contract) {
            return out;
        }
        if (const ContractPart* const part = contracts_.find(address)) {
            out.account.code_hash = part->code_hash;
            out.account.storage_root = part->storage_root;
            out.storage_epoch = part->storage_epoch;
            return out;
        }
    }
    std::optional<AccountRecord> out = read_account(address);
    if (!failed_) {
        put_account(address, out);
    }
    return out;
}

std::optional<AccountRecord> BaseState::read_account(const Address& address) {
    for (size_t i = waiting_.size(); i-- > 0;) {
        if (const AccountChange* const change = waiting_[i]->data().find(address)) {
            return change->record;
        }
    }
    std::optional<AccountRecord> out;
    const auto found = kv_.visit(columns_(Column::accounts), crypto::keccak256(address),
                                 [&](BytesView value) { out = decode_record(value); });
    if (!found || (*found && !out)) {
        failed_ = true;
    }
    return out;
}

Hash BaseState::area(const Address& address, const AccountRecord& record) {
    ContractPart* const part = contracts_.find(address);
    const bool cached = part != nullptr && part->storage_epoch == record.storage_epoch &&
                        part->storage_root != types::EMPTY_TRIE_ROOT;
    if (cached && !part->area.is_zero()) {
        return part->area;
    }
    const Hash out = storage_area(crypto::keccak256(address), record.storage_epoch);
    if (cached) {
        part->area = out;
    }
    return out;
}

Hash BaseState::slot(const Address& address, const Hash& key) {
    const auto owner = account(address);
    if (!owner || !owner->has_storage()) {
        return {};
    }
    const SlotKey place{area(address, *owner), key};
    if (const Hash* const value = slots_.find(place)) {
        return *value;
    }
    std::optional<Hash> value;
    for (size_t i = waiting_.size(); i-- > 0 && !value;) {
        value = waiting_[i]->data().find_slot(address, key);
    }
    if (!value) {
        value = read_slot(place.area, key);
    }
    if (!failed_) {
        slots_.put(place, *value);
    }
    return *value;
}

Hash BaseState::read_slot(const Hash& area, const Hash& key) {
    std::optional<Hash> out;
    const auto found =
        kv_.visit(columns_(Column::slots), slot_key(area, crypto::keccak256(key)).view(),
                  [&](BytesView value) { out = decode_slot(value); });
    if (!found || (*found && !out)) {
        failed_ = true;
    }
    return out.value_or(Hash{});
}

std::shared_ptr<const Bytes> BaseState::code(const Hash& code_hash) {
    if (code_hash == types::EMPTY_CODE_HASH) {
        return empty_code();
    }
    if (const auto* const known = code_.find(code_hash)) {
        return *known;
    }
    std::shared_ptr<const Bytes> out;
    const auto found = kv_.visit(columns_(Column::code), code_hash, [&](BytesView value) {
        out = std::make_shared<const Bytes>(to_bytes(value));
    });
    if (!found || !*found) {
        failed_ = true;
        return empty_code();
    }
    put_code(code_hash, out);
    return out;
}

void BaseState::put_account(const Address& address, const std::optional<AccountRecord>& record) {
    PlainAccount plain;
    if (record) {
        const Account& account = record->account;
        plain.nonce = account.nonce;
        plain.balance = account.balance;
        plain.exists = true;
        plain.contract = record->has_storage() || account.code_hash != types::EMPTY_CODE_HASH;
        if (plain.contract) {
            Hash area;
            if (const ContractPart* const part = contracts_.find(address);
                part != nullptr && record->has_storage() &&
                part->storage_root != types::EMPTY_TRIE_ROOT &&
                part->storage_epoch == record->storage_epoch) {
                area = part->area;
            }
            contracts_.put(address,
                           {account.code_hash, account.storage_root, record->storage_epoch, area});
        }
    }
    accounts_.put(address, plain);
}

void BaseState::put_code(const Hash& code_hash, std::shared_ptr<const Bytes> code) {
    const size_t bytes = code->size();
    code_.put(code_hash, std::move(code), bytes);
}

void BaseState::set_number(uint64_t number) noexcept {
    number_ = number;
    initialized_ = true;
}

void BaseState::adopt(LayerPtr layer) {
    const LayerData& data = layer->data();
    for (const AccountChange& change : data.accounts) {
        put_account(change.address, change.record);
        for (const SlotChange& slot : change.slots) {
            slots_.put({change.area, slot.key}, slot.value);
        }
    }
    for (const auto& [hash, code] : data.new_code) {
        put_code(hash, code);
    }
    set_number(data.number);
    waiting_.push_back(std::move(layer));
}

size_t BaseState::cache_bytes() const noexcept {
    return accounts_.size_bytes() + contracts_.size_bytes() + slots_.size_bytes() +
           code_.size_bytes();
}

}  // namespace otento::state
