// The keystore folder: one file per account, named after the time of its making and its address.
#pragma once

#include <otento/keystore/key_file.hpp>

#include <string>
#include <vector>

namespace otento::keystore {

struct StoredKey {
    Address address;
    std::string path;
};

/// A missing folder is an empty one; files that are no keys are passed over. Sorted by file name,
/// so by age.
[[nodiscard]] std::vector<StoredKey> list_keys(const std::string& folder);

/// By address (0x optional) or position in the list; geth's "no key for given address or file".
[[nodiscard]] Result<StoredKey, std::string> find_key(const std::string& folder,
                                                      std::string_view address_or_index);

/// Writes a new file, readable by its owner only. "account already exists" if it does.
/// @param unix_ns  For the file's name.
[[nodiscard]] Result<StoredKey, std::string> store_key(const std::string& folder,
                                                       const Hash& secret_key,
                                                       std::string_view password, ScryptCost cost,
                                                       uint64_t unix_ns);

/// The secret key of a file, checked against the address that the file names.
[[nodiscard]] Result<Hash, std::string> unlock_key(const StoredKey& key, std::string_view password);

/// Encrypts a file anew.
[[nodiscard]] Result<void, std::string> change_password(const StoredKey& key,
                                                        std::string_view old_password,
                                                        std::string_view new_password,
                                                        ScryptCost cost);

}  // namespace otento::keystore
