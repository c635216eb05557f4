// Many recoveries at once give what libsecp256k1 gives one by one.
#include <otento/crypto/secp256k1.hpp>

#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1_scalar.hpp>

#include <gtest/gtest.h>

namespace otento::crypto {
namespace {

uint256 random_number(Random& random) {
    return {random.next(), random.next(), random.next(), random.next()};
}

uint256 times(const uint256& a, const uint256& b) {
    return scalar::multiply(scalar::to_form(a), b);
}

/// How many were recovered.
size_t expect_agreement(const std::vector<SignedHash>& in) {
    std::vector<std::optional<PublicKey>> out(in.size());
    recover_many(in, out.data());
    size_t found = 0;
    for (size_t i = 0; i < in.size(); ++i) {
        const auto expected = recover(in[i].hash, in[i].signature);
        EXPECT_EQ(out[i], expected) << i << " of " << in.size();
        found += expected ? 1 : 0;
    }
    return found;
}

TEST(RecoverMany, agrees_for_every_count) {
    Random random(1);
    for (size_t count = 0; count < 140; count += count < 20 ? 1 : 13) {
        std::vector<SignedHash> in(count);
        for (SignedHash& one : in) {
            one.hash = random_number(random).to_be();
            one.signature = *sign(one.hash, random_number(random).to_be());
        }
        EXPECT_EQ(expect_agreement(in), count);
    }
}

/// Half of the numbers below the prime are x of a point.
TEST(RecoverMany, agrees_for_random_numbers) {
    Random random(2);
    std::vector<SignedHash> in(4000);
    for (SignedHash& one : in) {
        one = {random_number(random).to_be(),
               {random_number(random), random_number(random), random.below(2) == 0}};
    }
    const size_t found = expect_agreement(in);
    EXPECT_GT(found, 1800U);
    EXPECT_LT(found, 2200U);
}

TEST(RecoverMany, agrees_at_the_edges_of_ranges) {
    Random random(3);
    std::vector<uint256> numbers;
    for (const uint256& edge : {uint256{}, uint256{1} << 51, uint256{1} << 52, uint256{1} << 128,
                                uint256{1} << 255, SECP256K1_N, SECP256K1_N_HALF, ~uint256{}}) {
        for (uint64_t i = 0; i < 4; ++i) {
            numbers.push_back(edge + uint256{i});
            numbers.push_back(edge - uint256{i});
        }
    }
    std::vector<SignedHash> in;
    for (const uint256& r : numbers) {
        for (const uint256& s : numbers) {
            in.push_back(
                {numbers[random.below(numbers.size())].to_be(), {r, s, random.below(2) == 0}});
        }
    }
    EXPECT_GT(expect_agreement(in), 500U);
}

/// The point is a known multiple of G, so that sums meet equal and opposite points, and infinity.
TEST(RecoverMany, agrees_where_points_coincide) {
    Random random(4);
    std::vector<uint256> factors = {uint256{1} << 127, uint256{1} << 128,
                                    (uint256{1} << 128) + uint256{1}, SECP256K1_N_HALF};
    for (uint64_t i = 1; i < 40; ++i) {
        factors.push_back(i);
        factors.push_back(SECP256K1_N - uint256{i});
    }
    std::vector<SignedHash> in;
    for (const uint256& k : factors) {
        const PublicKey point = *public_key(k.to_be());
        const uint256 r = uint256::load_be32(point.data());
        const bool odd = (point.bytes[63] & 1) != 0;
        for (const uint256& s :
             {uint256{1}, uint256{2}, uint256{33}, r, random_number(random) >> 1}) {
            const uint256 opposite = times(s, k);
            for (const uint256& hash :
                 {opposite, SECP256K1_N - opposite, uint256{}, uint256{1}, r}) {
                in.push_back({hash.to_be(), {r, s, odd}});
                in.push_back({hash.to_be(), {r, s, !odd}});
            }
        }
    }
    EXPECT_LT(expect_agreement(in), in.size());
}

TEST(Scalar, inverse_times_number_is_one) {
    Random random(5);
    const uint256 one = scalar::to_form(uint256{1});
    EXPECT_EQ(scalar::multiply(one, uint256{1}), uint256{1});
    EXPECT_TRUE(scalar::inverse(uint256{}).is_zero());
    for (uint64_t i = 1; i < 50; ++i) {
        for (const uint256& a :
             {uint256{i}, SECP256K1_N - uint256{i}, random_number(random) >> 1}) {
            EXPECT_EQ(scalar::multiply(scalar::inverse(a), a), one);
        }
    }
}

TEST(Scalar, halves_are_short_and_make_the_whole) {
    Random random(6);
    const uint256 lambda{0xdf02967c1b23bd72, 0x122e22ea20816678, 0xa5261c028812645a,
                         0x5363ad4cc05c30e0};
    const auto reduced = [](const uint256& half) {
        return half.negative() ? SECP256K1_N + half : half;
    };
    for (uint64_t i = 0; i < 3000; ++i) {
        const uint256 numbers[] = {uint256{i}, SECP256K1_N - uint256{i + 1}, times(lambda, i),
                                   times(SECP256K1_N - lambda, i), random_number(random) >> 1};
        for (const uint256& k : numbers) {
            const auto [first, second] = scalar::split(k);
            for (const uint256& half : {first, second}) {
                EXPECT_LE((half.negative() ? uint256{} - half : half).bit_width(), 128U);
            }
            uint256 sum = reduced(first) + times(reduced(second), lambda);
            if (sum < reduced(first) || sum >= SECP256K1_N) {
                sum = sum - SECP256K1_N;
            }
            EXPECT_EQ(sum, k);
        }
    }
}

}  // namespace
}  // namespace otento::crypto
