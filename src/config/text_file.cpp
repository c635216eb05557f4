#include <otento/config/text_file.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace otento::config {
namespace {

/// Closes on every way out.
struct Descriptor {
    int fd;
    explicit Descriptor(int handle) : fd(handle) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd >= 0) {
            ::close(fd);
        }
    }
};

Error failed(const std::string& path, const char* what) {
    return Error{fmt::format("{}: {}: {}", path, what, std::strerror(errno))};
}

}  // namespace

Result<std::string, Error> read_text_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.fd < 0) {
        return Err(failed(path, "cannot open"));
    }
    std::string out;
    char chunk[1 << 16];
    for (;;) {
        const ssize_t n = ::read(file.fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return Err(failed(path, "cannot read"));
        }
        if (n == 0) {
            return out;
        }
        if (out.size() + static_cast<size_t>(n) > TEXT_FILE_BYTES_MAX) {
            return Err(Error{fmt::format("{}: larger than {} bytes", path, TEXT_FILE_BYTES_MAX)});
        }
        out.append(chunk, static_cast<size_t>(n));
    }
}

bool file_exists(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0;
}

Result<void, Error> write_text_file(const std::string& path, const std::string& text,
                                    bool only_owner) {
    // Beside the target and then renamed, so that a crash leaves the old file or the new one.
    const std::string temporary = path + ".new";
    {
        const mode_t mode = only_owner ? 0600 : 0644;
        const Descriptor file(
            ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
        if (file.fd < 0) {
            return Err(failed(temporary, "cannot create"));
        }
        for (size_t at = 0; at < text.size();) {
            const ssize_t n = ::write(file.fd, text.data() + at, text.size() - at);
            if (n < 0 && errno != EINTR) {
                return Err(failed(temporary, "cannot write"));
            }
            at += n > 0 ? static_cast<size_t>(n) : 0;
        }
        if (::fsync(file.fd) != 0) {
            return Err(failed(temporary, "cannot write"));
        }
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
        return Err(failed(path, "cannot create"));
    }
    return {};
}

}  // namespace otento::config
