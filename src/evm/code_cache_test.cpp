#include <otento/evm/code_cache.hpp>

#include <otento/crypto/keccak.hpp>

#include <gtest/gtest.h>

namespace otento::evm {
namespace {

Bytes code_of(uint8_t seed, size_t size = 10'000) {
    return Bytes(size, seed);
}

CodeCache::Entry* pin(CodeCache& cache, const Bytes& code) {
    return cache.pin(crypto::keccak256(code), code);
}

TEST(CodeCache, analyses_once) {
    CodeCache cache;
    CodeCache::Entry* const first = pin(cache, code_of(1));
    EXPECT_EQ(pin(cache, code_of(1)), first);
    EXPECT_NE(pin(cache, code_of(2)), first);
    EXPECT_EQ(cache.size(), 2U);
}

TEST(CodeCache, stays_within_its_bound) {
    CodeCache cache{100'000};
    for (unsigned i = 0; i < 200; ++i) {
        cache.unpin(pin(cache, code_of(static_cast<uint8_t>(i))));
        EXPECT_LE(cache.footprint(), 100'000U);
    }
    EXPECT_GT(cache.size(), 2U);
}

TEST(CodeCache, keeps_what_is_pinned) {
    CodeCache cache{30'000};
    CodeCache::Entry* const held = pin(cache, code_of(1));
    for (unsigned i = 2; i < 50; ++i) {
        cache.unpin(pin(cache, code_of(static_cast<uint8_t>(i))));
    }
    EXPECT_EQ(held->code.size(), 10'000U);
    EXPECT_EQ(held->code.data()[9'999], 1);
    EXPECT_EQ(pin(cache, code_of(1)), held);
}

TEST(CodeCache, prefers_to_keep_what_is_used) {
    CodeCache cache{60'000};
    CodeCache::Entry* const hot = pin(cache, code_of(1));
    cache.unpin(hot);
    for (unsigned i = 2; i < 50; ++i) {
        cache.unpin(pin(cache, code_of(static_cast<uint8_t>(i))));
        CodeCache::Entry* const again = pin(cache, code_of(1));
        EXPECT_EQ(again, hot);
        cache.unpin(again);
    }
}

TEST(AnalysedCode, marks_jump_destinations_outside_push_data) {
    AnalysedCode code;
    code.assign(Bytes{0x5b, 0x60, 0x5b, 0x5b, 0x61, 0x5b});
    EXPECT_EQ(code.jump_destinations()[0], 0b001001U);
    EXPECT_EQ(code.size(), 6U);
    code.assign({});
    EXPECT_EQ(code.size(), 0U);
    EXPECT_EQ(code.data()[0], 0);
}

}  // namespace
}  // namespace otento::evm
