#include <otento/state/trie_redo.hpp>

#include <otento/state/change_list.hpp>
#include <otento/state/layer_builder.hpp>

#include <map>

namespace otento::state {

namespace {

/// Keys changed in some blocks, each once.
struct ChangedKeys {
    struct Area {
        Hash account;
        std::set<Hash> slots;
    };
    std::set<Hash> accounts;
    std::map<Hash, Area> areas;
};

class Redo {
  public:
    Redo(const storage::KeyValueStore& kv, Columns columns, const HeadRecord& head,
         TrieStore& tries)
        : kv_(kv), columns_(columns), head_(head), tries_(tries) {}

    Result<void, StoreError> run() {
        for (uint64_t number = head_.trie_number + 1; number <= head_.number; ++number) {
            TRY_VOID(collect(number));
        }
        for (const auto& [area, keys] : changed_.areas) {
            TRY_VOID(redo_area(area, keys));
        }
        TRY_VOID(redo_accounts());
        tries_.adopt(made_);
        return {};
    }

  private:
    Result<void, StoreError> collect(uint64_t number) {
        std::optional<ChangeList> list;
        const auto found =
            kv_.visit(columns_(Column::changes), KeyBuffer().add_number(number).view(),
                      [&](BytesView value) { list = decode_change_list(value); });
        if (!found) {
            return Err(StoreError::io);
        }
        if (!list) {
            return Err(StoreError::corrupt);
        }
        changed_.accounts.insert(list->accounts.begin(), list->accounts.end());
        for (const ChangeList::Area& area : list->areas) {
            ChangedKeys::Area& keys = changed_.areas[area.area];
            keys.account = list->accounts[area.account];
            keys.slots.insert(area.slots.begin(), area.slots.end());
        }
        return {};
    }

    Result<std::optional<AccountRecord>, StoreError> record(const Hash& key) const {
        std::optional<AccountRecord> out;
        const auto found = kv_.visit(columns_(Column::accounts), key,
                                     [&](BytesView value) { out = decode_record(value); });
        if (!found) {
            return Err(StoreError::io);
        }
        if (*found && !out) {
            return Err(StoreError::corrupt);
        }
        return out;
    }

    Result<void, StoreError> redo_area(const Hash& area, const ChangedKeys::Area& keys) {
        TRY(const std::optional<AccountRecord> owner, record(keys.account));
        if (!owner || !owner->has_storage() ||
            storage_area(keys.account, owner->storage_epoch) != area) {
            // It ended in these blocks; whatever nodes it has on disk are garbage.
            AccountChange& ended = made_.accounts.emplace_back();
            ended.dropped_area = area;
            return {};
        }
        const auto reader = tries_.storage_reader(area);
        auto root = trie::load_root(*reader, stamp());
        if (!root) {
            return Err(store_error(root.error()));
        }
        std::vector<Bytes> values;
        values.reserve(keys.slots.size());
        std::vector<trie::Update> updates;
        for (const Hash& slot : keys.slots) {
            auto stored = kv_.get(columns_(Column::slots), slot_key(area, slot).view());
            if (!stored) {
                return Err(StoreError::io);
            }
            const auto value = decode_slot(stored->value_or(Bytes{}));
            if (!value) {
                return Err(StoreError::corrupt);
            }
            Bytes& rlp = values.emplace_back();
            if (!value->is_zero()) {
                append_slot_rlp(rlp, *value);
            }
            updates.push_back({slot, rlp});
        }
        TRY_VOID(update(*root, updates, *reader, &area));
        if (root->hash != owner->account.storage_root) {
            return Err(StoreError::corrupt);
        }
        made_.storage_tries.push_back({area, std::move(*root)});
        return {};
    }

    Result<void, StoreError> redo_accounts() {
        const auto reader = tries_.account_reader();
        auto root = trie::load_root(*reader, stamp());
        if (!root) {
            return Err(store_error(root.error()));
        }
        if (root->hash != head_.trie_root) {
            return Err(StoreError::corrupt);
        }
        std::vector<Bytes> values;
        values.reserve(changed_.accounts.size());
        std::vector<trie::Update> updates;
        for (const Hash& key : changed_.accounts) {
            TRY(const std::optional<AccountRecord> found, record(key));
            Bytes& rlp = values.emplace_back();
            if (found) {
                append_account_rlp(rlp, found->account);
            }
            updates.push_back({key, rlp});
        }
        TRY_VOID(update(*root, updates, *reader, nullptr));
        if (root->hash != head_.root) {
            return Err(StoreError::corrupt);
        }
        made_.account_trie = std::move(*root);
        return {};
    }

    /// @param area  Null for the account trie.
    Result<void, StoreError> update(trie::Root& root, const std::vector<trie::Update>& updates,
                                    const trie::NodeReader& reader, const Hash* area) {
        trie::UpdateLog& log = made_.memory;
        if (const auto done = trie::update(root, updates, reader, stamp(), log); !done) {
            return Err(store_error(done.error()));
        }
        trie::Root* const roots = &root;
        trie::hash({&roots, 1});
        for (const trie::Path& path : log.removed) {
            made_.removed_nodes.push_back(area == nullptr ? account_node_key(path)
                                                          : storage_node_key(*area, path));
        }
        log.removed.clear();
        return {};
    }

    [[nodiscard]] uint32_t stamp() const noexcept { return static_cast<uint32_t>(head_.number); }

    const storage::KeyValueStore& kv_;
    Columns columns_;
    const HeadRecord& head_;
    TrieStore& tries_;
    ChangedKeys changed_;
    LayerData made_;
};

}  // namespace

Result<void, StoreError> redo_tries(const storage::KeyValueStore& kv, Columns columns,
                                    const HeadRecord& head, TrieStore& tries) {
    return Redo(kv, columns, head, tries).run();
}

}  // namespace otento::state
