// Makes trie nodes again that a crash took: those of the blocks after the last flush.
#pragma once

#include <otento/state/head_record.hpp>
#include <otento/state/store.hpp>
#include <otento/state/trie_store.hpp>

namespace otento::state {

/// Brings `tries` from `head.trie_number` to `head.number`: the keys changed since are in the
/// change lists, their values in the flat state. corrupt if the outcome is not `head.root`.
[[nodiscard]] Result<void, StoreError> redo_tries(const storage::KeyValueStore& kv, Columns columns,
                                                  const HeadRecord& head, TrieStore& tries);

}  // namespace otento::state
