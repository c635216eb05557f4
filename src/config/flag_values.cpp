#include <otento/config/flag_values.hpp>

#include <otento/base/uint256.hpp>

#include <fmt/core.h>

#include <limits>

namespace otento::config {
namespace {

template <typename T>
std::optional<std::string> assign_number(T& out, std::string_view text) {
    const auto value = uint256::parse(text);
    constexpr auto MAX = static_cast<uint64_t>(std::numeric_limits<T>::max());
    if (!value || !value->fits_u64() || value->low64() > MAX) {
        return fmt::format("\"{}\" is no number from 0 to {}", text, MAX);
    }
    out = static_cast<T>(value->low64());
    return std::nullopt;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') {
        text.remove_prefix(1);
    }
    while (!text.empty() && text.back() == ' ') {
        text.remove_suffix(1);
    }
    return text;
}

}  // namespace

std::optional<std::string> assign(std::string& out, std::string_view text) {
    out = text;
    return std::nullopt;
}

std::optional<std::string> assign(bool& out, std::string_view text) {
    for (const std::string_view yes : {"true", "1", "t", "T", "TRUE", "True"}) {
        if (text == yes) {
            out = true;
            return std::nullopt;
        }
    }
    for (const std::string_view no : {"false", "0", "f", "F", "FALSE", "False"}) {
        if (text == no) {
            out = false;
            return std::nullopt;
        }
    }
    return fmt::format("\"{}\" is neither true nor false", text);
}

std::optional<std::string> assign(uint16_t& out, std::string_view text) {
    return assign_number(out, text);
}
std::optional<std::string> assign(uint32_t& out, std::string_view text) {
    return assign_number(out, text);
}
std::optional<std::string> assign(uint64_t& out, std::string_view text) {
    return assign_number(out, text);
}
std::optional<std::string> assign(int& out, std::string_view text) {
    return assign_number(out, text);
}

std::optional<std::string> assign(std::vector<std::string>& out, std::string_view text) {
    out.clear();
    while (!text.empty()) {
        const size_t comma = std::min(text.find(','), text.size());
        const auto item = trimmed(text.substr(0, comma));
        if (!item.empty()) {
            out.emplace_back(item);
        }
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    return std::nullopt;
}

std::optional<uint256> parse_ether(std::string_view text) {
    constexpr size_t DECIMALS = 18;
    const size_t point = std::min(text.find('.'), text.size());
    const std::string_view whole = text.substr(0, point);
    std::string fraction(text.substr(std::min(point + 1, text.size())));
    if (whole.empty() || whole.starts_with("0x") || fraction.size() > DECIMALS ||
        (point < text.size() && fraction.empty())) {
        return std::nullopt;
    }
    fraction.append(DECIMALS - fraction.size(), '0');
    const auto ether = uint256::parse(whole);
    const auto wei = uint256::parse(fraction);
    if (!ether || !ether->fits_u64() || !wei) {
        return std::nullopt;
    }
    return *ether * uint256{1'000'000'000'000'000'000} + *wei;
}

std::optional<uint64_t> parse_duration_ms(std::string_view text) {
    struct Unit {
        std::string_view name;
        double ms;
    };
    constexpr Unit UNITS[] = {{"ms", 1},        {"us", 1e-3},  {"ns", 1e-6},
                              {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}};
    constexpr double MAX_MS = 4.6e18;  // Just under 2^62.
    if (text == "0") {
        return 0;
    }
    double total = 0;
    bool any = false;
    while (!text.empty()) {
        double value = 0;
        double place = 0;  // 0: before the point; else the value of the next fraction digit.
        size_t digits = 0;
        while (!text.empty() &&
               ((text[0] >= '0' && text[0] <= '9') || (text[0] == '.' && place == 0))) {
            if (text[0] == '.') {
                place = 0.1;
            } else if (place == 0) {
                value = value * 10 + (text[0] - '0');
                ++digits;
            } else {
                value += place * (text[0] - '0');
                place /= 10;
                ++digits;
            }
            text.remove_prefix(1);
        }
        const Unit* unit = nullptr;
        for (const auto& candidate : UNITS) {
            if (text.starts_with(candidate.name)) {
                unit = &candidate;
                break;
            }
        }
        if (digits == 0 || unit == nullptr) {
            return std::nullopt;
        }
        text.remove_prefix(unit->name.size());
        total += value * unit->ms;
        any = true;
    }
    if (!any || total > MAX_MS) {
        return std::nullopt;
    }
    return static_cast<uint64_t>(total);
}

}  // namespace otento::config
