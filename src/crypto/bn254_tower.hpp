// The tower over the base field of alt_bn128: Fp2 = Fp[i] / (i^2 + 1), Fp6 = Fp2[v] / (v^3 - XI)
// with XI = 9 + i, Fp12 = Fp6[w] / (w^2 - v). Internal to crypto.
#pragma once

#include <otento/crypto/bn254_field.hpp>

namespace otento::crypto::bn254 {

/// c0 + c1 i.
struct Fp2 {
    Fp c0;
    Fp c1;

    [[nodiscard]] static constexpr Fp2 one() noexcept { return {Fp::one(), {}}; }
    [[nodiscard]] constexpr bool is_zero() const noexcept { return c0.is_zero() && c1.is_zero(); }
    friend constexpr bool operator==(const Fp2&, const Fp2&) noexcept = default;
};

void multiply(Fp2& out, const Fp2& a, const Fp2& b) noexcept;
void square(Fp2& out, const Fp2& a) noexcept;

[[nodiscard]] constexpr Fp2 operator+(const Fp2& a, const Fp2& b) noexcept {
    return {a.c0 + b.c0, a.c1 + b.c1};
}
[[nodiscard]] constexpr Fp2 operator-(const Fp2& a, const Fp2& b) noexcept {
    return {a.c0 - b.c0, a.c1 - b.c1};
}
[[nodiscard]] constexpr Fp2 operator-(const Fp2& a) noexcept {
    return {-a.c0, -a.c1};
}
[[nodiscard]] constexpr Fp2 twice(const Fp2& a) noexcept {
    return a + a;
}
[[nodiscard]] constexpr Fp2 conjugate(const Fp2& a) noexcept {
    return {a.c0, -a.c1};
}
[[nodiscard]] inline Fp2 operator*(const Fp2& a, const Fp2& b) noexcept {
    Fp2 out;
    multiply(out, a, b);
    return out;
}
[[nodiscard]] inline Fp2 operator*(const Fp2& a, const Fp& b) noexcept {
    return {a.c0 * b, a.c1 * b};
}
[[nodiscard]] inline Fp2 square(const Fp2& a) noexcept {
    Fp2 out;
    square(out, a);
    return out;
}
/// a * XI.
[[nodiscard]] constexpr Fp2 times_xi(const Fp2& a) noexcept {
    const Fp2 nine = twice(twice(twice(a))) + a;
    return {nine.c0 - a.c1, nine.c1 + a.c0};
}
[[nodiscard]] Fp2 inverse(const Fp2& a) noexcept;

/// c0 + c1 v + c2 v^2.
struct Fp6 {
    Fp2 c0;
    Fp2 c1;
    Fp2 c2;

    friend constexpr bool operator==(const Fp6&, const Fp6&) noexcept = default;
};

[[nodiscard]] constexpr Fp6 operator+(const Fp6& a, const Fp6& b) noexcept {
    return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
}
[[nodiscard]] constexpr Fp6 operator-(const Fp6& a, const Fp6& b) noexcept {
    return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
}
[[nodiscard]] constexpr Fp6 operator-(const Fp6& a) noexcept {
    return {-a.c0, -a.c1, -a.c2};
}
[[nodiscard]] constexpr Fp6 times_v(const Fp6& a) noexcept {
    return {times_xi(a.c2), a.c0, a.c1};
}
[[nodiscard]] Fp6 operator*(const Fp6& a, const Fp6& b) noexcept;
[[nodiscard]] Fp6 inverse(const Fp6& a) noexcept;

/// c0 + c1 w.
struct Fp12 {
    Fp6 c0;
    Fp6 c1;

    [[nodiscard]] static constexpr Fp12 one() noexcept { return {{Fp2::one(), {}, {}}, {}}; }
    friend constexpr bool operator==(const Fp12&, const Fp12&) noexcept = default;
};

[[nodiscard]] Fp12 operator*(const Fp12& a, const Fp12& b) noexcept;
[[nodiscard]] Fp12 square(const Fp12& a) noexcept;
[[nodiscard]] Fp12 inverse(const Fp12& a) noexcept;
/// a^(P^6); the inverse of a member of the cyclotomic subgroup.
[[nodiscard]] constexpr Fp12 conjugate(const Fp12& a) noexcept {
    return {a.c0, -a.c1};
}
/// a^P, a^(P^2), a^(P^3).
[[nodiscard]] Fp12 frobenius(const Fp12& a) noexcept;
[[nodiscard]] Fp12 frobenius2(const Fp12& a) noexcept;
[[nodiscard]] Fp12 frobenius3(const Fp12& a) noexcept;
/// a^2 for a in the cyclotomic subgroup, that is with a^(P^4 - P^2 + 1) = 1.
[[nodiscard]] Fp12 cyclotomic_square(const Fp12& a) noexcept;
/// a * (l0 + (l1 + l2 v) w): what a line of the Miller loop looks like.
[[nodiscard]] Fp12 times_line(const Fp12& a, const Fp2& l0, const Fp2& l1, const Fp2& l2) noexcept;

/// XI^((P - 1) i / 6), which Frobenius multiplies the coefficient of w^i by; and the same for P^2
/// (in Fp) and P^3.
extern const Fp2 FROBENIUS_1[6];
extern const Fp FROBENIUS_2[6];
extern const Fp2 FROBENIUS_3[6];

}  // namespace otento::crypto::bn254
