// The segment log against power loss and damage. Goal: what was synced is there or is reported as
// lost, what was truncated never returns, and an ordinary power loss is never taken for damage.
// Method: exhaustive cuts and flips of one record, and random lives on the simulated disk compared
// with a model.
#include <otento/base/logger.hpp>
#include <otento/storage/segment_index.hpp>
#include <otento/storage/testing/log_fixture.hpp>

#include <cstdlib>
#include <map>

namespace otento::storage {
namespace {

using testing::LogFixture;
using testing::make_record;
using testing::random_bytes;
using testing::SimDisk;

class SegmentLogCrashTest : public LogFixture {
  protected:
    /// Offset of a record's header in its segment.
    [[nodiscard]] static uint64_t offset_of(const std::vector<LogRecord>& records, size_t count) {
        uint64_t at = SEGMENT_HEADER_BYTES;
        for (size_t i = 0; i < count; ++i) {
            at += record_bytes(records[i].payload == nullptr ? 0 : records[i].payload->size());
        }
        return at;
    }
};

TEST_F(SegmentLogCrashTest, file_cut_at_every_byte_of_the_last_record_loses_only_that_record) {
    open();
    append_random(3, 1, 300);
    append(1, random_bytes(random_, 1500));
    sync();
    const std::string path = segment_paths().front();
    const Bytes whole = disk_.content(path);
    const uint64_t begin = offset_of(written_, 3);
    for (uint64_t cut = begin; cut < begin + RECORD_HEADER_BYTES + 1500; ++cut) {
        disk_.set_content(path,
                          Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(cut)));
        reopen();
        ASSERT_FALSE(log_->loss()) << "cut at " << cut;
        expect_content(1, 3);
    }
    // And the log goes on from there.
    append(2, random_bytes(random_, 200));
    sync();
    reopen();
    expect_content(1, 4);
}

TEST_F(SegmentLogCrashTest, zeros_from_every_byte_of_the_last_record_never_give_it_back_changed) {
    open();
    append_random(3, 1, 300);
    append(1, random_bytes(random_, 1500));
    sync();
    const std::string path = segment_paths().front();
    const Bytes whole = disk_.content(path);
    const uint64_t begin = offset_of(written_, 3);
    const uint64_t end = begin + RECORD_HEADER_BYTES + 1500;
    size_t torn = 0;
    for (uint64_t cut = begin; cut < end; ++cut) {
        Bytes content = whole;
        std::fill(content.begin() + static_cast<std::ptrdiff_t>(cut), content.end(), 0);
        if (content == whole) {
            continue;  // The last bytes were zeros anyway.
        }
        disk_.set_content(path, content);
        disk_.set_content("log/loss", {});
        reopen();
        expect_content(1, 3);
        // Whole sectors missing: torn. A part of a sector missing: nothing the disk could have
        // done.
        const bool explained =
            cut % SECTOR_BYTES == 0 || cut / SECTOR_BYTES < (end - 1) / SECTOR_BYTES;
        const bool in_header = cut < begin + RECORD_HEADER_BYTES && cut != begin;
        if (cut == begin || (explained && !in_header)) {
            ASSERT_FALSE(log_->loss()) << "zeros from " << cut;
            ++torn;
        } else {
            ASSERT_EQ(log_->loss(), (LogLoss{.from = 4, .until = 4})) << "zeros from " << cut;
        }
    }
    EXPECT_GT(torn, 900U);
}

TEST_F(SegmentLogCrashTest,
       any_flipped_bit_of_a_record_in_the_middle_is_a_loss_of_all_that_follows) {
    open();
    append_random(2, 1, 300);
    append(1, random_bytes(random_, 700));
    append_random(3, 2, 300);
    sync();
    const std::string path = segment_paths().front();
    const Bytes whole = disk_.content(path);
    const uint64_t begin = offset_of(written_, 2);
    for (uint64_t at = begin; at < begin + RECORD_HEADER_BYTES + 700; ++at) {
        for (unsigned bit = static_cast<unsigned>(at % 3); bit < 8; bit += 3) {
            disk_.set_content(path, whole);
            disk_.set_content("log/loss", {});
            disk_.flip_bit(path, at, bit);
            reopen();
            ASSERT_EQ(log_->loss(), (LogLoss{.from = 3, .until = 6}))
                << "byte " << at << " bit " << bit;
            expect_content(1, 2);
        }
    }
}

TEST_F(SegmentLogCrashTest, any_flipped_bit_of_the_last_record_is_a_loss_of_it) {
    open();
    append_random(2, 1, 300);
    append(1, random_bytes(random_, 700));
    sync();
    const std::string path = segment_paths().front();
    const Bytes whole = disk_.content(path);
    const uint64_t begin = offset_of(written_, 2);
    for (uint64_t at = begin; at < begin + RECORD_HEADER_BYTES + 700; ++at) {
        disk_.set_content(path, whole);
        disk_.set_content("log/loss", {});
        disk_.flip_bit(path, at, at % 8);
        reopen();
        ASSERT_EQ(log_->loss(), (LogLoss{.from = 3, .until = 3})) << "byte " << at;
        expect_content(1, 2);
    }
}

TEST_F(SegmentLogCrashTest, a_zeroed_sector_is_a_loss_once_a_later_record_called_it_durable) {
    open();
    append(1, random_bytes(random_, 2000));
    sync();
    append(1, random_bytes(random_, 100));
    sync();
    const std::string path = segment_paths().front();
    Bytes content = disk_.content(path);
    std::fill(content.begin() + 1024, content.begin() + 1536, 0);
    disk_.set_content(path, content);
    reopen();
    EXPECT_EQ(log_->loss(), (LogLoss{.from = 1, .until = 2}));
    EXPECT_EQ(log_->last_index(), 0U);
}

TEST_F(SegmentLogCrashTest, a_payload_with_zero_sectors_of_its_own_does_not_pass_as_torn) {
    open();
    append(1, Bytes(3000, 0));
    sync();
    disk_.flip_bit(segment_paths().front(), SEGMENT_HEADER_BYTES + RECORD_HEADER_BYTES + 10, 0);
    reopen();
    EXPECT_EQ(log_->loss(), (LogLoss{.from = 1, .until = 1}));
}

TEST_F(SegmentLogCrashTest, a_payload_that_looks_like_records_is_not_taken_for_them) {
    open();
    append(1, random_bytes(random_, 50));
    sync();
    // A user who knows the format, but not the salt, puts a valid looking record into a payload.
    Bytes forged(640);
    encode_record_header({.index = 1000, .term = 1, .durable_index = 999}, 12345, 704,
                         forged.data());
    append(1, forged);
    const std::string path = segment_paths().front();
    Bytes content = disk_.content(path);
    std::fill(content.begin() + 640, content.begin() + 704, 0);  // The header was never written.
    disk_.set_content(path, content);
    reopen();
    EXPECT_FALSE(log_->loss());
    EXPECT_EQ(log_->last_index(), 1U);
}

TEST_F(SegmentLogCrashTest, a_missing_segment_is_a_loss) {
    open();
    append_random(60, 1, 500);
    sync();
    append(1, {1});
    sync();
    const std::vector<std::string> paths = segment_paths();
    ASSERT_GT(paths.size(), 2U);
    const uint64_t gap = parse_segment_name(paths[1].substr(4))->first_index;
    ASSERT_TRUE(disk_.remove(paths[1]));
    reopen();
    EXPECT_EQ(log_->loss(), (LogLoss{.from = gap, .until = 61}));
    expect_content(1, gap - 1);
}

TEST_F(SegmentLogCrashTest, a_missing_first_segment_is_a_loss_of_everything_behind_the_snapshot) {
    open();
    append_random(60, 1, 500);
    sync();
    append(1, {1});
    sync();
    ASSERT_TRUE(disk_.remove(segment_paths().front()));
    reopen({.index = 3, .term = 1});
    EXPECT_EQ(log_->loss(), (LogLoss{.from = 4, .until = 61}));
    EXPECT_EQ(log_->first_index(), 4U);
    EXPECT_EQ(log_->last_index(), 3U);
}

TEST_F(SegmentLogCrashTest, damage_behind_the_snapshot_is_no_loss) {
    open();
    append_random(60, 1, 500);
    sync();
    const std::vector<std::string> paths = segment_paths();
    const uint64_t second = parse_segment_name(paths[1].substr(4))->first_index;
    ASSERT_TRUE(disk_.remove(index_path_of(paths.front())));
    disk_.flip_bit(paths.front(), SEGMENT_HEADER_BYTES + 20, 1);
    reopen({.index = second + 1, .term = 1});
    EXPECT_FALSE(log_->loss());
    expect_content(second, 60);
}

TEST_F(SegmentLogCrashTest, loss_is_remembered_until_cleared) {
    open();
    append_random(5, 1, 100);
    sync();
    disk_.flip_bit(segment_paths().front(), SEGMENT_HEADER_BYTES + 20, 1);
    reopen();
    EXPECT_EQ(log_->loss(), (LogLoss{.from = 1, .until = 5}));
    reopen();
    EXPECT_EQ(log_->loss(), (LogLoss{.from = 1, .until = 5}));
    ASSERT_TRUE(log_->clear_loss());
    reopen();
    EXPECT_FALSE(log_->loss());
}

// One life after the other on one disk, against a model of what may and what must be there.
class Life {
  public:
    explicit Life(uint64_t seed) : seed_(seed), random_(seed), disk_(seed + 1) {}

