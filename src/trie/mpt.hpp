// Merkle Patricia trie over 32-byte keys (hashed addresses, hashed slots), Yellow Paper appendix D,
// updated in batches. A Root is a value: an update gives a new one and leaves the old one usable;
// see node.hpp.
//
// The road of a block: update() for every changed trie (structure only), hash() for all of them at
// once, and when the block is committed visit_unpersisted() to write its nodes, each under its
// path.
#pragma once

#include <otento/base/result.hpp>
#include <otento/trie/node_codec.hpp>
#include <otento/trie/ordered_root.hpp>

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace otento::trie {

/// A flat record as the trie has it.
struct LeafEntry {
    Hash key;
    Bytes value;
};

/// Where nodes out of memory come from: one trie of the store.
class NodeReader {
  public:
    NodeReader() = default;
    NodeReader(const NodeReader&) = delete;
    NodeReader& operator=(const NodeReader&) = delete;
    virtual ~NodeReader() = default;

    /// Stored form of the node at `path`; empty if there is none. io where the store fails.
    [[nodiscard]] virtual Result<std::optional<Bytes>, TrieError> read(const Path& path) const = 0;
    /// The flat records whose keys begin with `prefix`, in their order, the first `limit` of them.
    [[nodiscard]] virtual Result<std::vector<LeafEntry>, TrieError> leaves(const Path& prefix,
                                                                           size_t limit) const = 0;
};

/// A trie: its hash, and as much of it as is in memory. After update() the hash is stale until
/// hash().
struct Root {
    Hash hash = EMPTY_ROOT;
    NodePtr node;  ///< Null: empty, or not in memory.

    [[nodiscard]] bool hashed() const noexcept { return !node || node->hashed; }
};

struct Update {
    Hash key;
    BytesView value;  ///< Empty: delete. Must live until update() returns.
    /// The caller knows that the trie has this key; saves reading its old leaf. A false claim gives
    /// a wrong root.
    bool existed = false;
};

/// What updates do besides giving a new root; adds up over several.
struct UpdateLog {
    /// Paths that had a node in the store and have none now. Some of them may get a node again
    /// later: delete first, then write.
    std::vector<Path> removed;
    size_t bytes_made = 0;       ///< Memory of new nodes.
    size_t bytes_replaced = 0;   ///< Memory of the nodes they stand for; free with the old root.
    size_t bytes_unwritten = 0;  ///< The part of it that was not persisted, and need not be now.
};

/// Applies updates sorted by key, keys unique. Reads only what is touched; `root` is unchanged on
/// error.
/// @param stamp  Given to new nodes, see drop_older().
[[nodiscard]] Result<void, TrieError> update(Root& root, std::span<const Update> updates,
                                             const NodeReader& reader, uint32_t stamp,
                                             UpdateLog& log);

/// Hashes every changed node of the given tries once, level by level across all of them.
void hash(std::span<Root* const> roots);

/// Value under `key`; empty if there is none.
[[nodiscard]] Result<std::optional<Bytes>, TrieError> find(const Root& root, const Hash& key,
                                                           const NodeReader& reader);

/// Brings a node into memory that is only known by `hash` and by the leaves below it.
/// @param leaves  As its parent counts them; 0 if unknown, for a root.
[[nodiscard]] Result<NodePtr, TrieError> load_node(const NodeReader& reader, const Path& path,
                                                   const Hash& hash, uint8_t leaves,
                                                   uint32_t stamp);

/// Calls `visit` for every large node that is not in the store yet.
void visit_unpersisted(const Root& root,
                       const std::function<void(const Path&, const Node&)>& visit);

/// Marks all nodes as stored, small ones by their flat records, and lets leaves leave memory.
/// Returns the bytes of the leaves that left.
size_t mark_persisted(const Root& root);

/// Lets stored nodes made before `stamp` leave memory. Returns the bytes of all that stay.
size_t drop_older(const Root& root, uint32_t stamp);

/// Adds the bytes of every node in memory to `ages[bit_width(now - its stamp)]`.
void sum_by_age(const Root& root, uint32_t now, std::span<size_t, 33> ages);

}  // namespace otento::trie
