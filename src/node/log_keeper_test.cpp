#include <otento/node/log_keeper.hpp>

#include <gtest/gtest.h>

namespace otento::node {
namespace {

constexpr uint64_t KEPT = 100;

TEST(LogKeeper, keeps_so_many_entries_behind_the_state) {
    const LogKeeper keeper(KEPT);
    EXPECT_EQ(keeper.begin({.first = 1, .state = 50}, 0), 0u);
    EXPECT_EQ(keeper.begin({.first = 1, .state = 1'000}, 0), 900u);
}

TEST(LogKeeper, a_cut_is_due_only_when_it_takes_as_many_as_it_keeps) {
    const LogKeeper keeper(KEPT);
    EXPECT_FALSE(keeper.due({.first = 1, .state = 200}, 0));
    EXPECT_TRUE(keeper.due({.first = 1, .state = 201}, 0));
    EXPECT_FALSE(keeper.due({.first = 901, .state = 1'000}, 0));
}

TEST(LogKeeper, a_log_with_too_many_bytes_loses_half_of_what_the_state_covers) {
    const LogKeeper keeper(KEPT);
    const LogExtent log{.first = 10, .state = 50, .too_large = true};
    EXPECT_TRUE(keeper.due(log, 0));
    EXPECT_EQ(keeper.begin(log, 0), 30u);
    EXPECT_EQ(keeper.begin({.first = 10, .state = 1'000, .too_large = true}, 0), 900u);
    EXPECT_EQ(keeper.begin({.first = 50, .state = 50, .too_large = true}, 0), 0u)
        << "nothing goes that the state does not stand for";
}

TEST(LogKeeper, a_member_that_fetches_holds_the_log_for_a_while) {
    LogKeeper keeper(KEPT);
    keeper.hold(300, 1'000);
    const LogExtent log{.first = 1, .state = 1'000};
    EXPECT_EQ(keeper.begin(log, 1'000), 300u);
    EXPECT_EQ(keeper.begin(log, 999 + LogKeeper::HOLD_MS), 300u);
    EXPECT_EQ(keeper.begin(log, 1'000 + LogKeeper::HOLD_MS), 900u);
    keeper.hold(950, 1'000);
    EXPECT_EQ(keeper.begin(log, 1'001), 300u) << "the oldest of several counts";
}

TEST(LogKeeper, a_hold_that_has_ended_does_not_come_back_with_the_next) {
    LogKeeper keeper(KEPT);
    keeper.hold(300, 0);
    keeper.hold(600, LogKeeper::HOLD_MS);
    EXPECT_EQ(keeper.begin({.first = 1, .state = 1'000}, LogKeeper::HOLD_MS), 600u);
}

TEST(LogKeeper, nobody_holds_the_log_without_limit) {
    LogKeeper keeper(KEPT);
    keeper.hold(1, 0);
    const uint64_t far = LogKeeper::HELD_MAX * KEPT;
    EXPECT_EQ(keeper.begin({.first = 1, .state = far}, 1), 1u);
    EXPECT_EQ(keeper.begin({.first = 1, .state = far + 1}, 1), far + 1 - KEPT);
    keeper.hold(UINT64_MAX, LogKeeper::HOLD_MS);
    EXPECT_EQ(keeper.begin({.first = 1, .state = 1'000}, LogKeeper::HOLD_MS), 900u)
        << "and a hold beyond the state holds nothing";
    const LogExtent full{.first = 1, .state = 1'000, .too_large = true};
    keeper.hold(1, 2 * LogKeeper::HOLD_MS);
    EXPECT_EQ(keeper.begin(full, 2 * LogKeeper::HOLD_MS), 900u) << "nor on a disk without room";
}

}  // namespace
}  // namespace otento::node
