// Random life of a cluster: loss, delay, doubling, partitions, crashes, snapshots, membership
// changes, transfers and reads for a while, then a healed network in which everybody must come to
// agree.
#pragma once

#include <otento/raft/testing/cluster.hpp>

namespace otento::raft::testing {

struct Schedule {
    uint64_t seed = 0;
    size_t voters = 3;
    size_t steps = 600;
    bool reorder = false;  ///< Else messages of a link keep their order and come once.
    bool crashes = true;
    bool partitions = true;
    bool snapshots = false;
    bool membership = false;
    bool transfers = false;
    /// Logs are cut by corruption, one node at a time. Not with membership: two voters of whom one
    /// has to be distrusted elect nobody, rightly.
    bool damage = false;
};

struct ScheduleResult {
    std::vector<std::string> violations;  ///< Of safety.
    bool converged = false;               ///< Liveness.
    std::string stuck;                    ///< If not: who was where.
    Index committed = 0;
    Term terms = 0;
    uint64_t changes = 0;
    uint64_t reads = 0;
};

[[nodiscard]] ScheduleResult run_schedule(const Schedule& schedule);

}  // namespace otento::raft::testing
