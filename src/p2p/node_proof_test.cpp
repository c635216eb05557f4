#include <otento/base/random.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/p2p/node_proof.hpp>

#include <gtest/gtest.h>

namespace otento::p2p {
namespace {

const Hash SECRET = Hash::right_aligned(Bytes{7});
const Bytes CERTIFICATE_KEY(91, 0x42);

TEST(NodeProof, proves_the_node_key_for_its_certificate_only) {
    const auto proof = make_node_proof(SECRET);
    ASSERT_TRUE(proof.has_value());
    const Bytes extension = proof->prove(CERTIFICATE_KEY);
    EXPECT_EQ(proof->identify(CERTIFICATE_KEY, extension), crypto::public_key(SECRET));
    Bytes other_key = CERTIFICATE_KEY;
    other_key[50] ^= 1;
    EXPECT_EQ(identify_node(other_key, extension), std::nullopt);
}

TEST(NodeProof, any_changed_byte_voids_it) {
    const Bytes extension = make_node_proof(SECRET)->prove(CERTIFICATE_KEY);
    for (size_t i = 0; i < extension.size(); ++i) {
        Bytes forged = extension;
        forged[i] ^= 1;
        EXPECT_EQ(identify_node(CERTIFICATE_KEY, forged), std::nullopt) << i;
    }
}

TEST(NodeProof, malformed_extensions_prove_nothing) {
    Random random(1);
    for (const size_t size : {0u, 1u, 64u, 127u, 128u, 129u, 1000u}) {
        EXPECT_EQ(identify_node(CERTIFICATE_KEY, Bytes(size, 0)), std::nullopt);
        EXPECT_EQ(identify_node(CERTIFICATE_KEY, Bytes(size, 0xff)), std::nullopt);
        Bytes noise(size, 0);
        for (uint8_t& byte : noise) {
            byte = static_cast<uint8_t>(random.next());
        }
        EXPECT_EQ(identify_node(CERTIFICATE_KEY, noise), std::nullopt);
    }
}

TEST(NodeProof, invalid_secret_key_has_no_proof) {
    EXPECT_FALSE(make_node_proof(Hash{}).has_value());
}

}  // namespace
}  // namespace otento::p2p
