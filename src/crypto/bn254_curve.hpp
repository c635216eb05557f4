// The groups of alt_bn128: G1 on y^2 = x^3 + 3 over Fp, G2 on the twist y^2 = x^3 + 3 / XI over Fp2
// (EIP-197). Internal to crypto.
#pragma once

#include <otento/crypto/bn254_tower.hpp>

#include <optional>

namespace otento::crypto::bn254 {

/// Affine point; (0, 0), which is on neither curve, stands for infinity.
template <typename F>
struct AffinePoint {
    F x;
    F y;

    [[nodiscard]] constexpr bool is_infinity() const noexcept { return x.is_zero() && y.is_zero(); }
    friend constexpr bool operator==(const AffinePoint&, const AffinePoint&) noexcept = default;
};

/// Jacobian point: x / z^2, y / z^3; infinity has z = 0.
template <typename F>
struct JacobianPoint {
    F x;
    F y;
    F z;

    [[nodiscard]] constexpr bool is_infinity() const noexcept { return z.is_zero(); }
};

using G1 = AffinePoint<Fp>;
using G2 = AffinePoint<Fp2>;

/// 3 / XI.
constexpr Fp2 TWIST_B{
    Fp::from({0x3267e6dc24a138e5, 0xb5b4c5e559dbefa3, 0x81be18991be06ac3, 0x2b149d40ceb8aaae}),
    Fp::from({0xe4a2bd0685c315d2, 0xa74fa084e52d1852, 0xcd2cafadeed8fdf4, 0x009713b03af0fed4})};

[[nodiscard]] inline bool is_on_curve(const G1& p) noexcept {
    return p.is_infinity() || square(p.y) == square(p.x) * p.x + Fp::from(3);
}
[[nodiscard]] inline bool is_on_curve(const G2& p) noexcept {
    return p.is_infinity() || square(p.y) == square(p.x) * p.x + TWIST_B;
}
/// True for members of the subgroup of order R; `p` is on the twist.
[[nodiscard]] bool is_in_group(const G2& p) noexcept;

/// Doubling for a = 0: dbl-2009-l of the Explicit-Formulas Database.
template <typename F>
[[nodiscard]] JacobianPoint<F> twice(const JacobianPoint<F>& p) noexcept {
    const F a = square(p.x);
    const F b = square(p.y);
    const F c = square(b);
    const F d = twice(square(p.x + b) - a - c);
    const F e = twice(a) + a;
    const F x = square(e) - twice(d);
    return {x, e * (d - x) - twice(twice(twice(c))), twice(p.y * p.z)};
}

/// Mixed addition, madd-2007-bl; every case is handled.
template <typename F>
[[nodiscard]] JacobianPoint<F> add(const JacobianPoint<F>& p, const AffinePoint<F>& q) noexcept {
    if (q.is_infinity()) {
        return p;
    }
    if (p.is_infinity()) {
        F one{};
        if constexpr (std::is_same_v<F, Fp>) {
            one = Fp::one();
        } else {
            one = Fp2::one();
        }
        return {q.x, q.y, one};
    }
    const F z2 = square(p.z);
    const F h = q.x * z2 - p.x;
    const F r = twice(q.y * p.z * z2 - p.y);
    if (h.is_zero()) {
        return r.is_zero() ? twice(p) : JacobianPoint<F>{};
    }
    const F h2 = square(h);
    const F i = twice(twice(h2));
    const F j = h * i;
    const F v = p.x * i;
    const F x = square(r) - j - twice(v);
    return {x, r * (v - x) - twice(p.y * j), square(p.z + h) - z2 - h2};
}

template <typename F>
[[nodiscard]] AffinePoint<F> to_affine(const JacobianPoint<F>& p) noexcept {
    if (p.is_infinity()) {
        return {};
    }
    const F z = inverse(p.z);
    const F z2 = square(z);
    return {p.x * z2, p.y * z2 * z};
}

/// p + q for points of the curve.
[[nodiscard]] G1 add(const G1& p, const G1& q) noexcept;
/// k p for a point of the curve and any k.
[[nodiscard]] G1 multiply(const G1& p, const uint256& k) noexcept;

struct Pair {
    G1 p;
    G2 q;
};

/// True if the product of the pairings is one. Points are members of their groups.
[[nodiscard]] bool pairing_product_is_one(std::span<const Pair> pairs) noexcept;

}  // namespace otento::crypto::bn254
