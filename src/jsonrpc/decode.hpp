// Scalars of requests (spec/json-rpc.md section 2). Errors are causes in geth's words, for
// "invalid argument N: …".
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/uint256.hpp>
#include <otento/jsonrpc/json.hpp>

namespace otento::jsonrpc {

/// Why a value could not be decoded.
struct Cause {
    std::string text;
};

/// `0x` and digits without leading zeros; at most 64 or 256 bits.
[[nodiscard]] Result<uint64_t, Cause> decode_quantity64(Value value);
[[nodiscard]] Result<uint256, Cause> decode_quantity(Value value);
/// A JSON number, as older clients send where geth has an integer, or a quantity.
/// @param wanted  The cause if it is neither.
[[nodiscard]] Result<uint64_t, Cause> decode_number64(Value value, std::string_view wanted);
/// `0x` and an even number of digits.
[[nodiscard]] Result<Bytes, Cause> decode_data(Value value);
[[nodiscard]] Result<Hash, Cause> decode_hash(Value value);
[[nodiscard]] Result<Address, Cause> decode_address(Value value);
[[nodiscard]] Result<bool, Cause> decode_bool(Value value);
[[nodiscard]] Result<std::string, Cause> decode_text(Value value);
/// Up to 32 bytes, prefix and zero padding optional: storage keys.
[[nodiscard]] Result<Hash, Cause> decode_storage_key(Value value);

// The same from text: for keys of objects.
[[nodiscard]] Result<Hash, Cause> hash_from(std::string_view text);
[[nodiscard]] Result<Address, Cause> address_from(std::string_view text);
[[nodiscard]] Result<uint64_t, Cause> quantity64_from(std::string_view text);

/// A block parameter (spec/json-rpc.md section 4).
struct BlockParam {
    enum class Tag : uint8_t { number, hash, earliest, latest, safe, finalized, pending };
    Tag tag = Tag::latest;
    uint64_t number = 0;
    Hash hash = {};
    bool require_canonical = false;
};

/// Quantity or name.
[[nodiscard]] Result<BlockParam, Cause> decode_block_number(Value value);
/// Quantity, name, bare hash, or an EIP-1898 object.
[[nodiscard]] Result<BlockParam, Cause> decode_block(Value value);

}  // namespace otento::jsonrpc
