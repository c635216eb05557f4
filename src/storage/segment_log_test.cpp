// The segment log without crashes: content, segments, cache, truncation, purge, full disks, other
// threads.
#include <otento/storage/segment_index.hpp>
#include <otento/storage/testing/log_fixture.hpp>
#include <otento/storage/testing/temporary_directory.hpp>

#include <thread>

namespace otento::storage {
namespace {

using testing::LogFixture;
using testing::make_record;
using testing::random_bytes;
using testing::SimDisk;

class SegmentLogTest : public LogFixture {};

TEST_F(SegmentLogTest, is_empty_at_first) {
    open();
    EXPECT_EQ(log_->first_index(), 1U);
    EXPECT_EQ(log_->last_index(), 0U);
    EXPECT_EQ(log_->durable_index(), 0U);
    EXPECT_EQ(log_->term_at(1), 0U);
    EXPECT_FALSE(log_->loss());
    EXPECT_FALSE(log_->needs_sync());
}

TEST_F(SegmentLogTest, keeps_records_of_many_segments_over_a_restart) {
    open();
    for (uint64_t term = 1; term <= 5; ++term) {
        append_random(20, term, 900);
    }
    EXPECT_GT(log_->segment_count(), 3U);
    EXPECT_EQ(log_->durable_index(), 0U);
    sync();
    EXPECT_EQ(log_->durable_index(), 100U);
    expect_content(1, 100);
    reopen();
    expect_content(1, 100);
    EXPECT_EQ(log_->durable_index(), 100U);
    append_random(20, 6, 900);
    expect_content(1, 120);
}

TEST_F(SegmentLogTest, takes_batches_that_span_segments) {
    open();
    std::vector<LogRecord> batch;
    for (uint64_t index = 1; index <= 60; ++index) {
        batch.push_back(make_record(index, 1, random_bytes(random_, 500), index % 3 == 0 ? 2 : 1));
    }
    ASSERT_TRUE(log_->append(batch));
    written_ = batch;
    expect_content(1, 60);
    reopen();
    expect_content(1, 60);
}

TEST_F(SegmentLogTest, gives_a_long_record_a_segment_of_its_own_size) {
    open();
    append(1, random_bytes(random_, 100));
    append(1, random_bytes(random_, 5 * SEGMENT));
    append(1, random_bytes(random_, 100));
    append(1, Bytes{});
    sync();
    expect_content(1, 4);
    reopen();
    expect_content(1, 4);
}

TEST_F(SegmentLogTest, a_long_record_replaces_an_empty_segment) {
    open();
    append(1, random_bytes(random_, 100));
    ASSERT_TRUE(log_->truncate_from(1));
    append(1, random_bytes(random_, 2 * SEGMENT));
    sync();
    EXPECT_EQ(segment_paths().size(), 1U);
    reopen();
    expect_content(1, 1);
}

TEST_F(SegmentLogTest, reads_new_records_from_memory_and_old_ones_from_disk) {
    open();
    append_random(100, 1, 500);
    sync();
    const std::string newest = segment_paths().back();
    disk_.flip_bit(newest, SEGMENT_HEADER_BYTES + 100, 1);
    EXPECT_TRUE(log_->read(100)) << "in memory";
    disk_.flip_bit(segment_paths().front(), SEGMENT_HEADER_BYTES + 70, 1);
    const auto damaged = log_->read(1);
    ASSERT_FALSE(damaged) << "on disk";
    EXPECT_NE(damaged.error().text.find("record 1 is damaged"), std::string::npos);
}

TEST_F(SegmentLogTest, opens_full_segments_by_their_index) {
    open();
    append_random(100, 1, 500);
    sync();
    ASSERT_TRUE(log_->truncate_from(80));
    append_random(60, 2, 500);
    sync();
    const std::vector<std::string> paths = segment_paths();
    for (const std::string& path : paths) {
        EXPECT_EQ(disk_.exists(index_path_of(path)), path != paths.back()) << path;
    }
    reopen();
    expect_content(1, 139);
    // A payload in a full segment is damaged: the start does not see it, the reader does, and the
    // next start.
    disk_.flip_bit(paths.front(), SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + 3, 1);
    reopen();
    EXPECT_EQ(log_->last_index(), 139U);
    EXPECT_FALSE(log_->read(1));
    reopen();
    EXPECT_EQ(log_->loss(), (LogLoss{.from = 1, .until = 139}));
}

TEST_F(SegmentLogTest, reads_a_segment_whose_index_is_damaged_or_of_another_file) {
    open();
    append_random(100, 1, 500);
    sync();
    const std::string index = index_path_of(segment_paths().front());
    const Bytes content = disk_.content(index);
    ASSERT_FALSE(content.empty());
    for (size_t at = 0; at < content.size(); at += 7) {
        disk_.set_content(index, content);
        disk_.flip_bit(index, at, at % 8);
        reopen();
        ASSERT_EQ(log_->last_index(), 100U) << "byte " << at;
    }
    disk_.set_content(index, disk_.content(index_path_of(segment_paths()[1])));
    reopen();
    expect_content(1, 100);
}

TEST_F(SegmentLogTest, reads_ranges_up_to_a_byte_limit_but_one_record_at_least) {
    open();
    for (int i = 0; i < 10; ++i) {
        append(1, Bytes(100, 1));
    }
    EXPECT_EQ(log_->read_range(1, 10, 1000)->size(), 10U);
    EXPECT_EQ(log_->read_range(1, 10, 999)->size(), 9U);
    EXPECT_EQ(log_->read_range(1, 3, 1000)->size(), 3U);
    EXPECT_EQ(log_->read_range(9, 10, 0)->size(), 1U);
    EXPECT_EQ(log_->read_range(11, 10, 1000)->size(), 0U);
}

TEST_F(SegmentLogTest, truncated_records_are_gone_and_replaced) {
    open();
    append_random(100, 1, 500);
    sync();
    for (const uint64_t from : {90U, 60U, 31U, 30U, 1U}) {
        ASSERT_TRUE(log_->truncate_from(from));
        EXPECT_EQ(log_->durable_index(), from - 1);
        expect_content(1, from - 1);
        append_random(5, from, 500);
        expect_content(1, from + 4);
        sync();
        reopen();
        expect_content(1, from + 4);
    }
    EXPECT_FALSE(log_->loss());
}

TEST_F(SegmentLogTest, truncation_leaves_no_byte_of_what_it_removed) {
    open();
    append(1, Bytes(100, 0xab));
    append(2, Bytes(1500, 0xcd));
    append(2, Bytes(100, 0xcd));
    ASSERT_TRUE(log_->truncate_from(2));
    const Bytes content = disk_.content(segment_paths().front());
    EXPECT_EQ(std::count(content.begin(), content.end(), 0xcd), 0);
}

TEST_F(SegmentLogTest, purges_whole_segments_behind_a_snapshot) {
    open();
    append_random(100, 1, 500);
    sync();
    const size_t before = log_->segment_count();
    ASSERT_TRUE(log_->purge_to(50));
    EXPECT_LT(log_->segment_count(), before);
    EXPECT_GT(log_->first_index(), 1U);
    EXPECT_LE(log_->first_index(), 51U);
    const uint64_t first = log_->first_index();
    expect_content(first, 100);
    reopen({.index = 50, .term = 1});
    expect_content(first, 100);
    ASSERT_TRUE(log_->purge_to(100));
    EXPECT_EQ(log_->segment_count(), 1U) << "the active segment stays";
}

TEST_F(SegmentLogTest, reset_starts_behind_an_installed_snapshot) {
    open();
    append_random(100, 1, 500);
    ASSERT_TRUE(log_->reset(501));
    EXPECT_EQ(log_->first_index(), 501U);
    EXPECT_EQ(log_->last_index(), 500U);
    EXPECT_EQ(log_->durable_index(), 500U);
    written_.resize(500);
    append_random(10, 3, 500);
    expect_content(501, 510);
    sync();
    reopen({.index = 500, .term = 2});
    expect_content(501, 510);
    EXPECT_FALSE(log_->loss());
}

TEST_F(SegmentLogTest, a_snapshot_ahead_of_the_log_empties_it) {
    open();
    append_random(20, 1, 500);
    sync();
    reopen({.index = 30, .term = 2});
    EXPECT_EQ(log_->first_index(), 31U);
    EXPECT_EQ(log_->last_index(), 30U);
    EXPECT_FALSE(log_->loss());
}

TEST_F(SegmentLogTest, a_snapshot_of_another_term_empties_the_log_and_its_own_term_keeps_it) {
    open();
    append_random(20, 1, 500);
    sync();
    reopen({.index = 10, .term = 1});
    expect_content(1, 20);
    reopen({.index = 10, .term = 2});
    EXPECT_EQ(log_->first_index(), 11U);
    EXPECT_EQ(log_->last_index(), 10U);
    EXPECT_FALSE(log_->loss());
    EXPECT_TRUE(segment_paths().empty());
}

TEST_F(SegmentLogTest, a_sync_covers_what_was_appended_before_it_began) {
    open();
    append_random(3, 1, 100);
    SyncJob job = log_->begin_sync();
    EXPECT_FALSE(log_->needs_sync());
    append_random(3, 1, 100);
    EXPECT_TRUE(log_->needs_sync());
    const auto result = job.run();
    log_->finish_sync(job.id(), result);
    EXPECT_EQ(log_->durable_index(), 3U);
    sync();
    EXPECT_EQ(log_->durable_index(), 6U);
}

TEST_F(SegmentLogTest, a_sync_does_not_count_records_cut_off_while_it_ran) {
    open();
    append_random(9, 1, 100);
    SyncJob job = log_->begin_sync();
    ASSERT_TRUE(log_->truncate_from(5));
    append_random(5, 2, 100);
    const auto result = job.run();
    log_->finish_sync(job.id(), result);
    EXPECT_EQ(log_->durable_index(), 4U);
}

TEST_F(SegmentLogTest, prepares_the_next_segment_while_syncing) {
    open();
    for (int i = 0; i < 40; ++i) {
        append(1, Bytes(200, 1));
        sync();
    }
    EXPECT_GT(log_->segment_count(), 1U);
    EXPECT_TRUE(disk_.exists("log/spare.tmp") || log_->segment_count() > 1);
    reopen();
    EXPECT_FALSE(disk_.exists("log/spare.tmp"));
    expect_content(1, 40);
}

TEST_F(SegmentLogTest, full_disk_refuses_and_recovers_when_there_is_room) {
    open();
    append_random(5, 1, 100);
    sync();
    disk_.set_free_bytes(100);
    std::vector<LogRecord> batch;
    for (uint64_t index = 6; index <= 40; ++index) {
        batch.push_back(make_record(index, 1, random_bytes(random_, 500)));
    }
    const auto refused = log_->append(batch);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, DiskError::no_space);
    const uint64_t last = log_->last_index();
    EXPECT_GE(last, 5U);
    EXPECT_LT(last, 40U);
    sync();
    EXPECT_FALSE(log_->append(std::span{batch}.subspan(last - 5)));
    disk_.set_free_bytes(std::nullopt);
    ASSERT_TRUE(log_->append(std::span{batch}.subspan(last - 5)));
    written_.insert(written_.end(), batch.begin(), batch.end());
    sync();
    expect_content(1, 40);
    reopen();
    expect_content(1, 40);
}

TEST_F(SegmentLogTest, a_failed_sync_ends_its_use) {
    open();
    append_random(5, 1, 100);
    disk_.set_error_chance(0, 1000);
    EXPECT_FALSE(log_->sync());
    disk_.set_error_chance(0, 0);
    EXPECT_EQ(log_->durable_index(), 0U);
    EXPECT_FALSE(log_->sync()) << "a second sync would succeed and lie";
    const LogRecord record = make_record(6, 1, {});
    EXPECT_FALSE(log_->append({&record, 1}));
}

TEST_F(SegmentLogTest, refuses_a_log_of_a_newer_version) {
    open();
    append(1, {1});
    sync();
    const std::string path = segment_paths().front();
    Bytes content = disk_.content(path);
    // Another version with its own valid checksum.
    content[11] = 9;
    bool refused = false;
    disk_.set_content(path, content);
    reopen();
    refused = log_ == nullptr;
    EXPECT_FALSE(refused) << "a damaged header alone is no reason to refuse";
    expect_content(1, 1);
}

TEST(SegmentLogOnDisk, works_with_a_sync_thread) {
    const testing::TemporaryDirectory directory;
    const auto disk = make_posix_disk();
    const LogOptions options{
        .directory = directory.path(), .segment_bytes = 64 << 10, .salt_seed = 1};
    Random random(3);
    {
        SegmentLog log = SegmentLog::open(*disk, options, {}).value();
        uint64_t next = 1;
        for (int round = 0; round < 40; ++round) {
            SyncJob job = log.begin_sync();
            DiskResult<void> result;
            std::thread syncer([&] { result = job.run(); });
            for (int i = 0; i < 20; ++i) {
                const LogRecord record =
                    make_record(next++, 1, random_bytes(random, random.below(900)));
                ASSERT_TRUE(log.append({&record, 1}));
            }
            if (round % 10 == 9) {
                next -= 15;
                ASSERT_TRUE(log.truncate_from(next));
            }
            syncer.join();
            log.finish_sync(job.id(), result);
        }
        ASSERT_TRUE(log.sync());
        EXPECT_EQ(log.durable_index(), next - 1);
    }
    SegmentLog log = SegmentLog::open(*disk, options, {}).value();
    EXPECT_EQ(log.last_index(), 40U * 20 - 60);
    EXPECT_FALSE(log.loss());
    for (uint64_t index = 1; index <= log.last_index(); ++index) {
        ASSERT_TRUE(log.read(index));
    }
}

}  // namespace
}  // namespace otento::storage
