#include <otento/trie/mpt.hpp>

#include <otento/crypto/keccak.hpp>

#include <bit>

namespace otento::trie {

namespace {

/// What an update makes of one place.
struct Place {
    Child child;
    bool changed = false;
};

struct Item {
    const Hash* key;
    BytesView value;
};

Place place_of(NodePtr node) {
    const uint8_t leaves = node->leaves;
    return {{{{}, std::move(node)}, leaves}, true};
}

Place unchanged(const Child& child) {
    return {child, false};
}

/// One batch on one trie. Recursion is at most 64 levels deep: every step consumes a nibble.
class Updater {
  public:
    Updater(const NodeReader& reader, uint32_t stamp, UpdateLog& log)
        : reader_(reader), stamp_(stamp), log_(log) {}

    /// `updates` is not empty, and all its keys begin with the `depth` nibbles that lead to
    /// `child`.
    Result<Place, TrieError> apply(const Child& child, size_t depth,
                                   std::span<const Update> updates);
    /// A subtree over sorted items whose keys agree in `depth` nibbles.
    Place build(std::span<const Item> items, size_t depth);

  private:
    Result<Place, TrieError> apply_node(const Child& child, Node& node, size_t depth,
                                        std::span<const Update> updates);
    Result<Place, TrieError> apply_leaf(const Child& child, const Leaf& leaf, size_t depth,
                                        std::span<const Update> updates);
    Result<Place, TrieError> apply_extension(const Child& child, Extension& extension, size_t depth,
                                             std::span<const Update> updates);
    Result<Place, TrieError> split_extension(Extension& extension, size_t depth, size_t at,
                                             std::span<const Update> updates);
    Result<Place, TrieError> apply_branch(const Child& child, Branch& branch, size_t depth,
                                          std::span<const Update> updates);
    /// Applies the updates to the children of a branch at `depth`; false if nothing changed.
    Result<bool, TrieError> fan_out(Child* children, size_t depth, std::span<const Update> updates);
    /// A branch of these children, or what stands for it if there are fewer than two.
    Result<Place, TrieError> make_branch(Child* children, const Path& path);
    /// Puts an extension over the nibbles from `depth` to the end of `to_below` before `below`.
    Place put_before(size_t depth, const Path& to_below, Place below);
    Place build_updates(std::span<const Update> updates, const Leaf* extra, size_t depth);

    NodePtr counted(NodePtr node) {
        log_.bytes_made += size_bytes(*node);
        return node;
    }
    NodePtr make_leaf(const Hash& key, BytesView value) {
        return counted(Leaf::make(key, value, stamp_));
    }
    NodePtr make_extension(const Path& to_child, Child child) {
        return counted(Extension::make(to_child, std::move(child), stamp_));
    }

