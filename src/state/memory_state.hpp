// A whole world state in memory, for state tests, unit tests and benchmarks.
#pragma once

#include <otento/state/state_view.hpp>

#include <map>
#include <unordered_map>

namespace otento::state {

struct MemoryAccount {
    uint64_t nonce = 0;
    uint256 balance;
    Hash code_hash = types::EMPTY_CODE_HASH;
    std::shared_ptr<const Bytes> code;  ///< Never null in a MemoryState.
    std::map<Hash, Hash> storage;       ///< Non-zero slots.
};

/// One owner; the root is computed from scratch at every call.
class MemoryState final : public StateView {
  public:
    MemoryState() = default;

    /// Adds or replaces an account; zero slots are dropped, code is hashed.
    void put(const Address& address, uint64_t nonce, const uint256& balance, Bytes code,
             const std::map<Hash, Hash>& storage);
    /// Applies the outcome of a block.
    void apply(const StateDiff& diff);
    /// Root of the state trie over all accounts, Yellow Paper 4.1.
    [[nodiscard]] Hash state_root() const;
    [[nodiscard]] const std::map<Address, MemoryAccount>& accounts() const noexcept {
        return accounts_;
    }

    /// storage_root of the answer is always EMPTY_TRIE_ROOT.
    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Hash storage(const Address& address, const Hash& key) const override;
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

  private:
    std::map<Address, MemoryAccount> accounts_;
    std::unordered_map<Hash, std::shared_ptr<const Bytes>> code_;
};

}  // namespace otento::state
