#include <otento/trie/proof.hpp>

#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/trie/testing/memory_nodes.hpp>

#include <gtest/gtest.h>

namespace otento::trie {
namespace {

/// A stored trie over `keys`, with a value for each.
struct Proven {
    testing::MemoryNodes nodes;
    Root root;
    std::map<Hash, Bytes> model;

    explicit Proven(const std::vector<Hash>& keys, size_t value_size) {
        for (const Hash& key : keys) {
            model[key] = Bytes(value_size, static_cast<uint8_t>(1 + key[31] % 100));
        }
        std::vector<Update> updates;
        for (const auto& [key, value] : model) {
            updates.push_back({key, value});
        }
        UpdateLog log;
        EXPECT_TRUE(update(root, updates, nodes, 0, log));
        Root* const roots[] = {&root};
        hash(roots);
        nodes.flush(root, log, model);
    }

    void expect_proof(const Hash& key, const Root& from) const {
        const auto proof = prove(from, key, nodes);
        ASSERT_TRUE(proof);
        const auto verified = verify_proof(root.hash, key, *proof);
        ASSERT_TRUE(verified);
        const auto found = model.find(key);
        EXPECT_EQ(*verified, found == model.end() ? std::nullopt : std::optional(found->second));
    }
};

std::vector<Hash> hashed_keys(size_t count) {
    std::vector<Hash> out;
    for (size_t i = 0; i < count; ++i) {
        out.push_back(crypto::keccak256(bytes_of(std::to_string(i))));
    }
    return out;
}

TEST(Proof, presence_and_absence_are_proven) {
    const Proven trie(hashed_keys(300), 40);
    for (const Hash& key : hashed_keys(400)) {
        trie.expect_proof(key, trie.root);
        trie.expect_proof(key, {trie.root.hash, {}});
    }
}

TEST(Proof, nodes_inside_others_are_not_listed) {
    std::vector<Hash> keys(3);  // They differ in the last nibble only.
    keys[1][31] = 1;
    keys[2][31] = 2;
    const Proven trie(keys, 1);
    for (const Hash& key : keys) {
        trie.expect_proof(key, {trie.root.hash, {}});
        EXPECT_EQ(prove(trie.root, key, trie.nodes)->size(), 1U);
    }
    keys[2][31] = 3;
    trie.expect_proof(keys[2], trie.root);
}

TEST(Proof, an_empty_trie_proves_absence) {
    const testing::MemoryNodes nodes;
    const auto proof = prove({}, {}, nodes);
    ASSERT_TRUE(proof);
    EXPECT_TRUE(proof->empty());
    EXPECT_EQ(*verify_proof(EMPTY_ROOT, {}, *proof), std::nullopt);
}

TEST(Proof, changed_proofs_are_refused) {
    const Proven trie(hashed_keys(100), 40);
    Random random(5);
    for (const Hash& key : hashed_keys(100)) {
        const auto proof = prove(trie.root, key, trie.nodes).value();
        auto bad = proof;
        Bytes& node = bad[random.below(bad.size())];
        node[random.below(node.size())] ^= 1;
        EXPECT_FALSE(verify_proof(trie.root.hash, key, bad));
        bad = proof;
        bad.pop_back();
        EXPECT_FALSE(verify_proof(trie.root.hash, key, bad));
        bad = proof;
        bad.push_back(proof.back());
        EXPECT_FALSE(verify_proof(trie.root.hash, key, bad));
    }
}

}  // namespace
}  // namespace otento::trie
