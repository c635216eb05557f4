// The only file that includes zlib. Inflates by itself instead of by gzread, which takes damage
// behind a gzip member for the end of the file.
#include <otento/migrate/block_file.hpp>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>

namespace otento::migrate {
namespace {

constexpr size_t BUFFER_BYTES = size_t{1} << 18;
constexpr int GZIP_WINDOW = 15 + 16;  // zlib: the largest window, with gzip headers.
constexpr int GZIP_MEMORY = 8;        // zlib's default.

std::string os_error(const char* what) {
    return fmt::format("{}: {}", what, std::strerror(errno));
}

/// How many bytes an RLP item takes, or 0 if `head` (up to 9 bytes) does not tell yet.
Result<uint64_t, std::string> item_size(BytesView head) {
    const uint8_t first = head[0];
    if (first < 0xc0) {
        return Err(std::string("no block starts here (an RLP list was expected)"));
    }
    if (first <= 0xf7) {
        return uint64_t{1} + (first - 0xc0U);
    }
    const size_t length_bytes = first - 0xf7U;
    if (head.size() < 1 + length_bytes) {
        return uint64_t{0};
    }
    uint64_t payload = 0;
    for (size_t i = 1; i <= length_bytes; ++i) {
        if (payload >> 56 != 0) {
            return Err(std::string("the block's length is out of range"));
        }
        payload = payload << 8 | head[i];
    }
    if (payload > BLOCK_BYTES_MAX) {
        return Err(fmt::format("a block of {} bytes, more than a block may have", payload));
    }
    return 1 + length_bytes + payload;
}

}  // namespace

class BlockFile::Impl {
  public:
    ~Impl() {
        if (inflating_) {
            inflateEnd(&stream_);
        }
        if (fd_ > STDERR_FILENO) {
            ::close(fd_);
        }
    }

    Result<void, std::string> open(const std::string& path) {
        fd_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd_ < 0) {
            return Err(os_error("cannot be opened"));
        }
        struct stat info{};
        if (::fstat(fd_, &info) == 0) {
            if (S_ISDIR(info.st_mode)) {
                return Err(std::string("is a folder, not a file of blocks"));
            }
            total_ = S_ISREG(info.st_mode) ? static_cast<uint64_t>(info.st_size) : 0;
        }
        raw_.resize(BUFFER_BYTES);
        TRY_VOID(read_raw());
        if (raw_end_ >= 2 && raw_[0] == 0x1f && raw_[1] == 0x8b) {
            if (inflateInit2(&stream_, GZIP_WINDOW) != Z_OK) {
                return Err(std::string("zlib cannot start"));
            }
            inflating_ = true;
        }
        return {};
    }

    Result<std::optional<Bytes>, std::string> next() {
        while (true) {
            const BytesView have = BytesView{data_}.subspan(begin_);
            uint64_t size = 0;
            if (!have.empty()) {
                TRY(size, item_size(have.first(std::min<size_t>(have.size(), 9))));
            }
            if (size != 0 && have.size() >= size) {
                Bytes block = to_bytes(have.first(size));
                begin_ += size;
                ++blocks_;
                return std::optional(std::move(block));
            }
            TRY(const bool more, fill());
            if (!more) {
                if (have.empty()) {
                    return std::optional<Bytes>{};
                }
                return Err(
                    fmt::format("the file ends in the middle of a block ({} of {} bytes are there)",
                                BytesView{data_}.size() - begin_,
                                size == 0 ? "unknown" : std::to_string(size)));
            }
        }
    }

    uint64_t blocks_ = 0;
    uint64_t read_ = 0;
    uint64_t total_ = 0;

  private:
    /// Fills the empty raw buffer; raw_end_ 0 then means the end of the file.
    Result<void, std::string> read_raw() {
        raw_begin_ = raw_end_ = 0;
        while (true) {
            const ssize_t got = ::read(fd_, raw_.data(), raw_.size());
            if (got >= 0) {
                raw_end_ = static_cast<size_t>(got);
                read_ += raw_end_;
                return {};
            }
            if (errno != EINTR) {
                return Err(os_error("cannot be read"));
            }
        }
    }

    /// Appends to data_; false at the end of the file.
    Result<bool, std::string> fill() {
        if (begin_ != 0) {
            data_.erase(data_.begin(), data_.begin() + static_cast<ptrdiff_t>(begin_));
            begin_ = 0;
        }
        if (inflating_) {
            return inflate_some();
        }
        if (raw_begin_ == raw_end_) {
            TRY_VOID(read_raw());
        }
        append(data_, BytesView{raw_}.subspan(raw_begin_, raw_end_ - raw_begin_));
        const bool more = raw_end_ != 0;
        raw_begin_ = raw_end_ = 0;
        return more;
    }

