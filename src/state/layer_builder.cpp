#include <otento/state/layer_builder.hpp>

#include <otento/crypto/keccak.hpp>

#include <algorithm>

namespace otento::state {

namespace {

/// Values of trie updates, one after the other; views are taken once all are there.
class Values {
  public:
    template <typename Write>
    void add(Write&& write) {
        write(bytes_);
        ends_.push_back(bytes_.size());
    }
    void add_empty() { ends_.push_back(bytes_.size()); }
    [[nodiscard]] BytesView operator[](size_t i) const noexcept {
        const size_t begin = i == 0 ? 0 : ends_[i - 1];
        return BytesView{bytes_}.subspan(begin, ends_[i] - begin);
    }
    void clear() {
        bytes_.clear();
        ends_.clear();
    }

  private:
    Bytes bytes_;
    std::vector<size_t> ends_;
};

/// Places in a list of `count`, sorted by the key each place has.
template <typename KeyOf>
std::vector<uint32_t> sorted_places(size_t count, KeyOf&& key_of) {
    std::vector<std::pair<uint64_t, uint32_t>> order(count);
    for (uint32_t i = 0; i < count; ++i) {
        order[i] = {load_be<uint64_t>(key_of(i).data()), i};
    }
    std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first : key_of(a.second) < key_of(b.second);
    });
    std::vector<uint32_t> out(count);
    for (size_t i = 0; i < count; ++i) {
        out[i] = order[i].second;
    }
    return out;
}

}  // namespace

StoreError store_error(trie::TrieError error) noexcept {
    return error == trie::TrieError::io ? StoreError::io : StoreError::corrupt;
}

LayerBuilder::LayerBuilder(BaseState& base, const TrieStore& tries, LayerPtr parent)
    : base_(base),
      tries_(tries),
      parent_(std::move(parent)),
      view_(parent_, base),
      out_(std::make_unique<LayerData>()) {}

Result<LayerPtr, StoreError> LayerBuilder::build(uint64_t number, const StateDiff& diff) {
    out_->parent = parent_;
    out_->parent_number = parent_ ? parent_->number() : base_.number();
    out_->parent_root = parent_ ? parent_->state_root() : tries_.account_trie().hash;
    out_->number = number;
    stamp_ = static_cast<uint32_t>(number);
    out_->accounts.reserve(diff.accounts.size());
    for (const auto& [address, change] : diff.accounts) {
        add_account(address, change);
    }
    hash_addresses();
    hash_slots();
    choose_areas();
    if (base_.failed()) {
        return Err(StoreError::io);
    }
    TRY_VOID(update_storage());
    TRY_VOID(update_accounts());
    out_->root = out_->tries.account_trie.hash;
    return std::make_shared<const Layer>(std::move(out_));
}

/// Adds what really changed; the diff may hold values equal to the old ones.
void LayerBuilder::add_account(const Address& address, const AccountDiff& diff) {
    AccountChange change;
    change.address = address;
    change.previous = view_.record(address);
    const bool had_storage = change.previous && change.previous->has_storage();
    const bool drops = had_storage && (diff.deleted || diff.storage_cleared);
    if (!diff.deleted) {
        AccountRecord& record = change.record.emplace();
        record.account.nonce = diff.nonce;
        record.account.balance = diff.balance;
        record.account.code_hash = diff.code_hash;
        if (had_storage && !drops) {
            record.account.storage_root = change.previous->account.storage_root;
            record.storage_epoch = change.previous->storage_epoch;
        }
        if (diff.code) {
            out_->new_code.emplace_back(diff.code_hash, diff.code);
        }
        for (const auto& [key, value] : diff.storage) {
            const Hash previous = had_storage && !drops ? view_.storage(address, key) : Hash{};
            if (value != previous) {
                change.slots.push_back({key, {}, value, previous});
            }
        }
    }
    if (drops) {
        change.dropped_area = Hash{};  // Computed with the other areas.
    }
    if (change.record != change.previous || !change.slots.empty()) {
        const auto position = static_cast<uint32_t>(out_->accounts.size());
        out_->account_index.insert(out_->hasher(address), position);
        out_->accounts.push_back(std::move(change));
    }
}

void LayerBuilder::hash_addresses() {
    std::vector<BytesView> inputs;
    std::vector<Hash> hashes(out_->accounts.size());
    inputs.reserve(hashes.size());
    for (const AccountChange& change : out_->accounts) {
        inputs.emplace_back(change.address);
    }
    crypto::keccak256_many(inputs.data(), inputs.size(), hashes.data());
    for (size_t i = 0; i < hashes.size(); ++i) {
        out_->accounts[i].key = hashes[i];
    }
    out_->by_key = sorted_places(hashes.size(),
                                 [&](uint32_t i) -> const Hash& { return out_->accounts[i].key; });
}

