// One file of the segment log as it is known in memory, and the terms of all records.
#pragma once

#include <otento/storage/disk.hpp>
#include <otento/storage/log_record.hpp>

namespace otento::storage {

/// Where a record lies: its header at `slot` * RECORD_ALIGNMENT.
struct RecordPlace {
    uint32_t slot = 0;
    uint32_t length = 0;  ///< Of the payload.

    [[nodiscard]] uint64_t offset() const noexcept { return uint64_t{slot} * RECORD_ALIGNMENT; }
};

struct LogSegment {
    SegmentName name;
    std::string path;
    std::shared_ptr<File> file;  ///< Null while nobody needs it.
    uint64_t capacity = 0;       ///< Bytes of the file.
    uint64_t tail = SEGMENT_HEADER_BYTES;
    bool indexed = false;  ///< It has a file of segment_index.hpp.
    std::vector<RecordPlace> places;
    std::vector<uint8_t> types;

    [[nodiscard]] uint64_t next_index() const noexcept { return name.first_index + places.size(); }
    [[nodiscard]] const RecordPlace& place(uint64_t index) const noexcept {
        return places[static_cast<size_t>(index - name.first_index)];
    }
};

/// Terms by index, as runs: terms change seldom and never fall.
class TermRuns {
  public:
    void push(uint64_t index, uint64_t term) {
        if (runs_.empty() || runs_.back().term != term) {
            runs_.push_back({index, term});
        }
    }
    /// Forgets the indexes from `index` on.
    void truncate_from(uint64_t index) noexcept {
        while (!runs_.empty() && runs_.back().first_index >= index) {
            runs_.pop_back();
        }
    }
    /// Forgets the runs that end before `index`.
    void purge_to(uint64_t index) noexcept {
        size_t gone = 0;
        while (gone + 1 < runs_.size() && runs_[gone + 1].first_index <= index) {
            ++gone;
        }
        runs_.erase(runs_.begin(), runs_.begin() + static_cast<std::ptrdiff_t>(gone));
    }
    void clear() noexcept { runs_.clear(); }
    /// Of an index not below the first and not above the last pushed.
    [[nodiscard]] uint64_t at(uint64_t index) const noexcept {
        const auto after = std::upper_bound(
            runs_.begin(), runs_.end(), index,
            [](uint64_t value, const Run& run) { return value < run.first_index; });
        return after == runs_.begin() ? 0 : std::prev(after)->term;
    }

  private:
    struct Run {
        uint64_t first_index;
        uint64_t term;
    };
    std::vector<Run> runs_;
};

}  // namespace otento::storage
