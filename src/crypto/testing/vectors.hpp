// Conformance data for tests: the archives under OTENTO_SHARED_DIR, unpacked into a folder that
// disappears. Header-only, for test programs alone; they define OTENTO_SHARED_DIR.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace otento::crypto::testing {

inline const std::filesystem::path VECTORS = std::filesystem::path(OTENTO_SHARED_DIR) / "vectors";

/// The members of `vectors/ethereum/ARCHIVE.tar.zst` under a prefix, unpacked.
class UnpackedVectors {
  public:
    explicit UnpackedVectors(const std::string& archive, const std::string& members = "") {
        const auto path = VECTORS / "ethereum" / (archive + ".tar.zst");
        if (!std::filesystem::exists(path)) {
            return;
        }
        std::string folder = (std::filesystem::temp_directory_path() / "otento-XXXXXX").string();
        if (mkdtemp(folder.data()) == nullptr) {
            return;
        }
        folder_ = folder;
        const std::string command =
            "tar --zstd -xf '" + path.string() + "' -C '" + folder + "' " + members;
        available_ = std::system(command.c_str()) == 0;
    }
    UnpackedVectors(const UnpackedVectors&) = delete;
    UnpackedVectors& operator=(const UnpackedVectors&) = delete;
    ~UnpackedVectors() {
        if (!folder_.empty()) {
            std::error_code ignored;
            std::filesystem::remove_all(folder_, ignored);
        }
    }

    /// False where the archive is absent: skip the test.
    [[nodiscard]] bool available() const noexcept { return available_; }
    [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
        return folder_ / name;
    }
    /// The file `name`, or the files below it with the given extension, in order of their paths.
    [[nodiscard]] std::vector<std::filesystem::path> files(const std::string& name,
                                                           const std::string& extension) const {
        std::vector<std::filesystem::path> out;
        if (!std::filesystem::is_directory(folder_ / name)) {
            return {folder_ / name};
        }
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_ / name)) {
            if (entry.path().extension() == extension) {
                out.push_back(entry.path());
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

  private:
    std::filesystem::path folder_;
    bool available_ = false;
};

/// What a shell command prints, such as `gzip -dc FILE`.
[[nodiscard]] inline std::string output_of(const std::string& command) {
    std::string out;
    if (FILE* pipe = popen(command.c_str(), "r"); pipe != nullptr) {
        char buffer[65536];
        for (size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
            out.append(buffer, n);
        }
        pclose(pipe);
    }
    return out;
}

}  // namespace otento::crypto::testing
