// The one record that says where the state on disk stands.
#pragma once

#include <otento/state/record.hpp>

namespace otento::state {

struct HeadRecord {
    uint64_t number = 0;
    Hash root;
    uint64_t flushed_number =
        0;  ///< Flat state, history and trie nodes are those after this block.
    Hash flushed_root;
    uint64_t history_begin = 0;  ///< Lowest number whose state can be read.
    friend bool operator==(const HeadRecord&, const HeadRecord&) = default;
};

[[nodiscard]] Bytes encode_head(const HeadRecord& head);
[[nodiscard]] std::optional<HeadRecord> decode_head(BytesView in);

}  // namespace otento::state
