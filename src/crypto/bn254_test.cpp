// The arithmetic below the alt_bn128 precompiles: every fast path against the plain definition.
#include <otento/crypto/bn254_curve.hpp>

#include <otento/base/random.hpp>

#include <gtest/gtest.h>

namespace otento::crypto::bn254 {
namespace {

Fp random_fp(Random& random) {
    return Fp::from(uint256{random.next(), random.next(), random.next(), random.next()} % P);
}

Fp2 random_fp2(Random& random) {
    return {random_fp(random), random_fp(random)};
}

Fp12 random_fp12(Random& random) {
    const auto fp6 = [&] {
        return Fp6{random_fp2(random), random_fp2(random), random_fp2(random)};
    };
    return {fp6(), fp6()};
}

/// Random elements and the ones at the edges.
std::vector<Fp> elements(Random& random) {
    std::vector<Fp> out = {Fp{},
                           Fp::one(),
                           -Fp::one(),
                           Fp::from(2),
                           Fp::from(P - uint256{2}),
                           Fp{{1, 0, 0, 0}},
                           Fp{{0, 0, 0, 1}},
                           Fp{{P.limbs[0] - 1, P.limbs[1], P.limbs[2], P.limbs[3]}}};
    for (int i = 0; i < 40; ++i) {
        out.push_back(random_fp(random));
    }
    return out;
}

template <typename T>
T power(const T& base, const uint256& exponent, T out) {
    for (unsigned i = exponent.bit_width(); i-- > 0;) {
        out = square(out);
        if (((exponent >> i).low64() & 1) != 0) {
            out = out * base;
        }
    }
    return out;
}

TEST(Bn254Field, parameters_follow_from_u) {
    const uint256 u{4965661367192848881};
    const uint256 u2 = u * u;
    EXPECT_EQ(P, u2 * u2 * 36 + u2 * u * 36 + u2 * 24 + u * 6 + 1);
    EXPECT_EQ(R, u2 * u2 * 36 + u2 * u * 36 + u2 * 18 + u * 6 + 1);
    EXPECT_EQ(P.limbs[0] * P_INVERSE, UINT64_MAX);
    EXPECT_EQ(Fp::one(), Fp::from(1));
}

TEST(Bn254Field, operations_agree_with_uint256_and_with_the_portable_ones) {
    Random random(1);
    const std::vector<Fp> all = elements(random);
    for (const Fp& a : all) {
        for (const Fp& b : all) {
            ASSERT_EQ((a + b).value(), addmod(a.value(), b.value(), P));
            ASSERT_EQ((a - b).value(), addmod(a.value(), P - b.value(), P));
            ASSERT_EQ((a * b).value(), mulmod(a.value(), b.value(), P));
            ASSERT_EQ(a + b, portable::add(a, b));
            ASSERT_EQ(a - b, portable::subtract(a, b));
            ASSERT_EQ(a * b, portable::multiply(a, b));
            Fp sum;
            sum_of_products(sum, a, b, b, all[20]);
            ASSERT_EQ(sum, a * b + b * all[20]);
            ASSERT_EQ(sum, portable::sum_of_products(a, b, b, all[20]));
        }
    }
}

TEST(Bn254Field, inverse_undoes_multiplication) {
    Random random(2);
    EXPECT_EQ(inverse(Fp{}), Fp{});
    for (int round = 0; round < 50; ++round) {
        for (const Fp& a : elements(random)) {
            if (!a.is_zero()) {
                ASSERT_EQ(a * inverse(a), Fp::one());
            }
        }
    }
}

TEST(Bn254Tower, multiplication_is_that_of_the_quotient_rings) {
    Random random(3);
    const Fp2 xi{Fp::from(9), Fp::one()};
    for (int i = 0; i < 50; ++i) {
        const Fp2 a = random_fp2(random);
        const Fp2 b = random_fp2(random);
        EXPECT_EQ(a * b, (Fp2{a.c0 * b.c0 - a.c1 * b.c1, a.c0 * b.c1 + a.c1 * b.c0}));
        EXPECT_EQ(square(a), a * a);
        EXPECT_EQ(times_xi(a), a * xi);
        EXPECT_EQ(a * inverse(a), Fp2::one());
    }
    // v^3 = XI and w^2 = v.
    const Fp6 v{{}, Fp2::one(), {}};
    EXPECT_EQ(v * v * v, (Fp6{xi, {}, {}}));
    const Fp12 w{{}, {Fp2::one(), {}, {}}};
    EXPECT_EQ(w * w, (Fp12{v, {}}));
}

TEST(Bn254Tower, fp12_is_a_field) {
    Random random(4);
    for (int i = 0; i < 20; ++i) {
        const Fp12 a = random_fp12(random);
        const Fp12 b = random_fp12(random);
        const Fp12 c = random_fp12(random);
        EXPECT_EQ(a * b, b * a);
        EXPECT_EQ(a * b * c, a * (b * c));
        EXPECT_EQ(square(a), a * a);
        EXPECT_EQ(a * inverse(a), Fp12::one());
        const Fp2 l0 = random_fp2(random);
        const Fp2 l1 = random_fp2(random);
        const Fp2 l2 = random_fp2(random);
        EXPECT_EQ(times_line(a, l0, l1, l2), a * (Fp12{{l0, {}, {}}, {l1, l2, {}}}));
    }
}

TEST(Bn254Tower, frobenius_is_the_power_of_p) {
    Random random(5);
    const Fp12 a = random_fp12(random);
    EXPECT_EQ(frobenius(a), power(a, P, Fp12::one()));
    EXPECT_EQ(frobenius2(a), frobenius(frobenius(a)));
    EXPECT_EQ(frobenius3(a), frobenius(frobenius2(a)));
    EXPECT_EQ(conjugate(a), frobenius3(frobenius3(a)));
}

TEST(Bn254Tower, cyclotomic_square_is_the_square_in_its_subgroup) {
    Random random(6);
    const Fp12 a = random_fp12(random);
    const Fp12 b = conjugate(a) * inverse(a);  // a^(P^6 - 1)
    const Fp12 c = frobenius2(b) * b;
    EXPECT_EQ(cyclotomic_square(c), square(c));
    EXPECT_EQ(c * conjugate(c), Fp12::one());
}

const G1 GENERATOR{Fp::from(1), Fp::from(2)};

TEST(Bn254G1, multiplication_agrees_with_repeated_addition) {
    G1 sum{};
    for (uint64_t k = 0; k < 40; ++k) {
        EXPECT_EQ(multiply(GENERATOR, k), sum) << k;
        EXPECT_EQ(multiply(GENERATOR, R + uint256{k}), sum) << k;
        EXPECT_TRUE(is_on_curve(sum));
        sum = add(sum, GENERATOR);
    }
}

TEST(Bn254G1, multiplication_agrees_with_doubling_and_adding) {
    Random random(7);
    for (int i = 0; i < 200; ++i) {
        uint256 k{random.next(), random.next(), random.next(), random.next()};
        if (i < 4) {
            k = i < 2 ? ~uint256{} - uint256{static_cast<uint64_t>(i)}
                      : R - uint256{static_cast<uint64_t>(i) - 1};
        }
        JacobianPoint<Fp> expected{};
        for (unsigned bit = 256; bit-- > 0;) {
            expected = twice(expected);
            if (((k >> bit).low64() & 1) != 0) {
                expected = add(expected, GENERATOR);
            }
        }
        ASSERT_EQ(multiply(GENERATOR, k), to_affine(expected)) << k.to_quantity();
    }
}

TEST(Bn254G1, addition_knows_its_special_cases) {
    const G1 minus{GENERATOR.x, -GENERATOR.y};
    EXPECT_EQ(add(GENERATOR, minus), G1{});
    EXPECT_EQ(add(GENERATOR, G1{}), GENERATOR);
    EXPECT_EQ(add(G1{}, GENERATOR), GENERATOR);
    EXPECT_EQ(add(GENERATOR, GENERATOR), multiply(GENERATOR, 2));
    const JacobianPoint<Fp> p{GENERATOR.x, GENERATOR.y, Fp::one()};
    EXPECT_EQ(to_affine(add(p, GENERATOR)), multiply(GENERATOR, 2));
    EXPECT_TRUE(add(p, minus).is_infinity());
}

/// EIP-197's generator of G2.
const G2 TWIST_GENERATOR{
    {Fp::from(*uint256::parse(
         "10857046999023057135944570762232829481370756359578518086990519993285655852781")),
     Fp::from(*uint256::parse(
         "11559732032986387107991004021392285783925812861821192530917403151452391805634"))},
    {Fp::from(*uint256::parse(
         "8495653923123431417604973247489272438418190587263600148770280649306958101930")),
     Fp::from(*uint256::parse(
         "4082367875863433681332203403145435568316851327593401208105741076214120093531"))}};

G2 multiply_twist(const G2& p, const uint256& k) {
    JacobianPoint<Fp2> out{};
    for (unsigned i = k.bit_width(); i-- > 0;) {
        out = twice(out);
        if (((k >> i).low64() & 1) != 0) {
            out = add(out, p);
        }
    }
    return to_affine(out);
}

/// A square root in Fp2, or nothing: try both halves of the norm (P = 3 mod 4).
std::optional<Fp2> square_root(const Fp2& a) {
    const uint256 exponent = (P + uint256{1}) >> 2;
    const auto root = [&](const Fp& x) { return power(x, exponent, Fp::one()); };
    const Fp norm = root(square(a.c0) + square(a.c1));
    const Fp half = inverse(Fp::from(2));
    for (const Fp& n : {norm, -norm}) {
        const Fp c0 = root((a.c0 + n) * half);
        if (c0.is_zero()) {
            continue;
        }
        const Fp2 candidate{c0, a.c1 * half * inverse(c0)};
        if (square(candidate) == a) {
            return candidate;
        }
    }
    return std::nullopt;
}

TEST(Bn254G2, membership_agrees_with_the_order_of_the_group) {
    ASSERT_TRUE(is_on_curve(TWIST_GENERATOR));
    EXPECT_TRUE(is_in_group(TWIST_GENERATOR));
    EXPECT_TRUE(is_in_group(G2{}));
    EXPECT_TRUE(is_in_group(multiply_twist(TWIST_GENERATOR, 0xdeadbeef)));
    Random random(8);
    int outside = 0;
    while (outside < 10) {
        const Fp2 x = random_fp2(random);
        const auto y = square_root(square(x) * x + TWIST_B);
        if (!y) {
            continue;
        }
        const G2 point{x, *y};
        ASSERT_TRUE(is_on_curve(point));
        const bool member = multiply_twist(point, R).is_infinity();
        EXPECT_EQ(is_in_group(point), member);
        // With the cofactor 2 P - R the point moves into the subgroup.
        EXPECT_TRUE(is_in_group(multiply_twist(point, P + (P - R))));
        outside += member ? 0 : 1;
    }
}

TEST(Bn254Pairing, is_bilinear) {
    const uint256 a{123456789};
    const uint256 b = R - uint256{77};
    const G1 p = multiply(GENERATOR, a);
    const G2 q = multiply_twist(TWIST_GENERATOR, b);
    const G1 minus_ab = multiply(GENERATOR, R - mulmod(a, b, R));
    // e(a G, b H) e(-a b G, H) = 1.
    const Pair good[] = {{p, q}, {minus_ab, TWIST_GENERATOR}};
    EXPECT_TRUE(pairing_product_is_one(good));
    const Pair bad[] = {{p, q}, {add(minus_ab, GENERATOR), TWIST_GENERATOR}};
    EXPECT_FALSE(pairing_product_is_one(bad));
}

TEST(Bn254Pairing, is_not_degenerate_and_takes_infinity_as_one) {
    const Pair single[] = {{GENERATOR, TWIST_GENERATOR}};
    EXPECT_FALSE(pairing_product_is_one(single));
    const Pair trivial[] = {{GENERATOR, G2{}}, {G1{}, TWIST_GENERATOR}};
    EXPECT_TRUE(pairing_product_is_one(trivial));
    EXPECT_TRUE(pairing_product_is_one({}));
    const Pair mixed[] = {{GENERATOR, TWIST_GENERATOR}, {G1{}, TWIST_GENERATOR}};
    EXPECT_FALSE(pairing_product_is_one(mixed));
}

}  // namespace
}  // namespace otento::crypto::bn254
