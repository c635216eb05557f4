// Disk on Linux system calls.
#include <otento/storage/disk.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace otento::storage {
namespace {

DiskError error_of(int number, const char* operation, const std::string& path) {
    DiskError error;
    switch (number) {
        case ENOENT:
            error.code = DiskError::not_found;
            break;
        case EEXIST:
            error.code = DiskError::already_exists;
            break;
        case ENOSPC:
        case EDQUOT:
            error.code = DiskError::no_space;
            break;
        case EACCES:
        case EPERM:
        case EROFS:
            error.code = DiskError::access_denied;
            break;
        case EWOULDBLOCK:
            error.code = DiskError::locked;
            break;
        default:
            error.code = DiskError::io;
            break;
    }
    char text[128] = {};
    error.text = std::string(operation) + " " + path + ": " + strerror_r(number, text, sizeof text);
    return error;
}

class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

class PosixFile final : public File {
  public:
    PosixFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}

    [[nodiscard]] DiskResult<size_t> pread(uint64_t offset, std::span<uint8_t> out) const override {
        size_t done = 0;
        while (done < out.size()) {
            const ssize_t n = ::pread(fd_.get(), out.data() + done, out.size() - done,
                                      static_cast<off_t>(offset + done));
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                return Err(error_of(errno, "read", path_));
            }
            if (n == 0) {
                break;
            }
            done += static_cast<size_t>(n);
        }
        return done;
    }

    [[nodiscard]] DiskResult<void> pwritev(uint64_t offset,
                                           std::span<const BytesView> parts) override {
        std::array<iovec, 64> vectors;
        size_t part = 0;
        size_t skip = 0;  // Bytes of parts[part] already written.
        while (part < parts.size()) {
            size_t count = 0;
            for (size_t i = part; i < parts.size() && count < vectors.size(); ++i) {
                const BytesView rest = parts[i].subspan(i == part ? skip : 0);
                if (!rest.empty()) {
                    vectors[count++] = {const_cast<uint8_t*>(rest.data()), rest.size()};
                }
            }
            if (count == 0) {
                break;
            }
            const ssize_t n = ::pwritev(fd_.get(), vectors.data(), static_cast<int>(count),
                                        static_cast<off_t>(offset));
            if (n < 0) {
                if (errno == EINTR) {
                    continue;
                }
                return Err(error_of(errno, "write", path_));
            }
            offset += static_cast<uint64_t>(n);
            size_t left = static_cast<size_t>(n);
            while (part < parts.size() && left >= parts[part].size() - skip) {
                left -= parts[part].size() - skip;
                ++part;
                skip = 0;
            }
            skip += left;
        }
        return {};
    }

    // Zeros are written, not only reserved: a sync into reserved but unwritten blocks has to commit
    // the file system's journal as well (measured on ext4: 208 us against 144 us per small append
    // and sync).
    [[nodiscard]] DiskResult<void> preallocate(uint64_t size) override {
        TRY(uint64_t at, this->size());
        if (at >= size) {
            return {};
        }
        const int reserved =
            ::posix_fallocate(fd_.get(), static_cast<off_t>(at), static_cast<off_t>(size - at));
        if (reserved != 0 && reserved != EOPNOTSUPP && reserved != EINVAL) {
            return Err(error_of(reserved, "preallocate", path_));
        }
        static constexpr size_t CHUNK = 1 << 18;
        static const Bytes zeros(CHUNK, 0);
        while (at < size) {
            const size_t n = static_cast<size_t>(std::min<uint64_t>(CHUNK, size - at));
            TRY_VOID(pwrite(at, BytesView{zeros}.first(n)));
            at += n;
        }
        return {};
    }

    [[nodiscard]] DiskResult<void> truncate(uint64_t size) override {
        if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
            return Err(error_of(errno, "truncate", path_));
        }
        return {};
    }

    [[nodiscard]] DiskResult<void> sync() override {
        if (::fdatasync(fd_.get()) != 0) {
            return Err(error_of(errno, "sync", path_));
        }
        return {};
    }

    [[nodiscard]] DiskResult<uint64_t> size() const override {
        struct stat status = {};
        if (::fstat(fd_.get(), &status) != 0) {
            return Err(error_of(errno, "stat", path_));
        }
        return static_cast<uint64_t>(status.st_size);
    }

  private:
    Descriptor fd_;
    std::string path_;
};