    const NodeReader& reader_;
    uint32_t stamp_;
    UpdateLog& log_;
};

Result<Place, TrieError> Updater::apply(const Child& child, size_t depth,
                                        std::span<const Update> updates) {
    if (child.empty()) {
        Place out = build_updates(updates, nullptr, depth);
        out.changed = !out.child.empty();
        return out;
    }
    if (child.leaves == 1 && !child.node && updates.size() == 1 && updates[0].existed) {
        return build_updates(updates, nullptr, depth);
    }
    NodePtr node = child.node;
    if (!node) {
        TRY(node, load_node(reader_, Path::prefix_of(updates[0].key, depth), child.hash,
                            child.leaves, stamp_));
    }
    TRY(Place out, apply_node(child, *node, depth, updates));
    if (out.changed && child.node) {
        const size_t bytes = size_bytes(*child.node);
        log_.bytes_replaced += bytes;
        log_.bytes_unwritten += child.node->persisted ? 0 : bytes;
    }
    if (node->large() && out.child.leaves != LARGE) {
        log_.removed.push_back(Path::prefix_of(updates[0].key, depth));
    }
    return out;
}

Result<Place, TrieError> Updater::apply_node(const Child& child, Node& node, size_t depth,
                                             std::span<const Update> updates) {
    switch (node.kind) {
        case NodeKind::leaf:
            return apply_leaf(child, static_cast<Leaf&>(node), depth, updates);
        case NodeKind::extension:
            return apply_extension(child, static_cast<Extension&>(node), depth, updates);
        case NodeKind::branch:
            break;
    }
    return apply_branch(child, static_cast<Branch&>(node), depth, updates);
}

Result<Place, TrieError> Updater::apply_leaf(const Child& child, const Leaf& leaf, size_t depth,
                                             std::span<const Update> updates) {
    const auto found =
        std::lower_bound(updates.begin(), updates.end(), leaf.key,
                         [](const Update& update, const Hash& key) { return update.key < key; });
    const bool replaced = found != updates.end() && found->key == leaf.key;
    if (updates.size() == 1 && replaced && equal(found->value, leaf.value())) {
        return unchanged(child);
    }
    Place out = build_updates(updates, replaced ? nullptr : &leaf, depth);
    if (!replaced && out.child.leaves == 1) {
        return unchanged(child);  // Only deletions of absent keys.
    }
    return out;
}

Result<Place, TrieError> Updater::apply_extension(const Child& child, Extension& extension,
                                                  size_t depth, std::span<const Update> updates) {
    const size_t at =
        std::min(common_prefix(extension.prefix, updates.front().key, depth, extension.end),
                 common_prefix(extension.prefix, updates.back().key, depth, extension.end));
    if (at < extension.end) {
        return split_extension(extension, depth, at, updates);
    }
    TRY(Place below, apply(extension.child(), extension.end, updates));
    if (!below.changed) {
        return unchanged(child);
    }
    return put_before(depth, extension.to_child(), std::move(below));
}

Result<Place, TrieError> Updater::split_extension(Extension& extension, size_t depth, size_t at,
                                                  std::span<const Update> updates) {
    Child children[16];
    Child& rest = children[nibble_at(extension.prefix.data(), at)];
    rest = extension.child();
    if (at + 1U != extension.end) {
        rest = place_of(make_extension(extension.to_child(), std::move(rest))).child;
    }
    TRY_VOID(fan_out(children, at, updates));
    const Path path = Path::prefix_of(extension.prefix, at);
    TRY(Place branch, make_branch(children, path));
    return put_before(depth, path, std::move(branch));
}

Result<Place, TrieError> Updater::apply_branch(const Child& child, Branch& branch, size_t depth,
                                               std::span<const Update> updates) {
    Child children[16];
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
        children[nibble] = branch.child(nibble);
    }
    TRY(const bool changed, fan_out(children, depth, updates));
    if (!changed) {
        return unchanged(child);
    }
    return make_branch(children, Path::prefix_of(updates[0].key, depth));
}

Result<bool, TrieError> Updater::fan_out(Child* children, size_t depth,
                                         std::span<const Update> updates) {
    bool changed = false;
    for (size_t begin = 0; begin < updates.size();) {
        const uint8_t nibble = nibble_at(updates[begin].key.data(), depth);
        size_t end = begin + 1;
        while (end < updates.size() && nibble_at(updates[end].key.data(), depth) == nibble) {
            ++end;
        }
        TRY(Place place, apply(children[nibble], depth + 1, updates.subspan(begin, end - begin)));
        if (place.changed) {
            changed = true;
            children[nibble] = std::move(place.child);
        }
        begin = end;
    }
    return changed;
}

Result<Place, TrieError> Updater::make_branch(Child* children, const Path& path) {
    unsigned count = 0;
    unsigned last = 0;
    for (unsigned nibble = 0; nibble < 16; ++nibble) {
        if (!children[nibble].empty()) {
            ++count;
            last = nibble;
        }
    }
    if (count >= 2) {
        return place_of(counted(Branch::make(children, stamp_)));
    }
    if (count == 0) {
        return Place{{}, true};
    }
    Path below = path;
    below.push(static_cast<uint8_t>(last));
    Child& only = children[last];
    if (!only.node) {
        TRY(only.node, load_node(reader_, below, only.hash, only.leaves, stamp_));
    }
    return put_before(path.length, below, Place{std::move(only), true});
}

Place Updater::put_before(size_t depth, const Path& to_below, Place below) {
    below.changed = true;
    if (depth == to_below.length || below.child.empty()) {
        return below;
    }
    // Nodes that move to another depth are made anew: their encoding depends on it.
    const NodePtr& node = below.child.node;
    if (node && node->kind == NodeKind::leaf) {
        const auto& leaf = static_cast<const Leaf&>(*node);
        return place_of(make_leaf(leaf.key, leaf.value()));
    }
    if (node && node->kind == NodeKind::extension) {
        if (node->large()) {
            log_.removed.push_back(to_below);
        }
        const auto& extension = static_cast<const Extension&>(*node);
        return place_of(make_extension(extension.to_child(), extension.child()));
    }
    return place_of(make_extension(to_below, std::move(below.child)));
}

Place Updater::build(std::span<const Item> items, size_t depth) {
    if (items.empty()) {
        return {};
    }
    if (items.size() == 1) {
        return place_of(make_leaf(*items[0].key, items[0].value));
    }
    const Hash& first = *items.front().key;
    const size_t at = common_prefix(first, *items.back().key, depth, PATH_LENGTH_MAX);
    ASSERT(at < PATH_LENGTH_MAX);
    Child children[16];
    for (size_t begin = 0; begin < items.size();) {
        const uint8_t nibble = nibble_at(items[begin].key->data(), at);
        size_t end = begin + 1;
        while (end < items.size() && nibble_at(items[end].key->data(), at) == nibble) {
            ++end;
        }
        children[nibble] = build(items.subspan(begin, end - begin), at + 1).child;
        begin = end;
    }
    Place branch = place_of(counted(Branch::make(children, stamp_)));
    if (at == depth) {
        return branch;
    }
    return place_of(make_extension(Path::prefix_of(first, at), std::move(branch.child)));
}

Place Updater::build_updates(std::span<const Update> updates, const Leaf* extra, size_t depth) {
    if (extra == nullptr && updates.size() == 1) {
        return updates[0].value.empty() ? Place{{}, true}
                                        : place_of(make_leaf(updates[0].key, updates[0].value));
    }
    std::vector<Item> items;
    items.reserve(updates.size() + 1);
    for (const Update& update : updates) {
        if (extra != nullptr && extra->key < update.key) {
            items.push_back({&extra->key, extra->value()});
            extra = nullptr;
        }
        if (!update.value.empty()) {
            items.push_back({&update.key, update.value});
        }
    }
    if (extra != nullptr) {
        items.push_back({&extra->key, extra->value()});
    }
    Place out = build(items, depth);
    out.changed = true;
    return out;
}

// ---- Hashing

struct PendingNode {
    Node* node;
    Hash* hash;  ///< In the parent, or in the root.
    uint8_t depth;
    bool is_root;
};

using Levels = std::vector<std::vector<PendingNode>>;

void collect_unhashed(Node& node, Hash* hash, size_t depth, size_t level, Levels& levels) {
    if (levels.size() <= level) {
        levels.emplace_back();
    }
    levels[level].push_back({&node, hash, static_cast<uint8_t>(depth), level == 0});
    if (node.kind == NodeKind::extension) {
        auto& extension = static_cast<Extension&>(node);
        Link& link = extension.link;
        if (link.node && !link.node->hashed) {
            collect_unhashed(*link.node, &link.hash, extension.end, level + 1, levels);
        }
    } else if (node.kind == NodeKind::branch) {
        auto& branch = static_cast<Branch&>(node);
        for (size_t i = 0; i < branch.count(); ++i) {
            Link& link = branch.links()[i];
            if (link.node && !link.node->hashed) {
                collect_unhashed(*link.node, &link.hash, depth + 1, level + 1, levels);
            }
        }
    }
}

/// Scratch space of one hash() call.
struct HashBatch {
    Bytes encoded;
    std::vector<std::pair<size_t, size_t>> extents;  ///< Offset and size in `encoded`.
    std::vector<Hash*> targets;
    std::vector<BytesView> inputs;
    std::vector<Hash> outputs;
};

void hash_level(const std::vector<PendingNode>& level, HashBatch& batch) {
    batch.encoded.clear();
    batch.extents.clear();
    batch.targets.clear();
    for (const PendingNode& pending : level) {
        const size_t offset = batch.encoded.size();
        encode_node(*pending.node, pending.depth, batch.encoded);
        const size_t size = batch.encoded.size() - offset;
        pending.node->hashed = true;
        if (size < 32 && !pending.is_root) {
            pending.node->embedded = true;
            batch.encoded.resize(offset);
        } else {
            batch.extents.emplace_back(offset, size);
            batch.targets.push_back(pending.hash);
        }
    }
    batch.inputs.clear();
    for (const auto& [offset, size] : batch.extents) {
        batch.inputs.emplace_back(batch.encoded.data() + offset, size);
    }
    batch.outputs.resize(batch.inputs.size());
    crypto::keccak256_many(batch.inputs.data(), batch.inputs.size(), batch.outputs.data());
    for (size_t i = 0; i < batch.targets.size(); ++i) {
        *batch.targets[i] = batch.outputs[i];
    }
}

void hash_levels(const Levels& levels) {
    HashBatch batch;
    for (size_t level = levels.size(); level-- > 0;) {
        hash_level(levels[level], batch);
    }
}

// ---- Loading

Result<NodePtr, TrieError> load_large(const Path& path, BytesView stored, const Hash& hash,
                                      uint32_t stamp) {
    if (crypto::keccak256(rlp_of_stored(stored)) != hash) {
        return Err(TrieError::corrupt);
    }
    TRY(NodePtr node, decode_stored(stored, path, stamp));
    node->embedded = false;  // A root may be short; all others that are known by hash are not.
    return node;
}

void mark_all(Node& node);

/// Makes a small subtree again from the flat records.
Result<NodePtr, TrieError> load_small(const NodeReader& reader, const Path& path, const Hash& hash,
                                      uint8_t leaves, uint32_t stamp) {
    TRY(const std::vector<LeafEntry> entries,
        reader.leaves(path, size_t{leaves == 0 ? SMALL_LEAVES_MAX : leaves} + 1));
    if (entries.empty() || entries.size() > SMALL_LEAVES_MAX ||
        (leaves != 0 && entries.size() != leaves)) {
        return Err(entries.empty() ? TrieError::missing : TrieError::corrupt);
    }
    std::vector<Item> items;
    items.reserve(entries.size());
    for (const LeafEntry& entry : entries) {
        items.push_back({&entry.key, entry.value});
    }
    UpdateLog unused;
    NodePtr node = Updater(reader, stamp, unused).build(items, path.length).child.node;
    Hash found;
    Levels levels;
    collect_unhashed(*node, &found, path.length, 0, levels);
    hash_levels(levels);
    if (found != hash) {
        return Err(TrieError::corrupt);
    }
    mark_all(*node);
    return node;
}

// ---- Walking

/// Calls `visit(link)` for the links of a node that have a node in memory, with `path` leading
/// there.
template <typename Visit>
void for_each_loaded(Node& node, Path& path, Visit&& visit) {
    if (node.kind == NodeKind::extension) {
        auto& extension = static_cast<Extension&>(node);
        if (extension.link.node) {
            const Path here = std::exchange(path, extension.to_child());
            visit(extension.link);
            path = here;
        }
    } else if (node.kind == NodeKind::branch) {
        auto& branch = static_cast<Branch&>(node);
        for (unsigned nibble = 0; nibble < 16; ++nibble) {
            Link* const link = branch.link(nibble);
            if (link != nullptr && link->node) {
                path.push(static_cast<uint8_t>(nibble));
                visit(*link);
                path.pop();
            }
        }
    }
}

/// As above, for walks that need no path.
template <typename Visit>
void for_each_loaded(Node& node, Visit&& visit) {
    if (node.kind == NodeKind::extension) {
        Link& link = static_cast<Extension&>(node).link;
        if (link.node) {
            visit(link);
        }
    } else if (node.kind == NodeKind::branch) {
        auto& branch = static_cast<Branch&>(node);
        for (size_t i = 0; i < branch.count(); ++i) {
            if (branch.links()[i].node) {
                visit(branch.links()[i]);
            }
        }
    }
}

void visit_dirty(Node& node, Path& path,
                 const std::function<void(const Path&, const Node&)>& visit) {
    if (node.persisted || !node.large()) {
        return;
    }
    if (!node.embedded) {
        visit(path, node);
    }
    for_each_loaded(node, path, [&](Link& link) { visit_dirty(*link.node, path, visit); });
}

void mark_all(Node& node) {
    node.persisted = true;
    for_each_loaded(node, [](Link& link) { mark_all(*link.node); });
}

size_t mark(Node& node) {
    if (node.persisted) {
        return 0;
    }
    node.persisted = true;
    size_t bytes = 0;
    for_each_loaded(node, [&](Link& link) {
        const Node& below = *link.node;
        bytes += mark(*link.node);
        if (below.kind == NodeKind::leaf && !below.embedded) {
            bytes += size_bytes(below);
            link.node = {};
        }
    });
    return bytes;
}

void sum_ages(Node& node, uint32_t now, std::span<size_t, 33> ages) {
    ages[static_cast<size_t>(std::bit_width(now - node.stamp))] += size_bytes(node);
    for_each_loaded(node, [&](Link& link) { sum_ages(*link.node, now, ages); });
}

size_t drop(Node& node, uint32_t stamp) {
    size_t bytes = size_bytes(node);
    for_each_loaded(node, [&](Link& link) {
        const Node& below = *link.node;
        if (below.persisted && !below.embedded && below.stamp < stamp) {
            link.node = {};
        } else {
            bytes += drop(*link.node, stamp);
        }
    });
    return bytes;
}

}  // namespace

