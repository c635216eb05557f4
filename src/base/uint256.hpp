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
#include <type_traits>

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
        // No loop: compilers keep it, and the word in memory.
        return {load_be<uint64_t>(in + 24), load_be<uint64_t>(in + 16), load_be<uint64_t>(in + 8),
                load_be<uint64_t>(in)};
    }
    [[nodiscard]] static uint256 from(const Hash& word) noexcept { return load_be32(word.data()); }
    [[nodiscard]] static uint256 from(const Address& address) noexcept {
        return from_be(BytesView{address});
    }
    /// Decimal digits, or 0x and hexadecimal digits. Empty on overflow or any other character.
    [[nodiscard]] static std::optional<uint256> parse(std::string_view text) noexcept;

    void store_be32(uint8_t* out) const noexcept {
        store_be(out, limbs[3]);
        store_be(out + 8, limbs[2]);
        store_be(out + 16, limbs[1]);
        store_be(out + 24, limbs[0]);
    }
    [[nodiscard]] Hash to_be() const noexcept {
        Hash out;
        store_be32(out.data());
        return out;
    }
    /// The low 20 bytes.
    [[nodiscard]] Address to_address() const noexcept {
        Address out;
        store_address(out);
        return out;
    }
    /// As to_address, without a copy: a copy reads in other pieces than were written, and waits.
    void store_address(Address& out) const noexcept {
        store_be(out.data(), static_cast<uint64_t>(limbs[2] << 32 | limbs[1] >> 32));
        store_be(out.data() + 8, static_cast<uint64_t>(limbs[1] << 32 | limbs[0] >> 32));
        store_be(out.data() + 16, static_cast<uint32_t>(limbs[0]));
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

namespace detail {

/// The carry chain of addition and subtraction. Compilers of our time do not find it by themselves.
[[gnu::always_inline]] inline uint256 add_chain(const uint256& a, const uint256& b) noexcept;
[[gnu::always_inline]] inline uint256 subtract_chain(const uint256& a, const uint256& b) noexcept;
/// True if a < b.
[[gnu::always_inline]] inline bool less_chain(const uint256& a, const uint256& b) noexcept;

#if defined(__x86_64__)
inline uint256 add_chain(const uint256& a, const uint256& b) noexcept {
    uint64_t r0 = a.limbs[0];
    uint64_t r1 = a.limbs[1];
    uint64_t r2 = a.limbs[2];
    uint64_t r3 = a.limbs[3];
    __asm__("addq %4, %0\n\tadcq %5, %1\n\tadcq %6, %2\n\tadcq %7, %3"
            : "+&r"(r0), "+&r"(r1), "+&r"(r2), "+&r"(r3)
            : "rm"(b.limbs[0]), "rm"(b.limbs[1]), "rm"(b.limbs[2]), "rm"(b.limbs[3])
            : "cc");
    return {r0, r1, r2, r3};
}
inline uint256 subtract_chain(const uint256& a, const uint256& b) noexcept {
    uint64_t r0 = a.limbs[0];
    uint64_t r1 = a.limbs[1];
    uint64_t r2 = a.limbs[2];
    uint64_t r3 = a.limbs[3];
    __asm__("subq %4, %0\n\tsbbq %5, %1\n\tsbbq %6, %2\n\tsbbq %7, %3"
            : "+&r"(r0), "+&r"(r1), "+&r"(r2), "+&r"(r3)
            : "rm"(b.limbs[0]), "rm"(b.limbs[1]), "rm"(b.limbs[2]), "rm"(b.limbs[3])
            : "cc");
    return {r0, r1, r2, r3};
}
inline bool less_chain(const uint256& a, const uint256& b) noexcept {
    uint64_t scratch = a.limbs[1];
    uint64_t scratch2 = a.limbs[2];
    uint64_t scratch3 = a.limbs[3];
    bool borrow = false;
    __asm__("cmpq %5, %4\n\tsbbq %6, %1\n\tsbbq %7, %2\n\tsbbq %8, %3"
            : "=@ccc"(borrow), "+&r"(scratch), "+&r"(scratch2), "+&r"(scratch3)
            : "r"(a.limbs[0]), "rm"(b.limbs[0]), "rm"(b.limbs[1]), "rm"(b.limbs[2]),
              "rm"(b.limbs[3])
            : "cc");
    return borrow;
}
#else
inline uint256 add_chain(const uint256& a, const uint256& b) noexcept {
    uint256 out;
    unsigned __int128 carry = 0;
    for (size_t i = 0; i < 4; ++i) {
        carry += static_cast<unsigned __int128>(a.limbs[i]) + b.limbs[i];
        out.limbs[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    return out;
}
inline uint256 subtract_chain(const uint256& a, const uint256& b) noexcept {
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
inline bool less_chain(const uint256& a, const uint256& b) noexcept {
    return (a <=> b) == std::strong_ordering::less;
}
#endif

}  // namespace detail

[[nodiscard]] constexpr bool operator<(const uint256& a, const uint256& b) noexcept {
    if (std::is_constant_evaluated()) {
        return (a <=> b) == std::strong_ordering::less;
    }
    return detail::less_chain(a, b);
}
[[nodiscard]] constexpr bool operator>(const uint256& a, const uint256& b) noexcept {
    return b < a;
}
[[nodiscard]] constexpr bool operator<=(const uint256& a, const uint256& b) noexcept {
    return !(b < a);
}
[[nodiscard]] constexpr bool operator>=(const uint256& a, const uint256& b) noexcept {
    return !(a < b);
}

[[nodiscard]] constexpr uint256 operator+(const uint256& a, const uint256& b) noexcept {
    if (!std::is_constant_evaluated()) {
        return detail::add_chain(a, b);
    }
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
    if (!std::is_constant_evaluated()) {
        return detail::subtract_chain(a, b);
    }
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

/// The low half of the product: of the sixteen partial products ten matter, four of them in their
/// low word only.
[[nodiscard]] constexpr uint256 operator*(const uint256& a, const uint256& b) noexcept {
    using uint128 = unsigned __int128;
    const auto high = [](uint128 x) { return static_cast<uint64_t>(x >> 64); };
    const auto low = [](uint128 x) { return static_cast<uint64_t>(x); };
    const uint128 p00 = static_cast<uint128>(a.limbs[0]) * b.limbs[0];
    if (a.fits_u64() && b.fits_u64()) {
        return {low(p00), high(p00), 0, 0};
    }
    const uint128 p01 = static_cast<uint128>(a.limbs[0]) * b.limbs[1] + high(p00);
    const uint128 p10 = static_cast<uint128>(a.limbs[1]) * b.limbs[0] + low(p01);
    const uint128 p02 = static_cast<uint128>(a.limbs[0]) * b.limbs[2] + high(p01);
    const uint128 p11 = static_cast<uint128>(a.limbs[1]) * b.limbs[1] + high(p10);
    const uint128 row2 = static_cast<uint128>(low(p02)) + low(p11);
    const uint128 p20 = static_cast<uint128>(a.limbs[2]) * b.limbs[0] + low(row2);
    const uint64_t top = a.limbs[0] * b.limbs[3] + a.limbs[1] * b.limbs[2] +
                         a.limbs[2] * b.limbs[1] + a.limbs[3] * b.limbs[0] + high(p02) + high(p11) +
                         high(row2) + high(p20);
    return {low(p00), low(p10), low(p20), top};
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
    const unsigned bits = shift % 64;
    // Bits that cross a limb; in two steps, since a shift by 64 is undefined.
    const auto spill = [bits](uint64_t limb) { return (limb >> 1) >> (63 - bits); };
    const uint64_t(&l)[4] = a.limbs;
    switch (shift / 64) {
        case 0:
            return {l[0] << bits, l[1] << bits | spill(l[0]), l[2] << bits | spill(l[1]),
                    l[3] << bits | spill(l[2])};
        case 1:
            return {0, l[0] << bits, l[1] << bits | spill(l[0]), l[2] << bits | spill(l[1])};
        case 2:
            return {0, 0, l[0] << bits, l[1] << bits | spill(l[0])};
        default:
            return {0, 0, 0, l[0] << bits};
    }
}
[[nodiscard]] constexpr uint256 operator>>(const uint256& a, unsigned shift) noexcept {
    if (shift >= 256) {
        return {};
    }
    const unsigned bits = shift % 64;
    const auto spill = [bits](uint64_t limb) { return (limb << 1) << (63 - bits); };
    const uint64_t(&l)[4] = a.limbs;
    switch (shift / 64) {
        case 0:
            return {l[0] >> bits | spill(l[1]), l[1] >> bits | spill(l[2]),
                    l[2] >> bits | spill(l[3]), l[3] >> bits};
        case 1:
            return {l[1] >> bits | spill(l[2]), l[2] >> bits | spill(l[3]), l[3] >> bits, 0};
        case 2:
            return {l[2] >> bits | spill(l[3]), l[3] >> bits, 0, 0};
        default:
            return {l[3] >> bits, 0, 0, 0};
    }
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