void LayerBuilder::hash_slots() {
    std::vector<BytesView> inputs;
    for (const AccountChange& change : out_->accounts) {
        for (const SlotChange& slot : change.slots) {
            inputs.emplace_back(slot.key);
        }
    }
    std::vector<Hash> hashes(inputs.size());
    crypto::keccak256_many(inputs.data(), inputs.size(), hashes.data());
    size_t i = 0;
    for (AccountChange& change : out_->accounts) {
        for (SlotChange& slot : change.slots) {
            slot.key_hash = hashes[i++];
        }
        change.slots_by_key = sorted_places(
            change.slots.size(),
            [&](uint32_t place) -> const Hash& { return change.slots[place].key_hash; });
    }
}

/// Says where the changed slots lie: in the area the account has, or in one that begins with this
/// block.
void LayerBuilder::choose_areas() {
    for (AccountChange& change : out_->accounts) {
        if (change.dropped_area) {
            change.dropped_area = storage_area(change.key, change.previous->storage_epoch);
        }
        if (change.slots.empty()) {
            continue;
        }
        AccountRecord& record = *change.record;
        if (!record.has_storage()) {
            record.storage_epoch = out_->number;
        }
        change.area = storage_area(change.key, record.storage_epoch);
    }
}

trie::Root LayerBuilder::parent_storage_trie(const AccountChange& change) const {
    if (!change.keeps_slots()) {
        return {};
    }
    for (const Layer* layer = parent_.get(); is_uncommitted(layer);
         layer = layer->data().parent.get()) {
        const AccountChange* const earlier = layer->data().find(change.address);
        if (earlier != nullptr && earlier->trie != AccountChange::NO_TRIE) {
            return layer->data().tries.storage_tries[earlier->trie].root;
        }
    }
    return tries_.storage_trie(change.area, change.previous->account.storage_root);
}

const trie::Root& LayerBuilder::parent_account_trie() const {
    return is_uncommitted(parent_.get()) ? parent_->data().tries.account_trie
                                         : tries_.account_trie();
}

Result<void, StoreError> LayerBuilder::update_storage() {
    std::vector<trie::Update> updates;
    Values values;
    trie::UpdateLog& log = out_->tries.memory;
    for (AccountChange& change : out_->accounts) {
        if (change.slots.empty()) {
            continue;
        }
        updates.clear();
        values.clear();
        for (const uint32_t place : change.slots_by_key) {
            const SlotChange& slot = change.slots[place];
            if (slot.value.is_zero()) {
                values.add_empty();
            } else {
                values.add([&](Bytes& out) { append_slot_rlp(out, slot.value); });
            }
        }
        for (const uint32_t place : change.slots_by_key) {
            const SlotChange& slot = change.slots[place];
            updates.push_back({slot.key_hash, values[updates.size()], !slot.previous.is_zero()});
        }
        change.trie = static_cast<uint32_t>(out_->tries.storage_tries.size());
        StorageTrie& trie =
            out_->tries.storage_tries.emplace_back(change.area, parent_storage_trie(change));
        if (const auto done =
                trie::update(trie.root, updates, tries_.reader(change.area), stamp_, log);
            !done) {
            return Err(store_error(done.error()));
        }
        for (const trie::Path& path : log.removed) {
            out_->tries.removed_nodes.push_back(storage_node_key(change.area, path));
        }
        log.removed.clear();
    }
    std::vector<trie::Root*> roots;
    for (StorageTrie& trie : out_->tries.storage_tries) {
        roots.push_back(&trie.root);
    }
    trie::hash(roots);
    for (AccountChange& change : out_->accounts) {
        if (change.trie != AccountChange::NO_TRIE) {
            AccountRecord& record = *change.record;
            record.account.storage_root = out_->tries.storage_tries[change.trie].root.hash;
            if (!record.has_storage()) {
                record.storage_epoch = 0;
            }
        }
    }
    return {};
}

Result<void, StoreError> LayerBuilder::update_accounts() {
    std::vector<trie::Update> updates;
    Values values;
    for (const uint32_t place : out_->by_key) {
        const AccountChange& change = out_->accounts[place];
        if (change.record) {
            values.add([&](Bytes& out) { append_account_rlp(out, change.record->account); });
        } else {
            values.add_empty();
        }
    }
    updates.reserve(out_->by_key.size());
    for (const uint32_t place : out_->by_key) {
        const AccountChange& change = out_->accounts[place];
        updates.push_back({change.key, values[updates.size()], change.previous.has_value()});
    }
    out_->tries.account_trie = parent_account_trie();
    trie::UpdateLog& log = out_->tries.memory;
    if (const auto done =
            trie::update(out_->tries.account_trie, updates, tries_.reader(), stamp_, log);
        !done) {
        return Err(store_error(done.error()));
    }
    for (const trie::Path& path : log.removed) {
        out_->tries.removed_nodes.push_back(account_node_key(path));
    }
    log.removed = {};
    trie::Root* const root = &out_->tries.account_trie;
    trie::hash({&root, 1});
    return {};
}

}  // namespace otento::state
