// Roots of small tries that are never stored: transactions, receipts and withdrawals (keys are RLP
// indices, Yellow Paper 4.3.1), and any sorted list of keys.
#pragma once

#include <otento/base/bytes.hpp>

#include <span>

namespace otento::trie {

/// Keccak-256 of the RLP of an empty string: root of a trie without entries.
extern const Hash EMPTY_ROOT;

struct KeyValue {
    BytesView key;
    BytesView value;  ///< Not empty.
};

/// Root of the trie that maps rlp(i) to items[i], Yellow Paper appendix D. Items are not empty.
[[nodiscard]] Hash root_of(std::span<const Bytes> items);

/// Root over entries sorted by key, keys unique and at most 64 bytes; keys may be prefixes of
/// others.
[[nodiscard]] Hash root_of_sorted(std::span<const KeyValue> entries);

}  // namespace otento::trie
