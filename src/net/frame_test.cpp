#include <otento/net/frame.hpp>

#include <gtest/gtest.h>

namespace otento::net {
namespace {

Bytes encode(uint8_t kind, const Bytes& body) {
    Bytes out = to_bytes(frame_header(kind, body.size()));
    append(out, body);
    return out;
}

TEST(Frame, header_has_version_kind_and_big_endian_length) {
    EXPECT_EQ(to_bytes(frame_header(7, 0x010203)), (Bytes{1, 7, 0, 0, 0, 1, 2, 3}));
}

TEST(FrameDecoder, cuts_a_stream_whatever_the_pieces) {
    Bytes stream = encode(1, Bytes(5, 'a'));
    append(stream, encode(FRAME_KEEPALIVE, {}));
    append(stream, encode(2, Bytes(100'000, 'b')));
    for (const size_t piece : {size_t{1}, size_t{3}, size_t{8}, size_t{1000}, stream.size()}) {
        FrameDecoder decoder(100'000);
        std::vector<Frame> frames;
        for (size_t at = 0; at < stream.size(); at += piece) {
            BytesView input = BytesView(stream).subspan(at, std::min(piece, stream.size() - at));
            while (true) {
                auto next = decoder.next(input);
                ASSERT_TRUE(next.has_value());
                if (!next->has_value()) {
                    break;
                }
                frames.push_back(std::move(**next));
            }
            EXPECT_TRUE(input.empty());
        }
        ASSERT_EQ(frames.size(), 3u);
        EXPECT_EQ(frames[0].body, Bytes(5, 'a'));
        EXPECT_EQ(frames[1].kind, FRAME_KEEPALIVE);
        EXPECT_EQ(frames[2].kind, 2);
        EXPECT_EQ(frames[2].body, Bytes(100'000, 'b'));
    }
}

TEST(FrameDecoder, refuses_what_is_not_a_frame) {
    const auto error_of = [](Bytes bytes) {
        FrameDecoder decoder(10);
        BytesView input(bytes);
        const auto next = decoder.next(input);
        EXPECT_FALSE(next.has_value());
        return next.has_value() ? FrameError{} : next.error();
    };
    EXPECT_EQ(error_of({2, 1, 0, 0, 0, 0, 0, 0}), FrameError::unknown_version);
    EXPECT_EQ(error_of({1, 1, 1, 0, 0, 0, 0, 0}), FrameError::malformed);
    EXPECT_EQ(error_of({1, 1, 0, 1, 0, 0, 0, 0}), FrameError::malformed);
    EXPECT_EQ(error_of({1, 0, 0, 0, 0, 0, 0, 1}), FrameError::malformed);
    EXPECT_EQ(error_of({1, 1, 0, 0, 0, 0, 0, 11}), FrameError::too_large);
    EXPECT_EQ(error_of({1, 1, 0, 0, 255, 255, 255, 255}), FrameError::too_large);
}

TEST(FrameDecoder, announced_length_takes_no_memory) {
    FrameDecoder decoder(UINT32_MAX);
    Bytes start = to_bytes(frame_header(1, UINT32_MAX));
    append(start, Bytes(100, 'x'));
    BytesView input(start);
    const auto next =
        decoder.next(input);  // Would fail or be killed if it allocated 4 GiB under a limit.
    ASSERT_TRUE(next.has_value());
    EXPECT_FALSE(next->has_value());
}

TEST(FrameDecoder, limit_holds_from_the_next_frame_on) {
    FrameDecoder decoder(4);
    const Bytes big = encode(1, Bytes(9, 'x'));
    decoder.set_body_bytes_max(9);
    BytesView input(big);
    const auto next = decoder.next(input);
    ASSERT_TRUE(next.has_value());
    EXPECT_TRUE(next->has_value());
}

}  // namespace
}  // namespace otento::net
