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
    Bytes value;
};

DiskResult<Copy> read_copy(const File& file, uint64_t offset, size_t capacity) {
    Copy copy;
    std::array<uint8_t, HEADER> header{};
    TRY(const size_t read, file.pread(offset, header));
    if (read < HEADER ||
        std::all_of(header.begin(), header.end(), [](uint8_t byte) { return byte == 0; })) {
        return copy;
    }
    copy.state = CopyState::bad;
    const size_t length = load_be<uint32_t>(header.data() + 16);
    if (load_be<uint32_t>(header.data()) != MAGIC || length > capacity) {
        return copy;
    }
    copy.value.resize(length);
    TRY(const size_t value_read, file.pread(offset + HEADER, copy.value));
    const uint32_t crc = crc32c(copy.value, crc32c(BytesView{header}.subspan(8)));
    if (value_read != length || load_be<uint32_t>(header.data() + 4) != crc) {
        return copy;
    }
    copy.state = CopyState::valid;
    copy.sequence = load_be<uint64_t>(header.data() + 8);
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
    for (size_t slot = 0; slot < SLOTS; ++slot) {
        size_t bad = 0;
        for (size_t copy = 0; copy < COPIES; ++copy) {
            TRY(Copy found, read_copy(*file_, (copy * SLOTS + slot) * page_, capacity_));
            if (found.state == CopyState::bad) {
                ++bad;
            } else if (found.state == CopyState::valid && found.sequence > sequence_) {
                sequence_ = found.sequence;
                value_ = std::move(found.value);
            }
        }
        damaged_ = damaged_ || (bad == COPIES && HEADER + capacity_ <= SECTOR);
    }
    // The newest may be in the system's memory only, and after a sync that failed another one would
    // not tell.
    return value_ ? write_copies(sequence_, *value_) : DiskResult<void>();
}

DiskResult<void> SlotFile::write(BytesView value) {
    ASSERT(value.size() <= capacity_);
    TRY_VOID(write_copies(sequence_ + 1, value));
    ++sequence_;
    value_ = to_bytes(value);
    return {};
}

DiskResult<void> SlotFile::write_copies(uint64_t sequence, BytesView value) {
    Bytes copy(HEADER);
    store_be<uint32_t>(copy.data(), MAGIC);
    store_be<uint64_t>(copy.data() + 8, sequence);
    store_be<uint32_t>(copy.data() + 16, static_cast<uint32_t>(value.size()));
    append(copy, value);
    store_be<uint32_t>(copy.data() + 4, crc32c(BytesView{copy}.subspan(8)));
    for (size_t i = 0; i < COPIES; ++i) {
        TRY_VOID(file_->pwrite((i * SLOTS + sequence % SLOTS) * page_, copy));
    }
    return file_->sync();
}

}  // namespace otento::storage
