// Snapshots of the replicated state, as far as ordering needs them. The ledger keeps the bytes.
#pragma once

#include <otento/raft/raft.hpp>
#include <otento/storage/disk.hpp>

#include <optional>

namespace otento::ordering {

/// What a snapshot stands for: all entries up to `index`.
struct SnapshotMeta {
    raft::Index index = 0;
    raft::Term term = 0;
    raft::Configuration configuration;  ///< In force at `index`.
    uint64_t bytes = 0;                 ///< 0: unknown before it is read.
    friend bool operator==(const SnapshotMeta&, const SnapshotMeta&) = default;
};

struct SnapshotChunk {
    Bytes data;
    bool done = false;  ///< It reaches the end.
};

/// Called by the replica on its thread. Calls may block on the disk for one chunk, not for a whole
/// snapshot.
class SnapshotStore {
  public:
    SnapshotStore() = default;
    SnapshotStore(const SnapshotStore&) = delete;
    SnapshotStore& operator=(const SnapshotStore&) = delete;
    virtual ~SnapshotStore() = default;

    /// The newest snapshot that is durable, ours or an installed one.
    [[nodiscard]] virtual std::optional<SnapshotMeta> newest() const = 0;
    /// At most `bytes_max` bytes of the snapshot at `index`; not_found once it has been replaced.
    [[nodiscard]] virtual storage::DiskResult<SnapshotChunk> read(raft::Index index,
                                                                  uint64_t offset,
                                                                  size_t bytes_max) = 0;
    /// Takes a chunk of a snapshot from a leader. Offset 0 begins anew; chunks come in order.
    [[nodiscard]] virtual storage::DiskResult<void> write(const SnapshotMeta& meta, uint64_t offset,
                                                          BytesView data) = 0;
};

}  // namespace otento::ordering
