// Values of a genesis document: geth's HexOrDecimal numbers, hashes, addresses and data, with
// errors that name the field.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/base/uint256.hpp>
#include <otento/config/json_input.hpp>

namespace otento::config {

/// A value and the path it stands at (`alloc.0x….balance`).
struct GenesisField {
    const JsonInput& value;
    std::string path;

    [[nodiscard]] Error error(std::string_view what) const;
    [[nodiscard]] GenesisField member(size_t index) const;
    /// As `expected an object`, unless it is one.
    [[nodiscard]] Result<void, Error> want_object() const;

    /// A JSON number, or a string of decimal or 0x-prefixed hexadecimal digits; an empty string is
    /// 0.
    [[nodiscard]] Result<uint256, Error> number() const;
    [[nodiscard]] Result<uint64_t, Error> number64() const;
    [[nodiscard]] Result<bool, Error> boolean() const;
    /// 0x and an even number of digits.
    [[nodiscard]] Result<Bytes, Error> data() const;
    /// Exactly 32 and 20 bytes, 0x optional.
    [[nodiscard]] Result<Hash, Error> hash() const;
    [[nodiscard]] Result<Address, Error> address() const;
};

/// Up to 32 bytes of hex, 0x optional, padded on the left: storage keys and values.
[[nodiscard]] std::optional<Hash> parse_slot(std::string_view text);

}  // namespace otento::config
