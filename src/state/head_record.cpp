#include <otento/state/head_record.hpp>

namespace otento::state {

namespace {
constexpr uint8_t FORMAT_VERSION = 1;
constexpr size_t SIZE = 1 + 3 * 8 + 2 * 32;
}  // namespace

Bytes encode_head(const HeadRecord& head) {
    Bytes out{FORMAT_VERSION};
    append_be(out, head.number);
    append(out, head.root);
    append_be(out, head.flushed_number);
    append(out, head.flushed_root);
    append_be(out, head.history_begin);
    return out;
}

std::optional<HeadRecord> decode_head(BytesView in) {
    if (in.size() != SIZE || in[0] != FORMAT_VERSION) {
        return std::nullopt;
    }
    const uint8_t* const at = in.data();
    HeadRecord out;
    out.number = load_be<uint64_t>(at + 1);
    out.root = Hash::from(in.subspan(9, 32));
    out.flushed_number = load_be<uint64_t>(at + 41);
    out.flushed_root = Hash::from(in.subspan(49, 32));
    out.history_begin = load_be<uint64_t>(at + 81);
    const bool ordered = out.flushed_number <= out.number && out.history_begin <= out.number;
    return ordered ? std::optional(out) : std::nullopt;
}

}  // namespace otento::state
