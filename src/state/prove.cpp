#include <otento/state/prove.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/columns.hpp>
#include <otento/state/record.hpp>
#include <otento/trie/ordered_root.hpp>

namespace otento::state {
namespace {

constexpr size_t HASH_BYTES = 32;

/// Keys and values of one trie, in key order, in two strings.
class Leaves {
  public:
    void add(BytesView key, BytesView value) {
        append(bytes_, key);
        append(bytes_, value);
        sizes_.push_back(value.size());
    }
    [[nodiscard]] Hash root() const {
        std::vector<trie::KeyValue> entries;
        entries.reserve(sizes_.size());
        BytesView rest(bytes_);
        for (const size_t size : sizes_) {
            entries.push_back(
                {.key = rest.first(HASH_BYTES), .value = rest.subspan(HASH_BYTES, size)});
            rest = rest.subspan(HASH_BYTES + size);
        }
        return trie::root_of_sorted(entries);
    }

  private:
    Bytes bytes_;
    std::vector<size_t> sizes_;
};

class Prover {
  public:
    Prover(const storage::KeyValueStore& kv, Columns columns) : kv_(kv), columns_(columns) {}

    [[nodiscard]] Result<Hash, StoreError> root() {
        Leaves leaves;
        auto accounts = kv_.iterate(columns_(Column::accounts), {.fill_cache = false});
        for (accounts.seek_to_first(); accounts.valid(); accounts.next()) {
            const BytesView key = accounts.key();
            const auto record = decode_record(accounts.value());
            if (key.size() != HASH_BYTES || !record) {
                return Err(StoreError::corrupt);
            }
            TRY_VOID(check(Hash::from(key), *record));
            Bytes value;
            append_account_rlp(value, record->account);
            leaves.add(key, value);
        }
        if (!accounts.status()) {
            return Err(StoreError::io);
        }
        return leaves.root();
    }

  private:
    [[nodiscard]] Result<void, StoreError> check(const Hash& key, const AccountRecord& record) {
        if (record.account.code_hash != types::EMPTY_CODE_HASH) {
            const auto code = kv_.get(columns_(Column::code), record.account.code_hash);
            if (!code) {
                return Err(StoreError::io);
            }
            if (!*code || crypto::keccak256(**code) != record.account.code_hash) {
                return Err(StoreError::corrupt);
            }
        }
        if (!record.has_storage()) {
            return {};
        }
        TRY(const Hash root, storage_root(storage_area(key, record.storage_epoch)));
        return root == record.account.storage_root ? Result<void, StoreError>{}
                                                   : Err(StoreError::corrupt);
    }

    [[nodiscard]] Result<Hash, StoreError> storage_root(const Hash& area) {
        Leaves leaves;
        Bytes end(HASH_BYTES + HASH_BYTES + 1, 0xff);
        std::copy(area.begin(), area.end(), end.begin());
        auto slots = kv_.iterate(columns_(Column::slots),
                                 {.lower = area, .upper = end, .fill_cache = false});
        for (slots.seek_to_first(); slots.valid(); slots.next()) {
            const auto value = decode_slot(slots.value());
            if (slots.key().size() != 2 * HASH_BYTES || !value) {
                return Err(StoreError::corrupt);
            }
            Bytes leaf;
            append_slot_rlp(leaf, *value);
            leaves.add(slots.key().subspan(HASH_BYTES), leaf);
        }
        if (!slots.status()) {
            return Err(StoreError::io);
        }
        return leaves.root();
    }

    const storage::KeyValueStore& kv_;
    const Columns columns_;
};

}  // namespace

Result<Hash, StoreError> recompute_root(const storage::KeyValueStore& kv,
                                        storage::ColumnId first_column) {
    return Prover(kv, Columns{first_column}).root();
}

}  // namespace otento::state
