// Values of flags as Go's flag package and geth read them.
#pragma once

#include <otento/base/uint256.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otento::config {

/// Each stores `text` into `out`; returns what is wrong with it, or nothing.
[[nodiscard]] std::optional<std::string> assign(std::string& out, std::string_view text);
/// 1, t, true, 0, f, false in Go's spellings.
[[nodiscard]] std::optional<std::string> assign(bool& out, std::string_view text);
/// Decimal or 0x hexadecimal.
[[nodiscard]] std::optional<std::string> assign(uint16_t& out, std::string_view text);
[[nodiscard]] std::optional<std::string> assign(uint32_t& out, std::string_view text);
[[nodiscard]] std::optional<std::string> assign(uint64_t& out, std::string_view text);
[[nodiscard]] std::optional<std::string> assign(int& out, std::string_view text);
/// Items between commas, spaces around them dropped; replaces the list.
[[nodiscard]] std::optional<std::string> assign(std::vector<std::string>& out,
                                                std::string_view text);

template <typename T>
[[nodiscard]] std::optional<std::string> assign(std::optional<T>& out, std::string_view text) {
    T value{};
    auto wrong = assign(value, text);
    if (!wrong) {
        out = std::move(value);
    }
    return wrong;
}

/// Ether with up to 18 decimals ("1", "0.25") in wei; empty if malformed or above 2^64 ether.
[[nodiscard]] std::optional<uint256> parse_ether(std::string_view text);

/// A Go duration ("3h0m0s", "500ms") in milliseconds; empty if malformed, negative or above 2^62
/// ms.
[[nodiscard]] std::optional<uint64_t> parse_duration_ms(std::string_view text);

}  // namespace otento::config
