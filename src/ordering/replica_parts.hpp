// What Replica::load gathers and the constructor takes over.
#pragma once

#include <otento/ordering/replica.hpp>

namespace otento::ordering {

struct Replica::Parts {
    ReplicaOptions options;
    SnapshotStore* snapshots;
    storage::HardStateStore hard_state;
    storage::SegmentLog log;
    raft::Raft raft;
    uint64_t now_ms;
};

}  // namespace otento::ordering
