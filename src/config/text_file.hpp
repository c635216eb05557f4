// Small text files of the operator, read whole.
#pragma once

#include <otento/base/result.hpp>
#include <otento/config/error.hpp>

#include <string>

namespace otento::config {

/// Largest file that is read: a genesis with a million accounts fits.
inline constexpr size_t TEXT_FILE_BYTES_MAX = 256u << 20;

/// The content of `path`, or an error that names it.
[[nodiscard]] Result<std::string, Error> read_text_file(const std::string& path);
[[nodiscard]] bool file_exists(const std::string& path);
/// Creates or replaces `path`; `only_owner` makes it unreadable for others (mode 0600). The folder
/// must exist.
[[nodiscard]] Result<void, Error> write_text_file(const std::string& path, const std::string& text,
                                                  bool only_owner);

}  // namespace otento::config
