// The replicated state of the simulation: a running digest of everything applied. Written like the
// ledger's: without syncing, so that a power loss takes it back, but never behind its newest
// durable snapshot.
#pragma once

#include <otento/ordering/snapshot_store.hpp>

#include <deque>
#include <span>

namespace otento::sim {

/// FNV-1a with a final mix; collisions would only hide faults, and are out of reach of the
/// simulated loads.
[[nodiscard]] uint64_t digest(BytesView data, uint64_t seed = 0);

class Machine final : public ordering::SnapshotStore {
  public:
    explicit Machine(size_t snapshot_padding) : padding_(snapshot_padding) {}

    void apply(raft::Index index, uint64_t entry_digest);
    [[nodiscard]] raft::Index applied() const noexcept { return applied_; }
    [[nodiscard]] uint64_t state() const noexcept { return state_; }

    /// Serializes the state; `meta` must describe applied().
    void take_snapshot(const ordering::SnapshotMeta& meta);
    [[nodiscard]] uint64_t snapshot_bytes() const noexcept { return 16 + padding_; }
    /// Makes the received snapshot the state. False if its bytes are not one.
    [[nodiscard]] bool install(const ordering::SnapshotMeta& meta);

    /// Power loss: some state between the snapshot and the present is what the disk has; chunks are
    /// gone.
    void lose_power(Random& random);
    void lose_process() { incoming_.clear(); }

    [[nodiscard]] std::optional<ordering::SnapshotMeta> newest() const override { return meta_; }
    [[nodiscard]] storage::DiskResult<ordering::SnapshotChunk> read(raft::Index index,
                                                                    uint64_t offset,
                                                                    size_t bytes_max) override;
    [[nodiscard]] storage::DiskResult<void> write(const ordering::SnapshotMeta& meta,
                                                  uint64_t offset, BytesView data) override;

  private:
    struct Point {
        raft::Index index = 0;
        uint64_t state = 0;
    };

    size_t padding_;
    raft::Index applied_ = 0;
    uint64_t state_ = 0;
    std::deque<Point>
        history_;  // From the snapshot on, oldest first; what a power loss may go back to.
    std::optional<ordering::SnapshotMeta> meta_;
    Bytes data_;
    Bytes incoming_;
    raft::Index incoming_index_ = 0;
};

}  // namespace otento::sim
