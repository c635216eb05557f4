#include <otento/trie/proof.hpp>

#include <otento/crypto/keccak.hpp>

namespace otento::trie {

namespace {

/// The nodes of a proof, found by their hashes.
class ProofNodes {
  public:
    explicit ProofNodes(std::span<const Bytes> proof) : rest_(proof) {}

    /// The next node of the proof, which must hash to `expected`.
    Result<NodePtr, TrieError> next(const Hash& expected, const Path& path) {
        if (rest_.empty() || crypto::keccak256(rest_.front()) != expected) {
            return Err(TrieError::corrupt);
        }
        auto node = decode_node(rest_.front(), path, 0);
        rest_ = rest_.subspan(1);
        return node;
    }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  private:
    std::span<const Bytes> rest_;
};

/// One step of a walk towards a key.
struct Step {
    Child below;       ///< Empty: the walk ends here.
    size_t depth = 0;  ///< Of `below`.
    std::optional<BytesView> value;
};

Step step(Node& node, const Hash& key, size_t depth) {
    switch (node.kind) {
        case NodeKind::leaf: {
            const auto& leaf = static_cast<const Leaf&>(node);
            return leaf.key == key ? Step{{}, 0, leaf.value()} : Step{};
        }
        case NodeKind::extension: {
            const auto& extension = static_cast<const Extension&>(node);
            const bool on_the_way =
                common_prefix(extension.prefix, key, depth, extension.end) == extension.end;
            return on_the_way ? Step{extension.child(), extension.end, {}} : Step{};
        }
        case NodeKind::branch:
            break;
    }
    auto& branch = static_cast<Branch&>(node);
    return {branch.child(nibble_at(key.data(), depth)), depth + 1, {}};
}

}  // namespace

Result<std::vector<Bytes>, TrieError> prove(const Root& root, const Hash& key,
                                            const NodeReader& reader) {
    std::vector<Bytes> out;
    if (root.hash == EMPTY_ROOT) {
        return out;
    }
    Child place{{root.hash, root.node}, 0};
    for (size_t depth = 0;;) {
        NodePtr node = place.node;
        if (!node) {
            TRY(node, load_node(reader, Path::prefix_of(key, depth), place.hash, place.leaves, 0));
        }
        if (!node->embedded) {
            encode_node(*node, depth, out.emplace_back());
        }
        Step next = step(*node, key, depth);
        if (next.below.empty()) {
            return out;
        }
        depth = next.depth;
        place = std::move(next.below);
    }
}

Result<std::optional<Bytes>, TrieError> verify_proof(const Hash& root, const Hash& key,
                                                     std::span<const Bytes> proof) {
    ProofNodes nodes(proof);
    if (root == EMPTY_ROOT && proof.empty()) {
        return std::optional<Bytes>{};
    }
    TRY(NodePtr node, nodes.next(root, {}));
    for (size_t depth = 0;;) {
        const Step next = step(*node, key, depth);
        if (next.below.empty()) {
            if (!nodes.at_end()) {
                return Err(TrieError::corrupt);
            }
            return next.value ? std::optional<Bytes>(to_bytes(*next.value)) : std::nullopt;
        }
        depth = next.depth;
        NodePtr below = next.below.node;
        if (!below) {
            TRY(below, nodes.next(next.below.hash, Path::prefix_of(key, depth)));
        }
        node = std::move(below);
    }
}

}  // namespace otento::trie
