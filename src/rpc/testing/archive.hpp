// An archive of vectors/ethereum, unpacked for the length of a test.
#pragma once

#include <otento/base/assert.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

namespace otento::rpc::testing {

class Archive {
  public:
    explicit Archive(const std::string& name) : name_(name) {
        const std::string packed =
            std::string(OTENTO_SHARED_DIR) + "/vectors/ethereum/" + name + ".tar.zst";
        if (!std::filesystem::exists(packed)) {
            return;
        }
        std::string folder =
            (std::filesystem::temp_directory_path() / "otento_rpc_XXXXXX").string();
        ASSERT(::mkdtemp(folder.data()) != nullptr);
        folder_ = folder;
        const std::string command = "tar --zstd -xf '" + packed + "' -C '" + folder + "'";
        ASSERT(std::system(command.c_str()) == 0);
    }
    Archive(const Archive&) = delete;
    Archive& operator=(const Archive&) = delete;
    ~Archive() {
        std::error_code ignored;
        if (present()) {
            std::filesystem::remove_all(folder_, ignored);
        }
    }

    [[nodiscard]] bool present() const { return !folder_.empty(); }
    /// The archive's own top folder.
    [[nodiscard]] std::filesystem::path root() const { return folder_ / name_; }
    /// Files below a folder, sorted by path.
    [[nodiscard]] std::vector<std::filesystem::path> files(const std::string& below,
                                                           const std::string& extension) const {
        std::vector<std::filesystem::path> out;
        for (const auto& entry : std::filesystem::recursive_directory_iterator(root() / below)) {
            if (entry.path().extension() == extension) {
                out.push_back(entry.path());
            }
        }
        std::sort(out.begin(), out.end());
        return out;
    }

  private:
    std::string name_;
    std::filesystem::path folder_;
};

}  // namespace otento::rpc::testing
