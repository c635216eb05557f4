#include <otento/node/durable_file.hpp>

#include <fmt/core.h>

#include <fcntl.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace otento::node {
namespace {

constexpr size_t BYTES_MAX = size_t{64} << 20;

std::string failure(const std::string& path) {
    return fmt::format("{}: {}", path, std::strerror(errno));
}

class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) {
            ::close(number_);
        }
    }
    [[nodiscard]] int get() const noexcept { return number_; }

  private:
    int number_;
};

bool write_all(int file, BytesView content, bool sync = true) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0) {
            return false;
        }
        content = content.subspan(static_cast<size_t>(written));
    }
    return !sync || ::fsync(file) == 0;
}

}  // namespace

Result<void, std::string> write_durably(const std::string& path, BytesView content) {
    const std::string beside = path + ".new";
    {
        const Descriptor file(
            ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (file.get() < 0 || !write_all(file.get(), content)) {
            return Err(failure(beside));
        }
    }
    if (::rename(beside.c_str(), path.c_str()) != 0) {
        return Err(failure(path));
    }
    return sync_folder(std::filesystem::path(path).parent_path().string());
}

Result<void, std::string> sync_folder(const std::string& path) {
    const Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0 || ::fsync(folder.get()) != 0) {
        return Err(failure(path));
    }
    return {};
}

Result<Bytes, std::string> read_piece(const std::string& path, uint64_t offset, size_t length) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    Bytes out(length);
    size_t have = 0;
    while (file.get() >= 0 && have < length) {
        const ssize_t got = ::pread(file.get(), out.data() + have, length - have,
                                    static_cast<off_t>(offset + have));
        if (got < 0) {
            return Err(failure(path));
        }
        if (got == 0) {
            break;
        }
        have += static_cast<size_t>(got);
    }
    if (file.get() < 0) {
        return Err(failure(path));
    }
    out.resize(have);
    return out;
}

Result<void, std::string> append_piece(const std::string& path, BytesView data, bool sync) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
    if (file.get() < 0 || !write_all(file.get(), data, sync)) {
        return Err(failure(path));
    }
    return {};
}

Result<std::optional<Bytes>, std::string> read_whole(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return errno == ENOENT ? Result<std::optional<Bytes>, std::string>(std::nullopt)
                               : Err(failure(path));
    }
    Bytes out;
    uint8_t piece[1 << 16];
    for (;;) {
        const ssize_t got = ::read(file.get(), piece, sizeof(piece));
        if (got < 0) {
            return Err(failure(path));
        }
        if (got == 0) {
            return std::optional(std::move(out));
        }
        append(out, BytesView(piece, static_cast<size_t>(got)));
        if (out.size() > BYTES_MAX) {
            return Err(fmt::format("{} is too large", path));
        }
    }
}

}  // namespace otento::node
