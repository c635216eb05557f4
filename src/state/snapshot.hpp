// Published reading: one snapshot of the key-value store, and views of the heights it reaches back
// to.
#pragma once

#include <otento/state/columns.hpp>
#include <otento/state/store.hpp>

namespace otento::state {

/// Takes a snapshot of what `kv` holds now. To be called by the writer, between commits.
[[nodiscard]] std::shared_ptr<const Snapshot> make_snapshot(const storage::KeyValueStore& kv,
                                                            Columns columns, uint64_t number,
                                                            uint64_t history_begin);

}  // namespace otento::state
