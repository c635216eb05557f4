#include <otento/storage/log_recovery.hpp>

#include <otento/storage/crc32c.hpp>
#include <otento/storage/segment_index.hpp>

#include <fmt/core.h>

namespace otento::storage {
namespace {

constexpr uint64_t SEGMENT_BYTES_LIMIT = uint64_t{5} << 30;  // Longest payload, and room to spare.
constexpr size_t BLOCK_BYTES = 4096;
constexpr uint8_t UNREADABLE = 0xff;

/// Why the sequence of good records in a segment ends where it does.
enum class End {
    unwritten,  ///< No header there: the end of the log, or a hole.
    torn,       ///< A record of which sectors were never written.
    damaged,    ///< Bytes that no interrupted write explains.
};

/// One segment by itself.
struct Scan {
    LogSegment segment;
    std::vector<uint64_t> terms;  // By record.
    End end = End::unwritten;
    bool zero_behind = true;  // Nothing but zeros from the tail on.
};

/// What valid headers anywhere say about the past.
struct Evidence {
    uint64_t seen_until = 0;
    uint64_t durable_index = 0;

    void add(const RecordHeader& header) noexcept {
        seen_until = std::max(seen_until, header.index);
        durable_index = std::max(durable_index, header.durable_index);
    }
};

/// The whole file; blocks the disk cannot read come as bytes that pass no checksum.
DiskResult<Bytes> read_file(const File& file, const std::string& path) {
    TRY(const uint64_t size, file.size());
    if (size > SEGMENT_BYTES_LIMIT) {
        return Err(DiskError{DiskError::io, path + " is too large for a log segment"});
    }
    Bytes content(size);
    if (auto read = file.pread(0, content)) {
        content.resize(*read);
        return content;
    }
    for (size_t at = 0; at < content.size(); at += BLOCK_BYTES) {
        const std::span<uint8_t> block =
            std::span{content}.subspan(at, std::min(BLOCK_BYTES, content.size() - at));
        if (!file.pread(at, block)) {
            std::fill(block.begin(), block.end(), UNREADABLE);
        }
    }
    return content;
}

/// Reads the record at the tail. True if it is the good record that is expected there; else
/// scan.end is set.
bool read_record(Scan& scan, BytesView content, RecordHeader& header) {
    LogSegment& segment = scan.segment;
    const uint64_t at = segment.tail;
    if (at + RECORD_HEADER_BYTES > content.size()) {
        scan.end =
            at < content.size() && !all_zero(content.subspan(at)) ? End::torn : End::unwritten;
        return false;
    }
    switch (decode_record_header(content.data() + at, segment.name.salt, at, header)) {
        case RecordState::absent:
            scan.end = End::unwritten;
            return false;
        case RecordState::damaged:
            scan.end = End::damaged;
            return false;
        case RecordState::valid:
            break;
    }
    const uint64_t last_term = scan.terms.empty() ? 0 : scan.terms.back();
    if (header.index != segment.next_index() || header.term < last_term) {
        scan.end = End::damaged;
        return false;
    }
    if (at + RECORD_HEADER_BYTES + header.length > content.size()) {
        scan.end = End::torn;  // The file lost its end, so its size was not synced.
        return false;
    }
    const BytesView payload = content.subspan(at + RECORD_HEADER_BYTES, header.length);
    if (crc32c(payload) != header.payload_crc) {
        const bool torn = count_zero_pieces(at + RECORD_HEADER_BYTES, payload) > header.zero_pieces;
        scan.end = torn ? End::torn : End::damaged;
        return false;
    }
    return true;
}

void scan_records(Scan& scan, BytesView content, Evidence& evidence) {
    LogSegment& segment = scan.segment;
    RecordHeader header;
    while (read_record(scan, content, header)) {
        evidence.add(header);
        segment.places.push_back(
            {static_cast<uint32_t>(segment.tail / RECORD_ALIGNMENT), header.length});
        segment.types.push_back(header.type);
        scan.terms.push_back(header.term);
        segment.tail += record_bytes(header.length);
    }
    // Records behind the end prove nothing about themselves, but something about what came before
    // them.
    const uint64_t tail = std::min<uint64_t>(segment.tail, content.size());
    scan.zero_behind = all_zero(content.subspan(tail));
    if (scan.zero_behind) {
        return;
    }
    for (uint64_t at = segment.tail; at + RECORD_HEADER_BYTES <= content.size();
         at += RECORD_ALIGNMENT) {
        if (decode_record_header(content.data() + at, segment.name.salt, at, header) ==
            RecordState::valid) {
            evidence.add(header);
        }
    }
}

class Recovery {
  public:
    Recovery(Disk& disk, const std::string& directory, const LogStart& start)
        : disk_(disk), directory_(directory), start_(start) {}

