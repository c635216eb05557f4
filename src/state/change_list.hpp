// Which keys a block changed: what pruning removes from the history, and what redoes trie work
// after a crash.
#pragma once

#include <otento/state/layer_data.hpp>

namespace otento::state {

struct ChangeList {
    struct Area {
        uint32_t account = 0;  ///< Place of the owner in `accounts`.
        Hash area;
        bool dropped = false;     ///< All its slots are gone from this block on; `slots` is empty.
        std::vector<Hash> slots;  ///< keccak(slot)
    };
    std::vector<Hash> accounts;  ///< keccak(address)
    std::vector<Area> areas;
};

[[nodiscard]] ChangeList change_list(const LayerData& layer);
[[nodiscard]] Bytes encode_change_list(const ChangeList& list);
/// Strict; empty on anything encode_change_list does not write.
[[nodiscard]] std::optional<ChangeList> decode_change_list(BytesView in);

}  // namespace otento::state
