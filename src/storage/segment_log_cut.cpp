// SegmentLog: opening, and all that removes records.
//
// A removal touches several sectors and files, and a crash may keep any part of it. So it is first
// written down in the `cut` file, then done, then crossed out, each step durable before the next:
// opening finishes what it finds there, and what was removed cannot come back, not even in part.
#include <otento/base/logger.hpp>
#include <otento/storage/segment_index.hpp>
#include <otento/storage/segment_log.hpp>

namespace otento::storage {
namespace {

constexpr size_t CUT_BYTES = 32;
constexpr size_t LOSS_BYTES = 16;
constexpr size_t CHUNK_BYTES = 64 << 10;

Bytes encode_loss(const std::optional<LogLoss>& loss) {
    Bytes out;
    append_be<uint64_t>(out, loss ? loss->from : 0);
    append_be<uint64_t>(out, loss ? loss->until : 0);
    return out;
}

std::optional<LogLoss> decode_loss(const std::optional<Bytes>& in) {
    if (!in || in->size() != LOSS_BYTES) {
        return std::nullopt;
    }
    const LogLoss loss{.from = load_be<uint64_t>(in->data()),
                       .until = load_be<uint64_t>(in->data() + 8)};
    return loss.until == 0 ? std::nullopt : std::optional(loss);
}

}  // namespace

// --- Opening

SegmentLog::SegmentLog(Disk& disk, LogOptions options, SlotFile cut, SlotFile loss)
    : disk_(&disk),
      options_(std::move(options)),
      cut_file_(std::move(cut)),
      loss_file_(std::move(loss)),
      loss_(decode_loss(loss_file_.value())) {}

DiskResult<SegmentLog> SegmentLog::open(Disk& disk, const LogOptions& options,
                                        const LogStart& start) {
    ASSERT(options.segment_bytes > SEGMENT_HEADER_BYTES);
    ASSERT(options.segment_bytes % SECTOR_BYTES == 0);
    TRY(SlotFile cut, SlotFile::open(disk, options.directory, "cut", CUT_BYTES));
    TRY(SlotFile loss, SlotFile::open(disk, options.directory, "loss", LOSS_BYTES));
    SegmentLog log(disk, options, std::move(cut), std::move(loss));
    TRY_VOID(log.finish_interrupted_cut());
    TRY_VOID(log.recover(start));
    return log;
}

DiskResult<void> SegmentLog::finish_interrupted_cut() {
    if (cut_file_.damaged()) {
        // What was going on is unknown. Leaving it undone shows as damage at worst; doing what was
        // crossed out would remove good records.
        return cut_file_.write(encode(Cut{}));
    }
    const Cut cut = decode_cut(cut_file_.value());
    if (cut.index == 0) {
        return {};
    }
    logger::info("storage", "finishing an interrupted truncation directory={} from={}",
                 options_.directory, cut.index);
    return cut_files(cut, true);
}

DiskResult<void> SegmentLog::recover(const LogStart& start) {
    TRY(RecoveredLog recovered, recover_log(*disk_, options_.directory, start));
    if (recovered.loss) {
        logger::error(
            "storage", "log records are lost directory={} from={} until={} findings=\"{}\"",
            options_.directory, recovered.loss->from, recovered.loss->until, recovered.findings);
        TRY_VOID(mark_loss(*recovered.loss));
    } else if (!recovered.findings.empty()) {
        logger::warn("storage", "log repaired directory={} next={} findings=\"{}\"",
                     options_.directory, recovered.next_index, recovered.findings);
    }
    TRY_VOID(remove_surplus(recovered));

    next_index_ = recovered.next_index;
    terms_ = std::move(recovered.terms);
    for (LogSegment& segment : recovered.segments) {
        segments_.push_back(std::move(segment));
    }
    first_index_ = segments_.empty() ? next_index_ : segments_.front().name.first_index;
    if (!segments_.empty()) {
        segments_.back().indexed = false;
    }
    index_pending_ = segments_.size() > 1;
    TRY_VOID(make_durable(recovered.durable_index));
    if (loss_file_.damaged()) {
        logger::error("storage",
                      "the mark of lost records is damaged directory={} assumed_until={}",
                      options_.directory, next_index_);
        return mark_loss({.from = next_index_, .until = next_index_});
    }
    return {};
}

DiskResult<void> SegmentLog::remove_surplus(const RecoveredLog& recovered) {
    if (recovered.segments.empty() && !recovered.surplus.empty()) {
        TRY_VOID(cut_files({.index = 1, .partial = {}, .offset = 0}));
    } else if (recovered.cut) {
        const LogSegment& last = recovered.segments.back();
        TRY_VOID(cut_files(
            {.index = recovered.next_index, .partial = last.name, .offset = last.tail}, true));
    }
    if (!recovered.segments.empty()) {
        TRY_VOID(remove_index(recovered.segments.back().path));  // It is going to grow.
    }
    for (const std::string& path : recovered.surplus) {
        TRY_VOID(remove_index(path));
        TRY_VOID(remove_if_present(path));
    }
    return disk_->sync_directory(options_.directory);
}

/// What was read may be in the system's memory only. Syncing is not enough: after a sync that
/// failed, Linux takes pages for written that are not. So what no record calls durable is written
/// again.
DiskResult<void> SegmentLog::make_durable(uint64_t known_durable) {
    for (LogSegment& segment : segments_) {
        if (segment.next_index() > known_durable + 1) {
            const uint64_t first = std::max(segment.name.first_index, known_durable + 1);
            TRY(const std::shared_ptr<File> file, file_of(segment));
            TRY_VOID(file->pwrite(0, encode_segment_header(segment.name)));
            TRY_VOID(write_again(*file, segment.place(first).offset(), segment.tail));
            TRY_VOID(file->sync());
        }
    }
    durable_index_ = last_index();
    return {};
}

DiskResult<void> SegmentLog::write_again(File& file, uint64_t begin, uint64_t end) {
    Bytes chunk(CHUNK_BYTES);
    for (uint64_t at = begin; at < end; at += chunk.size()) {
        const auto wanted = static_cast<size_t>(std::min<uint64_t>(chunk.size(), end - at));
        TRY(const size_t n, file.pread(at, std::span{chunk}.first(wanted)));
        TRY_VOID(file.pwrite(at, BytesView{chunk}.first(n)));
    }
    return {};
}

// --- Loss

DiskResult<void> SegmentLog::mark_loss(const LogLoss& loss) {
    const LogLoss merged = loss_ ? LogLoss{.from = std::min(loss_->from, loss.from),
                                           .until = std::max(loss_->until, loss.until)}
                                 : loss;
    TRY_VOID(loss_file_.write(encode_loss(merged)));
    loss_ = merged;
    return {};
}

DiskResult<void> SegmentLog::clear_loss() {
    TRY_VOID(loss_file_.write(encode_loss(std::nullopt)));
    loss_.reset();
    return {};
}

// --- Removing

DiskResult<void> SegmentLog::truncate_from(uint64_t index) {
    TRY_VOID(usable());
    ASSERT(index >= first_index_);
    ASSERT(index <= next_index_);
    if (index == next_index_) {
        return {};
    }
    Cut cut{.index = index, .partial = {}, .offset = 0};
    const LogSegment& segment = *segment_of(index);
    if (index > segment.name.first_index) {
        cut.partial = segment.name;
        cut.offset = segment.place(index).offset();
    } else if (const LogSegment* before = segment_of(index - 1)) {
        cut.partial = before->name;  // Nothing of it goes but its index, since it will grow again.
        cut.offset = before->tail;
    }
    TRY_VOID(guarded(cut_files(cut)));
    forget_from(index);
    return {};
}

DiskResult<void> SegmentLog::reset(uint64_t next_index) {
    TRY_VOID(usable());
    ASSERT(next_index > 0);
    TRY_VOID(guarded(cut_files({.index = 1, .partial = {}, .offset = 0})));
    forget_from(first_index_);
    first_index_ = next_index;
    next_index_ = next_index;
    durable_index_ = next_index - 1;
    return {};
}

DiskResult<void> SegmentLog::purge_to(uint64_t index) {
    TRY_VOID(usable());
    while (segments_.size() > 1 && segments_.front().next_index() <= index + 1) {
        TRY_VOID(guarded(remove_index(segments_.front().path)));
        TRY_VOID(guarded(remove_if_present(segments_.front().path)));
        directory_changed_ = true;
        segments_.pop_front();
        first_index_ = segments_.front().name.first_index;
    }
    terms_.purge_to(first_index_);
    while (cache_.size() > next_index_ - first_index_) {
        cached_bytes_ -= cache_.front() == nullptr ? 0 : cache_.front()->size();
        cache_.pop_front();
    }
    return {};
}

DiskResult<void> SegmentLog::remove_if_present(const std::string& path) {
    auto removed = disk_->remove(path);
    if (!removed && removed.error().code == DiskError::not_found) {
        return {};
    }
    return removed;
}

DiskResult<void> SegmentLog::remove_index(const std::string& segment_path) {
    return remove_if_present(index_path_of(segment_path));
}

/// Brings memory in line with files that were cut.
void SegmentLog::forget_from(uint64_t index) {
    while (!segments_.empty() && segments_.back().name.first_index >= index) {
        std::erase(unsynced_, segments_.back().file);
        segments_.pop_back();
        must_scrub_ = false;
    }
    if (!segments_.empty()) {
        segments_.back().indexed = false;
    }
    if (!segments_.empty() && segments_.back().next_index() > index) {
        LogSegment& last = segments_.back();
        const auto kept = static_cast<size_t>(index - last.name.first_index);
        last.tail = last.place(index).offset();
        last.places.resize(kept);
        last.types.resize(kept);
        must_scrub_ = false;
    }
    while (!cache_.empty() && next_index_ > index) {
        cached_bytes_ -= cache_.back() == nullptr ? 0 : cache_.back()->size();
        cache_.pop_back();
        --next_index_;
    }
    next_index_ = index;
    terms_.truncate_from(index);
    durable_index_ = std::min(durable_index_, index - 1);
    for (PendingSync& sync : pending_) {
        sync.index = std::min(sync.index, index - 1);
    }
}

DiskResult<void> SegmentLog::cut_files(const Cut& cut, bool again) {
    TRY_VOID(cut_file_.write(encode(cut)));
    TRY_VOID(perform(cut, again));
    return cut_file_.write(encode(Cut{}));
}

/// Each step may have been done before, in part or in full. `again`: zeros that are there already
/// may not have reached the disk; see make_durable.
DiskResult<void> SegmentLog::perform(const Cut& cut, bool again) {
    TRY(const std::vector<std::string> names, disk_->list(options_.directory));
    for (const std::string& file_name : names) {
        const auto name = parse_segment_name(file_name);
        const auto index = parse_index_name(file_name);
        if ((name && name->first_index >= cut.index) ||
            (index && index->first_index >= cut.index)) {
            TRY_VOID(disk_->remove(options_.directory + "/" + file_name));
        }
    }
    if (cut.offset != 0) {
        TRY_VOID(remove_index(options_.directory + "/" + to_file_name(cut.partial)));
    }
    TRY_VOID(disk_->sync_directory(options_.directory));
    if (cut.offset == 0) {
        return {};
    }
    auto file =
        disk_->open(options_.directory + "/" + to_file_name(cut.partial), OpenMode::existing);
    if (!file) {
        if (file.error().code == DiskError::not_found) {
            return {};
        }
        return Err(std::move(file).error());
    }
    TRY_VOID(zero_behind(**file, cut.offset, again));
    return (*file)->sync();
}

DiskResult<void> SegmentLog::zero_behind(File& file, uint64_t offset, bool again) {
    static const Bytes ZEROS(CHUNK_BYTES, 0);
    Bytes chunk(CHUNK_BYTES);
    while (true) {
        const auto read = file.pread(offset, chunk);
        const size_t n = read ? *read : 0;
        if (read && n == 0) {
            return {};
        }
        // A chunk that cannot be read is written over like any other; the disk then replaces its
        // sectors.
        const size_t bytes = read ? n : CHUNK_BYTES;
        if (again || !read || !all_zero(BytesView{chunk}.first(n))) {
            TRY(const uint64_t size, file.size());
            if (offset >= size) {
                return {};
            }
            TRY_VOID(file.pwrite(offset,
                                 BytesView{ZEROS}.first(std::min<uint64_t>(bytes, size - offset))));
        }
        offset += bytes;
    }
}

Bytes SegmentLog::encode(const Cut& cut) {
    Bytes out;
    append_be<uint64_t>(out, cut.index);
    append_be<uint64_t>(out, cut.partial.first_index);
    append_be<uint64_t>(out, cut.partial.salt);
    append_be<uint64_t>(out, cut.offset);
    return out;
}

SegmentLog::Cut SegmentLog::decode_cut(const std::optional<Bytes>& in) {
    if (!in || in->size() != CUT_BYTES) {
        return {};
    }
    return {.index = load_be<uint64_t>(in->data()),
            .partial = {.first_index = load_be<uint64_t>(in->data() + 8),
                        .salt = load_be<uint64_t>(in->data() + 16)},
            .offset = load_be<uint64_t>(in->data() + 24)};
}

}  // namespace otento::storage
