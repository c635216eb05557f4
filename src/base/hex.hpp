// Hexadecimal text to bytes and back. Lower case, with or without 0x as named.
#pragma once

#include <otento/base/bytes.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace otento {

/// Lower-case digits without prefix.
[[nodiscard]] std::string to_hex(BytesView view);

/// Lower-case digits with 0x prefix; empty input gives "0x".
[[nodiscard]] std::string to_hex0x(BytesView view);

/// `0x` and lower-case digits without leading zeros; zero is "0x0".
[[nodiscard]] std::string to_quantity(uint64_t value);

/// Decodes an even number of digits of either case, with or without 0x. Empty on anything else.
[[nodiscard]] std::optional<Bytes> from_hex(std::string_view text);

/// As from_hex, of exactly N bytes.
template <size_t N>
[[nodiscard]] std::optional<FixedBytes<N>> fixed_from_hex(std::string_view text) {
    const auto decoded = from_hex(text);
    if (!decoded || decoded->size() != N) {
        return std::nullopt;
    }
    return FixedBytes<N>::from(*decoded);
}

/// The value of one digit, or -1.
[[nodiscard]] int hex_digit(char c) noexcept;

namespace literals {
/// "0x…"_hash and "0x…"_address for tests and constants; a malformed literal aborts.
[[nodiscard]] Hash operator""_hash(const char* text, size_t size);
[[nodiscard]] Address operator""_address(const char* text, size_t size);
[[nodiscard]] Bytes operator""_hex(const char* text, size_t size);
}  // namespace literals

}  // namespace otento
