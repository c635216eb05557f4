#include <otento/p2p/peer_counters.hpp>

#include <gtest/gtest.h>

namespace otento::p2p {
namespace {

TEST(Charge, room_is_given_back_with_the_last_pointer) {
    const auto counters = std::make_shared<PeerCounters>();
    counters->lane_up[1] = true;
    const auto frame = std::make_shared<const Bytes>(1'000, 'x');
    auto charged = charge(counters, Lane::raft_urgent, frame, 3'000);
    ASSERT_NE(charged, nullptr);
    EXPECT_EQ(charged.get(), frame.get());
    EXPECT_GE(counters->queued_bytes, 1'000u);
    auto second = charge(counters, Lane::raft_urgent, frame, 3'000);
    EXPECT_NE(second, nullptr);
    EXPECT_EQ(charge(counters, Lane::raft_urgent, frame, 3'000), nullptr);
    EXPECT_EQ(counters->frames_dropped, 1u);
    charged.reset();
    EXPECT_NE(charge(counters, Lane::raft_urgent, frame, 3'000), nullptr);
    second.reset();
    EXPECT_EQ(counters->queued_bytes, 0u);
}

TEST(Charge, lane_that_is_down_takes_nothing) {
    const auto counters = std::make_shared<PeerCounters>();
    counters->lane_up[1] = true;
    EXPECT_EQ(charge(counters, Lane::raft_bulk, std::make_shared<const Bytes>(), 100), nullptr);
    EXPECT_EQ(counters->frames_dropped, 1u);
    EXPECT_EQ(counters->queued_bytes, 0u);
}

}  // namespace
}  // namespace otento::p2p
