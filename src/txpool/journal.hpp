// Accepted transactions on disk, so that they survive the process: an append-only file, rewritten
// when most of it is history. Format (README.md): 8 bytes of magic, then records of length (4
// bytes, big-endian), the first 4 bytes of the transaction's hash, and its canonical form. A torn
// tail is cut at the last whole record.
#pragma once

#include <otento/storage/disk.hpp>

#include <memory>
#include <string>
#include <vector>

namespace otento::txpool {

using storage::DiskError;

/// One owner. Written data is in the operating system's hands: it survives kill -9, not a power
/// failure.
class Journal {
  public:
    /// Opens or creates the file and reads what is in it. Garbage at the end is cut off.
    [[nodiscard]] static Result<std::unique_ptr<Journal>, DiskError> open(storage::Disk& disk,
                                                                          std::string path);

    /// What the file held when it was opened; once.
    [[nodiscard]] std::vector<Bytes> take_loaded() noexcept { return std::move(loaded_); }
    /// Remembers a transaction for the next flush.
    void append(BytesView encoded);
    /// Writes what was appended, in one go. After an error it is still remembered.
    [[nodiscard]] Result<void, DiskError> flush();
    /// Replaces the content.
    [[nodiscard]] Result<void, DiskError> rewrite(const std::vector<Bytes>& encoded);

    [[nodiscard]] uint64_t size_bytes() const noexcept { return end_; }
    [[nodiscard]] bool has_unwritten() const noexcept { return !buffer_.empty(); }

  private:
    Journal(storage::Disk& disk, std::string path) : disk_(disk), path_(std::move(path)) {}
    [[nodiscard]] Result<void, DiskError> load();

    storage::Disk& disk_;
    std::string path_;
    std::unique_ptr<storage::File> file_;
    uint64_t end_ = 0;  ///< Where the next record goes.
    Bytes buffer_;
    std::vector<Bytes> loaded_;
};

}  // namespace otento::txpool
