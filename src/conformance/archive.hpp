// Test files from wherever they are: single files, folders, or .tar.zst archives read without
// unpacking.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace otento::conformance {

/// Called with each file's path and content; the content is free to be moved from.
using FileVisitor = std::function<void(const std::string& path, std::string content)>;

/// Visits every `.json` file at or below `path`, in a fixed order. `wanted(index)` decides by
/// running number whether a file is read at all, so that several readers can share the work.
/// @return  Empty, or why the path cannot be read.
[[nodiscard]] std::string visit_files(const std::string& path,
                                      const std::function<bool(size_t index)>& wanted,
                                      const FileVisitor& visit);

}  // namespace otento::conformance
