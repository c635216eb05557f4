#include <otento/trie/node_codec.hpp>

#include <otento/base/rlp.hpp>
#include <otento/trie/rlp_write.hpp>

namespace otento::trie {

namespace {

constexpr size_t HASH_ITEM_SIZE = 33;
constexpr size_t BRANCH_ITEMS = 17;

// First byte of a stored form; behind that of a branch are the 16 counts of leaves.
constexpr uint8_t STORED_EXTENSION = 1;
constexpr uint8_t STORED_BRANCH = 2;
constexpr size_t COUNTS = 16;

[[nodiscard]] bool is_embedded(const Link& link) noexcept {
    return link.node && link.node->embedded;
}

void write_link(const Link& link, size_t depth, Bytes& out) {
    if (is_embedded(link)) {
        encode_node(*link.node, depth, out);
        return;
    }
    out.push_back(0x80 + 32);
    out.insert(out.end(), link.hash.begin(), link.hash.end());
}

void encode_leaf(const Leaf& leaf, size_t depth, Bytes& out) {
    uint8_t path[33];
    const BytesView own{path, hex_prefix(leaf.key.data(), depth, PATH_LENGTH_MAX, true, path)};
    rlp_write_header(out, rlp_string_size(own) + rlp_string_size(leaf.value()), 0xc0);
    rlp_write_string(out, own);
    rlp_write_string(out, leaf.value());
}

void encode_extension(const Extension& extension, size_t depth, Bytes& out) {
    uint8_t path[33];
    const BytesView own{path,
                        hex_prefix(extension.prefix.data(), depth, extension.end, false, path)};
    Bytes child;
    write_link(extension.link, extension.end, child);
    rlp_write_header(out, rlp_string_size(own) + child.size(), 0xc0);
    rlp_write_string(out, own);
    append(out, child);
}

void encode_branch(const Branch& branch, size_t depth, Bytes& out) {
    const Link* const links = branch.links();
    const size_t count = branch.count();
    size_t payload = BRANCH_ITEMS - count;
    Bytes embedded;
    for (size_t i = 0; i < count; ++i) {
        if (is_embedded(links[i])) {
            encode_node(*links[i].node, depth + 1, embedded);
        } else {
            payload += HASH_ITEM_SIZE;
        }
    }
    rlp_write_header(out, payload + embedded.size(), 0xc0);
    const Link* link = links;
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
        if ((branch.mask & (1U << nibble)) == 0) {
            out.push_back(0x80);
        } else {
            write_link(*link++, depth + 1, out);
        }
    }
    out.push_back(0x80);  // No value: keys have one length.
}

// ---- Decoding

class Decoder {
  public:
    explicit Decoder(uint32_t stamp) noexcept : stamp_(stamp) {}

    Result<NodePtr, TrieError> node(BytesView encoded, Path& path);

  private:
    Result<NodePtr, TrieError> short_node(BytesView own, rlp::Reader rest, Path& path);
    Result<NodePtr, TrieError> branch(rlp::Reader items, Path& path);
    Result<Child, TrieError> child(rlp::Reader& items, Path& path);

    uint32_t stamp_;
};

NodePtr finished(NodePtr node, BytesView encoded) {
    node->hashed = true;
    node->persisted = true;
    node->embedded = encoded.size() < 32;
    return node;
}

/// Items of a list of `encoded`, nothing after it.
Result<rlp::Reader, TrieError> open_list(BytesView encoded) {
    rlp::Reader outer(encoded);
    auto list = outer.read_list();
    if (!list || !outer.at_end()) {
        return Err(TrieError::corrupt);
    }
    return *list;
}

Result<size_t, TrieError> count_items(rlp::Reader items) {
    size_t count = 0;
    while (!items.at_end()) {
        if (!items.read_raw() || ++count > BRANCH_ITEMS) {
            return Err(TrieError::corrupt);
        }
    }
    return count;
}

Result<NodePtr, TrieError> Decoder::node(BytesView encoded, Path& path) {
    TRY(rlp::Reader items, open_list(encoded));
    TRY(const size_t count, count_items(items));
    if (count == BRANCH_ITEMS) {
        TRY(NodePtr out, branch(items, path));
        return finished(std::move(out), encoded);
    }
    if (count != 2) {
        return Err(TrieError::corrupt);
    }
    const auto own = items.read_string();
    if (!own) {
        return Err(TrieError::corrupt);
    }
    TRY(NodePtr out, short_node(*own, items, path));
    return finished(std::move(out), encoded);
}

Result<NodePtr, TrieError> Decoder::short_node(BytesView own, rlp::Reader rest, Path& path) {
    // Hex prefix: flags in the first nibble, padding zero if the count is even, 33 bytes at most.
    if (own.empty() || own.size() > 33 || own[0] >= 0x40 ||
        ((own[0] & 0x10) == 0 && (own[0] & 0x0f) != 0)) {
        return Err(TrieError::corrupt);
    }
    const size_t skip = (own[0] & 0x10) != 0 ? 1 : 2;
    const size_t start = path.length;
    const size_t count = 2 * own.size() - skip;
    if (start + count > PATH_LENGTH_MAX) {
        return Err(TrieError::corrupt);
    }
    Path full = path;
    for (size_t i = 0; i < count; ++i) {
        full.push(nibble_at(own.data(), i + skip));
    }
    if ((own[0] & 0x20) != 0) {
        const auto value = rest.read_string();
        if (!value || value->empty() || full.length != PATH_LENGTH_MAX) {
            return Err(TrieError::corrupt);
        }
        return Leaf::make(full.packed, *value, stamp_);
    }
    if (count == 0 || full.length >= PATH_LENGTH_MAX) {
        return Err(TrieError::corrupt);
    }
    TRY(Child below, child(rest, full));
    if (below.empty() || (below.node && below.node->kind != NodeKind::branch)) {
        return Err(TrieError::corrupt);
    }
    return Extension::make(full, std::move(below), stamp_);
}

Result<NodePtr, TrieError> Decoder::branch(rlp::Reader items, Path& path) {
    if (path.length >= PATH_LENGTH_MAX) {
        return Err(TrieError::corrupt);
    }
    Child children[16];
    size_t count = 0;
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
        path.push(static_cast<uint8_t>(nibble));
        TRY(children[nibble], child(items, path));
        path.pop();
        count += children[nibble].empty() ? 0 : 1;
    }
    const auto value = items.read_string();
    if (!value || !value->empty() || count < 2) {
        return Err(TrieError::corrupt);
    }
    return Branch::make(children, stamp_);
}