class PosixLock final : public DiskLock {
  public:
    explicit PosixLock(int fd) noexcept : fd_(fd) {}

  private:
    Descriptor fd_;  // Closing it drops the lock.
};

class PosixDisk final : public Disk {
  public:
    [[nodiscard]] DiskResult<std::unique_ptr<File>> open(const std::string& path,
                                                         OpenMode mode) override {
        int flags = O_CLOEXEC | (mode == OpenMode::read_only ? O_RDONLY : O_RDWR);
        if (mode == OpenMode::create_new) {
            flags |= O_CREAT | O_EXCL;
        } else if (mode == OpenMode::open_or_create) {
            flags |= O_CREAT;
        }
        const int fd = ::open(path.c_str(), flags, 0640);
        if (fd < 0) {
            return Err(error_of(errno, "open", path));
        }
        return std::make_unique<PosixFile>(fd, path);
    }

    [[nodiscard]] DiskResult<void> rename(const std::string& from, const std::string& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) {
            return Err(error_of(errno, "rename", from));
        }
        return {};
    }

    [[nodiscard]] DiskResult<void> remove(const std::string& path) override {
        if (::unlink(path.c_str()) != 0) {
            return Err(error_of(errno, "remove", path));
        }
        return {};
    }

    [[nodiscard]] DiskResult<std::vector<std::string>> list(const std::string& directory) override {
        DIR* handle = ::opendir(directory.c_str());
        if (handle == nullptr) {
            return Err(error_of(errno, "list", directory));
        }
        std::vector<std::string> names;
        errno = 0;
        while (const dirent* entry = ::readdir(handle)) {
            struct stat status = {};
            const std::string name = entry->d_name;
            if (::stat((directory + "/" + name).c_str(), &status) == 0 && S_ISREG(status.st_mode)) {
                names.push_back(name);
            }
            errno = 0;
        }
        const int failure = errno;
        ::closedir(handle);
        if (failure != 0) {
            return Err(error_of(failure, "list", directory));
        }
        std::sort(names.begin(), names.end());
        return names;
    }

    [[nodiscard]] DiskResult<void> create_directories(const std::string& directory) override {
        for (size_t slash = directory.find('/', 1);; slash = directory.find('/', slash + 1)) {
            const std::string part = directory.substr(0, slash);
            if (::mkdir(part.c_str(), 0750) == 0) {
                const size_t up = part.find_last_of('/');
                TRY_VOID(sync_directory(up == std::string::npos ? "."
                                        : up == 0               ? "/"
                                                                : part.substr(0, up)));
            } else if (errno != EEXIST) {
                return Err(error_of(errno, "create directory", part));
            }
            if (slash == std::string::npos) {
                return {};
            }
        }
    }

    [[nodiscard]] DiskResult<void> sync_directory(const std::string& directory) override {
        const Descriptor fd{::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (fd.get() < 0) {
            return Err(error_of(errno, "open", directory));
        }
        if (::fsync(fd.get()) != 0) {
            return Err(error_of(errno, "sync", directory));
        }
        return {};
    }

    [[nodiscard]] DiskResult<std::unique_ptr<DiskLock>> lock(const std::string& path) override {
        Descriptor fd{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640)};
        if (fd.get() < 0) {
            return Err(error_of(errno, "open", path));
        }
        if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
            return Err(error_of(errno, "lock", path));
        }
        return std::make_unique<PosixLock>(fd.release());
    }
};

}  // namespace

std::unique_ptr<Disk> make_posix_disk() {
    return std::make_unique<PosixDisk>();
}

}  // namespace otento::storage