    [[nodiscard]] DiskResult<RecoveredLog> run() {
        TRY_VOID(scan_all());
        chain();
        judge();
        fit_to_start();
        out_.durable_index = std::min(evidence_.durable_index, out_.next_index - 1);
        return std::move(out_);
    }

  private:
    [[nodiscard]] DiskResult<void> scan_all();
    [[nodiscard]] DiskResult<Scan> scan(const SegmentName& name, const std::string& path);
    [[nodiscard]] bool scan_by_index(Scan& scan);
    void chain();
    void judge();
    void fit_to_start();
    void drop(Scan& scan) { out_.surplus.push_back(scan.segment.path); }
    void drop_chain();
    void find(std::string finding) {
        out_.findings += (out_.findings.empty() ? "" : "; ") + std::move(finding);
    }

    Disk& disk_;
    const std::string& directory_;
    const LogStart start_;
    RecoveredLog out_;
    std::vector<Scan> scans_;
    Evidence evidence_;
    size_t chain_begin_ = 0;  // scans_[chain_begin_, chain_end_) are contiguous and good.
    size_t chain_end_ = 0;
    bool damaged_ = false;  // The chain ends in damage, not in a gap or a torn record.
};

DiskResult<void> Recovery::scan_all() {
    TRY(const std::vector<std::string> names, disk_.list(directory_));
    for (const std::string& file_name : names) {  // Sorted, so by first index.
        if (const auto name = parse_segment_name(file_name)) {
            TRY(Scan found, scan(*name, directory_ + "/" + file_name));
            // That a segment was begun shows that everything before it had been appended.
            evidence_.seen_until = std::max(evidence_.seen_until, name->first_index - 1);
            if (found.segment.places.empty() && found.zero_behind) {
                drop(found);
            } else {
                scans_.push_back(std::move(found));
            }
        } else if (const auto indexed = parse_index_name(file_name)) {
            if (!std::binary_search(names.begin(), names.end(), to_file_name(*indexed))) {
                out_.surplus.push_back(directory_ + "/" + file_name);
            }
        } else if (file_name.ends_with(".tmp")) {
            out_.surplus.push_back(directory_ + "/" + file_name);
        }
    }
    return {};
}

DiskResult<Scan> Recovery::scan(const SegmentName& name, const std::string& path) {
    TRY(const std::unique_ptr<File> file, disk_.open(path, OpenMode::read_only));
    Scan out;
    out.segment.name = name;
    out.segment.path = path;
    TRY(out.segment.capacity, file->size());
    if (scan_by_index(out)) {
        return out;
    }
    TRY(const Bytes content, read_file(*file, path));
    out.segment.capacity = content.size();
    const BytesView head = BytesView{content}.first(std::min(content.size(), SEGMENT_HEADER_BYTES));
    switch (check_segment_header(head, name)) {
        case SegmentHeaderState::valid:
            break;
        case SegmentHeaderState::damaged:
            break;  // The name says the same; records have own checksums.
        case SegmentHeaderState::other_version:
            return Err(
                DiskError{DiskError::io, path + " was written by another version of this program"});
    }
    scan_records(out, content, evidence_);
    return out;
}

/// An index vouches for a segment that was full and durable when the index was written; damage
/// since then shows when a record is read, and then the index goes.
bool Recovery::scan_by_index(Scan& scan) {
    const auto file = disk_.open(index_path_of(scan.segment.path), OpenMode::read_only);
    if (!file) {
        return false;
    }
    const auto content = read_file(**file, scan.segment.path);
    if (!content || !decode_segment_index(*content, scan.segment, scan.terms)) {
        return false;
    }
    scan.segment.indexed = true;
    evidence_.seen_until = std::max(evidence_.seen_until, scan.segment.next_index() - 1);
    evidence_.durable_index = std::max(evidence_.durable_index, scan.segment.next_index() - 1);
    return true;
}

/// Finds the contiguous run of segments to keep. A gap below the start is what an interrupted purge
/// leaves.
void Recovery::chain() {
    uint64_t next = 0;
    uint64_t last_term = 0;
    for (size_t i = 0; i < scans_.size(); ++i) {
        const Scan& scan = scans_[i];
        const uint64_t first = scan.segment.name.first_index;
        const bool goes_on =
            i == chain_begin_ || (scans_[i - 1].end == End::unwritten && first == next &&
                                  (scan.terms.empty() || scan.terms.front() >= last_term));
        if (!goes_on) {
            if (first > start_.index + 1 || first < next) {
                break;
            }
            chain_begin_ = i;
        }
        next = scan.segment.next_index();
        last_term = scan.terms.empty() ? last_term : scan.terms.back();
        chain_end_ = i + 1;
    }
    for (size_t i = 0; i < chain_begin_; ++i) {
        drop(scans_[i]);
    }
    for (size_t i = chain_begin_; i < chain_end_; ++i) {
        Scan& scan = scans_[i];
        for (size_t k = 0; k < scan.terms.size(); ++k) {
            out_.terms.push(scan.segment.name.first_index + k, scan.terms[k]);
        }
    }
    out_.next_index = chain_end_ == 0 ? start_.index + 1 : next;
}

/// Decides whether what ends the chain is an ordinary end, an interrupted write, or a loss.
void Recovery::judge() {
    if (chain_end_ == 0) {
        return;
    }
    const uint64_t next = out_.next_index;
    const Scan& last = scans_[chain_end_ - 1];
    const uint64_t seen_until = evidence_.seen_until;
    const bool known_durable = evidence_.durable_index >= next;
    damaged_ = last.end == End::damaged;
    if (known_durable || damaged_) {
        out_.loss =
            LogLoss{.from = next, .until = std::max({next, seen_until, evidence_.durable_index})};
        find(fmt::format("record {} in {} is {}; records up to {} are lost", next,
                         last.segment.path, damaged_ ? "damaged" : "missing", out_.loss->until));
    } else if (last.end == End::torn || seen_until >= next) {
        find(fmt::format("cut at record {} in {}: it was not completely written before the stop",
                         next, last.segment.path));
    }
    out_.cut = !last.zero_behind || chain_end_ < scans_.size();
    for (size_t i = chain_begin_; i < chain_end_; ++i) {
        if (scans_[i].segment.places.empty()) {
            drop(scans_[i]);
        } else {
            out_.segments.push_back(std::move(scans_[i].segment));
        }
    }
    for (size_t i = chain_end_; i < scans_.size(); ++i) {
        drop(scans_[i]);
    }
}

void Recovery::drop_chain() {
    for (const LogSegment& segment : out_.segments) {
        out_.surplus.push_back(segment.path);
    }
    out_.segments.clear();
    out_.terms.clear();
    out_.next_index = start_.index + 1;
    out_.cut = false;
}

/// The log must hold what follows the start, and agree with it.
void Recovery::fit_to_start() {
    const uint64_t first =
        out_.segments.empty() ? out_.next_index : out_.segments.front().name.first_index;
    if (first > start_.index + 1) {
        find(fmt::format("log begins at record {} and should at {}", first, start_.index + 1));
        if (out_.loss || evidence_.durable_index > start_.index) {
            out_.loss = LogLoss{.from = start_.index + 1,
                                .until = std::max({out_.next_index - 1, evidence_.seen_until,
                                                   out_.loss ? out_.loss->until : 0})};
        }
        drop_chain();
    } else if (out_.next_index <= start_.index) {
        if (!out_.segments.empty()) {
            find(fmt::format("log ends at record {} before the snapshot at {}; begun anew",
                             out_.next_index - 1, start_.index));
        }
        if (!damaged_ && evidence_.durable_index <= start_.index) {
            out_.loss.reset();  // What is missing is what a purge was removing.
        }
        drop_chain();
    } else if (first <= start_.index && out_.terms.at(start_.index) != start_.term) {
        find(fmt::format("log disagrees with the snapshot at {}; begun anew", start_.index));
        out_.loss.reset();
        drop_chain();
    }
    if (out_.loss) {
        out_.loss->from = std::max(out_.loss->from, start_.index + 1);
        if (out_.loss->until <= start_.index) {
            out_.loss.reset();
        }
    }
}

}  // namespace

DiskResult<RecoveredLog> recover_log(Disk& disk, const std::string& directory,
                                     const LogStart& start) {
    return Recovery(disk, directory, start).run();
}

}  // namespace otento::storage
