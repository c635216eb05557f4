// 256-bit unsigned integer of the EVM: four 64-bit limbs, least significant first, arithmetic
// modulo 2^256.
#pragma once

#include <otento/base/bytes.hpp>

#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otento {

struct uint256 {
    uint64_t limbs[4]{};

    constexpr uint256() noexcept = default;
    constexpr uint256(uint64_t value) noexcept
        : limbs{value, 0, 0, 0} {}  // NOLINT: a number is a number
    constexpr uint256(uint64_t l0, uint64_t l1, uint64_t l2, uint64_t l3) noexcept
        : limbs{l0, l1, l2, l3} {}

    /// The big-endian number in `view`, 32 bytes at most.
    [[nodiscard]] static uint256 from_be(BytesView view) noexcept {
        ASSERT(view.size() <= 32);
        uint8_t padded[32] = {};
        if (!view.empty()) {
            std::memcpy(padded + (32 - view.size()), view.data(), view.size());
        }
        return load_be32(padded);
    }
    /// From exactly 32 big-endian bytes.
    [[nodiscard]] static uint256 load_be32(const uint8_t* in) noexcept {
        uint256 out;
        for (size_t i = 0; i < 4; ++i) {
            uint64_t word = 0;
            std::memcpy(&word, in + 8 * (3 - i), 8);
            out.limbs[i] = __builtin_bswap64(word);
        }
        return out;
    }
    [[nodiscard]] static uint256 from(const Hash& word) noexcept { return load_be32(word.data()); }
    [[nodiscard]] static uint256 from(const Address& address) noexcept {
        return from_be(BytesView{address});
    }
    /// Decimal digits, or 0x and hexadecimal digits. Empty on overflow or any other character.
    [[nodiscard]] static std::optional<uint256> parse(std::string_view text) noexcept;

    void store_be32(uint8_t* out) const noexcept {
        for (size_t i = 0; i < 4; ++i) {
            const uint64_t word = __builtin_bswap64(limbs[3 - i]);
            std::memcpy(out + 8 * i, &word, 8);
        }
    }
    [[nodiscard]] Hash to_be() const noexcept {
        Hash out;
        store_be32(out.data());
        return out;
    }
    /// The low 20 bytes.
    [[nodiscard]] Address to_address() const noexcept {
        uint8_t be[32];
        store_be32(be);
        return Address::from({be + 12, 20});
    }
    /// `0x` and lower-case digits without leading zeros.
    [[nodiscard]] std::string to_quantity() const;
    [[nodiscard]] std::string to_decimal() const;

    [[nodiscard]] constexpr bool is_zero() const noexcept {
        return (limbs[0] | limbs[1] | limbs[2] | limbs[3]) == 0;
    }
    [[nodiscard]] constexpr bool fits_u64() const noexcept {
        return (limbs[1] | limbs[2] | limbs[3]) == 0;
    }
    [[nodiscard]] constexpr uint64_t low64() const noexcept { return limbs[0]; }
    /// The value, or 2^64 - 1 where it does not fit.
    [[nodiscard]] constexpr uint64_t saturate_u64() const noexcept {
        return fits_u64() ? limbs[0] : UINT64_MAX;
    }
    /// Sign bit of the two's complement reading.
    [[nodiscard]] constexpr bool negative() const noexcept { return (limbs[3] >> 63) != 0; }
    /// Number of bits without leading zeros; 0 for zero.
    [[nodiscard]] constexpr unsigned bit_width() const noexcept {
        for (unsigned i = 4; i-- > 0;) {
            if (limbs[i] != 0) {
                return 64 * i + static_cast<unsigned>(std::bit_width(limbs[i]));
            }
        }
        return 0;
    }

    friend constexpr bool operator==(const uint256& a, const uint256& b) noexcept {
        return ((a.limbs[0] ^ b.limbs[0]) | (a.limbs[1] ^ b.limbs[1]) | (a.limbs[2] ^ b.limbs[2]) |
                (a.limbs[3] ^ b.limbs[3])) == 0;
    }
    friend constexpr std::strong_ordering operator<=>(const uint256& a, const uint256& b) noexcept {
        for (unsigned i = 4; i-- > 0;) {
            if (a.limbs[i] != b.limbs[i]) {
                return a.limbs[i] <=> b.limbs[i];
            }
        }
        return std::strong_ordering::equal;
    }
};

[[nodiscard]] constexpr uint256 operator+(const uint256& a, const uint256& b) noexcept {
    uint256 out;
    unsigned __int128 carry = 0;
    for (size_t i = 0; i < 4; ++i) {
        carry += static_cast<unsigned __int128>(a.limbs[i]) + b.limbs[i];
        out.limbs[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    return out;
}

[[nodiscard]] constexpr uint256 operator-(const uint256& a, const uint256& b) noexcept {
    uint256 out;
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
        const unsigned __int128 difference =
            static_cast<unsigned __int128>(a.limbs[i]) - b.limbs[i] - borrow;
        out.limbs[i] = static_cast<uint64_t>(difference);
        borrow = static_cast<uint64_t>(difference >> 64) & 1;
    }
    return out;
}

[[nodiscard]] constexpr uint256 operator*(const uint256& a, const uint256& b) noexcept {
    uint256 out;
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; i + j < 4; ++j) {
            const unsigned __int128 product =
                static_cast<unsigned __int128>(a.limbs[i]) * b.limbs[j] + out.limbs[i + j] + carry;
            out.limbs[i + j] = static_cast<uint64_t>(product);
            carry = static_cast<uint64_t>(product >> 64);
        }
    }
    return out;
}

