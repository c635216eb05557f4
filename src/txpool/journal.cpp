#include <otento/crypto/keccak.hpp>
#include <otento/txpool/journal.hpp>

namespace otento::txpool {

namespace {

constexpr std::string_view MAGIC = "OTXJRNL1";
constexpr size_t RECORD_HEADER_SIZE = 8;
constexpr size_t RECORD_SIZE_MAX = 4 << 20;  // Far above any pool's limit; bounds a damaged length.

void append_record(Bytes& out, BytesView encoded) {
    append_be(out, static_cast<uint32_t>(encoded.size()));
    append(out, BytesView{crypto::keccak256(encoded)}.first(4));
    append(out, encoded);
}

/// Size of the whole record at the front of `in`; 0 if there is none.
[[nodiscard]] size_t record_size(BytesView in) {
    if (in.size() < RECORD_HEADER_SIZE) {
        return 0;
    }
    const size_t size = load_be<uint32_t>(in.data());
    if (size == 0 || size > RECORD_SIZE_MAX || in.size() - RECORD_HEADER_SIZE < size) {
        return 0;
    }
    const Hash hash = crypto::keccak256(in.subspan(RECORD_HEADER_SIZE, size));
    return equal(in.subspan(4, 4), BytesView{hash}.first(4)) ? RECORD_HEADER_SIZE + size : 0;
}

}  // namespace

Result<std::unique_ptr<Journal>, DiskError> Journal::open(storage::Disk& disk, std::string path) {
    std::unique_ptr<Journal> journal(new Journal(disk, std::move(path)));
    TRY_VOID(journal->load());
    return journal;
}

Result<void, DiskError> Journal::load() {
    TRY(file_, disk_.open(path_, storage::OpenMode::open_or_create));
    TRY(const uint64_t size, file_->size());
    Bytes content(size);
    TRY(const size_t read, file_->pread(0, content));
    BytesView rest = BytesView{content}.first(read);
    if (rest.size() < MAGIC.size() || as_text(rest.first(MAGIC.size())) != MAGIC) {
        TRY_VOID(file_->truncate(0));
        TRY_VOID(file_->pwrite(0, bytes_of(MAGIC)));
        end_ = MAGIC.size();
        return {};
    }
    rest = rest.subspan(MAGIC.size());
    while (const size_t record = record_size(rest)) {
        loaded_.push_back(to_bytes(rest.subspan(RECORD_HEADER_SIZE, record - RECORD_HEADER_SIZE)));
        rest = rest.subspan(record);
    }
    end_ = read - rest.size();
    if (!rest.empty()) {
        TRY_VOID(file_->truncate(end_));
    }
    return {};
}

void Journal::append(BytesView encoded) {
    append_record(buffer_, encoded);
}

Result<void, DiskError> Journal::flush() {
    if (buffer_.empty()) {
        return {};
    }
    TRY_VOID(file_->pwrite(end_, buffer_));
    end_ += buffer_.size();
    buffer_.clear();
    return {};
}

Result<void, DiskError> Journal::rewrite(const std::vector<Bytes>& encoded) {
    const std::string fresh_path = path_ + ".new";
    Bytes content = to_bytes(bytes_of(MAGIC));
    for (const auto& tx : encoded) {
        append_record(content, tx);
    }
    TRY(auto fresh, disk_.open(fresh_path, storage::OpenMode::open_or_create));
    TRY_VOID(fresh->truncate(0));
    TRY_VOID(fresh->pwrite(0, content));
    TRY_VOID(disk_.rename(fresh_path, path_));
    file_ = std::move(fresh);
    end_ = content.size();
    buffer_.clear();
    return {};
}

}  // namespace otento::txpool
