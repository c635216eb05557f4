// The world before a program runs, in hash tables: reading it costs about what the cache of a
// node's state costs, whose place it takes.
#pragma once

#include <otento/state/state_view.hpp>

#include <unordered_map>

namespace otento::benchmarks {

/// Immutable once made.
class PreState final : public state::StateView {
  public:
    /// @param world  All accounts, as changes of an empty world.
    explicit PreState(const state::StateDiff& world);

    [[nodiscard]] std::optional<state::Account> account(const Address& address) const override;
    [[nodiscard]] Hash storage(const Address& address, const Hash& key) const override;
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;

  private:
    struct Entry {
        state::Account account;
        std::unordered_map<Hash, Hash> storage;  ///< Non-zero slots.
    };

    std::unordered_map<Address, Entry> accounts_;
    std::unordered_map<Hash, std::shared_ptr<const Bytes>> code_;
};

}  // namespace otento::benchmarks