    void run() {
        for (int life = 0; life < 6; ++life) {
            disk_.power_off_after(random_.chance(700) ? 1 + random_.below(60) : 0);
            if (random_.chance(300)) {
                disk_.set_error_chance(0, 50);  // Syncs that fail, and then lie.
            }
            live();
            disk_.set_error_chance(0, 0);
            if (::testing::Test::HasFatalFailure()) {
                return;
            }
            random_.chance(800) ? disk_.crash() : disk_.kill();
            check();
            if (::testing::Test::HasFatalFailure()) {
                return;
            }
        }
    }

  private:
    [[nodiscard]] DiskResult<SegmentLog> open_log() {
        return SegmentLog::open(
            disk_,
            {.directory = "log", .segment_bytes = 4096, .cache_bytes = 500, .salt_seed = seed_},
            base_);
    }

    void live() {
        auto opened = open_log();
        if (!opened) {
            return;
        }
        SegmentLog log = std::move(opened).value();
        for (int step = 0; step < 60 && disk_.powered(); ++step) {
            const uint64_t choice = random_.below(100);
            if (choice < 50) {
                append(log);
            } else if (choice < 80) {
                sync(log);
            } else if (choice < 90) {
                truncate(log);
            } else if (choice < 96) {
                snapshot(log);
            } else {
                install(log);
            }
        }
    }

