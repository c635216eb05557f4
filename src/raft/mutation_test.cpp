// Goal: the checks can fail. Method: the engine is built once more with deliberate faults
// (mutation.hpp); random schedules run until one of them notices. MUTATIONS.md names who should
// notice what.
#include <otento/raft/mutation.hpp>
#include <otento/raft/testing/schedule.hpp>

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

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

/// The first thing a schedule objects to; empty if none does.
std::string first_objection() {
    for (uint64_t seed = 1; seed <= SEEDS; ++seed) {
        for (size_t i = 0; i < profiles().size(); ++i) {
            Schedule schedule = profiles()[i];
            schedule.seed = seed;
            const ScheduleResult result = run_schedule(schedule);
            const std::string where =
                "profile " + std::to_string(i) + " seed " + std::to_string(seed) + ": ";
            if (!result.violations.empty()) {
                return where + result.violations.front();
            }
            if (!result.converged) {
                return where + "stuck";
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
    select_mutation(static_cast<Mutation>(GetParam()));
    const std::string objection = first_objection();
    std::printf("%s\n", objection.c_str());
    EXPECT_FALSE(objection.empty());
}

INSTANTIATE_TEST_SUITE_P(All, Mutations, ::testing::Range(size_t{1}, MUTATION_NAMES.size()),
                         [](const auto& instance) {
                             return std::string(MUTATION_NAMES[instance.param]);
                         });

}  // namespace
}  // namespace otento::raft
