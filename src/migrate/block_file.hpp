// A file of blocks as `geth export` writes it: the RLP of block after block, nothing between,
// optionally in gzip. Read as a stream: a file larger than memory is fine.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <memory>
#include <optional>
#include <string>

namespace otento::migrate {

/// Largest encoded block that is read. GoQuorum bounds blocks by gas alone.
inline constexpr uint64_t BLOCK_BYTES_MAX = uint64_t{1} << 30;

/// One owner. Errors are sentences for the operator, without the file's name.
class BlockFile {
  public:
    /// Tells gzip from plain by content. `-` is standard input.
    [[nodiscard]] static Result<std::unique_ptr<BlockFile>, std::string> open(
        const std::string& path);
    BlockFile(const BlockFile&) = delete;
    BlockFile& operator=(const BlockFile&) = delete;
    ~BlockFile();

    /// RLP of the next block; empty at the end of the file. After an error only errors follow.
    [[nodiscard]] Result<std::optional<Bytes>, std::string> next();

    /// Blocks given out so far.
    [[nodiscard]] uint64_t blocks() const noexcept;
    /// Bytes of the file behind us and in all; the latter is 0 for a pipe.
    [[nodiscard]] uint64_t bytes_read() const noexcept;
    [[nodiscard]] uint64_t bytes_total() const noexcept;

  private:
    class Impl;
    explicit BlockFile(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Writes such a file. One owner.
class BlockFileWriter {
  public:
    /// gzip when the name ends in ".gz". @param append  Behind what the file has; else anew.
    [[nodiscard]] static Result<std::unique_ptr<BlockFileWriter>, std::string> open(
        const std::string& path, bool append);
    BlockFileWriter(const BlockFileWriter&) = delete;
    BlockFileWriter& operator=(const BlockFileWriter&) = delete;
    ~BlockFileWriter();

    [[nodiscard]] Result<void, std::string> write(BytesView block);
    /// Writes what is buffered, syncs and closes. Without it the file is incomplete.
    [[nodiscard]] Result<void, std::string> finish();

  private:
    class Impl;
    explicit BlockFileWriter(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace otento::migrate
