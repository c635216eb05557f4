// The column families of the state and the keys in them. README.md has the table.
#pragma once

#include <otento/storage/key_value_store.hpp>
#include <otento/trie/path.hpp>

namespace otento::state {

/// Places of the column families, counted from the first one of the state.
enum class Column : uint32_t { accounts, slots, code, trie, history, changes };

/// Numbers the column families of one open key-value store.
struct Columns {
    storage::ColumnId first = 0;
    [[nodiscard]] storage::ColumnId operator()(Column column) const noexcept {
        return first + static_cast<storage::ColumnId>(column);
    }
};

/// A key put together without an allocation.
class KeyBuffer {
  public:
    KeyBuffer& add(BytesView part) noexcept {
        ASSERT(size_ + part.size() <= sizeof bytes_);
        if (!part.empty()) {
            std::memcpy(bytes_ + size_, part.data(), part.size());
            size_ += part.size();
        }
        return *this;
    }
    KeyBuffer& add(char tag) noexcept {
        const auto byte = static_cast<uint8_t>(tag);
        return add(BytesView{&byte, 1});
    }
    KeyBuffer& add_number(uint64_t number) noexcept {
        uint8_t be[8];
        store_be(be, number);
        return add(BytesView{be, sizeof be});
    }
    [[nodiscard]] BytesView view() const noexcept { return {bytes_, size_}; }
    operator BytesView() const noexcept { return view(); }

  private:
    uint8_t bytes_[104];
    size_t size_ = 0;
};

/// slots: area || keccak(slot).
[[nodiscard]] inline KeyBuffer slot_key(const Hash& area, const Hash& slot_hash) noexcept {
    return KeyBuffer().add(area).add(slot_hash);
}

/// trie: 'a' || path, or 's' || area || path.
[[nodiscard]] inline KeyBuffer account_node_key(const trie::Path& path) noexcept {
    return KeyBuffer().add('a').add(path.encode());
}
[[nodiscard]] inline KeyBuffer storage_node_key(const Hash& area, const trie::Path& path) noexcept {
    return KeyBuffer().add('s').add(area).add(path.encode());
}

/// history: 'a' || keccak(address) || number, or 's' || area || keccak(slot) || number; the value
/// before block `number`.
[[nodiscard]] inline KeyBuffer account_history_key(const Hash& account_key) noexcept {
    return KeyBuffer().add('a').add(account_key);
}
[[nodiscard]] inline KeyBuffer slot_history_key(const Hash& area, const Hash& slot_hash) noexcept {
    return KeyBuffer().add('s').add(area).add(slot_hash);
}

/// First key after all keys that begin with `prefix`, of which one byte is not 0xff.
[[nodiscard]] inline KeyBuffer after_prefix(BytesView prefix) noexcept {
    size_t size = prefix.size();
    while (size > 0 && prefix[size - 1] == 0xff) {
        --size;
    }
    ASSERT(size > 0);
    const auto last = static_cast<uint8_t>(prefix[size - 1] + 1);
    return KeyBuffer().add(prefix.first(size - 1)).add(BytesView{&last, 1});
}

/// changes: be64(number), and this one.
inline constexpr std::string_view HEAD_KEY = "head";

}  // namespace otento::state
