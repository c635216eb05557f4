// The base field of alt_bn128 (EIP-196): integers modulo P in Montgomery form, four 64-bit limbs,
// always reduced. Internal to crypto.
#pragma once

#include <otento/base/uint256.hpp>

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

/// a - P where a is not below P; a < 2 P.
[[nodiscard]] constexpr Fp reduce_once(const Fp& a) noexcept {
    Fp less;
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
        const uint128 d = static_cast<uint128>(a.limbs[i]) - P.limbs[i] - borrow;
        less.limbs[i] = static_cast<uint64_t>(d);
        borrow = static_cast<uint64_t>(d >> 64) & 1;
    }
    return borrow != 0 ? a : less;
}

[[nodiscard]] constexpr Fp operator+(const Fp& a, const Fp& b) noexcept {
    Fp sum;
    uint128 carry = 0;
    for (size_t i = 0; i < 4; ++i) {
        carry += static_cast<uint128>(a.limbs[i]) + b.limbs[i];
        sum.limbs[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    return reduce_once(sum);
}

[[nodiscard]] constexpr Fp operator-(const Fp& a, const Fp& b) noexcept {
    Fp difference;
    uint64_t borrow = 0;
    for (size_t i = 0; i < 4; ++i) {
        const uint128 d = static_cast<uint128>(a.limbs[i]) - b.limbs[i] - borrow;
        difference.limbs[i] = static_cast<uint64_t>(d);
        borrow = static_cast<uint64_t>(d >> 64) & 1;
    }
    const uint64_t mask = uint64_t{0} - borrow;
    uint128 carry = 0;
    for (size_t i = 0; i < 4; ++i) {
        carry += static_cast<uint128>(difference.limbs[i]) + (P.limbs[i] & mask);
        difference.limbs[i] = static_cast<uint64_t>(carry);
        carry >>= 64;
    }
    return difference;
}

[[nodiscard]] constexpr Fp operator-(const Fp& a) noexcept {
    return Fp{} - a;
}
[[nodiscard]] constexpr Fp twice(const Fp& a) noexcept {
    return a + a;
}

/// Montgomery product: operand scanning with one reduction step per limb. The top limb of P is
/// below 2^62, so the running sum never needs a sixth limb.
[[nodiscard]] constexpr Fp operator*(const Fp& a, const Fp& b) noexcept {
    uint64_t t[5] = {};
    for (size_t i = 0; i < 4; ++i) {
        uint128 c = 0;
        for (size_t j = 0; j < 4; ++j) {
            c += static_cast<uint128>(a.limbs[j]) * b.limbs[i] + t[j];
            t[j] = static_cast<uint64_t>(c);
            c >>= 64;
        }
        t[4] = static_cast<uint64_t>(c);
        const uint64_t m = t[0] * P_INVERSE;
        c = (static_cast<uint128>(m) * P.limbs[0] + t[0]) >> 64;
        for (size_t j = 1; j < 4; ++j) {
            c += static_cast<uint128>(m) * P.limbs[j] + t[j];
            t[j - 1] = static_cast<uint64_t>(c);
            c >>= 64;
        }
        t[3] = t[4] + static_cast<uint64_t>(c);
    }
    return reduce_once({{t[0], t[1], t[2], t[3]}});
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
    return from(1);
}

/// 1 / a; zero for zero.
[[nodiscard]] Fp inverse(const Fp& a) noexcept;

}  // namespace otento::crypto::bn254
