#include <otento/p2p/clock_watch.hpp>

#include <gtest/gtest.h>

namespace otento::p2p {
namespace {

constexpr uint64_t HOUR_MS = 3'600'000;
constexpr uint64_t NOW_MS = 1'800'000'000'000;

TEST(ClockWatch, an_hour_apart_is_told_once_and_on_both_sides) {
    ClockWatch here;
    ClockWatch there;
    int told = 0;
    for (uint64_t i = 0; i < 10; ++i) {
        const uint64_t now = NOW_MS + i * ClockWatch::EVERY_MS;
        const auto ours = here.hear(2, now + HOUR_MS, now + 3);
        const auto theirs = there.hear(1, now, now + HOUR_MS + 3);
        ASSERT_EQ(ours.has_value(), theirs.has_value());
        if (ours) {
            ++told;
            EXPECT_EQ(i, 2u);
            EXPECT_EQ(ours->find("the clock of member 2 is 3599 s ahead of ours"), 0u) << *ours;
            EXPECT_EQ(theirs->find("the clock of member 1 is 3600 s behind ours"), 0u) << *theirs;
        }
    }
    EXPECT_EQ(told, 1);
    EXPECT_EQ(here.told_ms() / 1000, 3599);
}

TEST(ClockWatch, a_few_seconds_are_nobodys_business) {
    ClockWatch watch;
    for (uint64_t i = 0; i < 10; ++i) {
        EXPECT_FALSE(watch.hear(2, NOW_MS, NOW_MS + 4'900));
        EXPECT_FALSE(watch.hear(2, NOW_MS + 4'900, NOW_MS));
    }
}

TEST(ClockWatch, what_waited_in_a_socket_is_no_wrong_clock) {
    ClockWatch watch;
    // A process that slept for a minute reads what came meanwhile, all at once.
    for (uint64_t i = 0; i < 30; ++i) {
        EXPECT_FALSE(watch.hear(2, NOW_MS + i * ClockWatch::EVERY_MS, NOW_MS + 60'000));
    }
    EXPECT_FALSE(watch.hear(2, NOW_MS + 62'000, NOW_MS + 62'000));
    EXPECT_EQ(watch.told_ms(), 0);
}

TEST(ClockWatch, says_when_it_is_over_and_when_it_gets_worse) {
    ClockWatch watch;
    const auto settle = [&](int64_t offset_ms) {
        std::optional<std::string> said;
        for (int i = 0; i < 3; ++i) {
            const auto now = static_cast<int64_t>(NOW_MS);
            said = watch.hear(2, static_cast<uint64_t>(now + offset_ms), NOW_MS);
        }
        return said.value_or("");
    };
    EXPECT_NE(settle(10'000).find("10 s ahead"), std::string::npos);
    EXPECT_EQ(settle(14'000), "");
    EXPECT_NE(settle(20'000).find("20 s ahead"), std::string::npos);
    EXPECT_NE(settle(-20'000).find("20 s behind"), std::string::npos);
    EXPECT_NE(settle(0).find("agree again"), std::string::npos);
    EXPECT_EQ(settle(0), "");
}

TEST(ClockWatch, takes_any_number_a_peer_may_say) {
    ClockWatch watch;
    for (int i = 0; i < 3; ++i) {
        static_cast<void>(watch.hear(2, UINT64_MAX, 0));
        static_cast<void>(watch.hear(2, 0, UINT64_MAX));
    }
    for (int i = 0; i < 2; ++i) {
        EXPECT_FALSE(watch.hear(2, UINT64_MAX, NOW_MS));
    }
    EXPECT_TRUE(watch.hear(2, UINT64_MAX, NOW_MS));
}

}  // namespace
}  // namespace otento::p2p
