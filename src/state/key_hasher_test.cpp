#include <otento/state/key_hasher.hpp>

#include <gtest/gtest.h>

#include <set>

namespace otento::state {
namespace {

Hash key_of(uint64_t first, uint64_t last) {
    Hash out;
    std::memcpy(out.data(), &first, sizeof first);
    std::memcpy(out.data() + 24, &last, sizeof last);
    return out;
}

TEST(KeyHasher, all_of_a_process_agree) {
    const Hash key = key_of(1, 2);
    EXPECT_EQ(KeyHasher{}(key, 7), KeyHasher{}(key, 7));
    EXPECT_NE(KeyHasher{}(key, 7), KeyHasher{}(key, 8));
    EXPECT_EQ(KeyHasher{}(Address{{1}}), KeyHasher{}(Address{{1}}));
}

/// For a hash without a secret, the last word of a key can be chosen for any first one so that all
/// keys meet in one place of a table.
TEST(KeyHasher, keys_that_collide_without_a_secret_do_not_collide) {
    const FixedBytesHash<32> plain;
    constexpr uint64_t UNDO = 0x4f74430c22a54005;  // Inverse of its factor modulo 2^64.
    static_assert(UNDO * 0xff51afd7ed558ccdULL == 1);
    std::set<uint64_t> plain_hashes;
    std::set<uint64_t> hashes;
    for (uint64_t i = 0; i < 1000; ++i) {
        // With a last word of zero the hash is (h ^ 0) * factor, folded; h follows by unfolding.
        const auto unfold = [](uint64_t h) { return h ^ h >> 32; };
        const uint64_t before_last = unfold(plain(key_of(i, 0))) * UNDO;
        const Hash key = key_of(i, before_last);
        plain_hashes.insert(plain(key));
        hashes.insert(static_cast<uint32_t>(KeyHasher{}(key)));
    }
    EXPECT_EQ(plain_hashes.size(), 1U);
    EXPECT_GT(hashes.size(), 995U);
}

}  // namespace
}  // namespace otento::state
