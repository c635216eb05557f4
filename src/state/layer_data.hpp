// What a Layer holds. For the files of this module.
#pragma once

#include <otento/state/columns.hpp>
#include <otento/state/hash_index.hpp>
#include <otento/state/key_hasher.hpp>
#include <otento/state/layer.hpp>
#include <otento/state/record.hpp>
#include <otento/trie/mpt.hpp>

namespace otento::state {

struct SlotChange {
    Hash key;
    Hash key_hash;
    Hash value;
    Hash previous;
};

struct AccountChange {
    static constexpr uint32_t NO_TRIE = UINT32_MAX;

    Address address;
    Hash key;  ///< keccak(address)
    std::optional<AccountRecord> record;
    std::optional<AccountRecord> previous;
    std::vector<SlotChange> slots;       ///< Sorted by key.
    std::vector<uint32_t> slots_by_key;  ///< Places in `slots`, sorted by SlotChange::key_hash.
    Hash area;                           ///< Where `slots` lie; set if there are any.
    std::optional<Hash> dropped_area;    ///< Earlier slots that are gone altogether.
    uint32_t trie = NO_TRIE;             ///< Place in LayerTries::storage_tries.

    /// True if slots not in `slots` are those of the parent state.
    [[nodiscard]] bool keeps_slots() const noexcept {
        return record && previous && previous->has_storage() && !dropped_area;
    }
    /// Null if this block did not change the slot.
    [[nodiscard]] const SlotChange* find_slot(const Hash& key) const noexcept;
};

struct StorageTrie {
    Hash area;
    trie::Root root;
};

/// The trie side of a layer. Belongs to the ledger thread even where the rest is shared.
struct LayerTries {
    trie::Root account_trie;
    std::vector<StorageTrie> storage_tries;
    std::vector<KeyBuffer> removed_nodes;  ///< Keys of nodes that are no longer there.
    trie::UpdateLog memory;                ///< Bytes of trie nodes.
};

/// Immutable once computed, but for `parent` and `tries`, which only the ledger thread looks at.
struct LayerData {
    LayerPtr parent;  ///< Null: the committed head when this was computed.
    uint64_t parent_number = 0;
    Hash parent_root;
    uint64_t number = 0;
    std::vector<AccountChange> accounts;  ///< Sorted by address.
    std::vector<uint32_t> by_key;         ///< Places in `accounts`, sorted by AccountChange::key.
    HashIndex account_index;              ///< By `hasher`.
    KeyHasher hasher;
    std::vector<std::pair<Hash, std::shared_ptr<const Bytes>>> new_code;
    Hash root;
    LayerTries tries;  ///< Given away when the layer is committed.

    [[nodiscard]] const AccountChange* find(const Address& address) const;
    /// Value of a slot if this block decides it: by changing it, or by dropping the account's
    /// slots.
    [[nodiscard]] std::optional<Hash> find_slot(const Address& address, const Hash& key) const;
    /// Null if the block brought no such code.
    [[nodiscard]] std::shared_ptr<const Bytes> find_code(const Hash& code_hash) const;
};

}  // namespace otento::state
