// Nodes to their RLP and back, Yellow Paper appendix D. What is stored is a node's RLP behind what
// the RLP does not say: the kind of the node, and for a branch how many leaves each child has.
#pragma once

#include <otento/base/result.hpp>
#include <otento/trie/node.hpp>

#include <string_view>

namespace otento::trie {

enum class TrieError {
    missing,  ///< A node that must be stored is not.
    corrupt,  ///< A stored node does not decode or does not match its hash.
    io,       ///< The reader failed.
};
[[nodiscard]] std::string_view to_string(TrieError error) noexcept;

/// Appends the RLP of a node at `depth` nibbles below the root. All children must be hashed.
void encode_node(const Node& node, size_t depth, Bytes& out);

/// Appends the stored form of a large extension or branch.
void encode_stored(const Node& node, size_t depth, Bytes& out);

/// Decodes a stored form found under `path`. Strict: only what encode_stored writes for a trie of
/// 32-byte keys. The node is marked as hashed and persisted.
[[nodiscard]] Result<NodePtr, TrieError> decode_stored(BytesView stored, const Path& path,
                                                       uint32_t stamp);

/// Decodes the RLP of a node alone, as strictly. How many leaves are below children out of memory
/// is not known then; they count as large.
[[nodiscard]] Result<NodePtr, TrieError> decode_node(BytesView encoded, const Path& path,
                                                     uint32_t stamp);

/// The RLP part of a stored form; empty if it is none.
[[nodiscard]] BytesView rlp_of_stored(BytesView stored) noexcept;

}  // namespace otento::trie
