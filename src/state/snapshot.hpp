// Published reading: one snapshot of the key-value store, and views of the heights it reaches back
// to.
#pragma once

#include <otento/state/columns.hpp>
#include <otento/state/store.hpp>

namespace otento::state {

/// What a snapshot and its views share; immutable.
struct SnapshotSource {
    const storage::KeyValueStore& kv;
    Columns columns;
    std::shared_ptr<const storage::StoreSnapshot> content;  ///< After block `flushed_number`.
    uint64_t flushed_number = 0;
    Hash flushed_root;
    std::vector<LayerPtr> waiting;  ///< The committed blocks after that, oldest first.
    uint64_t number = 0;
    uint64_t history_begin = 0;
};

[[nodiscard]] std::shared_ptr<const Snapshot> make_snapshot(SnapshotSource source);

}  // namespace otento::state
