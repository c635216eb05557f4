#include <otento/trie/ordered_root.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>

#include <gtest/gtest.h>

#include <map>

namespace otento::trie {
namespace {

using namespace literals;

TEST(OrderedRoot, empty_list_has_the_known_root) {
    EXPECT_EQ(root_of({}), EMPTY_ROOT);
    EXPECT_EQ(EMPTY_ROOT, crypto::keccak256("80"_hex));
}

TEST(OrderedRoot, one_short_entry_is_hashed_although_below_32_bytes) {
    // Leaf [hp(80), 01] by hand: c4 82 20 80 01.
    const Bytes item{0x01};
    EXPECT_EQ(root_of(std::vector<Bytes>{item}), crypto::keccak256("c482208001"_hex));
}

TEST(OrderedRoot, list_root_equals_the_root_of_the_sorted_entries) {
    for (const size_t count : {2U, 3U, 16U, 17U, 127U, 128U, 129U, 300U, 70000U}) {
        std::vector<Bytes> items;
        std::map<Bytes, Bytes> sorted;
        for (size_t i = 0; i < count; ++i) {
            items.push_back(to_bytes(crypto::keccak256(bytes_of(std::to_string(i)))));
            items.back().resize(1 + i % 32);
            rlp::Writer key;
            sorted[key.uint(uint64_t{i}).take()] = items.back();
        }
        std::vector<KeyValue> entries;
        for (const auto& [key, value] : sorted) {
            entries.push_back({key, value});
        }
        EXPECT_EQ(root_of(items), root_of_sorted(entries)) << count;
    }
}

}  // namespace
}  // namespace otento::trie
