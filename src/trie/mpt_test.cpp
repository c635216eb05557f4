// Goal: batches of updates give the root of a full rebuild, whatever is in memory, and the store
// holds exactly the nodes of the trie. Method: random batches over keys that share prefixes,
// against a std::map.
#include <otento/trie/mpt.hpp>

#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/trie/testing/memory_nodes.hpp>

#include <gtest/gtest.h>

#include <set>

namespace otento::trie {
namespace {

using Model = std::map<Hash, Bytes>;

Hash rebuild(const Model& model) {
    std::vector<KeyValue> entries;
    for (const auto& [key, value] : model) {
        entries.push_back({key, value});
    }
    return root_of_sorted(entries);
}

/// Keys that meet at many depths: a few bytes vary, at places that leave branches near the root, in
/// the middle and in the last nibbles, where nodes are embedded.
Hash pick_key(Random& random) {
    static constexpr size_t PLACES[] = {0, 1, 7, 30, 31};
    Hash key;
    for (const size_t place : PLACES) {
        key[place] = static_cast<uint8_t>(random.below(3) == 0 ? random.below(4) * 0x21 : 0);
    }
    return key;
}

Bytes pick_value(Random& random) {
    Bytes value(random.chance(300) ? 1 : 1 + random.below(80));
    for (uint8_t& byte : value) {
        byte = static_cast<uint8_t>(1 + random.below(250));
    }
    return value;
}

struct Batch {
    std::map<Hash, Bytes> changes;

    [[nodiscard]] std::vector<Update> updates(const Model& model, Random& random) const {
        std::vector<Update> out;
        for (const auto& [key, value] : changes) {
            // The hint may be withheld, never wrong.
            out.push_back({key, value, model.contains(key) && random.chance(700)});
        }
        return out;
    }
    void apply(Model& model) const {
        for (const auto& [key, value] : changes) {
            if (value.empty()) {
                model.erase(key);
            } else {
                model[key] = value;
            }
        }
    }
};

Batch pick_batch(const Model& model, Random& random) {
    Batch batch;
    const size_t count = 1 + random.below(random.chance(200) ? 40 : 4);
    for (size_t i = 0; i < count; ++i) {
        Hash key = pick_key(random);
        if (!model.empty() && random.chance(500)) {
            key = std::next(model.begin(), static_cast<long>(random.below(model.size())))->first;
        }
        batch.changes[key] = random.chance(450) ? Bytes{} : pick_value(random);
    }
    return batch;
}

void apply(Root& root, const std::vector<Update>& updates, const NodeReader& reader, uint32_t stamp,
           UpdateLog& log) {
    ASSERT_TRUE(update(root, updates, reader, stamp, log));
    Root* const roots[] = {&root};
    hash(roots);
}

std::set<Bytes> stored_paths(const testing::MemoryNodes& nodes) {
    std::set<Bytes> out;
    for (const auto& [path, stored] : nodes.nodes) {
        out.insert(path);
    }
    return out;
}

/// Paths of all nodes of a trie built afresh.
std::set<Bytes> expected_paths(const Model& model) {
    testing::MemoryNodes fresh;
    Root root;
    UpdateLog log;
    std::vector<Update> updates;
    for (const auto& [key, value] : model) {
        updates.push_back({key, value});
    }
    apply(root, updates, fresh, 0, log);
    fresh.flush(root, log, model);
    return stored_paths(fresh);
}

void run_random(uint64_t seed, size_t rounds) {
    SCOPED_TRACE(seed);
    Random random(seed);
    testing::MemoryNodes nodes;
    Model model;
    Root root;
    UpdateLog log;
    for (uint32_t round = 1; round <= rounds; ++round) {
        const Batch batch = pick_batch(model, random);
        const std::vector<Update> updates = batch.updates(model, random);
        if (random.chance(200)) {
            // A speculative update that is dropped again leaves no trace.
            Root other = root;
            UpdateLog ignored;
            apply(other, pick_batch(model, random).updates(model, random), nodes, round, ignored);
        }
        apply(root, updates, nodes, round, log);
        batch.apply(model);
        ASSERT_EQ(root.hash, rebuild(model)) << "round " << round;
        switch (random.below(6)) {
            case 0:
                nodes.flush(root, log, model);
                break;
            case 1:
                nodes.flush(root, log, model);
                root.node = {};
                break;
            case 2:
                drop_older(root, round - static_cast<uint32_t>(
                                             std::min<uint64_t>(round, random.below(4))));
                break;
            default:
                break;
        }
    }
    nodes.flush(root, log, model);
    EXPECT_EQ(stored_paths(nodes), expected_paths(model));
    for (const auto& [key, value] : model) {
        const auto found = find(Root{root.hash, {}}, key, nodes);
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, value);
    }
}

TEST(Mpt, random_batches_equal_a_rebuild) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        run_random(seed, 120);
    }
}