    void append(SegmentLog& log) {
        std::vector<LogRecord> batch;
        term_ += random_.chance(200) ? 1 : 0;
        const uint64_t count = 1 + random_.below(4);
        for (uint64_t i = 0; i < count; ++i) {
            const size_t size =
                random_.chance(100) ? 3000 + random_.below(4000) : random_.below(700);
            Bytes payload = random_.chance(200) ? Bytes(size, 0) : random_bytes(random_, size);
            batch.push_back(make_record(log.last_index() + 1 + i, term_, std::move(payload)));
        }
        for (const LogRecord& record : batch) {
            tried_[record.index].push_back(record);
        }
        static_cast<void>(log.append(batch));
    }

    void sync(SegmentLog& log) {
        if (log.sync()) {
            ASSERT_EQ(log.durable_index(), log.last_index());
            must_have_ = log.last_index();
        }
    }

    void truncate(SegmentLog& log) {
        const uint64_t low = std::max(base_.index + 1, log.first_index());
        if (log.last_index() < low) {
            return;
        }
        const uint64_t from = low + random_.below(log.last_index() - low + 1);
        must_have_ = std::min(must_have_, from - 1);
        // Until it is reported done, either the old or the cut log may be found.
        if (log.truncate_from(from)) {
            forbid(from);
        }
    }

