// The redo record of a block: all it changed. Written in every commit; flat state, history and trie
// nodes follow in flushes. After a crash the blocks since the last flush are made again from their
// records, and pruning takes from them which history entries a block has.
#pragma once

#include <otento/state/layer_data.hpp>

namespace otento::state {

struct ChangeRecord {
    struct Account {
        Address address;
        std::optional<AccountRecord> record;    ///< Empty: deleted.
        std::optional<uint64_t> dropped_epoch;  ///< Of the storage area that ended, if one did.
        uint64_t slots_epoch = 0;               ///< Of the area of `slots`.
        std::vector<std::pair<Hash, Hash>> slots;
    };
    std::vector<Account> accounts;

    /// Code is not in it: that was written with the block.
    [[nodiscard]] StateDiff diff() const;
};

[[nodiscard]] Bytes encode_change_record(const LayerData& layer);
/// Strict; empty on anything encode_change_record does not write.
[[nodiscard]] std::optional<ChangeRecord> decode_change_record(BytesView in);

}  // namespace otento::state
