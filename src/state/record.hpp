// Records of the flat state: their bytes on disk, and the RLP of what the tries hold. README.md
// lists the column families and keys.
#pragma once

#include <otento/state/state_view.hpp>

namespace otento::state {

/// An account as stored flat. Its slots lie in a storage area of their own, which begins when an
/// account without slots gets one; so dropping all slots costs nothing, and older states keep
/// theirs.
struct AccountRecord {
    Account account;
    /// Number of the block that began the storage area; 0 while storage_root is EMPTY_TRIE_ROOT.
    uint64_t storage_epoch = 0;

    [[nodiscard]] bool has_storage() const noexcept {
        return account.storage_root != types::EMPTY_TRIE_ROOT;
    }
    friend bool operator==(const AccountRecord&, const AccountRecord&) = default;
};

/// Appends the stored form; never empty.
void append_record(Bytes& out, const AccountRecord& record);
/// Strict; empty on anything append_record does not write.
[[nodiscard]] std::optional<AccountRecord> decode_record(BytesView in);

/// Stored form of a slot: the value without leading zero bytes; the empty string is zero.
[[nodiscard]] BytesView trim_slot(const Hash& value) noexcept;
[[nodiscard]] std::optional<Hash> decode_slot(BytesView in);

/// Identity of a storage area: keccak(keccak(address) || be64(epoch)). First part of its slots' and
/// trie nodes' keys.
[[nodiscard]] Hash storage_area(const Hash& account_key, uint64_t epoch) noexcept;

/// Values of the tries, Yellow Paper 4.1: RLP of the account, RLP of the slot's trimmed value.
void append_account_rlp(Bytes& out, const Account& account);
void append_slot_rlp(Bytes& out, const Hash& value);

}  // namespace otento::state
