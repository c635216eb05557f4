// Frames on a byte stream: a header of 8 bytes, then the body.
//
//   byte 0     version, FRAME_VERSION
//   byte 1     kind; 0 is a keep-alive and has no body, all others belong to the layer above
//   bytes 2-3  zero
//   bytes 4-7  length of the body, big-endian
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace otento::net {

constexpr uint8_t FRAME_VERSION = 1;
constexpr uint8_t FRAME_KEEPALIVE = 0;
constexpr size_t FRAME_HEADER_SIZE = 8;

struct Frame {
    uint8_t kind = 0;
    Bytes body;
};

enum class FrameError { unknown_version, malformed, too_large };
[[nodiscard]] std::string_view to_string(FrameError error) noexcept;

/// Header of a frame; `length` is at most UINT32_MAX.
[[nodiscard]] FixedBytes<FRAME_HEADER_SIZE> frame_header(uint8_t kind, size_t length) noexcept;

/// Cuts a byte stream into frames. Memory grows as bytes arrive, never by an announced length.
class FrameDecoder {
  public:
    explicit FrameDecoder(size_t body_bytes_max) noexcept : body_bytes_max_(body_bytes_max) {}

    /// Applies to frames whose header has not been read yet.
    void set_body_bytes_max(size_t bytes) noexcept { body_bytes_max_ = bytes; }

    /// Takes bytes off the front of `input` up to the end of one frame, which it returns; empty
    /// when more bytes are needed. After an error the stream is lost.
    [[nodiscard]] Result<std::optional<Frame>, FrameError> next(BytesView& input);

  private:
    [[nodiscard]] Result<void, FrameError> read_header();
    void append_body(BytesView bytes);

    size_t body_bytes_max_;
    FixedBytes<FRAME_HEADER_SIZE> header_;
    size_t header_fill_ = 0;
    uint8_t kind_ = 0;
    size_t length_ = 0;
    Bytes body_;
};

}  // namespace otento::net
