// Reading the world at one block, and what a block changed. Execution reads a StateView and writes
// a StateDiff.
#pragma once

#include <otento/types/account.hpp>

#include <map>
#include <memory>
#include <optional>

namespace otento::state {

using types::Account;

/// Immutable world state at one block. Implementations are safe to read from several threads,
/// unless they say otherwise (layered views belong to the ledger thread).
class StateView {
  public:
    StateView() = default;
    StateView(const StateView&) = delete;
    StateView& operator=(const StateView&) = delete;
    virtual ~StateView() = default;

    /// storage_root of the answer may be stale in views that do not know it; use it only where
    /// documented.
    [[nodiscard]] virtual std::optional<Account> account(const Address& address) const = 0;
    /// Zero for absent slots.
    [[nodiscard]] virtual Hash storage(const Address& address, const Hash& key) const = 0;
    /// Code by its hash; never null, empty for EMPTY_CODE_HASH.
    [[nodiscard]] virtual std::shared_ptr<const Bytes> code(const Hash& code_hash) const = 0;
    /// True if the account has any non-zero slot.
    [[nodiscard]] virtual bool has_storage(const Address& address) const = 0;
    /// True once a read met a disk error or a corrupt record. Answers are then unreliable: check
    /// after a block or call, and throw the result away.
    [[nodiscard]] virtual bool failed() const noexcept { return false; }
};

struct AccountDiff {
    bool deleted =
        false;  ///< The account is gone; other fields are then meaningless but storage_cleared.
    bool storage_cleared = false;  ///< All earlier slots are dropped before `storage` is applied.
    uint64_t nonce = 0;
    uint256 balance;
    Hash code_hash;
    std::shared_ptr<const Bytes> code;  ///< Set when the code is new.
    std::map<Hash, Hash> storage;       ///< Changed slots, final values; zero deletes.
};

/// Changes of one block, ordered by address so that nothing depends on hash-map order.
struct StateDiff {
    std::map<Address, AccountDiff> accounts;
};

}  // namespace otento::state
