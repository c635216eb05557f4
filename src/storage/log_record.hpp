// Bytes of the segment log: file names, the segment's first sector, record headers, and the
// evidence by which a torn write is told from damage. Integers are big-endian.
//
// A segment file is `<first index>-<salt>.log` (16 hexadecimal digits each): one sector that
// repeats the name, then records, then zeros up to the preallocated size. A record is a header of
// 64 bytes and its payload, padded with zeros to 64 bytes; so no header crosses a disk sector, and
// sectors are written whole or not at all. Header:
//    0  CRC-32C of salt, file offset and the bytes 4..63   24  durable index
//    4  CRC-32C of the payload                             32  payload length (4)
//    8  index                                              36  zero pieces (4)
//   16  term                                               40  type (1), zeros (19), magic "OREC"
//   (4)
// Salt and offset in the checksum keep bytes of a payload, which users choose, from passing as a
// record.
#pragma once

#include <otento/base/bytes.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace otento::storage {

constexpr size_t SECTOR_BYTES = 512;
constexpr size_t RECORD_ALIGNMENT = 64;
constexpr size_t RECORD_HEADER_BYTES = 64;
constexpr size_t SEGMENT_HEADER_BYTES = SECTOR_BYTES;

struct SegmentName {
    uint64_t first_index = 0;
    uint64_t salt = 0;
};
[[nodiscard]] std::string to_file_name(const SegmentName& name);
/// Empty for other files.
[[nodiscard]] std::optional<SegmentName> parse_segment_name(std::string_view file_name);

/// The first sector of a segment.
[[nodiscard]] Bytes encode_segment_header(const SegmentName& name);
enum class SegmentHeaderState {
    valid,
    damaged,        ///< Or never written; the name says all that is needed.
    other_version,  ///< Intact, of a format this build does not know.
};
[[nodiscard]] SegmentHeaderState check_segment_header(BytesView sector, const SegmentName& name);

struct RecordHeader {
    uint32_t payload_crc = 0;
    uint64_t index = 0;
    uint64_t term = 0;
    /// Every record up to this index was durable when this one was written: damage there is damage,
    /// not a write that power loss cut short.
    uint64_t durable_index = 0;
    uint32_t length = 0;
    /// Pieces of the payload, cut at sector borders, that were all zero when written. A torn write
    /// leaves more of them.
    uint32_t zero_pieces = 0;
    uint8_t type = 0;
};

enum class RecordState { valid, absent, damaged };

/// @param out  RECORD_HEADER_BYTES bytes.
void encode_record_header(const RecordHeader& header, uint64_t salt, uint64_t offset, uint8_t* out);
/// @param in  RECORD_HEADER_BYTES bytes at file offset `offset`; all zero is `absent`.
[[nodiscard]] RecordState decode_record_header(const uint8_t* in, uint64_t salt, uint64_t offset,
                                               RecordHeader& header);

/// Pieces of `payload`, which lies at file offset `offset`, that are all zero.
[[nodiscard]] uint32_t count_zero_pieces(uint64_t offset, BytesView payload) noexcept;
[[nodiscard]] bool all_zero(BytesView view) noexcept;

/// Bytes of a record in the file, header and padding included.
[[nodiscard]] constexpr uint64_t record_bytes(uint64_t payload) noexcept {
    return (RECORD_HEADER_BYTES + payload + RECORD_ALIGNMENT - 1) / RECORD_ALIGNMENT *
           RECORD_ALIGNMENT;
}

}  // namespace otento::storage
