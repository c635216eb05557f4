#include <otento/storage/log_record.hpp>

#include <otento/base/hex.hpp>
#include <otento/storage/crc32c.hpp>

namespace otento::storage {
namespace {

constexpr std::string_view SEGMENT_MAGIC = "OTENTOLG";
constexpr uint32_t VERSION = 1;
constexpr uint32_t RECORD_MAGIC = 0x4f524543;  // "OREC"
constexpr size_t NAME_DIGITS = 16;
constexpr std::string_view SUFFIX = ".log";
constexpr size_t SEGMENT_HEADER_USED = 32;  // magic 8, version 4, first index 8, salt 8, crc 4

std::string digits(uint64_t value) {
    uint8_t bytes[8];
    store_be(bytes, value);
    return to_hex(bytes);
}

std::optional<uint64_t> parse_digits(std::string_view text) {
    const auto bytes = fixed_from_hex<8>(text);
    if (!bytes || text.size() != NAME_DIGITS) {
        return std::nullopt;
    }
    return load_be<uint64_t>(bytes->data());
}

uint32_t header_crc(const uint8_t* header, uint64_t salt, uint64_t offset) {
    uint8_t place[16];
    store_be(place, salt);
    store_be(place + 8, offset);
    return crc32c({header + 4, RECORD_HEADER_BYTES - 4}, crc32c(place));
}

}  // namespace

std::string to_file_name(const SegmentName& name) {
    return digits(name.first_index) + "-" + digits(name.salt) + std::string(SUFFIX);
}

std::optional<SegmentName> parse_segment_name(std::string_view file_name) {
    if (file_name.size() != 2 * NAME_DIGITS + 1 + SUFFIX.size() || !file_name.ends_with(SUFFIX) ||
        file_name[NAME_DIGITS] != '-') {
        return std::nullopt;
    }
    const auto first = parse_digits(file_name.substr(0, NAME_DIGITS));
    const auto salt = parse_digits(file_name.substr(NAME_DIGITS + 1, NAME_DIGITS));
    if (!first || !salt || *first == 0) {
        return std::nullopt;
    }
    return SegmentName{.first_index = *first, .salt = *salt};
}

Bytes encode_segment_header(const SegmentName& name) {
    Bytes out = to_bytes(bytes_of(SEGMENT_MAGIC));
    append_be<uint32_t>(out, VERSION);
    append_be<uint64_t>(out, name.first_index);
    append_be<uint64_t>(out, name.salt);
    append_be<uint32_t>(out, crc32c(out));
    out.resize(SEGMENT_HEADER_BYTES);
    return out;
}

SegmentHeaderState check_segment_header(BytesView sector, const SegmentName& name) {
    if (sector.size() < SEGMENT_HEADER_USED) {
        return SegmentHeaderState::damaged;
    }
    if (equal(sector.first(SEGMENT_HEADER_USED),
              BytesView{encode_segment_header(name)}.first(SEGMENT_HEADER_USED))) {
        return SegmentHeaderState::valid;
    }
    const bool intact = equal(sector.first(SEGMENT_MAGIC.size()), bytes_of(SEGMENT_MAGIC)) &&
                        load_be<uint32_t>(sector.data() + SEGMENT_HEADER_USED - 4) ==
                            crc32c(sector.first(SEGMENT_HEADER_USED - 4));
    return intact && load_be<uint32_t>(sector.data() + 8) != VERSION
               ? SegmentHeaderState::other_version
               : SegmentHeaderState::damaged;
}

void encode_record_header(const RecordHeader& header, uint64_t salt, uint64_t offset,
                          uint8_t* out) {
    std::memset(out, 0, RECORD_HEADER_BYTES);
    store_be(out + 4, header.payload_crc);
    store_be(out + 8, header.index);
    store_be(out + 16, header.term);
    store_be(out + 24, header.durable_index);
    store_be(out + 32, header.length);
    store_be(out + 36, header.zero_pieces);
    out[40] = header.type;
    store_be(out + 60, RECORD_MAGIC);
    store_be(out, header_crc(out, salt, offset));
}

RecordState decode_record_header(const uint8_t* in, uint64_t salt, uint64_t offset,
                                 RecordHeader& header) {
    if (load_be<uint32_t>(in + 60) != RECORD_MAGIC) {
        return all_zero({in, RECORD_HEADER_BYTES}) ? RecordState::absent : RecordState::damaged;
    }
    if (load_be<uint32_t>(in) != header_crc(in, salt, offset)) {
        return RecordState::damaged;
    }
    header.payload_crc = load_be<uint32_t>(in + 4);
    header.index = load_be<uint64_t>(in + 8);
    header.term = load_be<uint64_t>(in + 16);
    header.durable_index = load_be<uint64_t>(in + 24);
    header.length = load_be<uint32_t>(in + 32);
    header.zero_pieces = load_be<uint32_t>(in + 36);
    header.type = in[40];
    return RecordState::valid;
}

bool all_zero(BytesView view) noexcept {
    // The first byte is zero, and each byte equals its neighbour.
    return view.empty() ||
           (view[0] == 0 && std::memcmp(view.data(), view.data() + 1, view.size() - 1) == 0);
}

uint32_t count_zero_pieces(uint64_t offset, BytesView payload) noexcept {
    uint32_t count = 0;
    while (!payload.empty()) {
        const size_t n = std::min<size_t>(payload.size(), SECTOR_BYTES - offset % SECTOR_BYTES);
        count += all_zero(payload.first(n)) ? 1 : 0;
        payload = payload.subspan(n);
        offset += n;
    }
    return count;
}

}  // namespace otento::storage
