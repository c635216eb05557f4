// What a command line says about accounts.
#pragma once

#include <otento/config/options.hpp>
#include <otento/keystore/key_file.hpp>

#include <string>
#include <vector>

namespace otento::keystore {

/// The folder of --keystore, or `<datadir>/keystore`.
[[nodiscard]] std::string key_folder(const config::NodeOptions& options);
/// Of new key files: --lightkdf, or the standard.
[[nodiscard]] ScryptCost scrypt_cost(const config::NodeOptions& options) noexcept;

/// The lines of a password file, at least one; what stands behind the last line break does not
/// count if it is empty. Who needs more passwords takes the last one again, as with geth.
[[nodiscard]] Result<std::vector<std::string>, std::string> read_passwords(const std::string& path);

}  // namespace otento::keystore
