// A table of contents beside a segment that is full and durable, so that opening a long log reads
// kilobytes instead of gigabytes. Derived and expendable: without it, or if it does not fit, the
// segment is read.
//
// `<segment name>.idx`, big-endian: magic "OTENTOIX" (8), version (4), first index (8), salt (8),
// tail (8), count (4), then per record slot (4), payload length (4), term (8), type (1), and at the
// end a CRC-32C (4).
#pragma once

#include <otento/storage/log_segment.hpp>

namespace otento::storage {

/// "….log" to "….idx".
[[nodiscard]] std::string index_path_of(const std::string& segment_path);

/// The segment a file is the index of, by its name; empty for other files.
[[nodiscard]] std::optional<SegmentName> parse_index_name(std::string_view file_name);

/// @param terms  One per record of the segment.
[[nodiscard]] Bytes encode_segment_index(const LogSegment& segment,
                                         std::span<const uint64_t> terms);

/// Fills places, types and tail of `segment`, whose name and capacity are known. False, with the
/// segment unchanged, unless every byte of it makes sense.
[[nodiscard]] bool decode_segment_index(BytesView in, LogSegment& segment,
                                        std::vector<uint64_t>& terms);

}  // namespace otento::storage