Result<NodePtr, TrieError> load_node(const NodeReader& reader, const Path& path, const Hash& hash,
                                     uint8_t leaves, uint32_t stamp) {
    if (leaves == 0 || leaves == LARGE) {
        TRY(const std::optional<Bytes> stored, reader.read(path));
        if (stored) {
            return load_large(path, *stored, hash, stamp);
        }
        if (leaves == LARGE) {
            return Err(TrieError::missing);
        }
    }
    return load_small(reader, path, hash, leaves, stamp);
}

Result<void, TrieError> update(Root& root, std::span<const Update> updates,
                               const NodeReader& reader, uint32_t stamp, UpdateLog& log) {
    if (updates.empty()) {
        return {};
    }
    Child child;
    if (root.node || root.hash != EMPTY_ROOT) {
        child.hash = root.hash;
        child.node = root.node;
        if (!child.node) {
            TRY(child.node, load_node(reader, {}, root.hash, 0, stamp));
        }
        child.leaves = child.node->leaves;
    }
    Updater updater(reader, stamp, log);
    TRY(Place place, updater.apply(child, 0, updates));
    if (!place.changed) {
        root.node = std::move(child.node);
    } else if (place.child.empty()) {
        root = Root{};
    } else {
        root.node = std::move(place.child.node);
    }
    return {};
}

