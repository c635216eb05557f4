// Goal: the promises of Raft hold, and a healed cluster agrees, whatever happened before. Method: a
// few hundred random schedules per profile; a failure names its seed, and
// OTENTO_RAFT_SEEDS=first:count runs others.
#include <otento/raft/testing/schedule.hpp>

#include <gtest/gtest.h>

#include <cstdlib>

namespace otento::raft {
namespace {

using namespace testing;

struct Profile {
    std::string name;
    size_t seeds;
    Schedule schedule;
};

class Schedules : public ::testing::TestWithParam<Profile> {};

TEST_P(Schedules, are_safe_and_heal) {
    Profile profile = GetParam();
    uint64_t first = 1;
    if (const char* seeds = std::getenv("OTENTO_RAFT_SEEDS")) {
        char* end = nullptr;
        first = std::strtoull(seeds, &end, 10);
        profile.seeds = *end == ':' ? std::strtoull(end + 1, nullptr, 10) : 1;
    }
    uint64_t committed = 0;
    uint64_t changes = 0;
    uint64_t terms = 0;
    for (uint64_t seed = first; seed < first + profile.seeds; ++seed) {
        Schedule schedule = profile.schedule;
        schedule.seed = seed;
        const ScheduleResult result = run_schedule(schedule);
        for (const std::string& text : result.violations) {
            ADD_FAILURE() << "seed " << seed << ": " << text;
        }
        EXPECT_TRUE(result.converged) << "seed " << seed << " is stuck:\n" << result.stuck;
        if (HasFailure()) {
            return;
        }
        committed += result.committed;
        changes += result.changes;
        terms += result.terms;
    }
    // A schedule in which nothing happens proves nothing.
    EXPECT_GT(committed, 20 * profile.seeds);
    EXPECT_GT(terms, 2 * profile.seeds);
    EXPECT_EQ(changes > profile.seeds / 2, profile.schedule.membership);
}

INSTANTIATE_TEST_SUITE_P(
    Profiles, Schedules,
    ::testing::Values(
        Profile{"three_fixed_in_order", 150, {.voters = 3}},
        Profile{"three_fixed_reordered", 150, {.voters = 3, .reorder = true}},
        Profile{"five_fixed_snapshots", 100, {.voters = 5, .reorder = true, .snapshots = true}},
        Profile{"one_grows",
                100,
                {.voters = 1, .reorder = true, .snapshots = true, .membership = true}},
        Profile{
            "three_everything_in_order",
            150,
            {.voters = 3, .steps = 1000, .snapshots = true, .membership = true, .transfers = true}},
        Profile{"three_everything_reordered",
                150,
                {.voters = 3,
                 .steps = 1000,
                 .reorder = true,
                 .snapshots = true,
                 .membership = true,
                 .transfers = true}},
        Profile{"five_everything_reordered",
                100,
                {.voters = 5,
                 .steps = 1000,
                 .reorder = true,
                 .snapshots = true,
                 .membership = true,
                 .transfers = true}},
        Profile{"three_fixed_damaged",
                150,
                {.voters = 3,
                 .steps = 1000,
                 .reorder = true,
                 .snapshots = true,
                 .transfers = true,
                 .damage = true}}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace otento::raft