    Result<bool, std::string> inflate_some() {
        const size_t before = data_.size();
        while (data_.size() == before) {
            if (raw_begin_ == raw_end_) {
                TRY_VOID(read_raw());
                if (raw_end_ == 0) {
                    return between_members_ ? Result<bool, std::string>(false)
                                            : Err(std::string("the gzip stream is cut off"));
                }
            }
            data_.resize(before + BUFFER_BYTES);
            stream_.next_in = raw_.data() + raw_begin_;
            stream_.avail_in = static_cast<uInt>(raw_end_ - raw_begin_);
            stream_.next_out = data_.data() + before;
            stream_.avail_out = static_cast<uInt>(BUFFER_BYTES);
            between_members_ = false;
            const int status = ::inflate(&stream_, Z_NO_FLUSH);
            raw_begin_ = raw_end_ - stream_.avail_in;
            data_.resize(before + BUFFER_BYTES - stream_.avail_out);
            if (status == Z_STREAM_END) {
                between_members_ = true;  // `export` of a range appends another member.
                inflateReset(&stream_);
            } else if (status != Z_OK && status != Z_BUF_ERROR) {
                return Err(fmt::format("the gzip stream is damaged ({})",
                                       stream_.msg != nullptr ? stream_.msg : "no reason given"));
            }
        }
        return true;
    }

    int fd_ = -1;
    Bytes raw_;  ///< From the file.
    size_t raw_begin_ = 0;
    size_t raw_end_ = 0;
    Bytes data_;  ///< Inflated; blocks are cut from here.
    size_t begin_ = 0;
    z_stream stream_{};
    bool inflating_ = false;
    bool between_members_ = false;
};

BlockFile::BlockFile(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockFile::~BlockFile() = default;

Result<std::unique_ptr<BlockFile>, std::string> BlockFile::open(const std::string& path) {
    auto impl = std::make_unique<Impl>();
    TRY_VOID(impl->open(path));
    return std::unique_ptr<BlockFile>(new BlockFile(std::move(impl)));
}

Result<std::optional<Bytes>, std::string> BlockFile::next() {
    return impl_->next();
}
uint64_t BlockFile::blocks() const noexcept {
    return impl_->blocks_;
}
uint64_t BlockFile::bytes_read() const noexcept {
    return impl_->read_;
}
uint64_t BlockFile::bytes_total() const noexcept {
    return impl_->total_;
}

class BlockFileWriter::Impl {
  public:
    ~Impl() {
        if (deflating_) {
            deflateEnd(&stream_);
        }
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    Result<void, std::string> open(const std::string& path, bool append) {
        const int mode = append ? O_APPEND : O_TRUNC;
        fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | mode, 0644);
        if (fd_ < 0) {
            return Err(os_error("cannot be written"));
        }
        if (path.ends_with(".gz")) {
            if (deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY,
                             Z_DEFAULT_STRATEGY) != Z_OK) {
                return Err(std::string("zlib cannot start"));
            }
            deflating_ = true;
        }
        return {};
    }

    Result<void, std::string> write(BytesView block) {
        append(pending_, block);
        return pending_.size() >= BUFFER_BYTES ? drain(false) : Result<void, std::string>{};
    }

    Result<void, std::string> finish() {
        TRY_VOID(drain(true));
        // A pipe or a device cannot be synced, and need not be.
        if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS) {
            return Err(os_error("cannot be synced"));
        }
        const int closed = ::close(fd_);
        fd_ = -1;
        return closed == 0 ? Result<void, std::string>{} : Err(os_error("cannot be closed"));
    }

  private:
    Result<void, std::string> drain(bool last) {
        if (!deflating_) {
            TRY_VOID(put(pending_));
            pending_.clear();
            return {};
        }
        stream_.next_in = pending_.data();
        stream_.avail_in = static_cast<uInt>(pending_.size());
        Bytes packed(BUFFER_BYTES);
        int status = Z_OK;
        do {
            stream_.next_out = packed.data();
            stream_.avail_out = static_cast<uInt>(packed.size());
            status = ::deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
            TRY_VOID(put(BytesView{packed}.first(packed.size() - stream_.avail_out)));
        } while (stream_.avail_out == 0 || (last && status != Z_STREAM_END));
        pending_.clear();
        return {};
    }

    Result<void, std::string> put(BytesView bytes) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno != EINTR) {
                return Err(os_error("cannot be written"));
            }
            bytes = bytes.subspan(written < 0 ? 0 : static_cast<size_t>(written));
        }
        return {};
    }

    int fd_ = -1;
    Bytes pending_;
    z_stream stream_{};
    bool deflating_ = false;
};

BlockFileWriter::BlockFileWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
BlockFileWriter::~BlockFileWriter() = default;

Result<std::unique_ptr<BlockFileWriter>, std::string> BlockFileWriter::open(const std::string& path,
                                                                            bool append) {
    auto impl = std::make_unique<Impl>();
    TRY_VOID(impl->open(path, append));
    return std::unique_ptr<BlockFileWriter>(new BlockFileWriter(std::move(impl)));
}

Result<void, std::string> BlockFileWriter::write(BytesView block) {
    return impl_->write(block);
}
Result<void, std::string> BlockFileWriter::finish() {
    return impl_->finish();
}

}  // namespace otento::migrate
