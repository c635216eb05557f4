// The accounts that a running node may sign for: the keys of a folder, and which of them are
// unlocked. geth's words for what goes wrong.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/inbox.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/keystore/key_folder.hpp>

#include <map>
#include <optional>

namespace otento::keystore {

/// Thread-safe. Secrets of unlocked accounts are kept in memory until they are locked.
class Accounts {
  public:
    /// @param clock  Outlives it.
    Accounts(std::string folder, ScryptCost cost, const Clock& clock);
    Accounts(const Accounts&) = delete;
    Accounts& operator=(const Accounts&) = delete;
    ~Accounts();

    /// By age of their files; a file added while the node runs counts at once.
    [[nodiscard]] std::vector<StoredKey> list() const { return list_keys(folder_); }
    [[nodiscard]] bool has(const Address& address) const;
    [[nodiscard]] bool is_unlocked(const Address& address) const;

    /// A new account with a random key. Takes as long as opening its file will.
    [[nodiscard]] Result<Address, std::string> create(std::string_view password);
    [[nodiscard]] Result<Address, std::string> import(const Hash& secret_key,
                                                      std::string_view password);

    /// @param seconds  0: until it is locked or the node stops. A time already set is replaced,
    ///                 but an account that is unlocked for good stays so.
    [[nodiscard]] Result<void, std::string> unlock(const Address& address,
                                                   std::string_view password, uint64_t seconds);
    void lock(const Address& address);

    /// By an unlocked account: "unknown account", "authentication needed: password or unlock".
    [[nodiscard]] Result<Hash, std::string> secret(const Address& address) const;
    /// By password, whether it is unlocked or not.
    [[nodiscard]] Result<Hash, std::string> secret(const Address& address,
                                                   std::string_view password) const;

  private:
    struct Unlocked {
        Hash secret_key;
        uint64_t until_ns = 0;  ///< Monotonic; 0: for good.
    };
    using UnlockedByAddress = std::map<Address, Unlocked>;

    void forget_expired(UnlockedByAddress& unlocked) const;
    [[nodiscard]] Result<StoredKey, std::string> find(const Address& address) const;

    const std::string folder_;
    const ScryptCost cost_;
    const Clock& clock_;
    mutable Guarded<UnlockedByAddress> unlocked_;
};

}  // namespace otento::keystore
