// The durable log under Raft: append-only segment files, checksummed, preallocated, synced in
// groups. File format: log_record.hpp. What a start believes of it: log_recovery.hpp.
//
// One owner. A SyncJob alone may run on another thread while the owner goes on; begin_sync() and
// finish_sync() are the owner's. Files in the directory: segments, `spare.tmp` (the next segment,
// being prepared), `cut` (a truncation under way), `loss` (records lost to damage and not yet
// repaired).
#pragma once

#include <otento/storage/log_recovery.hpp>
#include <otento/storage/slot_file.hpp>

#include <deque>
#include <memory>

namespace otento::storage {

struct LogRecord {
    uint64_t index = 0;
    uint64_t term = 0;
    uint8_t type = 0;
    std::shared_ptr<const Bytes> payload;  ///< Null is empty, and read back as null.
};

struct LogOptions {
    std::string directory;              ///< Must exist.
    uint64_t segment_bytes = 16 << 20;  ///< A longer record gets a segment of its own size.
    uint64_t cache_bytes = 16 << 20;    ///< Payloads of the newest records kept in memory.
    uint64_t salt_seed = 0;             ///< Unpredictable to users; see log_record.hpp.
};

/// One round of making appended records durable. Knows files, not the log, so it may run anywhere.
class SyncJob {
  public:
    [[nodiscard]] uint64_t id() const noexcept { return id_; }
    /// Blocks on the disk. Call once.
    [[nodiscard]] DiskResult<void> run();

  private:
    friend class SegmentLog;
    uint64_t id_ = 0;
    Disk* disk_ = nullptr;
    std::string directory_;  // Empty: no entry changed.
    std::vector<std::shared_ptr<File>> files_;
    std::shared_ptr<File> spare_;  // To be grown to spare_bytes_ on this occasion.
    uint64_t spare_bytes_ = 0;
};

class SegmentLog {
  public:
    /// Opens or creates the log, finishes what a crash interrupted, cuts what is torn or damaged
    /// and makes the rest durable. Never fails for what the files contain, but for a newer format
    /// version.
    [[nodiscard]] static DiskResult<SegmentLog> open(Disk& disk, const LogOptions& options,
                                                     const LogStart& start);

    // --- Content

    [[nodiscard]] uint64_t first_index() const noexcept { return first_index_; }
    /// first_index() - 1 if there is no record.
    [[nodiscard]] uint64_t last_index() const noexcept { return next_index_ - 1; }
    /// Everything up to here survives power loss, as far as finished syncs tell.
    [[nodiscard]] uint64_t durable_index() const noexcept { return durable_index_; }
    /// Of a record in [first_index(), last_index()]; 0 outside.
    [[nodiscard]] uint64_t term_at(uint64_t index) const noexcept;
    [[nodiscard]] uint32_t length_at(uint64_t index) const noexcept;
    [[nodiscard]] uint8_t type_at(uint64_t index) const noexcept;
    /// One record, from memory or disk; an error if it cannot be read or its checksum does not fit.
    [[nodiscard]] DiskResult<LogRecord> read(uint64_t index);
    /// `count` records from `first` on, fewer when `bytes_max` of payload are exceeded, but one at
    /// least.
    [[nodiscard]] DiskResult<std::vector<LogRecord>> read_range(uint64_t first, uint64_t count,
                                                                uint64_t bytes_max);

    // --- Changes

    /// Appends consecutive records from last_index() + 1 on; durable after a sync. After `no_space`
    /// the log holds those up to last_index() and takes the rest once there is room. After any
    /// other error of a change the log must be opened anew.
    [[nodiscard]] DiskResult<void> append(std::span<const LogRecord> records);
    /// Removes the records from `index` on, durably; they cannot come back. Blocks for three syncs.
    [[nodiscard]] DiskResult<void> truncate_from(uint64_t index);
    /// Removes whole segments of records up to `index`, all of them behind a durable snapshot.
    [[nodiscard]] DiskResult<void> purge_to(uint64_t index);
    /// Removes all records, durably; the next one has `next_index`.
    [[nodiscard]] DiskResult<void> reset(uint64_t next_index);

    // --- Syncing

    [[nodiscard]] bool needs_sync() const noexcept;
    /// A job that covers all that is appended now.
    [[nodiscard]] SyncJob begin_sync();
    /// Takes a job's result. Records cut off while it ran do not count.
    void finish_sync(uint64_t job_id, const DiskResult<void>& result);
    /// Both at once, here.
    [[nodiscard]] DiskResult<void> sync();

