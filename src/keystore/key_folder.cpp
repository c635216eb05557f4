#include <otento/keystore/key_folder.hpp>

#include <otento/base/hex.hpp>
#include <otento/config/flag_values.hpp>
#include <otento/config/text_file.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <filesystem>

namespace otento::keystore {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t NS_PER_SECOND = 1'000'000'000;
constexpr uintmax_t KEY_FILE_BYTES_MAX = 65536;

std::string file_name(const Address& address, uint64_t unix_ns) {
    const auto seconds = static_cast<std::time_t>(unix_ns / NS_PER_SECOND);
    std::tm at{};
    gmtime_r(&seconds, &at);
    return fmt::format("UTC--{:04}-{:02}-{:02}T{:02}-{:02}-{:02}.{:09}Z--{}", at.tm_year + 1900,
                       at.tm_mon + 1, at.tm_mday, at.tm_hour, at.tm_min, at.tm_sec,
                       unix_ns % NS_PER_SECOND, to_hex(address));
}

/// A new file in the old one's place, so that a crash leaves one of them whole.
Result<void, std::string> replace_file(const std::string& path, const std::string& content) {
    const std::string next = path + ".new";
    if (const auto written = config::write_text_file(next, content, true); !written) {
        return Err(written.error().message);
    }
    std::error_code error;
    fs::rename(next, path, error);
    if (error) {
        return Err(fmt::format("cannot write {}: {}", path, error.message()));
    }
    return {};
}

}  // namespace

std::vector<StoredKey> list_keys(const std::string& folder) {
    std::vector<StoredKey> out;
    std::error_code error;
    const fs::directory_iterator end;
    for (fs::directory_iterator at(folder, error); !error && at != end; at.increment(error)) {
        const fs::directory_entry& entry = *at;
        const std::string name = entry.path().filename().string();
        std::error_code ignored;
        if (name.starts_with('.') || name.ends_with('~') || name.ends_with(".new") ||
            !entry.is_regular_file(ignored) || entry.file_size(ignored) > KEY_FILE_BYTES_MAX) {
            continue;
        }
        const auto content = config::read_text_file(entry.path().string());
        const auto address = content ? key_file_address(*content)
                                     : Result<Address, KeyFileError>(Err(KeyFileError::malformed));
        if (address) {
            out.push_back({.address = *address, .path = entry.path().string()});
        }
    }
    std::ranges::sort(out, {}, &StoredKey::path);
    return out;
}

Result<StoredKey, std::string> find_key(const std::string& folder,
                                        std::string_view address_or_index) {
    const auto keys = list_keys(folder);
    if (const auto address = fixed_from_hex<20>(address_or_index)) {
        const auto found = std::ranges::find(keys, *address, &StoredKey::address);
        if (found != keys.end()) {
            return *found;
        }
        return Err(fmt::format("no key for given address or file: {} is not in {}",
                               address_or_index, folder));
    }
    uint64_t index = 0;
    if (config::assign(index, address_or_index)) {
        return Err(fmt::format("invalid account address or index \"{}\"", address_or_index));
    }
    if (index >= keys.size()) {
        return Err(fmt::format("index {} higher than number of accounts {}", index, keys.size()));
    }
    return keys[index];
}

Result<StoredKey, std::string> store_key(const std::string& folder, const Hash& secret_key,
                                         std::string_view password, ScryptCost cost,
                                         uint64_t unix_ns) {
    const auto public_key = crypto::public_key(secret_key);
    if (!public_key) {
        return Err(std::string("invalid private key: zero, or not below the group's order"));
    }
    const Address address = crypto::address_of(*public_key);
    for (const StoredKey& key : list_keys(folder)) {
        if (key.address == address) {
            return Err(std::string("account already exists"));
        }
    }
    std::error_code error;
    if (fs::create_directories(folder, error)) {
        fs::permissions(folder, fs::perms::owner_all, error);
    }
    if (error) {
        return Err(fmt::format("cannot create {}: {}", folder, error.message()));
    }
    StoredKey out{.address = address, .path = folder + "/" + file_name(address, unix_ns)};
    TRY_VOID(replace_file(out.path, encrypt_key_file(secret_key, password, cost)));
    return out;
}

Result<Hash, std::string> unlock_key(const StoredKey& key, std::string_view password) {
    const auto content = config::read_text_file(key.path);
    if (!content) {
        return Err(content.error().message);
    }
    const auto secret = decrypt_key_file(*content, password);
    if (!secret) {
        return Err(std::string(to_string(secret.error())));
    }
    const auto public_key = crypto::public_key(*secret);
    if (!public_key || crypto::address_of(*public_key) != key.address) {
        return Err(fmt::format("key content mismatch: {} holds another account's key than {}",
                               key.path, to_hex0x(key.address)));
    }
    return *secret;
}

Result<void, std::string> change_password(const StoredKey& key, std::string_view old_password,
                                          std::string_view new_password, ScryptCost cost) {
    TRY(const Hash secret, unlock_key(key, old_password));
    return replace_file(key.path, encrypt_key_file(secret, new_password, cost));
}

}  // namespace otento::keystore