void hash(std::span<Root* const> roots) {
    Levels levels;
    for (Root* const root : roots) {
        if (!root->hashed()) {
            collect_unhashed(*root->node, &root->hash, 0, 0, levels);
        }
    }
    hash_levels(levels);
}

Result<std::optional<Bytes>, TrieError> find(const Root& root, const Hash& key,
                                             const NodeReader& reader) {
    if (root.hash == EMPTY_ROOT && !root.node) {
        return std::optional<Bytes>{};
    }
    Child place{{root.hash, root.node}, 0};
    for (size_t depth = 0;;) {
        NodePtr node = place.node;
        if (!node) {
            TRY(node, load_node(reader, Path::prefix_of(key, depth), place.hash, place.leaves, 0));
        }
        if (node->kind == NodeKind::leaf) {
            const auto& leaf = static_cast<const Leaf&>(*node);
            return leaf.key == key ? std::optional<Bytes>(to_bytes(leaf.value())) : std::nullopt;
        }
        if (node->kind == NodeKind::extension) {
            const auto& extension = static_cast<const Extension&>(*node);
            if (common_prefix(extension.prefix, key, depth, extension.end) != extension.end) {
                return std::optional<Bytes>{};
            }
            depth = extension.end;
            place = extension.child();
        } else {
            place = static_cast<Branch&>(*node).child(nibble_at(key.data(), depth++));
            if (place.empty()) {
                return std::optional<Bytes>{};
            }
        }
    }
}

void visit_unpersisted(const Root& root,
                       const std::function<void(const Path&, const Node&)>& visit) {
    if (root.node) {
        Path path;
        visit_dirty(*root.node, path, visit);
    }
}

size_t mark_persisted(const Root& root) {
    return root.node ? mark(*root.node) : 0;
}

size_t drop_older(const Root& root, uint32_t stamp) {
    return root.node ? drop(*root.node, stamp) : 0;
}

void sum_by_age(const Root& root, uint32_t now, std::span<size_t, 33> ages) {
    if (root.node) {
        sum_ages(*root.node, now, ages);
    }
}

}  // namespace otento::trie
