// The root of a state computed from its flat records alone, tries untouched: what a state that came
// from somebody else must agree with before it is used.
#pragma once

#include <otento/state/store.hpp>

namespace otento::state {

/// Reads every account, slot and code. Nothing may wait for a flush (Store::stage_flush).
/// @param first_column  As for Store::open.
/// @return  `corrupt` if a record does not decode, a storage root or a code hash is not true.
[[nodiscard]] Result<Hash, StoreError> recompute_root(const storage::KeyValueStore& kv,
                                                      storage::ColumnId first_column);

}  // namespace otento::state
