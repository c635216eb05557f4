#include <otento/state/stored_nodes.hpp>

#include <otento/state/record.hpp>

namespace otento::state {

namespace {

/// First key after those that begin with the nibbles of `prefix`; empty if there is none.
std::optional<Hash> end_of(const trie::Path& prefix) noexcept {
    trie::Path end = prefix;
    while (end.length > 0) {
        const uint8_t last = end[end.length - size_t{1}];
        end.pop();
        if (last != 15) {
            end.push(static_cast<uint8_t>(last + 1));
            return end.packed;
        }
    }
    return std::nullopt;
}

}  // namespace

StoredNodes::StoredNodes(const storage::KeyValueStore& kv, Columns columns,
                         const std::optional<Hash>& area, const storage::StoreSnapshot* snapshot)
    : kv_(kv), columns_(columns), area_(area), snapshot_(snapshot) {}

Result<std::optional<Bytes>, trie::TrieError> StoredNodes::read(const trie::Path& path) const {
    const KeyBuffer key = area_ ? storage_node_key(*area_, path) : account_node_key(path);
    auto found = kv_.get(columns_(Column::trie), key.view(), snapshot_);
    if (!found) {
        return Err(trie::TrieError::io);
    }
    return *std::move(found);
}

Result<std::vector<trie::LeafEntry>, trie::TrieError> StoredNodes::leaves(const trie::Path& prefix,
                                                                          size_t limit) const {
    const BytesView area = area_ ? BytesView{*area_} : BytesView{};
    const KeyBuffer lower = KeyBuffer().add(area).add(prefix.packed);
    KeyBuffer upper;
    if (const auto end = end_of(prefix)) {
        upper.add(area).add(*end);
    } else if (area_) {
        upper = after_prefix(*area_);
    }
    storage::StoreIterator at =
        kv_.iterate(columns_(area_ ? Column::slots : Column::accounts),
                    {.lower = lower.view(), .upper = upper.view(), .snapshot = snapshot_});
    std::vector<trie::LeafEntry> out;
    for (at.seek(lower.view()); at.valid() && out.size() < limit; at.next()) {
        auto value = trie_value(at.value());
        if (!value || at.key().size() != area.size() + Hash::SIZE) {
            return Err(trie::TrieError::corrupt);
        }
        out.push_back({Hash::from(at.key().subspan(area.size())), *std::move(value)});
    }
    if (!at.valid() && !at.status()) {
        return Err(trie::TrieError::io);
    }
    return out;
}

std::optional<Bytes> StoredNodes::trie_value(BytesView record) const {
    Bytes out;
    if (area_) {
        const auto slot = decode_slot(record);
        if (!slot) {
            return std::nullopt;
        }
        append_slot_rlp(out, *slot);
    } else {
        const auto account = decode_record(record);
        if (!account) {
            return std::nullopt;
        }
        append_account_rlp(out, account->account);
    }
    return out;
}

}  // namespace otento::state
