// The snapshot store of the raft log. A snapshot is a name: the state itself travels over p2p
// (docs/adr/0008-membership.md), so what the engine sends is one byte that says "fetch".
#pragma once

#include <otento/ordering/snapshot_store.hpp>

namespace otento::node {

class FetchedSnapshots final : public ordering::SnapshotStore {
  public:
    /// @param fetched  The state this node has fetched and adopted, if it has; the log starts
    /// behind it.
    explicit FetchedSnapshots(std::optional<ordering::SnapshotMeta> fetched)
        : fetched_(std::move(fetched)) {}

    [[nodiscard]] std::optional<ordering::SnapshotMeta> newest() const override { return fetched_; }
    [[nodiscard]] storage::DiskResult<ordering::SnapshotChunk> read(raft::Index, uint64_t,
                                                                    size_t) override {
        return ordering::SnapshotChunk{.data = {1}, .done = true};
    }
    [[nodiscard]] storage::DiskResult<void> write(const ordering::SnapshotMeta&, uint64_t,
                                                  BytesView) override {
        return {};
    }

  private:
    const std::optional<ordering::SnapshotMeta> fetched_;
};

}  // namespace otento::node
