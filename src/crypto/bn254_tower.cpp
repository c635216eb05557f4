#include <otento/crypto/bn254_tower.hpp>

namespace otento::crypto::bn254 {

// Computed from the formula in the header; the test of this file does so again.
constinit const Fp2 FROBENIUS_1[6] = {
    {Fp::from({0x0000000000000001, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}),
     Fp::from({0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000})},
    {Fp::from({0xd60b35dadcc9e470, 0x5c521e08292f2176, 0xe8b99fdd76e68b60, 0x1284b71c2865a7df}),
     Fp::from({0xca5cf05f80f362ac, 0x747992778eeec7e5, 0xa6327cfe12150b8e, 0x246996f3b4fae7e6})},
    {Fp::from({0x99e39557176f553d, 0xb78cc310c2c3330c, 0x4c0bec3cf559b143, 0x2fb347984f7911f7}),
     Fp::from({0x1665d51c640fcba2, 0x32ae2a1d0b7c9dce, 0x4ba4cc8bd75a0794, 0x16c9e55061ebae20})},
    {Fp::from({0xdc54014671a0135a, 0xdbaae0eda9c95998, 0xdc5ec698b6e2f9b9, 0x063cf305489af5dc}),
     Fp::from({0x82d37f632623b0e3, 0x21807dc98fa25bd2, 0x0704b5a7ec796f2b, 0x07c03cbcac41049a})},
    {Fp::from({0x848a1f55921ea762, 0xd33365f7be94ec72, 0x80f3c0b75a181e84, 0x05b54f5e64eea801}),
     Fp::from({0xc13b4711cd2b8126, 0x3685d2ea1bdec763, 0x9f3a80b03b0b1c92, 0x2c145edbe7fd8aee})},
    {Fp::from({0x2ea2c810eab7692f, 0x425c459b55aa1bd3, 0xe93a3661a4353ff4, 0x0183c1e74f798649}),
     Fp::from({0x24c6b8ee6e0c2c4b, 0xb080cb99678e2ac0, 0xa27fb246c7729f7d, 0x12acf2ca76fd0675})},
};
constinit const Fp FROBENIUS_2[6] = {
    Fp::from({0x0000000000000001, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}),
    Fp::from({0xe4bd44e5607cfd49, 0xc28f069fbb966e3d, 0x5e6dd9e7e0acccb0, 0x30644e72e131a029}),
    Fp::from({0xe4bd44e5607cfd48, 0xc28f069fbb966e3d, 0x5e6dd9e7e0acccb0, 0x30644e72e131a029}),
    Fp::from({0x3c208c16d87cfd46, 0x97816a916871ca8d, 0xb85045b68181585d, 0x30644e72e131a029}),
    Fp::from({0x5763473177fffffe, 0xd4f263f1acdb5c4f, 0x59e26bcea0d48bac, 0x0000000000000000}),
    Fp::from({0x5763473177ffffff, 0xd4f263f1acdb5c4f, 0x59e26bcea0d48bac, 0x0000000000000000}),
};
constinit const Fp2 FROBENIUS_3[6] = {
    {Fp::from({0x0000000000000001, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000}),
     Fp::from({0x0000000000000000, 0x0000000000000000, 0x0000000000000000, 0x0000000000000000})},
    {Fp::from({0xe86f7d391ed4a67f, 0x894cb38dbe55d24a, 0xefe9608cd0acaa90, 0x19dc81cfcc82e4bb}),
     Fp::from({0x7694aa2bf4c0c101, 0x7f03a5e397d439ec, 0x06cbeee33576139d, 0x00abf8b60be77d73})},
    {Fp::from({0x7b746ee87bdcfb6d, 0x805ffd3d5d6942d3, 0xbaff1c77959f25ac, 0x0856e078b755ef0a}),
     Fp::from({0x380cab2baaa586de, 0x0fdf31bf98ff2631, 0xa9f30e6dec26094f, 0x04f1de41b3d1766f})},
    {Fp::from({0x5fcc8ad066dce9ed, 0xbbd689a3bea870f4, 0xdbf17f1dca9e5ea3, 0x2a275b6d9896aa4c}),
     Fp::from({0xb94d0cb3b2594c64, 0x7600ecc7d8cf6eba, 0xb14b900e9507e932, 0x28a411b634f09b8f})},
    {Fp::from({0x0e1a92bc3ccbf066, 0xe633094575b06bcb, 0x19bee0f7b5b2444e, 0x0bc58c6611c08dab}),
     Fp::from({0x5fe3ed9d730c239f, 0xa44a9e08737f96e5, 0xfeb0f6ef0cd21d04, 0x23d5e999e1910a12})},
    {Fp::from({0xebde847076261b43, 0x2ed68098967c84a5, 0x711699fa3b4d3f69, 0x13c49044952c0905}),
     Fp::from({0x1f25041384282499, 0x3e2ddaea20028021, 0x9fb1b2282a48633d, 0x16db366a59b1dd0b})},
};

void multiply(Fp2& out, const Fp2& a, const Fp2& b) noexcept {
    // Each coefficient is a sum of two products under one reduction; that beats Karatsuba's three
    // products with their additions here.
    Fp c0;
    sum_of_products(c0, a.c0, b.c0, a.c1, -b.c1);
    sum_of_products(out.c1, a.c0, b.c1, a.c1, b.c0);
    out.c0 = c0;
}

void square(Fp2& out, const Fp2& a) noexcept {
    const Fp product = a.c0 * a.c1;
    multiply(out.c0, a.c0 + a.c1, a.c0 - a.c1);
    out.c1 = twice(product);
}

Fp2 inverse(const Fp2& a) noexcept {
    const Fp norm = inverse(square(a.c0) + square(a.c1));
    return {a.c0 * norm, -(a.c1 * norm)};
}

Fp6 operator*(const Fp6& a, const Fp6& b) noexcept {
    // Karatsuba: six products of Fp2.
    const Fp2 t0 = a.c0 * b.c0;
    const Fp2 t1 = a.c1 * b.c1;
    const Fp2 t2 = a.c2 * b.c2;
    return {times_xi((a.c1 + a.c2) * (b.c1 + b.c2) - t1 - t2) + t0,
            (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1 + times_xi(t2),
            (a.c0 + a.c2) * (b.c0 + b.c2) - t0 - t2 + t1};
}

Fp6 inverse(const Fp6& a) noexcept {
    const Fp2 t0 = square(a.c0) - times_xi(a.c1 * a.c2);
    const Fp2 t1 = times_xi(square(a.c2)) - a.c0 * a.c1;
    const Fp2 t2 = square(a.c1) - a.c0 * a.c2;
    const Fp2 norm = inverse(a.c0 * t0 + times_xi(a.c2 * t1 + a.c1 * t2));
    return {t0 * norm, t1 * norm, t2 * norm};
}

Fp12 operator*(const Fp12& a, const Fp12& b) noexcept {
    const Fp6 t0 = a.c0 * b.c0;
    const Fp6 t1 = a.c1 * b.c1;
    return {t0 + times_v(t1), (a.c0 + a.c1) * (b.c0 + b.c1) - t0 - t1};
}

Fp12 square(const Fp12& a) noexcept {
    // c0^2 + v c1^2 = (c0 + c1)(c0 + v c1) - t - v t with t = c0 c1.
    const Fp6 t = a.c0 * a.c1;
    return {(a.c0 + a.c1) * (a.c0 + times_v(a.c1)) - t - times_v(t), t + t};
}

Fp12 inverse(const Fp12& a) noexcept {
    const Fp6 norm = inverse(a.c0 * a.c0 - times_v(a.c1 * a.c1));
    return {a.c0 * norm, -(a.c1 * norm)};
}

// The coefficient of w^i: c0 holds those of w^0, w^2, w^4, c1 those of w^1, w^3, w^5.
Fp12 frobenius(const Fp12& a) noexcept {
    return {{conjugate(a.c0.c0), conjugate(a.c0.c1) * FROBENIUS_1[2],
             conjugate(a.c0.c2) * FROBENIUS_1[4]},
            {conjugate(a.c1.c0) * FROBENIUS_1[1], conjugate(a.c1.c1) * FROBENIUS_1[3],
             conjugate(a.c1.c2) * FROBENIUS_1[5]}};
}

Fp12 frobenius2(const Fp12& a) noexcept {
    return {{a.c0.c0, a.c0.c1 * FROBENIUS_2[2], a.c0.c2 * FROBENIUS_2[4]},
            {a.c1.c0 * FROBENIUS_2[1], a.c1.c1 * FROBENIUS_2[3], a.c1.c2 * FROBENIUS_2[5]}};
}

Fp12 frobenius3(const Fp12& a) noexcept {
    return {{conjugate(a.c0.c0), conjugate(a.c0.c1) * FROBENIUS_3[2],
             conjugate(a.c0.c2) * FROBENIUS_3[4]},
            {conjugate(a.c1.c0) * FROBENIUS_3[1], conjugate(a.c1.c1) * FROBENIUS_3[3],
             conjugate(a.c1.c2) * FROBENIUS_3[5]}};
}

namespace {

/// (x + y s)^2 in Fp4 = Fp2[s] / (s^2 - XI).
struct Square4 {
    Fp2 low;
    Fp2 high;

    Square4(const Fp2& x, const Fp2& y) noexcept {
        const Fp2 x2 = square(x);
        const Fp2 y2 = square(y);
        low = x2 + times_xi(y2);
        high = square(x + y) - x2 - y2;
    }
};

/// 3 t - 2 a and 3 t + 2 a.
Fp2 minus_form(const Fp2& t, const Fp2& a) noexcept {
    return twice(t - a) + t;
}
Fp2 plus_form(const Fp2& t, const Fp2& a) noexcept {
    return twice(t + a) + t;
}

}  // namespace

Fp12 cyclotomic_square(const Fp12& a) noexcept {
    // Granger and Scott, "Faster squaring in the cyclotomic subgroup of sixth degree
    // extensions", 3.2, with the pairs of coefficients (w^0, w^3), (w^1, w^4), (w^2, w^5).
    const Square4 t0(a.c0.c0, a.c1.c1);
    const Square4 t1(a.c1.c0, a.c0.c2);
    const Square4 t2(a.c0.c1, a.c1.c2);
    return {{minus_form(t0.low, a.c0.c0), minus_form(t1.low, a.c0.c1), minus_form(t2.low, a.c0.c2)},
            {plus_form(times_xi(t2.high), a.c1.c0), plus_form(t0.high, a.c1.c1),
             plus_form(t1.high, a.c1.c2)}};
}

Fp12 times_line(const Fp12& a, const Fp2& l0, const Fp2& l1, const Fp2& l2) noexcept {
    const Fp6& x = a.c0;
    const Fp6& y = a.c1;
    // t0 = x l0; t1 = y (l1 + l2 v); the cross term by Karatsuba.
    const Fp6 t0{x.c0 * l0, x.c1 * l0, x.c2 * l0};
    const auto times_sparse = [](const Fp6& f, const Fp2& s0, const Fp2& s1) {
        const Fp2 u0 = f.c0 * s0;
        const Fp2 u1 = f.c1 * s1;
        return Fp6{u0 + times_xi(f.c2 * s1), (f.c0 + f.c1) * (s0 + s1) - u0 - u1, f.c2 * s0 + u1};
    };
    const Fp6 t1 = times_sparse(y, l1, l2);
    return {t0 + times_v(t1), times_sparse(x + y, l0 + l1, l2) - t0 - t1};
}

}  // namespace otento::crypto::bn254
