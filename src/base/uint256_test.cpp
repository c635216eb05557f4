#include <otento/base/uint256.hpp>

#include <otento/base/random.hpp>

#include <gtest/gtest.h>

namespace otento {
namespace {

const uint256 MAX = ~uint256{};

/// A value with a random number of significant bits, so that every division branch is reached.
uint256 random_value(Random& random) {
    const uint256 wide(random.next(), random.next(), random.next(), random.next());
    uint256 value = wide >> static_cast<unsigned>(random.below(256));
    if (random.chance(200)) {
        value.limbs[random.below(4)] = random.chance(500) ? 0 : UINT64_MAX;
    }
    return value;
}

TEST(Uint256, wraps_modulo_2_to_the_256) {
    EXPECT_EQ(MAX + 1, uint256{});
    EXPECT_EQ(uint256{} - 1, MAX);
    EXPECT_EQ(MAX * MAX, uint256{1});
}

TEST(Uint256, division_inverts_multiplication) {
    Random random(1);
    for (int i = 0; i < 100'000; ++i) {
        const uint256 a = random_value(random);
        const uint256 b = random_value(random);
        const DivResult256 result = divide(a, b);
        if (b.is_zero()) {
            EXPECT_TRUE(result.quotient.is_zero() && result.remainder.is_zero());
            continue;
        }
        ASSERT_LT(result.remainder, b);
        ASSERT_EQ(result.quotient * b + result.remainder, a);
    }
}

TEST(Uint256, mulmod_agrees_with_repeated_doubling) {
    Random random(2);
    for (int i = 0; i < 300; ++i) {
        const uint256 a = random_value(random);
        const uint256 b = random_value(random);
        const uint256 m = random_value(random);
        uint256 expected;
        for (unsigned bit = 256; bit-- > 0;) {
            expected = addmod(expected, expected, m);
            if (((b.limbs[bit / 64] >> (bit % 64)) & 1) != 0) {
                expected = addmod(expected, a, m);
            }
        }
        ASSERT_EQ(mulmod(a, b, m), expected) << a.to_quantity() << ' ' << b.to_quantity();
    }
}

TEST(Uint256, signed_division_rounds_towards_zero) {
    EXPECT_EQ(sdiv(-uint256{7}, 2), -uint256{3});
    EXPECT_EQ(smod(-uint256{7}, 2), -uint256{1});
    EXPECT_EQ(smod(7, -uint256{2}), uint256{1});
    const uint256 min = uint256{1} << 255;
    EXPECT_EQ(sdiv(min, MAX), min);  // The one overflow of SDIV.
}

TEST(Uint256, shifts) {
    EXPECT_EQ((uint256{1} << 255) >> 255, uint256{1});
    EXPECT_EQ(uint256{1} << 256, uint256{});
    EXPECT_EQ((MAX >> 192), uint256{UINT64_MAX});
    EXPECT_EQ((uint256{3} << 63).limbs[1], 1u);
}

/// Limb by limb, without any shortcut.
uint256 plain_multiply(const uint256& a, const uint256& b) {
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

TEST(Uint256, multiplication_agrees_with_the_school_method) {
    Random random(3);
    for (int i = 0; i < 100'000; ++i) {
        const uint256 a = random_value(random);
        const uint256 b = random_value(random);
        ASSERT_EQ(a * b, plain_multiply(a, b)) << a.to_quantity() << ' ' << b.to_quantity();
    }
}

TEST(Uint256, subtraction_inverts_addition_and_shows_the_order) {
    Random random(4);
    for (int i = 0; i < 100'000; ++i) {
        const uint256 a = random_value(random);
        const uint256 b = random.chance(100) ? a : random_value(random);
        ASSERT_EQ((a + b) - b, a);
        ASSERT_EQ(a < b, (a <=> b) == std::strong_ordering::less);
        ASSERT_EQ(a >= b, !(a < b));
        ASSERT_EQ(a > b, b < a);
        uint256 sum;
        ASSERT_EQ(add_overflows(a, b, sum), a > MAX - b);
    }
}

TEST(Uint256, shifts_are_powers_of_two) {
    Random random(5);
    for (unsigned shift = 0; shift < 256; ++shift) {
        const uint256 power = exp(2, shift);
        const uint256 a = random_value(random);
        ASSERT_EQ(a << shift, plain_multiply(a, power)) << shift;
        ASSERT_EQ(a >> shift, a / power) << shift;
    }
}

TEST(Uint256, addmod_agrees_with_mulmod) {
    Random random(6);
    for (int i = 0; i < 20'000; ++i) {
        const uint256 m = random_value(random);
        const uint256 a = random_value(random);
        const uint256 b = random_value(random);
        ASSERT_EQ(addmod(a, a, m), mulmod(a, 2, m));
        ASSERT_EQ(addmod(a % m, b % m, m), addmod(a, b, m));
    }
}

TEST(Uint256, exp_agrees_with_repeated_multiplication) {
    Random random(7);
    for (int i = 0; i < 50; ++i) {
        const uint256 base = i == 0 ? uint256{2} : random_value(random);
        uint256 expected = 1;
        for (uint64_t e = 0; e < 300; ++e) {
            ASSERT_EQ(exp(base, e), expected) << e;
            expected *= base;
        }
    }
}

TEST(Uint256, text_forms) {
    EXPECT_EQ(uint256::parse("0x10"), uint256{16});
    EXPECT_EQ(uint256::parse("1000000000000000000000")->to_quantity(), "0x3635c9adc5dea00000");
    EXPECT_EQ(MAX.to_decimal(),
              "115792089237316195423570985008687907853269984665640564039457584007913129639935");
    EXPECT_FALSE(uint256::parse("1" + MAX.to_decimal()).has_value());
    EXPECT_FALSE(uint256::parse("12a").has_value());
    EXPECT_FALSE(uint256::parse("0x").has_value());
    EXPECT_EQ(uint256{}.to_quantity(), "0x0");
}

TEST(Uint256, exponentiation) {
    EXPECT_EQ(exp(2, 255), uint256{1} << 255);
    EXPECT_EQ(exp(0, 0), uint256{1});
    EXPECT_EQ(exp(MAX, 3), MAX);
}

TEST(Uint256, overflow_checks) {
    uint256 out;
    EXPECT_TRUE(mul_overflows(MAX, 2, out));
    EXPECT_FALSE(mul_overflows(uint256{1} << 128, (uint256{1} << 127), out));
    EXPECT_TRUE(add_overflows(MAX, 1, out));
}

}  // namespace
}  // namespace otento
