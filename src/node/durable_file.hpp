// Small files that are there whole or not at all.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <optional>
#include <string>

namespace otento::node {

/// Writes beside `path`, syncs and renames; durable when it returns.
[[nodiscard]] Result<void, std::string> write_durably(const std::string& path, BytesView content);
/// Empty if it is absent. At most 64 MiB.
[[nodiscard]] Result<std::optional<Bytes>, std::string> read_whole(const std::string& path);

/// Up to `length` bytes at `offset`; fewer at the end of the file.
[[nodiscard]] Result<Bytes, std::string> read_piece(const std::string& path, uint64_t offset,
                                                    size_t length);
/// Appends to a file, made if it is absent; `sync`: durable when it returns.
[[nodiscard]] Result<void, std::string> append_piece(const std::string& path, BytesView data,
                                                     bool sync);
[[nodiscard]] Result<void, std::string> sync_folder(const std::string& path);

}  // namespace otento::node