[[nodiscard]] constexpr uint256 operator&(const uint256& a, const uint256& b) noexcept {
    return {a.limbs[0] & b.limbs[0], a.limbs[1] & b.limbs[1], a.limbs[2] & b.limbs[2],
            a.limbs[3] & b.limbs[3]};
}
[[nodiscard]] constexpr uint256 operator|(const uint256& a, const uint256& b) noexcept {
    return {a.limbs[0] | b.limbs[0], a.limbs[1] | b.limbs[1], a.limbs[2] | b.limbs[2],
            a.limbs[3] | b.limbs[3]};
}
[[nodiscard]] constexpr uint256 operator^(const uint256& a, const uint256& b) noexcept {
    return {a.limbs[0] ^ b.limbs[0], a.limbs[1] ^ b.limbs[1], a.limbs[2] ^ b.limbs[2],
            a.limbs[3] ^ b.limbs[3]};
}
[[nodiscard]] constexpr uint256 operator~(const uint256& a) noexcept {
    return {~a.limbs[0], ~a.limbs[1], ~a.limbs[2], ~a.limbs[3]};
}
[[nodiscard]] constexpr uint256 operator-(const uint256& a) noexcept {
    return uint256{} - a;
}

/// Shifts by 256 or more give zero.
[[nodiscard]] constexpr uint256 operator<<(const uint256& a, unsigned shift) noexcept {
    if (shift >= 256) {
        return {};
    }
    const unsigned words = shift / 64;
    const unsigned bits = shift % 64;
    uint256 out;
    for (unsigned i = 4; i-- > words;) {
        out.limbs[i] = a.limbs[i - words] << bits;
        if (bits != 0 && i > words) {
            out.limbs[i] |= a.limbs[i - words - 1] >> (64 - bits);
        }
    }
    return out;
}
[[nodiscard]] constexpr uint256 operator>>(const uint256& a, unsigned shift) noexcept {
    if (shift >= 256) {
        return {};
    }
    const unsigned words = shift / 64;
    const unsigned bits = shift % 64;
    uint256 out;
    for (unsigned i = 0; i + words < 4; ++i) {
        out.limbs[i] = a.limbs[i + words] >> bits;
        if (bits != 0 && i + words + 1 < 4) {
            out.limbs[i] |= a.limbs[i + words + 1] << (64 - bits);
        }
    }
    return out;
}

constexpr uint256& operator+=(uint256& a, const uint256& b) noexcept {
    return a = a + b;
}
constexpr uint256& operator-=(uint256& a, const uint256& b) noexcept {
    return a = a - b;
}
constexpr uint256& operator*=(uint256& a, const uint256& b) noexcept {
    return a = a * b;
}

struct DivResult256 {
    uint256 quotient;
    uint256 remainder;
};

/// Division by zero gives quotient and remainder zero, as DIV and MOD do (Yellow Paper appendix H).
[[nodiscard]] DivResult256 divide(const uint256& a, const uint256& b) noexcept;
[[nodiscard]] inline uint256 operator/(const uint256& a, const uint256& b) noexcept {
    return divide(a, b).quotient;
}
[[nodiscard]] inline uint256 operator%(const uint256& a, const uint256& b) noexcept {
    return divide(a, b).remainder;
}
/// SDIV and SMOD of two's complement values.
[[nodiscard]] uint256 sdiv(const uint256& a, const uint256& b) noexcept;
[[nodiscard]] uint256 smod(const uint256& a, const uint256& b) noexcept;
/// (a + b) mod m and (a * b) mod m on the full 257 and 512 bits; zero for m = 0.
[[nodiscard]] uint256 addmod(const uint256& a, const uint256& b, const uint256& m) noexcept;
[[nodiscard]] uint256 mulmod(const uint256& a, const uint256& b, const uint256& m) noexcept;
/// base ^ exponent mod 2^256.
[[nodiscard]] uint256 exp(uint256 base, uint256 exponent) noexcept;
/// True if a + b does not fit; `out` is the sum modulo 2^256.
[[nodiscard]] constexpr bool add_overflows(const uint256& a, const uint256& b,
                                           uint256& out) noexcept {
    out = a + b;
    return out < a;
}
/// True if a * b does not fit; `out` is the product modulo 2^256.
[[nodiscard]] bool mul_overflows(const uint256& a, const uint256& b, uint256& out) noexcept;

}  // namespace otento