TEST(Mpt, hashed_keys_equal_a_rebuild) {
    Random random(7);
    testing::MemoryNodes nodes;
    Model model;
    Root root;
    UpdateLog log;
    for (uint32_t round = 1; round <= 300; ++round) {
        Batch batch;
        for (size_t i = 0; i < 20; ++i) {
            const uint64_t id = random.below(200);
            batch.changes[crypto::keccak256(bytes_of(std::to_string(id)))] =
                random.chance(450) ? Bytes{} : Bytes(40, static_cast<uint8_t>(1 + id));
        }
        apply(root, batch.updates(model, random), nodes, round, log);
        batch.apply(model);
        ASSERT_EQ(root.hash, rebuild(model));
        if (random.chance(400)) {
            nodes.flush(root, log, model);
            ASSERT_EQ(stored_paths(nodes), expected_paths(model)) << "round " << round;
        }
    }
}

/// A stored trie of hashed keys with values of 40 bytes, out of memory.
struct StoredTrie {
    testing::MemoryNodes nodes;
    Model model;
    Hash root;

    explicit StoredTrie(size_t count) {
        for (size_t i = 0; i < count; ++i) {
            model[crypto::keccak256(bytes_of(std::to_string(i)))] = Bytes(40, 7);
        }
        std::vector<Update> updates;
        for (const auto& [key, value] : model) {
            updates.push_back({key, value});
        }
        Root made;
        UpdateLog log;
        apply(made, updates, nodes, 0, log);
        nodes.flush(made, log, model);
        nodes.reads = nodes.scans = 0;
        root = made.hash;
    }
};

TEST(Mpt, deleting_everything_gives_the_empty_root) {
    for (const size_t count : {1U, 20U, 33U, 1000U}) {
        StoredTrie trie(count);
        std::vector<Update> updates;
        for (const auto& [key, value] : trie.model) {
            updates.push_back({key, {}});
        }
        Root root{trie.root, {}};
        UpdateLog log;
        apply(root, updates, trie.nodes, 1, log);
        EXPECT_EQ(root.hash, EMPTY_ROOT);
        EXPECT_FALSE(root.node);
        trie.nodes.flush(root, log, {});
        EXPECT_TRUE(trie.nodes.nodes.empty());
    }
}

TEST(Mpt, small_tries_store_no_node) {
    EXPECT_TRUE(StoredTrie(SMALL_LEAVES_MAX).nodes.nodes.empty());
    EXPECT_FALSE(StoredTrie(SMALL_LEAVES_MAX + 1).nodes.nodes.empty());
}

TEST(Mpt, update_of_a_known_key_reads_no_leaf) {
    const StoredTrie trie(40);
    // A key that is alone below its first nibble.
    const auto alone = std::find_if(trie.model.begin(), trie.model.end(), [&](const auto& entry) {
        return std::count_if(trie.model.begin(), trie.model.end(), [&](const auto& other) {
                   return other.first[0] >> 4 == entry.first[0] >> 4;
               }) == 1;
    });
    ASSERT_NE(alone, trie.model.end());
    Root root{trie.root, {}};
    UpdateLog log;
    const Bytes other(40, 2);
    apply(root, {{alone->first, other, true}}, trie.nodes, 1, log);
    EXPECT_EQ(trie.nodes.reads, 1U);  // The root.
    EXPECT_EQ(trie.nodes.scans, 0U);
    Model expected = trie.model;
    expected[alone->first] = other;
    EXPECT_EQ(root.hash, rebuild(expected));
}

TEST(Mpt, missing_and_damaged_nodes_are_errors) {
    StoredTrie trie(2000);
    const Root cold{trie.root, {}};
    const Bytes value(3, 3);
    const std::vector<Update> change{{trie.model.begin()->first, value}};
    const auto update_copy = [&] {
        Root copy = cold;
        UpdateLog log;
        auto done = update(copy, change, trie.nodes, 1, log);
        EXPECT_TRUE(done || copy.hash == cold.hash);
        return done;
    };
    const auto good = trie.nodes.nodes;
    size_t missing = 0;
    size_t corrupt = 0;
    for (const auto& [path, stored] : good) {
        trie.nodes.nodes = good;
        trie.nodes.nodes.erase(path);
        if (const auto done = update_copy(); !done) {
            ++missing;
            EXPECT_TRUE(done.error() == TrieError::missing || path.empty());
        }
        trie.nodes.nodes = good;
        trie.nodes.nodes[path][stored.size() / 2] ^= 1;
        if (const auto done = update_copy(); !done) {
            ++corrupt;
            EXPECT_EQ(done.error(), TrieError::corrupt);
        }
    }
    EXPECT_GE(missing, 2U);  // The nodes on the way to the key.
    EXPECT_EQ(missing, corrupt);
    trie.nodes.nodes = good;
    ASSERT_TRUE(update_copy());
    trie.nodes.flat.begin()->second[5] ^= 1;
    EXPECT_EQ(update_copy().error(), TrieError::corrupt);
    trie.nodes.flat.erase(trie.nodes.flat.begin());
    EXPECT_EQ(update_copy().error(), TrieError::corrupt);
}

}  // namespace
}  // namespace otento::trie