    // --- Loss

    /// Records lost to damage, at this start or an earlier one, until clear_loss().
    [[nodiscard]] const std::optional<LogLoss>& loss() const noexcept { return loss_; }
    /// The lost records are back, or proven unneeded.
    [[nodiscard]] DiskResult<void> clear_loss();

    [[nodiscard]] uint64_t disk_bytes() const noexcept;
    [[nodiscard]] size_t segment_count() const noexcept { return segments_.size(); }

  private:
    struct PendingSync {
        uint64_t id = 0;
        uint64_t index = 0;  // Becomes durable with it.
        uint64_t spare_bytes = 0;
        bool has_spare = false;
    };
    /// Removal of the records from `index` on: all of the later segments, one segment from `offset`
    /// on.
    struct Cut {
        uint64_t index = 0;  // 0: none.
        SegmentName partial;
        uint64_t offset = 0;  // 0: no segment is cut in its midst.
    };

    SegmentLog(Disk& disk, LogOptions options, SlotFile cut, SlotFile loss);
    [[nodiscard]] DiskResult<void> recover(const LogStart& start);
    [[nodiscard]] DiskResult<void> make_durable(uint64_t known_durable);
    [[nodiscard]] DiskResult<void> mark_loss(const LogLoss& loss);
    [[nodiscard]] DiskResult<void> finish_interrupted_cut();
    [[nodiscard]] DiskResult<void> remove_surplus(const RecoveredLog& recovered);
    [[nodiscard]] DiskResult<void> cut_files(const Cut& cut, bool again = false);
    [[nodiscard]] DiskResult<void> perform(const Cut& cut, bool again);
    [[nodiscard]] static Bytes encode(const Cut& cut);
    [[nodiscard]] static Cut decode_cut(const std::optional<Bytes>& in);
    [[nodiscard]] static DiskResult<void> zero_behind(File& file, uint64_t offset, bool again);
    [[nodiscard]] static DiskResult<void> write_again(File& file, uint64_t begin, uint64_t end);
    [[nodiscard]] DiskResult<void> remove_if_present(const std::string& path);
    [[nodiscard]] DiskResult<void> remove_index(const std::string& segment_path);
    [[nodiscard]] DiskResult<void> usable() const;
    [[nodiscard]] DiskResult<void> guarded(DiskResult<void> result);

    [[nodiscard]] DiskResult<void> append_to_active(std::span<const LogRecord> records);
    [[nodiscard]] size_t records_that_fit(std::span<const LogRecord> records) const noexcept;
    [[nodiscard]] DiskResult<void> scrub();
    [[nodiscard]] DiskResult<void> roll(uint64_t record_bytes);
    [[nodiscard]] DiskResult<std::shared_ptr<File>> take_spare(uint64_t bytes);
    void plan_spare(SyncJob& job);
    void index_full_segments();
    void mark_unsynced(const std::shared_ptr<File>& file);
    [[nodiscard]] DiskResult<std::shared_ptr<File>> file_of(LogSegment& segment);
    [[nodiscard]] LogSegment* segment_of(uint64_t index) noexcept;
    [[nodiscard]] const LogSegment* segment_of(uint64_t index) const noexcept;
    void forget_from(uint64_t index);

    Disk* disk_;
    LogOptions options_;
    SlotFile cut_file_;
    SlotFile loss_file_;
    std::optional<LogLoss> loss_;
    bool broken_ = false;

    std::deque<LogSegment> segments_;
    TermRuns terms_;
    uint64_t first_index_ = 1;
    uint64_t next_index_ = 1;
    uint64_t durable_index_ = 0;
    bool index_pending_ = false;  // A segment became full and has no index yet.
    uint64_t salt_counter_ = 0;
    bool must_scrub_ =
        false;  // A failed write may have left bytes behind the active segment's tail.

    std::deque<std::shared_ptr<const Bytes>> cache_;  // Payloads of the newest records.
    uint64_t cached_bytes_ = 0;

    std::vector<std::shared_ptr<File>> unsynced_;
    bool directory_changed_ = false;
    uint64_t next_job_ = 1;
    std::vector<PendingSync> pending_;
    std::shared_ptr<File> spare_;
    uint64_t spare_bytes_ = 0;
    size_t open_files_ = 0;
};

}  // namespace otento::storage
