// The node key: a secp256k1 secret key, 64 hex digits in a file, the node's identity.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/config/error.hpp>

#include <string>
#include <string_view>

namespace otento::config {

/// 64 hex digits with an optional 0x; white space around them is ignored. The key is not checked
/// against the group's order: deriving the public key does that.
[[nodiscard]] Result<Hash, Error> parse_node_key(std::string_view text);

[[nodiscard]] Result<Hash, Error> read_node_key(const std::string& path);

/// Where the key lies: `<datadir>/geth/nodekey` if it exists, else `<datadir>/nodekey` if that
/// exists, else the first, which is also where a new one goes.
[[nodiscard]] std::string node_key_path(const std::string& datadir);

/// Writes the digits readable for the owner only; the folder must exist.
[[nodiscard]] Result<void, Error> write_node_key(const std::string& path, const Hash& secret_key);

}  // namespace otento::config
