#include <otento/node/unlock.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/keystore/settings.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::node {
Result<void, std::string> unlock_accounts(const config::NodeOptions& options,
                                          keystore::Accounts& accounts) {
    if (options.unlock.empty()) {
        return {};
    }
    if (options.password_file.empty()) {
        return Err(
            std::string("--unlock needs --password FILE: the node asks nobody at its start"));
    }
    TRY(const auto passwords, keystore::read_passwords(options.password_file));
    for (size_t i = 0; i < options.unlock.size(); ++i) {
        const std::string& account = options.unlock[i];
        TRY(const keystore::StoredKey key,
            keystore::find_key(keystore::key_folder(options), account));
        const std::string& password = passwords[std::min(i, passwords.size() - 1)];
        if (const auto unlocked = accounts.unlock(key.address, password, 0); !unlocked) {
            return Err(fmt::format("Failed to unlock account {} ({})", account, unlocked.error()));
        }
        logger::info("start", "  account {}: unlocked", to_hex0x(key.address));
    }
    if (options.http.enabled && !options.allow_insecure_unlock) {
        logger::info("start",
                     "  unlocked accounts sign over the local socket only; with "
                     "--allow-insecure-unlock over HTTP, too");
    }
    return {};
}

}  // namespace otento::node
