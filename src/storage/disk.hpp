// The file system as a port: the few operations that a durable log needs, with every failure as a
// value. PosixDisk is the real one; testing/sim_disk.hpp forgets what was not synced.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace otento::storage {

/// Why a disk operation failed. `no_space` is an answer callers recover from; the rest mostly is
/// not.
struct DiskError {
    enum Code { not_found, already_exists, no_space, access_denied, locked, io };
    Code code = io;
    std::string text;  ///< For people: operation, path and the system's words.
};
[[nodiscard]] std::string_view to_string(DiskError::Code code) noexcept;

template <typename T>
using DiskResult = Result<T, DiskError>;

/// An open file. One owner; sync() alone may run on another thread while the owner writes, and then
/// covers what was written before it was called.
class File {
  public:
    File() = default;
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    virtual ~File() = default;

    /// Fills `out` from `offset`; fewer bytes only at the end of the file.
    /// @return  Bytes read.
    [[nodiscard]] virtual DiskResult<size_t> pread(uint64_t offset,
                                                   std::span<uint8_t> out) const = 0;
    /// Writes the parts one after the other from `offset`. After an error any part of it may be
    /// written.
    [[nodiscard]] virtual DiskResult<void> pwritev(uint64_t offset,
                                                   std::span<const BytesView> parts) = 0;
    /// Grows the file to at least `size` bytes with its blocks allocated; new bytes read as zeros.
    [[nodiscard]] virtual DiskResult<void> preallocate(uint64_t size) = 0;
    [[nodiscard]] virtual DiskResult<void> truncate(uint64_t size) = 0;
    /// Makes the content and the size durable; the directory entry needs Disk::sync_directory.
    [[nodiscard]] virtual DiskResult<void> sync() = 0;
    [[nodiscard]] virtual DiskResult<uint64_t> size() const = 0;

    [[nodiscard]] DiskResult<void> pwrite(uint64_t offset, BytesView data) {
        return pwritev(offset, std::span<const BytesView>{&data, 1});
    }
};

enum class OpenMode {
    existing,    ///< Read and write; not_found if absent.
    create_new,  ///< already_exists if present.
    open_or_create,
    read_only,
};

/// Holds a lock until destroyed.
class DiskLock {
  public:
    DiskLock() = default;
    DiskLock(const DiskLock&) = delete;
    DiskLock& operator=(const DiskLock&) = delete;
    virtual ~DiskLock() = default;
};

/// Thread-safe as a whole; names are paths as the operating system understands them.
class Disk {
  public:
    Disk() = default;
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;
    virtual ~Disk() = default;

    [[nodiscard]] virtual DiskResult<std::unique_ptr<File>> open(const std::string& path,
                                                                 OpenMode mode) = 0;
    /// Replaces `to` if it exists. Atomic; durable after sync_directory.
    [[nodiscard]] virtual DiskResult<void> rename(const std::string& from,
                                                  const std::string& to) = 0;
    [[nodiscard]] virtual DiskResult<void> remove(const std::string& path) = 0;
    /// Names of the plain files in a directory, sorted.
    [[nodiscard]] virtual DiskResult<std::vector<std::string>> list(
        const std::string& directory) = 0;
    /// Creates a directory and its parents; fine if it exists.
    [[nodiscard]] virtual DiskResult<void> create_directories(const std::string& directory) = 0;
    /// Makes creations, renames and removals in `directory` durable.
    [[nodiscard]] virtual DiskResult<void> sync_directory(const std::string& directory) = 0;
    /// Exclusive advisory lock on `path`, created if absent; `locked` if another process holds it.
    [[nodiscard]] virtual DiskResult<std::unique_ptr<DiskLock>> lock(const std::string& path) = 0;
};

/// The operating system's files. Blocks for as long as the disk takes; sync() is fdatasync.
[[nodiscard]] std::unique_ptr<Disk> make_posix_disk();

}  // namespace otento::storage
