// Goal: the checks can fail. Method: the engine is built once more with deliberate faults
// (mutation.hpp); random schedules run until one of them notices. MUTATIONS.md names who should
// notice what.
#include <otento/raft/mutation.hpp>
#include <otento/raft/testing/schedule.hpp>

#include <gtest/gtest.h>

#include <array>
#include <cstdio>

namespace otento::raft {
namespace {

using namespace testing;

constexpr uint64_t SEEDS = 1500;

const std::vector<Schedule>& profiles() {
    static const std::vector<Schedule> PROFILES = {
        {.voters = 3, .reorder = true},
        {.voters = 5, .reorder = true, .snapshots = true},
        {.voters = 3, .steps = 1000, .snapshots = true, .membership = true, .transfers = true},
        {.voters = 4,
         .steps = 1000,
         .reorder = true,
         .snapshots = true,
         .membership = true,
         .transfers = true},
        {.voters = 3, .steps = 1000, .reorder = true, .transfers = true, .damage = true},
    };
    return PROFILES;
}

struct Found {
    Mutation mutation;
    size_t profile;
    uint64_t seed;
};

/// Where earlier searches found the rare ones; tried first, which saves a minute each. Any change
/// to the schedules or the engine's use of randomness may void them, and the search begins anew.
constexpr std::array FOUND = {
    Found{Mutation::commit_old_term_entries, 3, 389},
    Found{Mutation::keep_configuration_on_truncation, 3, 631},
    Found{Mutation::change_before_current_term_commit, 3, 910},
    Found{Mutation::prev_below_snapshot_rejected, 1, 578},
};

/// What one schedule objects to; empty if nothing.
std::string objection(size_t profile, uint64_t seed) {
    Schedule schedule = profiles()[profile];
    schedule.seed = seed;
    const ScheduleResult result = run_schedule(schedule);
    const std::string where =
        "profile " + std::to_string(profile) + " seed " + std::to_string(seed) + ": ";
    if (!result.violations.empty()) {
        return where + result.violations.front();
    }
    return result.converged ? "" : where + "stuck";
}

/// The first thing any schedule objects to.
std::string first_objection(Mutation mutation) {
    for (const Found& found : FOUND) {
        if (found.mutation == mutation) {
            std::string text = objection(found.profile, found.seed);
            if (!text.empty()) {
                return text;
            }
        }
    }
    for (uint64_t seed = 1; seed <= SEEDS; ++seed) {
        for (size_t profile = 0; profile < profiles().size(); ++profile) {
            std::string text = objection(profile, seed);
            if (!text.empty()) {
                return text;
            }
        }
    }
    return {};
}

class Mutations : public ::testing::TestWithParam<size_t> {
  protected:
    void TearDown() override { select_mutation(Mutation::none); }
};

TEST_P(Mutations, are_noticed) {
    const auto mutation = static_cast<Mutation>(GetParam());
    select_mutation(mutation);
    const std::string text = first_objection(mutation);
    std::printf("%s\n", text.c_str());
    EXPECT_FALSE(text.empty());
}

INSTANTIATE_TEST_SUITE_P(All, Mutations, ::testing::Range(size_t{1}, MUTATION_NAMES.size()),
                         [](const auto& instance) {
                             return std::string(MUTATION_NAMES[instance.param]);
                         });

}  // namespace
}  // namespace otento::raft
