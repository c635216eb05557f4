// Accepted means committed sooner or later: what the journal took is there after the process died.
#include <otento/txpool/journal.hpp>

#include <otento/storage/testing/sim_disk.hpp>

#include <gtest/gtest.h>

namespace otento::txpool {
namespace {

using storage::testing::SimDisk;
const std::string PATH = "node/transactions.journal";

Bytes entry(uint8_t fill, size_t size) {
    return Bytes(size, fill);
}

std::vector<Bytes> reopened(SimDisk& disk) {
    auto journal = Journal::open(disk, PATH);
    EXPECT_TRUE(journal.has_value());
    return (*journal)->take_loaded();
}

TEST(Journal, keeps_what_was_flushed_when_the_process_dies) {
    SimDisk disk(1);
    {
        auto journal = *Journal::open(disk, PATH);
        journal->append(entry(1, 100));
        journal->append(entry(2, 3));
        ASSERT_TRUE(journal->flush());
        journal->append(entry(3, 50));
        disk.kill();
    }
    EXPECT_EQ(reopened(disk), (std::vector{entry(1, 100), entry(2, 3)}));
    EXPECT_EQ(reopened(disk).size(), 2U);
}

TEST(Journal, cuts_a_torn_tail_wherever_it_is_torn) {
    SimDisk disk(1);
    {
        auto journal = *Journal::open(disk, PATH);
        journal->append(entry(1, 20));
        journal->append(entry(2, 20));
        ASSERT_TRUE(journal->flush());
    }
    const Bytes whole = disk.content(PATH);
    for (size_t size = 0; size <= whole.size(); ++size) {
        disk.set_content(PATH,
                         Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
        const size_t expected = size == whole.size() ? 2U : size >= 36 ? 1U : 0U;
        EXPECT_EQ(reopened(disk).size(), expected) << size;
        auto journal = *Journal::open(disk, PATH);
        journal->append(entry(9, 5));
        ASSERT_TRUE(journal->flush());
        EXPECT_EQ(reopened(disk).back(), entry(9, 5));
    }
}

TEST(Journal, stops_at_a_damaged_record) {
    SimDisk disk(1);
    {
        auto journal = *Journal::open(disk, PATH);
        for (uint8_t i = 0; i < 3; ++i) {
            journal->append(entry(i, 20));
        }
        ASSERT_TRUE(journal->flush());
    }
    disk.flip_bit(PATH, 8 + 28 + 10, 3);
    EXPECT_EQ(reopened(disk), std::vector<Bytes>{entry(0, 20)});
}

TEST(Journal, a_failed_flush_is_tried_again) {
    SimDisk disk(1);
    auto journal = *Journal::open(disk, PATH);
    journal->append(entry(1, 40));
    disk.set_free_bytes(10);
    EXPECT_FALSE(journal->flush());
    EXPECT_TRUE(journal->has_unwritten());
    disk.set_free_bytes(std::nullopt);
    ASSERT_TRUE(journal->flush());
    EXPECT_EQ(reopened(disk), std::vector<Bytes>{entry(1, 40)});
}

TEST(Journal, a_rewrite_replaces_everything) {
    SimDisk disk(1);
    auto journal = *Journal::open(disk, PATH);
    journal->append(entry(1, 40));
    ASSERT_TRUE(journal->flush());
    ASSERT_TRUE(journal->rewrite({entry(7, 4)}));
    journal->append(entry(8, 4));
    ASSERT_TRUE(journal->flush());
    EXPECT_EQ(reopened(disk), (std::vector{entry(7, 4), entry(8, 4)}));
}

}  // namespace
}  // namespace otento::txpool
