// The base field of alt_bn128 (EIP-196): integers modulo P in Montgomery form, four 64-bit limbs,
// always reduced. Internal to crypto.
//
// Every operation exists in portable C++, which constant expressions and other machines use; on
// x86-64 the short ones are a few instructions of bn254_x86.hpp, and products are chosen by CPUID
// in bn254_field.cpp.
#pragma once

#include <otento/base/uint256.hpp>
#include <otento/crypto/bn254_x86.hpp>

namespace otento::crypto::bn254 {

using uint128 = unsigned __int128;

/// 36 u^4 + 36 u^3 + 24 u^2 + 6 u + 1 with u = 4965661367192848881.
constexpr uint256 P{0x3c208c16d87cfd47, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029};
/// Order of the groups: 36 u^4 + 36 u^3 + 18 u^2 + 6 u + 1.
constexpr uint256 R{0x43e1f593f0000001, 0x2833e84879b97091, 0xb85045b68181585d, 0x30644e72e131a029};
/// -1 / P modulo 2^64.
constexpr uint64_t P_INVERSE = 0x87d20782e4866389;

/// The element with Montgomery form `limbs`, that is value * 2^256 mod P.
struct Fp {
    uint64_t limbs[4]{};

    /// @param value  Below P.
    [[nodiscard]] static constexpr Fp from(const uint256& value) noexcept;
    [[nodiscard]] constexpr uint256 value() const noexcept;
    [[nodiscard]] static constexpr Fp one() noexcept;
    [[nodiscard]] constexpr bool is_zero() const noexcept {
        return (limbs[0] | limbs[1] | limbs[2] | limbs[3]) == 0;
    }
    friend constexpr bool operator==(const Fp&, const Fp&) noexcept = default;
};

namespace portable {

/// a + b without reduction; below 2 P, which four limbs hold.
[[nodiscard]] constexpr Fp add_unreduced(const Fp& a, const Fp& b) noexcept {
    Fp sum;
    uint128 carry = 0;
    for (size_t i = 0; i < 4; ++i) {
        carry += static_cast<uint128>(a.limbs[i]) + b.limbs[i];
        sum.limbs[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    return sum;
}

/// a - b modulo 2^256; `borrow` is 1 where a < b.
[[nodiscard]] constexpr Fp subtract(const Fp& a, const Fp& b, uint64_t& borrow) noexcept {
    Fp difference;
    borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
        const uint128 d = static_cast<uint128>(a.limbs[i]) - b.limbs[i] - borrow;
        difference.limbs[i] = static_cast<uint64_t>(d);
        borrow = static_cast<uint64_t>(d >> 64) & 1;
    }
    return difference;
}

constexpr Fp PRIME{{P.limbs[0], P.limbs[1], P.limbs[2], P.limbs[3]}};

/// a - P where a is not below P; a < 2 P.
[[nodiscard]] constexpr Fp reduce_once(const Fp& a) noexcept {
    uint64_t borrow = 0;
    const Fp less = subtract(a, PRIME, borrow);
    return borrow != 0 ? a : less;
}

[[nodiscard]] constexpr Fp add(const Fp& a, const Fp& b) noexcept {
    return reduce_once(add_unreduced(a, b));
}

[[nodiscard]] constexpr Fp subtract(const Fp& a, const Fp& b) noexcept {
    uint64_t borrow = 0;
    const Fp difference = subtract(a, b, borrow);
    return borrow != 0 ? add_unreduced(difference, PRIME) : difference;
}

/// t += a * b for a four-limb a; the caller's bounds keep the sum within five limbs.
constexpr void multiply_accumulate(uint64_t (&t)[5], const Fp& a, uint64_t b) noexcept {
    uint128 c = 0;
    for (size_t j = 0; j < 4; ++j) {
        c += static_cast<uint128>(a.limbs[j]) * b + t[j];
        t[j] = static_cast<uint64_t>(c);
        c >>= 64;
    }
    t[4] += static_cast<uint64_t>(c);
}

/// t = (t + m P) / 2^64 with the m that makes it exact.
constexpr void reduce_limb(uint64_t (&t)[5]) noexcept {
    multiply_accumulate(t, PRIME, t[0] * P_INVERSE);
    for (size_t j = 0; j < 4; ++j) {
        t[j] = t[j + 1];
    }
    t[4] = 0;
}

/// Montgomery product, operand scanning with one reduction step per limb. Factors may be unreduced
/// sums, below 2 P: (2 P)^2 / 2^256 + P < 2 P, since P < 0.19 * 2^256.
[[nodiscard]] constexpr Fp multiply(const Fp& a, const Fp& b) noexcept {
    uint64_t t[5] = {};
    for (size_t i = 0; i < 4; ++i) {
        multiply_accumulate(t, a, b.limbs[i]);
        reduce_limb(t);
    }
    return reduce_once({{t[0], t[1], t[2], t[3]}});
}

/// a b + c d with one reduction; all at most P.
[[nodiscard]] constexpr Fp sum_of_products(const Fp& a, const Fp& b, const Fp& c,
                                           const Fp& d) noexcept {
    uint64_t t[5] = {};
    for (size_t i = 0; i < 4; ++i) {
        multiply_accumulate(t, a, b.limbs[i]);
        multiply_accumulate(t, c, d.limbs[i]);
        reduce_limb(t);
    }
    return reduce_once({{t[0], t[1], t[2], t[3]}});
}

}  // namespace portable

/// As the portable functions, with the best instructions this machine has.
void multiply(Fp& out, const Fp& a, const Fp& b) noexcept;
void sum_of_products(Fp& out, const Fp& a, const Fp& b, const Fp& c, const Fp& d) noexcept;

[[nodiscard]] constexpr Fp operator+(const Fp& a, const Fp& b) noexcept {
    if consteval {
        return portable::add(a, b);
    }
#ifdef OTENTO_BN254_X86
    Fp out;
    x86::add(out.limbs, a.limbs, b.limbs);
    return out;
#else
    return portable::add(a, b);
#endif
}

[[nodiscard]] constexpr Fp operator-(const Fp& a, const Fp& b) noexcept {
    if consteval {
        return portable::subtract(a, b);
    }
#ifdef OTENTO_BN254_X86
    Fp out;
    x86::subtract(out.limbs, a.limbs, b.limbs);
    return out;
#else
    return portable::subtract(a, b);
#endif
}

[[nodiscard]] constexpr Fp operator*(const Fp& a, const Fp& b) noexcept {
    if consteval {
        return portable::multiply(a, b);
    }
    Fp out;
    multiply(out, a, b);
    return out;
}

[[nodiscard]] constexpr Fp operator-(const Fp& a) noexcept {
    return Fp{} - a;
}
[[nodiscard]] constexpr Fp twice(const Fp& a) noexcept {
    return a + a;
}
[[nodiscard]] constexpr Fp square(const Fp& a) noexcept {
    return a * a;
}

constexpr Fp Fp::from(const uint256& value) noexcept {
    // 2^512 mod P.
    constexpr Fp R2{
        {0xf32cfc5b538afa89, 0xb5e71911d44501fb, 0x47ab1eff0a417ff6, 0x06d89f71cab8351f}};
    return Fp{{value.limbs[0], value.limbs[1], value.limbs[2], value.limbs[3]}} * R2;
}

constexpr uint256 Fp::value() const noexcept {
    const Fp plain = *this * Fp{{1, 0, 0, 0}};
    return {plain.limbs[0], plain.limbs[1], plain.limbs[2], plain.limbs[3]};
}

constexpr Fp Fp::one() noexcept {
    // 2^256 mod P.
    return {{0xd35d438dc58f0d9d, 0x0a78eb28f5c70b3d, 0x666ea36f7879462c, 0x0e0a77c19a07df2f}};
}

/// 1 / a; zero for zero.
[[nodiscard]] Fp inverse(const Fp& a) noexcept;

}  // namespace otento::crypto::bn254
