#include <otento/crypto/secp256k1.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>

#include <gtest/gtest.h>

namespace otento::crypto {
namespace {

using namespace otento::literals;

const Hash KEY = "0x46464646464646464646464646464646464646464646464646464646464646aa"_hash;
const Hash DIGEST = keccak256(bytes_of("a message"));

TEST(Secp256k1, address_of_the_example_key_of_eip_155) {
    const auto key =
        public_key("0x4646464646464646464646464646464646464646464646464646464646464646"_hash);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(address_of(*key), "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"_address);
}

TEST(Secp256k1, half_of_the_order_is_half) {
    EXPECT_EQ(SECP256K1_N_HALF, SECP256K1_N >> 1);
    EXPECT_EQ(SECP256K1_N.to_be(),
              "0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"_hash);
}

TEST(Secp256k1, recovers_and_verifies_what_it_signed) {
    const auto key = public_key(KEY);
    ASSERT_TRUE(key.has_value());
    const auto signature = sign(DIGEST, KEY);
    ASSERT_TRUE(signature.has_value());
    EXPECT_LE(signature->s, SECP256K1_N_HALF);
    EXPECT_EQ(recover(DIGEST, *signature), key);
    EXPECT_TRUE(verify(DIGEST, *signature, *key));
    EXPECT_EQ(sign(DIGEST, KEY)->r, signature->r) << "signing is deterministic";
}

TEST(Secp256k1, high_s_recovers_the_same_key_with_the_other_parity) {
    const auto key = public_key(KEY);
    Signature signature = *sign(DIGEST, KEY);
    signature.s = SECP256K1_N - signature.s;
    signature.y_parity = !signature.y_parity;
    EXPECT_EQ(recover(DIGEST, signature), key);
    EXPECT_TRUE(verify(DIGEST, signature, *key));
}

TEST(Secp256k1, refuses_r_and_s_out_of_range) {
    const Signature good = *sign(DIGEST, KEY);
    for (const uint256& bad : {uint256{}, SECP256K1_N, SECP256K1_N + uint256{1}, ~uint256{}}) {
        Signature signature = good;
        signature.r = bad;
        EXPECT_FALSE(recover(DIGEST, signature).has_value()) << bad.to_quantity();
        EXPECT_FALSE(verify(DIGEST, signature, *public_key(KEY)));
        signature = good;
        signature.s = bad;
        EXPECT_FALSE(recover(DIGEST, signature).has_value()) << bad.to_quantity();
        EXPECT_FALSE(verify(DIGEST, signature, *public_key(KEY)));
    }
}

TEST(Secp256k1, refuses_r_that_is_no_x_coordinate) {
    // x = 5 has no point: 5^3 + 7 = 132 is not a square modulo p.
    EXPECT_FALSE(recover(DIGEST, {.r = 5, .s = 1, .y_parity = false}).has_value());
}

TEST(Secp256k1, verification_fails_for_another_message_or_key) {
    const Signature signature = *sign(DIGEST, KEY);
    EXPECT_FALSE(verify(keccak256({}), signature, *public_key(KEY)));
    EXPECT_FALSE(verify(DIGEST, signature, *public_key(generate_secret_key())));
    EXPECT_FALSE(verify(DIGEST, signature, PublicKey{})) << "not on the curve";
}

TEST(Secp256k1, refuses_invalid_secret_keys) {
    for (const Hash& bad : {Hash{}, SECP256K1_N.to_be()}) {
        EXPECT_FALSE(public_key(bad).has_value());
        EXPECT_FALSE(sign(DIGEST, bad).has_value());
    }
}

}  // namespace
}  // namespace otento::crypto
