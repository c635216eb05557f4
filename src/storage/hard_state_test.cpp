#include <otento/storage/hard_state.hpp>
#include <otento/storage/testing/sim_disk.hpp>

#include <gtest/gtest.h>

namespace otento::storage {
namespace {

using testing::SimDisk;

const Identity SELF{.raft_id = 3, .node_key = {}, .cluster = {}};

HardStateStore open(SimDisk& disk) {
    auto store = HardStateStore::open(disk, "d", SELF);
    EXPECT_TRUE(store) << store.error().text;
    return std::move(store).value();
}

TEST(HardState, remembers_term_vote_and_base) {
    SimDisk disk(1);
    const LogBase base{.index = 9, .term = 2, .snapshot_bytes = 5, .configuration = {1, 2, 3}};
    {
        HardStateStore store = open(disk);
        EXPECT_EQ(store.hard_state(), HardState{});
        EXPECT_FALSE(store.base());
        ASSERT_TRUE(store.write_hard_state({.term = 7, .voted_for = 2}));
        ASSERT_TRUE(store.write_base(base));
    }
    disk.crash();
    const HardStateStore store = open(disk);
    EXPECT_EQ(store.hard_state(), (HardState{.term = 7, .voted_for = 2}));
    EXPECT_EQ(store.base(), base);
}

TEST(HardState, refuses_another_identity_and_says_which) {
    SimDisk disk(1);
    {
        static_cast<void>(open(disk));
    }
    Identity other = SELF;
    other.raft_id = 4;
    auto refused = HardStateStore::open(disk, "d", other);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, HardStateError::other_identity);
    EXPECT_NE(refused.error().text.find("raft id 3 there, 4 here"), std::string::npos);
    other = SELF;
    other.cluster[0] = 1;
    EXPECT_EQ(HardStateStore::open(disk, "d", other).error().code, HardStateError::other_identity);
    other = SELF;
    other.node_key[63] = 1;
    EXPECT_EQ(HardStateStore::open(disk, "d", other).error().code, HardStateError::other_identity);
}

// Power goes at every disk operation in turn; whatever was reported as written must be there, and
// nothing else than the value reported or the one being written.
TEST(HardState, never_forgets_a_reported_vote) {
    for (uint64_t seed = 0; seed < 300; ++seed) {
        SimDisk disk(seed);
        Random random(seed);
        uint64_t reported = 0;
        uint64_t tried = 0;
        for (int life = 0; life < 4; ++life) {
            disk.power_off_after(1 + random.below(12));
            auto store = HardStateStore::open(disk, "d", SELF);
            while (store && disk.powered()) {
                ++tried;
                if (store->write_hard_state({.term = tried, .voted_for = 1})) {
                    reported = tried;
                }
            }
            random.chance(500) ? disk.crash() : disk.kill();
            HardStateStore after = open(disk);
            ASSERT_GE(after.hard_state().term, reported) << "seed " << seed;
            ASSERT_LE(after.hard_state().term, tried) << "seed " << seed;
            reported = after.hard_state().term;
            tried = reported;
            disk.crash();
        }
    }
}

TEST(HardState, survives_a_flipped_bit_anywhere_in_one_copy) {
    SimDisk disk(1);
    {
        HardStateStore store = open(disk);
        ASSERT_TRUE(store.write_hard_state({.term = 1, .voted_for = 1}));
        ASSERT_TRUE(store.write_hard_state({.term = 2, .voted_for = 2}));
    }
    const Bytes good = disk.content("d/vote");
    for (size_t at = 0; at < good.size(); ++at) {
        if (at % 4096 >= 64 && at % 97 != 0) {
            continue;  // Mostly zeros that nobody reads.
        }
        disk.set_content("d/vote", good);
        disk.flip_bit("d/vote", at, at % 8);
        EXPECT_EQ(open(disk).hard_state(), (HardState{.term = 2, .voted_for = 2})) << "byte " << at;
    }
}

TEST(HardState, refuses_to_guess_a_vote_whose_copies_are_both_damaged) {
    SimDisk disk(1);
    {
        HardStateStore store = open(disk);
        ASSERT_TRUE(store.write_hard_state({.term = 1, .voted_for = 1}));
        ASSERT_TRUE(store.write_hard_state({.term = 2, .voted_for = 2}));
    }
    // Sequence 2 is in slot 0: pages 0 and 2.
    disk.flip_bit("d/vote", 25, 0);
    disk.flip_bit("d/vote", 2 * 4096 + 25, 0);
    auto store = HardStateStore::open(disk, "d", SELF);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, HardStateError::damaged);
}

TEST(HardState, refuses_a_directory_whose_owner_is_unknown) {
    SimDisk disk(1);
    {
        ASSERT_TRUE(open(disk).write_hard_state({.term = 1, .voted_for = 1}));
    }
    disk.set_content("d/base", Bytes(disk.content("d/base").size(), 0));
    EXPECT_EQ(HardStateStore::open(disk, "d", SELF).error().code, HardStateError::damaged);
}

TEST(HardState, tells_disk_errors) {
    SimDisk disk(1);
    disk.set_free_bytes(0);
    auto store = HardStateStore::open(disk, "d", SELF);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().code, HardStateError::disk);
    EXPECT_EQ(store.error().disk_code, DiskError::no_space);
}

}  // namespace
}  // namespace otento::storage
