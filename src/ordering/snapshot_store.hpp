// Where Raft snapshots are kept: what the replica needs of the application, which alone knows what one contains.
#pragma once

#include <otento/raft/raft.hpp>
#include <otento/storage/disk.hpp>

namespace otento::ordering {

struct SnapshotChunk {
    Bytes data;
    bool done = false;  ///< Nothing follows.
};

class SnapshotStore {
  public:
    SnapshotStore() = default;
    SnapshotStore(const SnapshotStore&) = delete;
    SnapshotStore& operator=(const SnapshotStore&) = delete;
    virtual ~SnapshotStore() = default;

    /// Part of our newest snapshot, which stands for `index`; not_found if that is another one by now.
    [[nodiscard]] virtual storage::DiskResult<SnapshotChunk> read(raft::Index index, uint64_t offset,
                                                                  size_t bytes_max) = 0;
    /// A chunk of a leader's snapshot, in order of offset; offset 0 starts anew.
    [[nodiscard]] virtual storage::DiskResult<void> write(const raft::InstallSnapshot& chunk) = 0;
    /// All chunks are there: makes the snapshot ours and the application's state, durably.
    /// @return  Its size in bytes.
    [[nodiscard]] virtual storage::DiskResult<uint64_t> install(raft::Index index, raft::Term term) = 0;
};

}  // namespace otento::ordering
