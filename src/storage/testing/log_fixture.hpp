// A segment log on a simulated disk, and how to fill and compare it.
#pragma once

#include <otento/storage/segment_log.hpp>
#include <otento/storage/testing/sim_disk.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace otento::storage::testing {

inline Bytes random_bytes(Random& random, size_t size) {
    Bytes out(size);
    for (uint8_t& byte : out) {
        byte = static_cast<uint8_t>(random.next());
    }
    return out;
}

inline LogRecord make_record(uint64_t index, uint64_t term, Bytes payload, uint8_t type = 1) {
    return {
        .index = index,
        .term = term,
        .type = type,
        .payload = payload.empty() ? nullptr : std::make_shared<const Bytes>(std::move(payload))};
}

inline bool same(const LogRecord& a, const LogRecord& b) {
    const auto view = [](const LogRecord& r) {
        return r.payload ? BytesView{*r.payload} : BytesView{};
    };
    return a.index == b.index && a.term == b.term && a.type == b.type && equal(view(a), view(b));
}

class LogFixture : public ::testing::Test {
  protected:
    static constexpr uint64_t SEGMENT = 8192;

    [[nodiscard]] LogOptions options() const {
        return {.directory = "log", .segment_bytes = SEGMENT, .cache_bytes = 4096, .salt_seed = 7};
    }
    void open(LogStart start = {}) {
        log_.reset();
        auto log = SegmentLog::open(disk_, options(), start);
        ASSERT_TRUE(log) << log.error().text;
        log_ = std::make_unique<SegmentLog>(std::move(log).value());
    }
    void reopen(LogStart start = {}) {
        disk_.kill();
        open(start);
    }
    /// Appends and remembers one record.
    void append(uint64_t term, Bytes payload) {
        const LogRecord record = make_record(log_->last_index() + 1, term, std::move(payload));
        ASSERT_TRUE(log_->append({&record, 1}));
        written_.resize(static_cast<size_t>(record.index - 1));
        written_.push_back(record);
    }
    void append_random(size_t count, uint64_t term, size_t size_max) {
        for (size_t i = 0; i < count; ++i) {
            append(term, random_bytes(random_, random_.below(size_max + 1)));
        }
    }
    void sync() { ASSERT_TRUE(log_->sync()); }
    /// The log holds exactly [first, last] of what was written.
    void expect_content(uint64_t first, uint64_t last) {
        ASSERT_EQ(log_->first_index(), first);
        ASSERT_EQ(log_->last_index(), last);
        for (uint64_t index = first; index <= last; ++index) {
            const auto record = log_->read(index);
            ASSERT_TRUE(record) << record.error().text;
            ASSERT_TRUE(same(*record, written_[static_cast<size_t>(index - 1)]))
                << "record " << index;
            ASSERT_EQ(log_->term_at(index), record->term);
            ASSERT_EQ(log_->length_at(index), record->payload ? record->payload->size() : 0);
            ASSERT_EQ(log_->type_at(index), record->type);
        }
    }
    [[nodiscard]] std::vector<std::string> segment_paths() {
        std::vector<std::string> out;
        const std::vector<std::string> names = disk_.list("log").value();
        for (const std::string& name : names) {
            if (parse_segment_name(name)) {
                out.push_back("log/" + name);
            }
        }
        return out;
    }

    Random random_{42};
    SimDisk disk_{1};
    std::unique_ptr<SegmentLog> log_;
    std::vector<LogRecord> written_;
};

}  // namespace otento::storage::testing
