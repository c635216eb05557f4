#include <otento/state/memory_state.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>

#include <gtest/gtest.h>

namespace otento::state {
namespace {

using namespace literals;

const Address A = "0x00000000000000000000000000000000000000aa"_address;
const Address B = "0x00000000000000000000000000000000000000bb"_address;
const Hash ONE = "0x0000000000000000000000000000000000000000000000000000000000000001"_hash;

TEST(MemoryState, empty_state_has_the_empty_root) {
    EXPECT_EQ(MemoryState{}.state_root(), types::EMPTY_TRIE_ROOT);
}

TEST(MemoryState, zero_slots_are_no_storage) {
    MemoryState state;
    state.put(A, 1, 2, {}, {{ONE, Hash{}}});
    EXPECT_FALSE(state.has_storage(A));
    EXPECT_EQ(state.storage(A, ONE), Hash{});
}

TEST(MemoryState, applying_a_diff_equals_putting_its_outcome) {
    MemoryState changed;
    changed.put(A, 1, 2, {}, {{ONE, ONE}});
    changed.put(B, 3, 4, {1, 2, 3}, {{ONE, ONE}});
    StateDiff diff;
    AccountDiff& a = diff.accounts[A];
    a.nonce = 9;
    a.balance = 7;
    a.code = std::make_shared<const Bytes>(Bytes{0x60});
    a.code_hash = crypto::keccak256(*a.code);
    a.storage_cleared = true;
    a.storage[Hash{}] = ONE;
    diff.accounts[B].deleted = true;
    changed.apply(diff);

    MemoryState expected;
    expected.put(A, 9, 7, {0x60}, {{Hash{}, ONE}});
    EXPECT_EQ(changed.state_root(), expected.state_root());
    EXPECT_EQ(changed.storage(A, ONE), Hash{});
    EXPECT_EQ(*changed.code(a.code_hash), Bytes{0x60});
    EXPECT_FALSE(changed.account(B));
}

}  // namespace
}  // namespace otento::state
