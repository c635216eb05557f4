// Trie nodes in memory. A tree of them is persistent in the functional sense: an update makes new
// nodes along the changed paths and shares all others, so that every uncommitted block can hold its
// own root.
//
// A child is known by its hash and need not be in memory. Children whose encoding is shorter than
// 32 bytes are part of their parent's encoding (Yellow Paper appendix D, n(...)) and always in
// memory with it.
//
// Nodes of small subtrees are never stored: they are made again from the flat records, which lie
// in the order of the trie. So every place knows how many leaves are below it, up to that limit.
#pragma once

#include <otento/trie/path.hpp>

#include <algorithm>
#include <atomic>
#include <utility>

namespace otento::trie {

struct Node;

/// Counted reference to a node; null where the node is not in memory. Counts are atomic, so that a
/// tree may be dropped by any thread; everything else about nodes belongs to one thread.
class NodePtr {
  public:
    NodePtr() noexcept = default;
    NodePtr(const NodePtr& other) noexcept;
    NodePtr(NodePtr&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
    NodePtr& operator=(NodePtr other) noexcept {
        std::swap(node_, other.node_);
        return *this;
    }
    ~NodePtr();
    /// Takes over the first count of a new node.
    [[nodiscard]] static NodePtr adopt(Node* node) noexcept {
        NodePtr out;
        out.node_ = node;
        return out;
    }

    [[nodiscard]] Node* get() const noexcept { return node_; }
    Node& operator*() const noexcept { return *node_; }
    Node* operator->() const noexcept { return node_; }
    explicit operator bool() const noexcept { return node_ != nullptr; }
    friend bool operator==(const NodePtr&, const NodePtr&) noexcept = default;

  private:
    Node* node_ = nullptr;
};

/// Subtrees of up to so many leaves are not stored.
inline constexpr uint8_t SMALL_LEAVES_MAX = 32;
/// Count of leaves of all larger ones.
inline constexpr uint8_t LARGE = SMALL_LEAVES_MAX + 1;

/// Leaves of two subtrees together.
[[nodiscard]] constexpr uint8_t add_leaves(uint8_t a, uint8_t b) noexcept {
    return static_cast<uint8_t>(std::min<unsigned>(LARGE, unsigned{a} + b));
}

/// Reference to a node. `hash` is valid for nodes out of memory and for hashed ones of 32 bytes or
/// more.
struct Link {
    Hash hash;
    NodePtr node;
};

/// A place below a branch or an extension; empty without leaves.
struct Child : Link {
    uint8_t leaves = 0;  ///< 0, 1 for a leaf, at most LARGE.

    [[nodiscard]] bool empty() const noexcept { return leaves == 0; }
};

enum class NodeKind : uint8_t { leaf, extension, branch };

struct Node {
    std::atomic<uint32_t> references{1};
    NodeKind kind;
    bool hashed = false;     ///< Encoding is final; `embedded` and the parent's hash are valid.
    bool embedded = false;   ///< Encoding is shorter than 32 bytes.
    bool persisted = false;  ///< The store has it, or the flat records it can be made from.
    uint8_t leaves = 0;      ///< Below and including this node, at most LARGE.
    uint32_t stamp = 0;  ///< When it was made, in the caller's count; old nodes may leave memory.

    explicit Node(NodeKind node_kind) noexcept : kind(node_kind) {}
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    [[nodiscard]] bool large() const noexcept { return leaves == LARGE; }
};

/// Leaf with its whole key; where the leaf hangs says how many nibbles are its own.
struct Leaf : Node {
    Hash key;
    uint32_t value_size = 0;

    [[nodiscard]] static NodePtr make(const Hash& key, BytesView value, uint32_t stamp);
    [[nodiscard]] BytesView value() const noexcept {
        return {reinterpret_cast<const uint8_t*>(this + 1), value_size};
    }

  private:
    Leaf() noexcept : Node(NodeKind::leaf) {}
};

/// Extension from its depth to `end`: the nibbles [depth, end) of `prefix`. The child is a branch.
struct Extension : Node {
    Hash prefix;  ///< Packed nibbles from the root to the child; zero after `end`.
    uint8_t end = 0;
    Link link;

    [[nodiscard]] static NodePtr make(const Path& to_child, Child child, uint32_t stamp);
    [[nodiscard]] Child child() const { return {link, leaves}; }
    [[nodiscard]] Path to_child() const noexcept { return Path::prefix_of(prefix, end); }

  private:
    Extension() noexcept : Node(NodeKind::extension) {}
};

/// Branch without a value: keys have one length here. Only the present children take space.
struct alignas(alignof(Link)) Branch : Node {
    uint16_t mask = 0;           ///< Nibbles with a child.
    uint8_t child_leaves[16]{};  ///< By nibble.

    /// @param children  16 places, at least two of them not empty; moved from.
    [[nodiscard]] static NodePtr make(Child* children, uint32_t stamp);
    [[nodiscard]] size_t count() const noexcept {
        return static_cast<size_t>(__builtin_popcount(mask));
    }
    /// count() of them, in the order of nibbles.
    [[nodiscard]] Link* links() noexcept { return reinterpret_cast<Link*>(this + 1); }
    [[nodiscard]] const Link* links() const noexcept {
        return reinterpret_cast<const Link*>(this + 1);
    }
    /// Null if there is none.
    [[nodiscard]] Link* link(unsigned nibble) noexcept {
        const unsigned bit = 1U << nibble;
        return (mask & bit) == 0 ? nullptr : links() + __builtin_popcount(mask & (bit - 1));
    }
    [[nodiscard]] Child child(unsigned nibble) {
        const Link* const found = link(nibble);
        return found == nullptr ? Child{} : Child{*found, child_leaves[nibble]};
    }

  private:
    Branch() noexcept : Node(NodeKind::branch) {}
};

/// Bytes of memory one node takes.
[[nodiscard]] size_t size_bytes(const Node& node) noexcept;

/// Destroys a node nobody refers to, and what it alone refers to.
void destroy(Node* node) noexcept;

inline NodePtr::NodePtr(const NodePtr& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) {
        node_->references.fetch_add(1, std::memory_order_relaxed);
    }
}
inline NodePtr::~NodePtr() {
    if (node_ != nullptr && node_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
        destroy(node_);
    }
}

}  // namespace otento::trie
