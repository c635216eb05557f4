#include <otento/state/trie_store.hpp>

#include <array>

namespace otento::state {

trie::Root TrieStore::storage_trie(const Hash& area, const Hash& hash) const {
    const auto found = storage_tries_.find(area);
    if (found == storage_tries_.end()) {
        return {hash, {}};
    }
    ASSERT(found->second.hash == hash);
    return found->second;
}

void TrieStore::adopt(const LayerData& layer, LayerTries tries) {
    account_trie_ = std::move(tries.account_trie);
    for (const AccountChange& change : layer.accounts) {
        if (change.dropped_area) {
            storage_tries_.erase(*change.dropped_area);
            dirty_areas_.erase(*change.dropped_area);
            dropped_areas_.push_back(*change.dropped_area);
        }
    }
    for (StorageTrie& trie : tries.storage_tries) {
        if (trie.root.hash == trie::EMPTY_ROOT) {
            storage_tries_.erase(trie.area);
            dirty_areas_.erase(trie.area);
        } else {
            storage_tries_[trie.area] = std::move(trie.root);
            dirty_areas_.insert(trie.area);
        }
    }
    removed_nodes_.insert(removed_nodes_.end(), tries.removed_nodes.begin(),
                          tries.removed_nodes.end());
    dirty_bytes_ += tries.memory.bytes_made;
    dirty_bytes_ -= std::min(dirty_bytes_, tries.memory.bytes_unwritten);
    memory_bytes_ += tries.memory.bytes_made;
    memory_bytes_ -= std::min(memory_bytes_, tries.memory.bytes_replaced);
}

void TrieStore::write_trie(storage::WriteBatch& batch, const trie::Root& root,
                           const Hash* area) const {
    Bytes stored;
    trie::visit_unpersisted(root, [&](const trie::Path& path, const trie::Node& node) {
        stored.clear();
        trie::encode_stored(node, path.length, stored);
        const KeyBuffer key =
            area == nullptr ? account_node_key(path) : storage_node_key(*area, path);
        batch.put(columns_(Column::trie), key.view(), stored);
    });
}

void TrieStore::drop_areas(storage::WriteBatch& batch, const std::vector<Hash>& areas) const {
    for (const Hash& area : areas) {
        const KeyBuffer begin = KeyBuffer().add('s').add(area);
        batch.remove_range(columns_(Column::trie), begin.view(), after_prefix(begin.view()).view());
    }
}

void TrieStore::stage_flush(storage::WriteBatch& batch, const LayerData* next) const {
    const storage::ColumnId column = columns_(Column::trie);
    std::vector<Hash> dropped = dropped_areas_;
    std::unordered_map<Hash, const trie::Root*> newer;
    const std::vector<KeyBuffer> none;
    const std::vector<KeyBuffer>* const removed_last =
        next != nullptr ? &next->tries.removed_nodes : &none;
    for (const std::vector<KeyBuffer>* const removed : {&removed_nodes_, removed_last}) {
        for (const KeyBuffer& key : *removed) {
            batch.remove(column, key.view());
        }
    }
    std::set<Hash> areas = dirty_areas_;
    if (next != nullptr) {
        for (const AccountChange& change : next->accounts) {
            if (change.dropped_area) {
                dropped.push_back(*change.dropped_area);
                areas.erase(*change.dropped_area);
            }
        }
        for (const StorageTrie& trie : next->tries.storage_tries) {
            newer[trie.area] = &trie.root;
            areas.insert(trie.area);
        }
    }
    drop_areas(batch, dropped);
    for (const Hash& area : areas) {
        const auto found = newer.find(area);
        write_trie(batch, found != newer.end() ? *found->second : storage_tries_.at(area), &area);
    }
    write_trie(batch, next != nullptr ? next->tries.account_trie : account_trie_, nullptr);
}

void TrieStore::finish_flush() {
    size_t left = trie::mark_persisted(account_trie_);
    for (const Hash& area : dirty_areas_) {
        left += trie::mark_persisted(storage_tries_.at(area));
    }
    memory_bytes_ -= std::min(memory_bytes_, left);
    dirty_areas_.clear();
    removed_nodes_.clear();
    dropped_areas_.clear();
    dirty_bytes_ = 0;
}

void TrieStore::trim(size_t bytes_max, uint32_t now) {
    if (memory_bytes_ <= bytes_max) {
        return;
    }
    std::array<size_t, 33> ages{};
    trie::sum_by_age(account_trie_, now, ages);
    for (const auto& [area, root] : storage_tries_) {
        trie::sum_by_age(root, now, ages);
    }
    // Keep the youngest three quarters of the budget; what is not stored stays anyway.
    size_t kept = 0;
    size_t age_bits = 0;
    while (age_bits < ages.size() && kept + ages[age_bits] <= bytes_max / 4 * 3) {
        kept += ages[age_bits++];
    }
    if (age_bits == ages.size()) {
        memory_bytes_ = kept;
        return;
    }
    const uint32_t age =
        age_bits == 0 ? 0 : static_cast<uint32_t>((uint64_t{1} << (age_bits - 1)) - 1);
    const uint32_t oldest = now - std::min(now, age);
    memory_bytes_ = trie::drop_older(account_trie_, oldest);
    for (auto entry = storage_tries_.begin(); entry != storage_tries_.end();) {
        const trie::Root& root = entry->second;
        if (!root.node || (root.node->persisted && root.node->stamp < oldest)) {
            entry = storage_tries_.erase(entry);
        } else {
            memory_bytes_ += trie::drop_older(root, oldest);
            ++entry;
        }
    }
}

}  // namespace otento::state
