#include <otento/crypto/precompiles.hpp>

#include <otento/base/hex.hpp>

#include <gtest/gtest.h>

namespace otento::crypto {
namespace {

TEST(Hashes, sha256_of_the_fips_180_examples) {
    EXPECT_EQ(to_hex(sha256({})),
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(to_hex(sha256(bytes_of("abc"))),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Hashes, ripemd160_of_the_authors_examples) {
    EXPECT_EQ(to_hex(ripemd160({})), "9c1185a5c5e9fc54612808977ee8f548b2258d31");
    EXPECT_EQ(to_hex(ripemd160(bytes_of("abc"))), "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc");
}

TEST(Hashes, calls_do_not_disturb_each_other) {
    const Hash first = sha256(bytes_of("abc"));
    (void)ripemd160(bytes_of("x"));
    EXPECT_EQ(sha256(bytes_of("abc")), first);
}

}  // namespace
}  // namespace otento::crypto
