#include <otento/node/unlock.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/text_file.hpp>
#include <otento/keystore/key_folder.hpp>

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

Result<void, std::string> check_unlocked_accounts(const config::NodeOptions& options) {
    if (options.unlock.empty()) {
        return {};
    }
    if (options.password_file.empty()) {
        return Err(std::string("--unlock needs --password FILE: the node asks nobody at its start"));
    }
    const auto text = config::read_text_file(options.password_file);
    if (!text) {
        return Err(fmt::format("Failed to read password file: {}", text.error().message));
    }
    const auto passwords = lines_of(*text);
    const std::string folder =
        options.keystore.empty() ? options.datadir + "/keystore" : options.keystore;
    for (size_t i = 0; i < options.unlock.size(); ++i) {
        const std::string& account = options.unlock[i];
        TRY(const keystore::StoredKey key, keystore::find_key(folder, account));
        const std::string password =
            passwords.empty() ? "" : passwords[std::min(i, passwords.size() - 1)];
        if (const auto secret = keystore::unlock_key(key, password); !secret) {
            return Err(fmt::format("Failed to unlock account {} ({})", account, secret.error()));
        }
        logger::info("start", "  account {}: the password is right", to_hex0x(key.address));
    }
    return {};
}

}  // namespace otento::node
