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
    fresh.flush(root, log);
    std::set<Bytes> out;
    for (const auto& [path, stored] : fresh.nodes) {
        out.insert(path);
    }
    return out;
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
                nodes.flush(root, log);
                break;
            case 1:
                nodes.flush(root, log);
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
    nodes.flush(root, log);
    const std::set<Bytes> expected = expected_paths(model);
    for (const Bytes& path : expected) {
        EXPECT_TRUE(nodes.nodes.contains(path));
    }
    for (const auto& [key, value] : model) {
        const auto found = find(Root{root.hash, {}}, key, nodes);
        ASSERT_TRUE(found);
        EXPECT_EQ(*found, value);
    }
    const auto loaded = load_root(nodes, 0);
    ASSERT_TRUE(loaded);
    EXPECT_EQ(loaded->hash, root.hash);
}

TEST(Mpt, random_batches_equal_a_rebuild) {
    for (uint64_t seed = 1; seed <= 60; ++seed) {
        run_random(seed, 120);
    }
}

TEST(Mpt, hashed_keys_leave_no_stale_nodes) {
    // No embedded nodes here, so that the store must match a fresh one exactly.
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
            nodes.flush(root, log);
            std::set<Bytes> stored;
            for (const auto& [path, value] : nodes.nodes) {
                stored.insert(path);
            }
            ASSERT_EQ(stored, expected_paths(model)) << "round " << round;
        }
    }
}

TEST(Mpt, deleting_everything_gives_the_empty_root) {
    testing::MemoryNodes nodes;
    Root root;
    UpdateLog log;
    const Bytes value(40, 1);
    std::vector<Update> updates;
    Random random(3);
    std::set<Hash> keys;
    while (keys.size() < 50) {
        keys.insert(pick_key(random));
    }
    for (const Hash& key : keys) {
        updates.push_back({key, value});
    }
    apply(root, updates, nodes, 0, log);
    nodes.flush(root, log);
    root.node = {};
    for (Update& change : updates) {
        change.value = {};
    }
    apply(root, updates, nodes, 1, log);
    EXPECT_EQ(root.hash, EMPTY_ROOT);
    EXPECT_FALSE(root.node);
}

TEST(Mpt, update_of_a_known_key_reads_no_leaf) {
    testing::MemoryNodes nodes;
    Root root;
    UpdateLog log;
    const Bytes value(40, 1);
    Hash a;
    Hash b;
    b[0] = 0x10;
    const Update both[] = {{a, value}, {b, value}};
    apply(root, {both[0], both[1]}, nodes, 0, log);
    nodes.flush(root, log);
    root.node = {};
    nodes.reads = 0;
    const Bytes other(40, 2);
    apply(root, {{a, other, true}}, nodes, 1, log);
    EXPECT_EQ(nodes.reads, 1U);  // The root branch.
    EXPECT_EQ(root.hash, rebuild({{a, other}, {b, value}}));
}

TEST(Mpt, missing_and_damaged_nodes_are_errors) {
    testing::MemoryNodes nodes;
    Root root;
    UpdateLog log;
    Model model;
    std::vector<Update> updates;
    for (int i = 0; i < 100; ++i) {
        model[crypto::keccak256(bytes_of(std::to_string(i)))] = Bytes(40, 7);
    }
    for (const auto& [key, value] : model) {
        updates.push_back({key, value});
    }
    apply(root, updates, nodes, 0, log);
    nodes.flush(root, log);
    const Root cold{root.hash, {}};
    const Bytes value(3, 3);
    const std::vector<Update> change{{model.begin()->first, value}};
    const auto good = nodes.nodes;
    for (const auto& [path, stored] : good) {
        nodes.nodes = good;
        nodes.nodes.erase(path);
        Root copy = cold;
        if (const auto done = update(copy, change, nodes, 1, log); !done) {
            EXPECT_EQ(done.error(), TrieError::missing);
            EXPECT_EQ(copy.hash, cold.hash);
        } else {
            EXPECT_FALSE(path.empty());  // The root is always needed.
        }
        nodes.nodes = good;
        nodes.nodes[path][stored.size() / 2] ^= 1;
        copy = cold;
        if (const auto done = update(copy, change, nodes, 1, log); !done) {
            EXPECT_EQ(done.error(), TrieError::corrupt);
        } else {
            EXPECT_FALSE(path.empty());
        }
    }
}

}  // namespace
}  // namespace otento::trie
