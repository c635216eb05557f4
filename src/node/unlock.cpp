#include <otento/node/unlock.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>

namespace otento::node {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    size_t begin = 0;
    while (begin < text.size()) {
        const size_t end = std::min(text.find('\n', begin), text.size());
        out.push_back(text.substr(begin, end - begin));
        if (out.back().ends_with('\r')) {
            out.back().pop_back();
        }
        begin = end + 1;
    }
    return out;
}

}  // namespace

std::string keystore_folder(const config::NodeOptions& options) {
    return options.keystore.empty() ? options.datadir + "/keystore" : options.keystore;
}

Result<void, std::string> unlock_accounts(const config::NodeOptions& options,
                                          keystore::Accounts& accounts) {
    if (options.unlock.empty()) {
        return {};
    }
    if (options.password_file.empty()) {
        return Err(
            std::string("--unlock needs --password FILE: the node asks nobody at its start"));
    }
    const auto text = config::read_text_file(options.password_file);
    if (!text) {
        return Err(fmt::format("Failed to read password file: {}", text.error().message));
    }
    const auto passwords = lines_of(*text);
    for (size_t i = 0; i < options.unlock.size(); ++i) {
        const std::string& account = options.unlock[i];
        TRY(const keystore::StoredKey key, keystore::find_key(keystore_folder(options), account));
        const std::string password =
            passwords.empty() ? "" : passwords[std::min(i, passwords.size() - 1)];
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
