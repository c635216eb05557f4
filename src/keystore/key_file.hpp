// One key in a file: Web3 Secret Storage, version 3, as geth writes it (spec/quorum-raft.md 5.6).
// The key is encrypted with AES-128-CTR under a key derived from the password by scrypt or PBKDF2.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <string>
#include <string_view>

namespace otento::keystore {

enum class KeyFileError {
    malformed,       ///< Not such a document.
    unsupported,     ///< Version, cipher or derivation that we do not know.
    too_expensive,   ///< Asks for more memory or time than any real file.
    wrong_password,  ///< The MAC does not match.
};
/// geth's words where it has some.
[[nodiscard]] std::string_view to_string(KeyFileError error) noexcept;

struct ScryptCost {
    uint64_t n = 262'144;
    uint32_t p = 1;
};
inline constexpr ScryptCost STANDARD_SCRYPT{};
inline constexpr ScryptCost LIGHT_SCRYPT{.n = 4096, .p = 6};  ///< --lightkdf

/// The address that the file names; the file's own name does not count.
[[nodiscard]] Result<Address, KeyFileError> key_file_address(std::string_view json);

/// The secret key.
[[nodiscard]] Result<Hash, KeyFileError> decrypt_key_file(std::string_view json,
                                                          std::string_view password);

/// A new document for a valid key, with fresh salt, IV and id.
[[nodiscard]] std::string encrypt_key_file(const Hash& secret_key, std::string_view password,
                                           ScryptCost cost);

}  // namespace otento::keystore
