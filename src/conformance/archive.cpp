#include <otento/conformance/archive.hpp>

#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>
#include <vector>

namespace otento::conformance {

namespace {

constexpr size_t TAR_BLOCK = 512;
constexpr size_t TAR_FILE_MAX = size_t{1} << 30;

/// Decompressed bytes of a .zst file, in order.
class ZstdReader {
  public:
    explicit ZstdReader(const std::string& path)
        : file_(std::fopen(path.c_str(), "rb"), &std::fclose),
          stream_(ZSTD_createDStream(), &ZSTD_freeDStream),
          in_(ZSTD_DStreamInSize()) {}

    [[nodiscard]] bool open() const noexcept { return file_ != nullptr; }

    /// Fills `out`, or null to skip; false at the end or on damage.
    [[nodiscard]] bool read(char* out, size_t size) {
        std::array<char, 65536> waste;
        while (size > 0) {
            char* target = out != nullptr ? out : waste.data();
            const size_t room = out != nullptr ? size : std::min(size, waste.size());
            const size_t got = some(target, room);
            if (got == 0) {
                return false;
            }
            size -= got;
            out = out != nullptr ? out + got : nullptr;
        }
        return true;
    }

  private:
    [[nodiscard]] size_t some(char* out, size_t size) {
        ZSTD_outBuffer target{out, size, 0};
        while (target.pos == 0) {
            if (input_.pos == input_.size) {
                const size_t got = std::fread(in_.data(), 1, in_.size(), file_.get());
                if (got == 0) {
                    return 0;
                }
                input_ = {in_.data(), got, 0};
            }
            if (ZSTD_isError(ZSTD_decompressStream(stream_.get(), &target, &input_)) != 0) {
                return 0;
            }
        }
        return target.pos;
    }

    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream*)> stream_;
    std::vector<char> in_;
    ZSTD_inBuffer input_{nullptr, 0, 0};
};

[[nodiscard]] bool is_json(std::string_view name) {
    return name.ends_with(".json");
}

[[nodiscard]] std::string text_field(const char* field, size_t size) {
    return std::string(field, std::find(field, field + size, '\0'));
}

/// Walks a POSIX (ustar, GNU long names) tar stream.
[[nodiscard]] std::string visit_archive(const std::string& path,
                                        const std::function<bool(size_t)>& wanted,
                                        const FileVisitor& visit) {
    ZstdReader reader(path);
    if (!reader.open()) {
        return "cannot open " + path;
    }
    std::array<char, TAR_BLOCK> header;
    std::string long_name;
    size_t index = 0;
    while (reader.read(header.data(), TAR_BLOCK)) {
        if (header[0] == '\0') {
            return {};
        }
        const size_t size = std::strtoull(text_field(header.data() + 124, 12).c_str(), nullptr, 8);
        if (size > TAR_FILE_MAX) {
            return "damaged archive " + path;
        }
        const size_t padding = (TAR_BLOCK - size % TAR_BLOCK) % TAR_BLOCK;
        const char type = header[156];
        std::string name = text_field(header.data(), 100);
        const std::string prefix = text_field(header.data() + 345, 155);
        if (!prefix.empty() && text_field(header.data() + 257, 5) == "ustar" &&
            header[262] == '\0') {
            name = prefix + "/" + name;
        }
        if (!long_name.empty()) {
            name = std::exchange(long_name, {});
        }
        const bool file = (type == '0' || type == '\0') && is_json(name);
        const bool read = type == 'L' || (file && wanted(index++));
        std::string content(read ? size : 0, '\0');
        if (!reader.read(read ? content.data() : nullptr, size) || !reader.read(nullptr, padding)) {
            return "damaged archive " + path;
        }
        if (type == 'L') {
            long_name = content.c_str();
        } else if (read) {
            visit(name, std::move(content));
        }
    }
    return "truncated archive " + path;
}

[[nodiscard]] std::string visit_plain(const std::string& path, const FileVisitor& visit) {
    std::ifstream in(path, std::ios::binary);
    std::string content(std::istreambuf_iterator<char>(in), {});
    if (!in) {
        return "cannot read " + path;
    }
    visit(path, std::move(content));
    return {};
}

}  // namespace

std::string visit_files(const std::string& path, const std::function<bool(size_t)>& wanted,
                        const FileVisitor& visit) {
    namespace fs = std::filesystem;
    std::error_code error;
    if (path.ends_with(".tar.zst")) {
        return visit_archive(path, wanted, visit);
    }
    if (fs::is_regular_file(path, error)) {
        return wanted(0) ? visit_plain(path, visit) : std::string{};
    }
    if (!fs::is_directory(path, error)) {
        return "no such file or folder: " + path;
    }
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
        const std::string name = entry.path().string();
        if (entry.is_regular_file(error) && (is_json(name) || name.ends_with(".tar.zst"))) {
            files.push_back(name);
        }
    }
    std::ranges::sort(files);
    size_t index = 0;
    for (const auto& file : files) {
        std::string problem;
        if (file.ends_with(".tar.zst")) {
            problem = visit_archive(file, wanted, visit);
        } else if (wanted(index++)) {
            problem = visit_plain(file, visit);
        }
        if (!problem.empty()) {
            return problem;
        }
    }
    return {};
}

}  // namespace otento::conformance
