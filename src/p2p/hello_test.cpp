#include <otento/p2p/backoff.hpp>
#include <otento/p2p/hello.hpp>
#include <otento/p2p/log_limit.hpp>

#include <gtest/gtest.h>
#include <otento/base/rlp.hpp>

namespace otento::p2p {
namespace {

const Hello OURS{.version = PROTOCOL_VERSION,
                 .network_id = 1337,
                 .genesis_hash = Hash::right_aligned(Bytes{1, 2, 3}),
                 .raft_id = 2,
                 .lane = Lane::raft_bulk,
                 .instance = 0x1234567890abcdef,
                 .birth = 0xfedcba};

TEST(Hello, comes_back_as_it_was_sent) {
    const auto decoded = decode_hello(encode_hello(OURS));
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, OURS);
}

TEST(Hello, every_truncation_and_extension_is_malformed) {
    const Bytes encoded = encode_hello(OURS);
    for (size_t size = 0; size < encoded.size(); ++size) {
        EXPECT_FALSE(decode_hello(BytesView(encoded).first(size)).has_value()) << size;
    }
    Bytes longer = encoded;
    longer.push_back(0);
    EXPECT_EQ(decode_hello(longer).error(), Refusal::malformed);
}

TEST(Hello, other_version_is_told_apart_whatever_follows) {
    rlp::Writer out;
    out.begin_list().uint(PROTOCOL_VERSION + 1).string(bytes_of("future")).end_list();
    EXPECT_EQ(decode_hello(out.take()).error(), Refusal::version);
}

TEST(Hello, unknown_lane_is_malformed) {
    Hello hello = OURS;
    hello.lane = static_cast<Lane>(LANE_COUNT + 1);
    EXPECT_EQ(decode_hello(encode_hello(hello)).error(), Refusal::malformed);
}

TEST(Hello, each_difference_has_its_own_reason) {
    const auto verdict = [](auto change) {
        Hello theirs = OURS;
        theirs.raft_id = 5;
        change(theirs);
        const auto result = check_hello(theirs, OURS, 5);
        return result ? std::string_view("accepted") : to_string(result.error());
    };
    EXPECT_EQ(verdict([](Hello&) {}), "accepted");
    EXPECT_EQ(verdict([](Hello& h) { h.version = 2; }), "other protocol version");
    EXPECT_EQ(verdict([](Hello& h) { h.network_id = 1; }), "other network id");
    EXPECT_EQ(verdict([](Hello& h) { h.genesis_hash[0] ^= 1; }), "other genesis block");
    EXPECT_EQ(verdict([](Hello& h) { h.raft_id = 4; }), "raft id does not belong to the node key");
    EXPECT_EQ(verdict([](Hello& h) { h.lane = Lane::p2p; }), "wrong port");
}

TEST(Refusal, comes_back_and_unknown_reasons_are_malformed) {
    EXPECT_EQ(decode_refusal(encode_refusal(Refusal::genesis)), Refusal::genesis);
    EXPECT_EQ(decode_refusal(encode_refusal(static_cast<Refusal>(99))), Refusal::malformed);
    EXPECT_EQ(decode_refusal({}), Refusal::malformed);
}

TEST(Backoff, doubles_within_its_bounds_and_starts_again) {
    Random random(1);
    Backoff backoff;
    for (const uint32_t limit_ms : {100u, 200u, 400u, 800u, 1600u, 2000u, 2000u}) {
        const uint32_t wait_ms = backoff.next_ms(random);
        EXPECT_GE(wait_ms, limit_ms / 2);
        EXPECT_LE(wait_ms, limit_ms);
    }
    backoff.reset();
    EXPECT_LE(backoff.next_ms(random), Backoff::BACKOFF_MS_MIN);
}

TEST(LogLimit, lets_a_burst_through_and_tells_what_it_held_back) {
    LogLimit limit;
    const uint64_t start_ms = 50'000;
    for (uint32_t i = 0; i < LogLimit::BURST; ++i) {
        EXPECT_EQ(limit.admit(start_ms), 0u);
    }
    EXPECT_EQ(limit.admit(start_ms + 1), std::nullopt);
    EXPECT_EQ(limit.admit(start_ms + 2), std::nullopt);
    EXPECT_EQ(limit.admit(start_ms + LogLimit::PERIOD_MS), 2u);
}

}  // namespace
}  // namespace otento::p2p
