// Merkle proofs: the nodes on the way from the root to a key, as eth_getProof gives them
// (EIP-1186).
#pragma once

#include <otento/trie/mpt.hpp>

namespace otento::trie {

/// RLP of the nodes from the root to where `key` is, or to where the trie shows that it is not.
/// Nodes inside others are not listed. Empty for an empty trie. All nodes must be hashed.
[[nodiscard]] Result<std::vector<Bytes>, TrieError> prove(const Root& root, const Hash& key,
                                                          const NodeReader& reader);

/// What a proof says about `key` under `root`: its value, or that there is none. corrupt if the
/// nodes do not form a proof of that.
[[nodiscard]] Result<std::optional<Bytes>, TrieError> verify_proof(const Hash& root,
                                                                   const Hash& key,
                                                                   std::span<const Bytes> proof);

}  // namespace otento::trie
