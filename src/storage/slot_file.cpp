#include <otento/storage/slot_file.hpp>

#include <otento/storage/crc32c.hpp>

namespace otento::storage {
namespace {

constexpr uint32_t MAGIC = 0x4f534c54;  // "OSLT"
constexpr size_t HEADER = 20;
constexpr size_t PAGE = 4096;
constexpr size_t SECTOR = 512;  // Written whole or not at all.
constexpr size_t SLOTS = 2;
constexpr size_t COPIES = 2;

enum class CopyState { valid, absent, bad };

struct Copy {
    CopyState state = CopyState::absent;
    uint64_t sequence = 0;
    BytesView value;
};

Copy parse(BytesView page, size_t capacity) {
    Copy copy;
    const size_t checked = std::min(page.size(), HEADER + capacity);
    if (std::all_of(page.begin(), page.begin() + static_cast<std::ptrdiff_t>(checked),
                    [](uint8_t byte) { return byte == 0; })) {
        return copy;
    }
    copy.state = CopyState::bad;
    if (page.size() < HEADER || load_be<uint32_t>(page.data()) != MAGIC) {
        return copy;
    }
    const size_t length = load_be<uint32_t>(page.data() + 16);
    if (length > capacity || HEADER + length > page.size() ||
        load_be<uint32_t>(page.data() + 4) != crc32c(page.subspan(8, 12 + length))) {
        return copy;
    }
    copy.state = CopyState::valid;
    copy.sequence = load_be<uint64_t>(page.data() + 8);
    copy.value = page.subspan(HEADER, length);
    return copy;
}

}  // namespace

SlotFile::SlotFile(std::unique_ptr<File> file, size_t capacity) noexcept
    : file_(std::move(file)),
      capacity_(capacity),
      page_((HEADER + capacity + PAGE - 1) / PAGE * PAGE) {}

DiskResult<SlotFile> SlotFile::open(Disk& disk, const std::string& directory,
                                    const std::string& name, size_t capacity) {
    TRY(std::unique_ptr<File> file, disk.open(directory + "/" + name, OpenMode::open_or_create));
    SlotFile out(std::move(file), capacity);
    TRY_VOID(out.file_->preallocate(SLOTS * COPIES * out.page_));
    TRY_VOID(out.file_->sync());
    TRY_VOID(disk.sync_directory(directory));
    TRY_VOID(out.load());
    return out;
}

DiskResult<void> SlotFile::load() {
    Bytes content(SLOTS * COPIES * page_);
    TRY(const size_t read, file_->pread(0, content));
    content.resize(read);
    bool all_good = true;
    for (size_t slot = 0; slot < SLOTS; ++slot) {
        size_t bad = 0;
        for (size_t copy = 0; copy < COPIES; ++copy) {
            const size_t at = (copy * SLOTS + slot) * page_;
            const Copy found =
                at >= read
                    ? Copy{}
                    : parse(BytesView{content}.subspan(at, std::min(page_, read - at)), capacity_);
            if (found.state == CopyState::bad) {
                ++bad;
            } else if (found.state == CopyState::valid && found.sequence > sequence_) {
                sequence_ = found.sequence;
                value_ = to_bytes(found.value);
            }
        }
        all_good = all_good && bad == 0;
        damaged_ = damaged_ || (bad == COPIES && HEADER + capacity_ <= SECTOR);
    }
    if (!all_good && !damaged_ && value_) {
        return write(Bytes(*value_));  // Two good copies again.
    }
    return {};
}

DiskResult<void> SlotFile::write(BytesView value) {
    ASSERT(value.size() <= capacity_);
    Bytes copy(HEADER);
    store_be<uint32_t>(copy.data(), MAGIC);
    store_be<uint64_t>(copy.data() + 8, sequence_ + 1);
    store_be<uint32_t>(copy.data() + 16, static_cast<uint32_t>(value.size()));
    append(copy, value);
    store_be<uint32_t>(copy.data() + 4, crc32c(BytesView{copy}.subspan(8)));
    const size_t slot = (sequence_ + 1) % SLOTS;
    for (size_t i = 0; i < COPIES; ++i) {
        TRY_VOID(file_->pwrite((i * SLOTS + slot) * page_, copy));
    }
    TRY_VOID(file_->sync());
    ++sequence_;
    value_ = to_bytes(value);
    return {};
}

}  // namespace otento::storage
