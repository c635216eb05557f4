#include <otento/storage/segment_log.hpp>

#include <otento/base/logger.hpp>
#include <otento/storage/crc32c.hpp>
#include <otento/storage/segment_index.hpp>

namespace otento::storage {
namespace {

constexpr std::string_view SPARE_NAME = "/spare.tmp";
constexpr size_t SPARE_STEPS = 16;     // Grown step by step, so that no sync waits long for it.
constexpr size_t OPEN_FILES_MAX = 16;  // Of segments that are only read.
constexpr uint64_t PAGE_BYTES = 4096;
constexpr size_t ZERO_CHUNK = 64 << 10;

const Bytes& zeros() {
    static const Bytes ZEROS(ZERO_CHUNK, 0);
    return ZEROS;
}

/// Salts only have to be unknown to those who write payloads, and different from file to file.
uint64_t mix(uint64_t seed, uint64_t index, uint64_t counter) {
    uint64_t x = seed ^ (index * 0x9e3779b97f4a7c15ULL) ^ (counter << 48);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
    return x ^ (x >> 31);
}

BytesView payload_of(const LogRecord& record) {
    return record.payload == nullptr ? BytesView{} : BytesView{*record.payload};
}

}  // namespace

DiskResult<void> SyncJob::run() {
    for (const std::shared_ptr<File>& file : files_) {
        TRY_VOID(file->sync());
    }
    if (!directory_.empty()) {
        TRY_VOID(disk_->sync_directory(directory_));
    }
    if (spare_ != nullptr) {
        // A disk too full for it is found out again, and answered, when the segment is needed.
        if (spare_->preallocate(spare_bytes_)) {
            TRY_VOID(spare_->sync());
        }
    }
    return {};
}

// --- Content

LogSegment* SegmentLog::segment_of(uint64_t index) noexcept {
    return const_cast<LogSegment*>(std::as_const(*this).segment_of(index));
}

const LogSegment* SegmentLog::segment_of(uint64_t index) const noexcept {
    if (index < first_index_ || index >= next_index_) {
        return nullptr;
    }
    const auto after = std::upper_bound(
        segments_.begin(), segments_.end(), index,
        [](uint64_t value, const LogSegment& segment) { return value < segment.name.first_index; });
    return &*std::prev(after);
}

uint64_t SegmentLog::term_at(uint64_t index) const noexcept {
    return segment_of(index) == nullptr ? 0 : terms_.at(index);
}

uint32_t SegmentLog::length_at(uint64_t index) const noexcept {
    const LogSegment* segment = segment_of(index);
    return segment == nullptr ? 0 : segment->place(index).length;
}

uint8_t SegmentLog::type_at(uint64_t index) const noexcept {
    const LogSegment* segment = segment_of(index);
    return segment == nullptr
               ? 0
               : segment->types[static_cast<size_t>(index - segment->name.first_index)];
}

DiskResult<std::shared_ptr<File>> SegmentLog::file_of(LogSegment& segment) {
    if (segment.file != nullptr) {
        return segment.file;
    }
    if (open_files_ >= OPEN_FILES_MAX) {
        for (size_t i = 0; i + 1 < segments_.size(); ++i) {
            // A file with unsynced records stays open through unsynced_.
            segments_[i].file.reset();
        }
        open_files_ = 0;
    }
    TRY(std::unique_ptr<File> file, disk_->open(segment.path, OpenMode::existing));
    segment.file = std::move(file);
    ++open_files_;
    return segment.file;
}

DiskResult<LogRecord> SegmentLog::read(uint64_t index) {
    LogSegment* segment = segment_of(index);
    ASSERT(segment != nullptr);
    LogRecord out{
        .index = index, .term = terms_.at(index), .type = type_at(index), .payload = nullptr};
    if (next_index_ - index <= cache_.size()) {
        out.payload = cache_[cache_.size() - static_cast<size_t>(next_index_ - index)];
        return out;
    }
    const RecordPlace place = segment->place(index);
    TRY(const std::shared_ptr<File> file, file_of(*segment));
    Bytes bytes(RECORD_HEADER_BYTES + place.length);
    TRY(const size_t n, file->pread(place.offset(), bytes));
    RecordHeader header;
    const bool good = n == bytes.size() &&
                      decode_record_header(bytes.data(), segment->name.salt, place.offset(),
                                           header) == RecordState::valid &&
                      header.index == index && header.length == place.length &&
                      crc32c(BytesView{bytes}.subspan(RECORD_HEADER_BYTES)) == header.payload_crc;
    if (!good) {
        // What vouched for this segment was wrong: the next start has to read it.
        static_cast<void>(remove_index(segment->path));
        directory_changed_ = true;
        return Err(DiskError{DiskError::io,
                             segment->path + ": record " + std::to_string(index) + " is damaged"});
    }
    if (place.length != 0) {
        bytes.erase(bytes.begin(), bytes.begin() + RECORD_HEADER_BYTES);
        out.payload = std::make_shared<const Bytes>(std::move(bytes));
    }
    return out;
}

DiskResult<std::vector<LogRecord>> SegmentLog::read_range(uint64_t first, uint64_t count,
                                                          uint64_t bytes_max) {
    std::vector<LogRecord> out;
    uint64_t bytes = 0;
    for (uint64_t index = first; index < next_index_ && index - first < count; ++index) {
        bytes += length_at(index);
        if (!out.empty() && bytes > bytes_max) {
            break;
        }
        TRY(LogRecord record, read(index));
        out.push_back(std::move(record));
    }
    return out;
}

uint64_t SegmentLog::disk_bytes() const noexcept {
    uint64_t sum = spare_bytes_;
    for (const LogSegment& segment : segments_) {
        sum += segment.capacity;
    }
    return sum;
}

// --- Appending

DiskResult<void> SegmentLog::usable() const {
    if (broken_) {
        return Err(DiskError{
            DiskError::io,
            options_.directory + ": an earlier operation failed; the log must be opened anew"});
    }
    return {};
}

/// After an error in the midst of a change only opening the log anew tells what the files hold.
DiskResult<void> SegmentLog::guarded(DiskResult<void> result) {
    if (!result && result.error().code != DiskError::no_space) {
        broken_ = true;
    }
    return result;
}

size_t SegmentLog::records_that_fit(std::span<const LogRecord> records) const noexcept {
    if (segments_.empty()) {
        return 0;
    }
    const LogSegment& active = segments_.back();
    uint64_t at = active.tail;
    size_t count = 0;
    while (count < records.size()) {
        at += record_bytes(payload_of(records[count]).size());
        if (at > active.capacity) {
            break;
        }
        ++count;
    }
    return count;
}

DiskResult<void> SegmentLog::append(std::span<const LogRecord> records) {
    TRY_VOID(usable());
    TRY_VOID(guarded(scrub()));
    while (!records.empty()) {
        ASSERT(records.front().index == next_index_);
        size_t fit = records_that_fit(records);
        if (fit == 0) {
            TRY_VOID(guarded(roll(record_bytes(payload_of(records.front()).size()))));
            fit = records_that_fit(records);
            ASSERT(fit != 0);
        }
        TRY_VOID(guarded(append_to_active(records.first(fit))));
        records = records.subspan(fit);
    }
    return {};
}

DiskResult<void> SegmentLog::append_to_active(std::span<const LogRecord> records) {
    LogSegment& active = segments_.back();
    std::vector<std::array<uint8_t, RECORD_HEADER_BYTES>> headers(records.size());
    std::vector<BytesView> parts;
    parts.reserve(3 * records.size());
    uint64_t at = active.tail;
    for (size_t i = 0; i < records.size(); ++i) {
        const BytesView payload = payload_of(records[i]);
        const RecordHeader header{
            .payload_crc = crc32c(payload),
            .index = records[i].index,
            .term = records[i].term,
            .durable_index = durable_index_,
            .length = static_cast<uint32_t>(payload.size()),
            .zero_pieces = count_zero_pieces(at + RECORD_HEADER_BYTES, payload),
            .type = records[i].type};
        encode_record_header(header, active.name.salt, at, headers[i].data());
        const uint64_t bytes = record_bytes(payload.size());
        parts.push_back(headers[i]);
        parts.push_back(payload);
        parts.push_back(BytesView{zeros()}.first(bytes - RECORD_HEADER_BYTES - payload.size()));
        at += bytes;
    }
    TRY(const std::shared_ptr<File> file, file_of(active));
    must_scrub_ = true;
    TRY_VOID(file->pwritev(active.tail, parts));
    must_scrub_ = false;
    mark_unsynced(file);
    for (const LogRecord& record : records) {
        const auto length = static_cast<uint32_t>(payload_of(record).size());
        active.places.push_back({static_cast<uint32_t>(active.tail / RECORD_ALIGNMENT), length});
        active.types.push_back(record.type);
        active.tail += record_bytes(length);
        terms_.push(record.index, record.term);
        cache_.push_back(length == 0 ? nullptr : record.payload);
        cached_bytes_ += length;
        ++next_index_;
    }
    while (cached_bytes_ > options_.cache_bytes && !cache_.empty()) {
        cached_bytes_ -= cache_.front() == nullptr ? 0 : cache_.front()->size();
        cache_.pop_front();
    }
    return {};
}

void SegmentLog::mark_unsynced(const std::shared_ptr<File>& file) {
    if (std::find(unsynced_.begin(), unsynced_.end(), file) == unsynced_.end()) {
        unsynced_.push_back(file);
    }
}

/// Wipes what a failed write may have left, durably, since records may only be written over zeros.
DiskResult<void> SegmentLog::scrub() {
    if (!must_scrub_ || segments_.empty()) {
        must_scrub_ = false;
        return {};
    }
    TRY(const std::shared_ptr<File> file, file_of(segments_.back()));
    TRY_VOID(zero_behind(*file, segments_.back().tail, true));
    TRY_VOID(file->sync());
    must_scrub_ = false;
    return {};
}

/// Begins a segment with room for one record of `bytes` at least.
DiskResult<void> SegmentLog::roll(uint64_t bytes) {
    const uint64_t needed =
        (SEGMENT_HEADER_BYTES + bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    if (!segments_.empty() && segments_.back().places.empty()) {
        // Too small for this record. Two files must not begin with one index.
        TRY_VOID(disk_->remove(segments_.back().path));
        TRY_VOID(disk_->sync_directory(options_.directory));
        segments_.pop_back();
    }
    LogSegment segment;
    segment.name = {.first_index = next_index_,
                    .salt = mix(options_.salt_seed, next_index_, ++salt_counter_)};
    segment.path = options_.directory + "/" + to_file_name(segment.name);
    segment.capacity = std::max(options_.segment_bytes, needed);
    TRY(segment.file, take_spare(segment.capacity));
    TRY_VOID(segment.file->pwrite(0, encode_segment_header(segment.name)));
    TRY_VOID(disk_->rename(options_.directory + std::string(SPARE_NAME), segment.path));
    directory_changed_ = true;
    index_pending_ = !segments_.empty();
    mark_unsynced(segment.file);
    segments_.push_back(std::move(segment));
    return {};
}

/// A file of `bytes` zeros under the spare's name.
DiskResult<std::shared_ptr<File>> SegmentLog::take_spare(uint64_t bytes) {
    const bool in_use = std::any_of(pending_.begin(), pending_.end(),
                                    [](const PendingSync& sync) { return sync.has_spare; });
    std::shared_ptr<File> file = std::exchange(spare_, nullptr);
    spare_bytes_ = 0;
    const std::string path = options_.directory + std::string(SPARE_NAME);
    if (file == nullptr || in_use || bytes != options_.segment_bytes) {
        if (file != nullptr) {
            TRY_VOID(disk_->remove(path));
        }
        TRY(file, disk_->open(path, OpenMode::open_or_create));
        TRY_VOID(file->truncate(0));
    }
    auto grown = file->preallocate(bytes);
    if (!grown) {
        file.reset();
        static_cast<void>(disk_->remove(path));  // Gives back what room it took.
        return Err(std::move(grown).error());
    }
    return file;
}

// --- Syncing

bool SegmentLog::needs_sync() const noexcept {
    return !unsynced_.empty() || directory_changed_;
}

/// Once the active segment is half full, every sync grows the next one a little.
void SegmentLog::plan_spare(SyncJob& job) {
    if (segments_.empty() || segments_.back().tail < options_.segment_bytes / 2 ||
        spare_bytes_ >= options_.segment_bytes || !pending_.empty()) {
        return;
    }
    if (spare_ == nullptr) {
        auto file = disk_->open(options_.directory + std::string(SPARE_NAME), OpenMode::create_new);
        if (!file) {
            return;  // Not now; rolling will try again and answer for it.
        }
        spare_ = std::move(file).value();
    }
    job.spare_ = spare_;
    const uint64_t step =
        (options_.segment_bytes / SPARE_STEPS + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES;
    job.spare_bytes_ = std::min(options_.segment_bytes, spare_bytes_ + step);
}

SyncJob SegmentLog::begin_sync() {
    SyncJob job;
    job.id_ = next_job_++;
    job.disk_ = disk_;
    job.directory_ = directory_changed_ ? options_.directory : "";
    job.files_ = std::exchange(unsynced_, {});
    directory_changed_ = false;
    plan_spare(job);
    pending_.push_back({.id = job.id_,
                        .index = last_index(),
                        .spare_bytes = job.spare_bytes_,
                        .has_spare = job.spare_ != nullptr});
    return job;
}

void SegmentLog::finish_sync(uint64_t job_id, const DiskResult<void>& result) {
    const auto at = std::find_if(pending_.begin(), pending_.end(),
                                 [&](const PendingSync& sync) { return sync.id == job_id; });
    ASSERT(at != pending_.end());
    const PendingSync done = *at;
    pending_.erase(at);
    if (!result) {
        broken_ = true;  // Linux forgets which pages it could not write: syncing again would lie.
        return;
    }
    durable_index_ = std::max(durable_index_, done.index);
    if (done.has_spare && spare_ != nullptr) {
        spare_bytes_ = done.spare_bytes;
    }
    if (index_pending_) {
        index_full_segments();
    }
}

/// Not synced and not needed: a failure only makes a later start slower.
void SegmentLog::index_full_segments() {
    index_pending_ = false;
    for (size_t i = 0; i + 1 < segments_.size(); ++i) {
        LogSegment& segment = segments_[i];
        if (segment.indexed) {
            continue;
        }
        if (segment.next_index() > durable_index_ + 1) {
            index_pending_ = true;
            continue;
        }
        std::vector<uint64_t> terms;
        for (uint64_t index = segment.name.first_index; index < segment.next_index(); ++index) {
            terms.push_back(terms_.at(index));
        }
        auto file = disk_->open(index_path_of(segment.path), OpenMode::open_or_create);
        if (file && (*file)->truncate(0) &&
            (*file)->pwrite(0, encode_segment_index(segment, terms))) {
            segment.indexed = true;
        }
    }
}

DiskResult<void> SegmentLog::sync() {
    TRY_VOID(usable());
    SyncJob job = begin_sync();
    DiskResult<void> result = job.run();
    finish_sync(job.id(), result);
    return result;
}

}  // namespace otento::storage