Result<Child, TrieError> Decoder::child(rlp::Reader& items, Path& path) {
    if (items.next_is_list()) {
        const auto raw = items.read_raw();
        if (!raw || raw->size() >= 32) {  // Also bounds the recursion.
            return Err(TrieError::corrupt);
        }
        TRY(NodePtr below, node(*raw, path));
        const uint8_t leaves = below->leaves;
        return Child{{{}, std::move(below)}, leaves};
    }
    const auto reference = items.read_string();
    if (!reference || (!reference->empty() && reference->size() != 32)) {
        return Err(TrieError::corrupt);
    }
    return reference->empty() ? Child{} : Child{{Hash::from(*reference), {}}, LARGE};
}

}  // namespace

std::string_view to_string(TrieError error) noexcept {
    switch (error) {
        case TrieError::missing:
            return "missing trie node";
        case TrieError::corrupt:
            return "corrupt trie node";
        case TrieError::io:
            break;
    }
    return "trie node cannot be read";
}

void encode_node(const Node& node, size_t depth, Bytes& out) {
    switch (node.kind) {
        case NodeKind::leaf:
            encode_leaf(static_cast<const Leaf&>(node), depth, out);
            break;
        case NodeKind::extension:
            encode_extension(static_cast<const Extension&>(node), depth, out);
            break;
        case NodeKind::branch:
            encode_branch(static_cast<const Branch&>(node), depth, out);
            break;
    }
}

void encode_stored(const Node& node, size_t depth, Bytes& out) {
    ASSERT(node.large());
    if (node.kind == NodeKind::branch) {
        const auto& branch = static_cast<const Branch&>(node);
        out.push_back(STORED_BRANCH);
        append(out, BytesView{branch.child_leaves});
    } else {
        out.push_back(STORED_EXTENSION);
    }
    encode_node(node, depth, out);
}

Result<NodePtr, TrieError> decode_node(BytesView encoded, const Path& path, uint32_t stamp) {
    Path at = path;
    return Decoder(stamp).node(encoded, at);
}

BytesView rlp_of_stored(BytesView stored) noexcept {
    const size_t before = stored.empty() || stored[0] != STORED_BRANCH ? 1 : 1 + COUNTS;
    return stored.size() < before ? BytesView{} : stored.subspan(before);
}

Result<NodePtr, TrieError> decode_stored(BytesView stored, const Path& path, uint32_t stamp) {
    TRY(NodePtr node, decode_node(rlp_of_stored(stored), path, stamp));
    const NodeKind kind = stored[0] == STORED_BRANCH ? NodeKind::branch : NodeKind::extension;
    if (node->kind != kind || (kind == NodeKind::extension && stored[0] != STORED_EXTENSION)) {
        return Err(TrieError::corrupt);
    }
    if (kind == NodeKind::extension) {
        return node->large() ? Result<NodePtr, TrieError>(std::move(node))
                             : Result<NodePtr, TrieError>(Err(TrieError::corrupt));
    }
    auto& branch = static_cast<Branch&>(*node);
    branch.leaves = 0;
    for (unsigned nibble = 0; nibble < COUNTS; ++nibble) {
        const uint8_t leaves = stored[1 + nibble];
        const Link* const link = branch.link(nibble);
        const bool known = link == nullptr || link->node;
        if (leaves > LARGE || (known ? leaves != branch.child_leaves[nibble] : leaves == 0)) {
            return Err(TrieError::corrupt);
        }
        branch.child_leaves[nibble] = leaves;
        branch.leaves = add_leaves(branch.leaves, leaves);
    }
    if (!branch.large()) {
        return Err(TrieError::corrupt);
    }
    return node;
}

}  // namespace otento::trie