    void snapshot(SegmentLog& log) {
        if (must_have_ <= base_.index) {
            return;
        }
        const uint64_t index = base_.index + 1 + random_.below(must_have_ - base_.index);
        base_ = {.index = index, .term = log.term_at(index)};
        static_cast<void>(log.purge_to(index));
    }

    void install(SegmentLog& log) {
        // A snapshot far ahead of, or in conflict with, the log.
        const uint64_t index = log.last_index() + random_.below(3);
        if (index <= base_.index) {
            return;
        }
        base_ = {.index = index, .term = ++term_};
        must_have_ = index;
        if (log.reset(index + 1)) {
            forbid(1);
        }
    }

    /// Records that were reported gone must not be seen again.
    void forbid(uint64_t from) { tried_.erase(tried_.lower_bound(from), tried_.end()); }

    void check() {
        auto opened = open_log();
        ASSERT_TRUE(opened) << "seed " << seed_ << ": " << opened.error().text;
        SegmentLog log = std::move(opened).value();
        ASSERT_FALSE(log.loss()) << "seed " << seed_ << ": power loss taken for damage, from "
                                 << log.loss()->from;
        ASSERT_GE(log.last_index(), must_have_) << "seed " << seed_;
        ASSERT_LE(log.first_index(), base_.index + 1) << "seed " << seed_;
        uint64_t last_term = 0;
        for (uint64_t index = log.first_index(); index <= log.last_index(); ++index) {
            const auto record = log.read(index);
            ASSERT_TRUE(record) << "seed " << seed_ << ": " << record.error().text;
            ASSERT_GE(record->term, last_term) << "seed " << seed_;
            last_term = record->term;
            const auto known = tried_.find(index);
            ASSERT_NE(known, tried_.end()) << "seed " << seed_ << ": a ghost at " << index;
            ASSERT_TRUE(
                std::any_of(known->second.begin(), known->second.end(),
                            [&](const LogRecord& tried) { return testing::same(tried, *record); }))
                << "seed " << seed_ << ": a ghost at " << index;
            // What it is now is what it stays.
            known->second = {*record};
        }
        forbid(log.last_index() + 1);
        must_have_ = log.last_index();
    }

    const uint64_t seed_;
    Random random_;
    SimDisk disk_;
    LogStart base_;
    uint64_t term_ = 1;
    uint64_t must_have_ = 0;
    std::map<uint64_t, std::vector<LogRecord>> tried_;
};

TEST(SegmentLogLives, random_crashes_lose_nothing_synced_and_bring_nothing_back) {
    // OTENTO_SEEDS=first:end for a longer search, or to look at one seed.
    const char* wanted = std::getenv("OTENTO_SEEDS");
    char* rest = nullptr;
    const uint64_t first = wanted == nullptr ? 0 : std::strtoull(wanted, &rest, 10);
    const uint64_t end = wanted == nullptr ? 1500 : std::strtoull(rest + 1, nullptr, 10);
    logger::set_level(end == first + 1 ? logger::Level::trace : logger::Level::error);
    for (uint64_t seed = first; seed < end; ++seed) {
        Life(seed).run();
        if (::testing::Test::HasFatalFailure()) {
            return;
        }
    }
}

}  // namespace
}  // namespace otento::storage
