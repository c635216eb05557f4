#include <otento/trie/node_codec.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/base/rlp.hpp>

#include <gtest/gtest.h>

namespace otento::trie {
namespace {

using namespace literals;

Path path_of(std::initializer_list<uint8_t> nibbles) {
    Path out;
    for (const uint8_t nibble : nibbles) {
        out.push(nibble);
    }
    return out;
}

Bytes stored_of(const Node& node, size_t depth) {
    Bytes out;
    encode_stored(node, depth, out);
    return out;
}

NodePtr sample_branch() {
    Child children[16];
    children[2].hash[5] = 1;
    children[2].leaves = LARGE;
    children[9].hash[6] = 2;
    children[9].leaves = 1;
    children[15].hash[31] = 3;
    children[15].leaves = 7;
    return Branch::make(children, 0);
}

TEST(NodeCodec, nodes_survive_a_round_trip) {
    const Path path = path_of({1, 2, 3});
    Child below;
    below.hash[0] = 9;
    below.leaves = LARGE;
    const NodePtr nodes[] = {
        Extension::make(path_of({1, 2, 3, 4, 5}), below, 0),
        Extension::make(path_of({1, 2, 3, 4}), below, 0),
        sample_branch(),
    };
    for (const NodePtr& node : nodes) {
        const Bytes stored = stored_of(*node, path.length);
        const auto decoded = decode_stored(stored, path, 4);
        ASSERT_TRUE(decoded);
        EXPECT_EQ((*decoded)->kind, node->kind);
        EXPECT_EQ((*decoded)->stamp, 4U);
        EXPECT_TRUE((*decoded)->persisted);
        EXPECT_TRUE((*decoded)->large());
        EXPECT_EQ(stored_of(**decoded, path.length), stored);
    }
}

TEST(NodeCodec, leaves_decode_alone_and_are_not_stored) {
    const Path path = path_of({1, 2, 3});
    Hash key = path.packed;
    key[31] = 0x77;
    Bytes rlp;
    encode_node(*Leaf::make(key, "0102030405"_hex, 0), 3, rlp);
    const auto leaf = decode_node(rlp, path, 0);
    ASSERT_TRUE(leaf);
    EXPECT_EQ(static_cast<const Leaf&>(**leaf).key, key);
    for (const uint8_t kind : std::initializer_list<uint8_t>{0, 1, 2, 3}) {
        Bytes stored(kind == 2 ? 17 : 1, 0);
        stored[0] = kind;
        append(stored, rlp);
        EXPECT_FALSE(decode_stored(stored, path, 0));
    }
}

TEST(NodeCodec, wrong_shapes_are_refused) {
    const Hash some{{1}};
    rlp::Writer three;
    three.begin_list().string("20"_hex).string("01"_hex).string("01"_hex).end_list();
    rlp::Writer short_path;  // A leaf of a root whose key is not 32 bytes.
    short_path.begin_list().string("2011"_hex).string("01"_hex).end_list();
    rlp::Writer bad_flag;
    bad_flag.begin_list().string("40"_hex).string(some).end_list();
    rlp::Writer bad_padding;
    bad_padding.begin_list().string("0112"_hex).string(some).end_list();
    rlp::Writer empty_extension;
    empty_extension.begin_list().string("00"_hex).string(some).end_list();
    rlp::Writer childless;
    childless.begin_list().string("11"_hex).string({}).end_list();
    rlp::Writer odd_reference;
    odd_reference.begin_list().string("11"_hex).string("0102"_hex).end_list();
    rlp::Writer lonely;  // A branch with one child.
    lonely.begin_list().string(some);
    rlp::Writer valued;  // A branch with a value.
    valued.begin_list();
    for (int i = 1; i < 17; ++i) {
        lonely.string({});
        valued.string(some);
    }
    lonely.end_list();
    valued.string("01"_hex).end_list();
    for (rlp::Writer* const writer :
         {&three, &short_path, &bad_flag, &bad_padding, &empty_extension, &childless,
          &odd_reference, &lonely, &valued}) {
        EXPECT_FALSE(decode_node(writer->view(), {}, 0)) << to_hex(writer->view());
    }
    EXPECT_FALSE(decode_stored({}, {}, 0));
    EXPECT_FALSE(decode_stored("01"_hex, {}, 0));
    EXPECT_FALSE(decode_stored("02"_hex, {}, 0));
}

TEST(NodeCodec, counts_of_leaves_must_fit_the_children) {
    const Bytes good = stored_of(*sample_branch(), 0);
    EXPECT_TRUE(decode_stored(good, {}, 0));
    Bytes bad = good;
    bad[1] = 1;  // Nibble 0 has no child.
    EXPECT_FALSE(decode_stored(bad, {}, 0));
    bad = good;
    bad[1 + 9] = 0;  // Nibble 9 has one.
    EXPECT_FALSE(decode_stored(bad, {}, 0));
    bad = good;
    bad[1 + 2] = 1;  // Then all would be small.
    EXPECT_FALSE(decode_stored(bad, {}, 0));
    bad[1 + 2] = LARGE + 1;
    EXPECT_FALSE(decode_stored(bad, {}, 0));
}

TEST(NodeCodec, random_damage_never_crashes) {
    Random random(11);
    const Bytes good = stored_of(*sample_branch(), 0);
    for (int i = 0; i < 20000; ++i) {
        Bytes bad = good;
        for (uint64_t n = 1 + random.below(4); n != 0; --n) {
            bad[random.below(bad.size())] = static_cast<uint8_t>(random.next());
        }
        bad.resize(random.chance(300) ? random.below(bad.size() + 1) : bad.size());
        (void)decode_stored(bad, {}, 0).has_value();
    }
}

}  // namespace
}  // namespace otento::trie
