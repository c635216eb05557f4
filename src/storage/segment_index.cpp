#include <otento/storage/segment_index.hpp>

#include <otento/storage/crc32c.hpp>

namespace otento::storage {
namespace {

constexpr std::string_view MAGIC = "OTENTOIX";
constexpr std::string_view SUFFIX = ".idx";
constexpr uint32_t VERSION = 1;
constexpr size_t HEADER_BYTES = 8 + 4 + 8 + 8 + 8 + 4;
constexpr size_t RECORD_BYTES = 4 + 4 + 8 + 1;
constexpr size_t CRC_BYTES = 4;

}  // namespace

std::string index_path_of(const std::string& segment_path) {
    return segment_path.substr(0, segment_path.find_last_of('.')) + std::string(SUFFIX);
}

std::optional<SegmentName> parse_index_name(std::string_view file_name) {
    if (!file_name.ends_with(SUFFIX)) {
        return std::nullopt;
    }
    file_name.remove_suffix(SUFFIX.size());
    return parse_segment_name(std::string(file_name) + ".log");
}

Bytes encode_segment_index(const LogSegment& segment, std::span<const uint64_t> terms) {
    ASSERT(terms.size() == segment.places.size());
    Bytes out = to_bytes(bytes_of(MAGIC));
    out.reserve(HEADER_BYTES + terms.size() * RECORD_BYTES + CRC_BYTES);
    append_be<uint32_t>(out, VERSION);
    append_be<uint64_t>(out, segment.name.first_index);
    append_be<uint64_t>(out, segment.name.salt);
    append_be<uint64_t>(out, segment.tail);
    append_be<uint32_t>(out, static_cast<uint32_t>(terms.size()));
    for (size_t i = 0; i < terms.size(); ++i) {
        append_be<uint32_t>(out, segment.places[i].slot);
        append_be<uint32_t>(out, segment.places[i].length);
        append_be<uint64_t>(out, terms[i]);
        out.push_back(segment.types[i]);
    }
    append_be<uint32_t>(out, crc32c(out));
    return out;
}

bool decode_segment_index(BytesView in, LogSegment& segment, std::vector<uint64_t>& terms) {
    if (in.size() < HEADER_BYTES + CRC_BYTES || !equal(in.first(8), bytes_of(MAGIC)) ||
        load_be<uint32_t>(in.data() + 8) != VERSION ||
        load_be<uint64_t>(in.data() + 12) != segment.name.first_index ||
        load_be<uint64_t>(in.data() + 20) != segment.name.salt) {
        return false;
    }
    const auto tail = load_be<uint64_t>(in.data() + 28);
    const size_t count = load_be<uint32_t>(in.data() + 36);
    const size_t body = in.size() - HEADER_BYTES - CRC_BYTES;
    if (tail > segment.capacity || count == 0 || body / RECORD_BYTES != count ||
        body % RECORD_BYTES != 0 ||
        load_be<uint32_t>(in.data() + in.size() - CRC_BYTES) !=
            crc32c(in.first(in.size() - CRC_BYTES))) {
        return false;
    }
    segment.tail = tail;
    segment.places.reserve(count);
    segment.types.reserve(count);
    terms.reserve(count);
    for (const uint8_t* at = in.data() + HEADER_BYTES; terms.size() < count; at += RECORD_BYTES) {
        segment.places.push_back({load_be<uint32_t>(at), load_be<uint32_t>(at + 4)});
        terms.push_back(load_be<uint64_t>(at + 8));
        segment.types.push_back(at[16]);
    }
    return true;
}

}  // namespace otento::storage
