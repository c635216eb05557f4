#include <otento/trie/ordered_root.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/trie/rlp_write.hpp>

#include <vector>

namespace otento::trie {

const Hash EMPTY_ROOT{{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45,
                       0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c,
                       0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};

namespace {

constexpr size_t KEY_SIZE_MAX = 64;
constexpr uint32_t NONE = UINT32_MAX;

/// A node between building and hashing. `reference` is what its parent contains: a hash item, or
/// the whole encoding where that is shorter than 32 bytes.
struct BuildNode {
    const uint8_t* key = nullptr;  ///< Of a leaf or an extension; its own nibbles are [from, to).
    size_t from = 0;
    size_t to = 0;
    BytesView value;
    bool branch = false;
    uint32_t below = NONE;  ///< Child of an extension.
    uint32_t children[16] = {};
    uint32_t height = 0;
    uint8_t reference[33] = {};
    uint8_t reference_size = 0;

    [[nodiscard]] BytesView reference_view() const noexcept { return {reference, reference_size}; }
};

class Builder {
  public:
    explicit Builder(std::span<const KeyValue> entries) : entries_(entries) {
        nodes_.reserve(entries.size() + entries.size() / 8 + 8);
    }

    Hash root() {
        const uint32_t top = build(0, entries_.size(), 0);
        by_height_.resize(nodes_[top].height + size_t{1});
        for (uint32_t i = 0; i < nodes_.size(); ++i) {
            by_height_[nodes_[i].height].push_back(i);
        }
        for (size_t height = 0; height + 1 < by_height_.size(); ++height) {
            hash_nodes(by_height_[height]);
        }
        Bytes encoded;
        encode(nodes_[top], encoded);
        return crypto::keccak256(encoded);
    }

  private:
    /// Node over the entries [begin, end), whose keys agree in their first `depth` nibbles.
    /// Recursion is bounded by the key size.
    uint32_t build(size_t begin, size_t end, size_t depth);
    uint32_t build_branch(size_t begin, size_t end, size_t depth);
    uint32_t add(BuildNode node) {
        nodes_.push_back(node);
        return static_cast<uint32_t>(nodes_.size() - 1);
    }
    void encode(const BuildNode& node, Bytes& out) const;
    void hash_nodes(const std::vector<uint32_t>& indices);

    std::span<const KeyValue> entries_;
    std::vector<BuildNode> nodes_;
    std::vector<std::vector<uint32_t>> by_height_;
};

uint32_t Builder::build(size_t begin, size_t end, size_t depth) {
    const BytesView first = entries_[begin].key;
    if (end - begin == 1) {
        BuildNode leaf;
        leaf.key = first.data();
        leaf.from = depth;
        leaf.to = 2 * first.size();
        leaf.value = entries_[begin].value;
        return add(leaf);
    }
    const BytesView last = entries_[end - 1].key;
    const size_t limit = 2 * std::min(first.size(), last.size());
    size_t at = depth;
    while (at < limit && nibble_at(first.data(), at) == nibble_at(last.data(), at)) {
        ++at;
    }
    const uint32_t branch = build_branch(begin, end, at);
    if (at == depth) {
        return branch;
    }
    BuildNode extension;
    extension.key = first.data();
    extension.from = depth;
    extension.to = at;
    extension.below = branch;
    extension.height = nodes_[branch].height + 1;
    return add(extension);
}

uint32_t Builder::build_branch(size_t begin, size_t end, size_t depth) {
    BuildNode branch;
    branch.branch = true;
    std::fill(std::begin(branch.children), std::end(branch.children), NONE);
    if (2 * entries_[begin].key.size() == depth) {
        branch.value = entries_[begin++].value;
    }
    while (begin < end) {
        const uint8_t nibble = nibble_at(entries_[begin].key.data(), depth);
        size_t next = begin + 1;
        while (next < end && nibble_at(entries_[next].key.data(), depth) == nibble) {
            ++next;
        }
        const uint32_t child = build(begin, next, depth + 1);
        branch.children[nibble] = child;
        branch.height = std::max(branch.height, nodes_[child].height + 1);
        begin = next;
    }
    return add(branch);
}

void Builder::encode(const BuildNode& node, Bytes& out) const {
    if (node.branch) {
        size_t payload = rlp_string_size(node.value);
        for (const uint32_t child : node.children) {
            payload += child == NONE ? 1 : nodes_[child].reference_size;
        }
        rlp_write_header(out, payload, 0xc0);
        for (const uint32_t child : node.children) {
            if (child == NONE) {
                out.push_back(0x80);
            } else {
                append(out, nodes_[child].reference_view());
            }
        }
        rlp_write_string(out, node.value);
        return;
    }
    const bool leaf = node.below == NONE;
    uint8_t buffer[1 + KEY_SIZE_MAX];
    const BytesView path{buffer, hex_prefix(node.key, node.from, node.to, leaf, buffer)};
    const size_t rest =
        leaf ? rlp_string_size(node.value) : size_t{nodes_[node.below].reference_size};
    rlp_write_header(out, rlp_string_size(path) + rest, 0xc0);
    rlp_write_string(out, path);
    if (leaf) {
        rlp_write_string(out, node.value);
    } else {
        append(out, nodes_[node.below].reference_view());
    }
}

void Builder::hash_nodes(const std::vector<uint32_t>& indices) {
    Bytes encoded;
    std::vector<std::pair<uint32_t, size_t>> starts;
    for (const uint32_t index : indices) {
        BuildNode& node = nodes_[index];
        const size_t start = encoded.size();
        encode(node, encoded);
        const size_t size = encoded.size() - start;
        if (size < 32) {
            std::memcpy(node.reference, encoded.data() + start, size);
            node.reference_size = static_cast<uint8_t>(size);
            encoded.resize(start);
        } else {
            starts.emplace_back(index, start);
        }
    }
    std::vector<BytesView> inputs;
    inputs.reserve(starts.size());
    for (size_t i = 0; i < starts.size(); ++i) {
        const size_t end = i + 1 < starts.size() ? starts[i + 1].second : encoded.size();
        inputs.emplace_back(encoded.data() + starts[i].second, end - starts[i].second);
    }
    std::vector<Hash> hashes(inputs.size());
    crypto::keccak256_many(inputs.data(), inputs.size(), hashes.data());
    for (size_t i = 0; i < starts.size(); ++i) {
        BuildNode& node = nodes_[starts[i].first];
        node.reference[0] = 0x80 + 32;
        std::memcpy(node.reference + 1, hashes[i].data(), 32);
        node.reference_size = 33;
    }
}

/// rlp(i) of an index below 2^32.
struct IndexKey {
    uint8_t bytes[5];
    uint8_t size;
};

IndexKey index_key(uint32_t index) noexcept {
    IndexKey out{};
    if (index == 0) {
        out.bytes[0] = 0x80;
        out.size = 1;
        return out;
    }
    if (index < 0x80) {
        out.bytes[0] = static_cast<uint8_t>(index);
        out.size = 1;
        return out;
    }
    uint8_t be[4];
    store_be(be, index);
    const auto zeros = static_cast<size_t>(__builtin_clz(index)) / 8;
    out.bytes[0] = static_cast<uint8_t>(0x80 + 4 - zeros);
    std::memcpy(out.bytes + 1, be + zeros, 4 - zeros);
    out.size = static_cast<uint8_t>(5 - zeros);
    return out;
}

}  // namespace

Hash root_of_sorted(std::span<const KeyValue> entries) {
    if (entries.empty()) {
        return EMPTY_ROOT;
    }
    for (const KeyValue& entry : entries) {
        ASSERT(entry.key.size() <= KEY_SIZE_MAX);
        ASSERT(!entry.value.empty());
    }
    return Builder(entries).root();
}

Hash root_of(std::span<const Bytes> items) {
    ASSERT(items.size() < UINT32_MAX);
    const auto count = static_cast<uint32_t>(items.size());
    std::vector<IndexKey> keys(count);
    std::vector<KeyValue> entries;
    entries.reserve(count);
    const auto add = [&](uint32_t index) {
        keys[index] = index_key(index);
        entries.push_back({{keys[index].bytes, keys[index].size}, items[index]});
    };
    // Order of the encoded keys: 1 to 127, then 0 (0x80), then the longer ones.
    for (uint32_t i = 1; i < std::min<uint32_t>(count, 0x80); ++i) {
        add(i);
    }
    if (count > 0) {
        add(0);
    }
    for (uint32_t i = 0x80; i < count; ++i) {
        add(i);
    }
    return root_of_sorted(entries);
}

}  // namespace otento::trie
