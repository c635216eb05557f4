#include <otento/net/frame.hpp>

#include <algorithm>
#include <utility>

namespace otento::net {
namespace {

// Room given to a body before its bytes are there.
constexpr size_t RESERVE_MAX = 16u << 10;

}  // namespace

std::string_view to_string(FrameError error) noexcept {
    switch (error) {
        case FrameError::unknown_version:
            return "unknown frame version";
        case FrameError::malformed:
            return "malformed frame";
        case FrameError::too_large:
            return "frame too large";
    }
    return "unknown";
}

FixedBytes<FRAME_HEADER_SIZE> frame_header(uint8_t kind, size_t length) noexcept {
    ASSERT(length <= UINT32_MAX);
    FixedBytes<FRAME_HEADER_SIZE> header;
    header[0] = FRAME_VERSION;
    header[1] = kind;
    store_be(header.data() + 4, static_cast<uint32_t>(length));
    return header;
}

Result<void, FrameError> FrameDecoder::read_header() {
    if (header_[0] != FRAME_VERSION) {
        return Err(FrameError::unknown_version);
    }
    kind_ = header_[1];
    length_ = load_be<uint32_t>(header_.data() + 4);
    if (header_[2] != 0 || header_[3] != 0 || (kind_ == FRAME_KEEPALIVE && length_ != 0)) {
        return Err(FrameError::malformed);
    }
    if (length_ > body_bytes_max_) {
        return Err(FrameError::too_large);
    }
    return {};
}

void FrameDecoder::append_body(BytesView bytes) {
    const size_t needed = body_.size() + bytes.size();
    if (needed > body_.capacity()) {
        // Doubling, but never beyond the frame.
        body_.reserve(std::min(length_, std::max({needed, 2 * body_.capacity(), RESERVE_MAX})));
    }
    append(body_, bytes);
}

Result<std::optional<Frame>, FrameError> FrameDecoder::next(BytesView& input) {
    if (header_fill_ < FRAME_HEADER_SIZE) {
        const size_t taken = std::min(FRAME_HEADER_SIZE - header_fill_, input.size());
        std::copy_n(input.begin(), taken,
                    header_.bytes.begin() + static_cast<ptrdiff_t>(header_fill_));
        header_fill_ += taken;
        input = input.subspan(taken);
        if (header_fill_ < FRAME_HEADER_SIZE) {
            return std::optional<Frame>();
        }
        TRY_VOID(read_header());
    }
    const size_t taken = std::min(length_ - body_.size(), input.size());
    append_body(input.first(taken));
    input = input.subspan(taken);
    if (body_.size() < length_) {
        return std::optional<Frame>();
    }
    header_fill_ = 0;
    return std::optional<Frame>(Frame{.kind = kind_, .body = std::exchange(body_, {})});
}

}  // namespace otento::net
