// A small value that is replaced as a whole and never half: two alternating slots, each kept twice,
// each copy with its own checksum and sequence number.
//
// File, all integers big-endian; a page is the copy's size rounded up to 4096 bytes:
//   page 0  slot 0, first copy      page 2  slot 0, second copy
//   page 1  slot 1, first copy      page 3  slot 1, second copy
// Copy: magic "OSLT" (4), CRC-32C of all that follows (4), sequence (8), length (4), value.
#pragma once

#include <otento/storage/disk.hpp>

#include <optional>

namespace otento::storage {

class SlotFile {
  public:
    /// Opens or creates the file and makes what it read durable, so that it may be acted on.
    /// @param capacity  Longest value, in bytes; the same at every open.
    [[nodiscard]] static DiskResult<SlotFile> open(Disk& disk, const std::string& directory,
                                                   const std::string& name, size_t capacity);

    /// The newest value; empty if none was ever written.
    [[nodiscard]] const std::optional<Bytes>& value() const noexcept { return value_; }
    /// True if a newer value than value() may have been lost to damage that no torn write explains.
    /// Known only where a copy fits one disk sector; longer copies may be torn, and then an older
    /// value is right.
    [[nodiscard]] bool damaged() const noexcept { return damaged_; }

    /// Replaces the value durably. After an error either value may be found at the next open.
    [[nodiscard]] DiskResult<void> write(BytesView value);

  private:
    SlotFile(std::unique_ptr<File> file, size_t capacity) noexcept;
    [[nodiscard]] DiskResult<void> load();
    [[nodiscard]] DiskResult<void> write_copies(uint64_t sequence, BytesView value);

    std::unique_ptr<File> file_;
    size_t capacity_;
    size_t page_;
    uint64_t sequence_ = 0;
    std::optional<Bytes> value_;
    bool damaged_ = false;
};

}  // namespace otento::storage
