#include <otento/base/hex.hpp>

namespace otento {
namespace {

constexpr char DIGITS[] = "0123456789abcdef";

void append_hex(std::string& out, BytesView view) {
    for (const uint8_t byte : view) {
        out.push_back(DIGITS[byte >> 4]);
        out.push_back(DIGITS[byte & 15]);
    }
}

}  // namespace

std::string to_hex(BytesView view) {
    std::string out;
    out.reserve(view.size() * 2);
    append_hex(out, view);
    return out;
}

std::string to_hex0x(BytesView view) {
    std::string out;
    out.reserve(view.size() * 2 + 2);
    out = "0x";
    append_hex(out, view);
    return out;
}

std::string to_quantity(uint64_t value) {
    char digits[16];
    size_t n = 0;
    do {
        digits[n++] = DIGITS[value & 15];
        value >>= 4;
    } while (value != 0);
    std::string out = "0x";
    while (n != 0) {
        out.push_back(digits[--n]);
    }
    return out;
}

int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

std::optional<Bytes> from_hex(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        text.remove_prefix(2);
    }
    if (text.size() % 2 != 0) {
        return std::nullopt;
    }
    Bytes out(text.size() / 2);
    for (size_t i = 0; i < out.size(); ++i) {
        const int high = hex_digit(text[2 * i]);
        const int low = hex_digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return std::nullopt;
        }
        out[i] = static_cast<uint8_t>(high * 16 + low);
    }
    return out;
}

namespace literals {

Hash operator""_hash(const char* text, size_t size) {
    const auto value = fixed_from_hex<32>({text, size});
    ASSERT(value.has_value());
    return *value;
}

Address operator""_address(const char* text, size_t size) {
    const auto value = fixed_from_hex<20>({text, size});
    ASSERT(value.has_value());
    return *value;
}

Bytes operator""_hex(const char* text, size_t size) {
    auto value = from_hex({text, size});
    ASSERT(value.has_value());
    return *std::move(value);
}

}  // namespace literals
}  // namespace otento
