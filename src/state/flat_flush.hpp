// Writes what committed blocks changed into the flat column families: last values, and the history
// of all.
#pragma once

#include <otento/state/layer_data.hpp>

#include <span>

namespace otento::state {

/// Adds the outcome of consecutive blocks, oldest first, to `batch`, sorted by key.
/// @param history  Write reverse diffs; without, slots of dropped areas go at once.
void write_flat(storage::WriteBatch& batch, Columns columns, std::span<const LayerPtr> layers,
                bool history);

}  // namespace otento::state
