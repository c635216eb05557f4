// What a peer may send first: frames, and inside them hellos and refusals. The first byte of the
// input cuts the rest into pieces, as a network would; a stream must decode the same whatever the
// pieces.
#include <otento/net/frame.hpp>
#include <otento/p2p/hello.hpp>

#include <algorithm>

namespace {

using namespace otento;

constexpr size_t BODY_BYTES_MAX = 4096;

struct Outcome {
    std::vector<net::Frame> frames;
    bool failed = false;
};

Outcome decode(BytesView stream, size_t piece) {
    Outcome out;
    net::FrameDecoder decoder(BODY_BYTES_MAX);
    while (!stream.empty() && !out.failed) {
        BytesView input = stream.first(std::min(piece, stream.size()));
        stream = stream.subspan(input.size());
        while (true) {
            auto next = decoder.next(input);
            out.failed = !next;
            if (!next || !next->has_value()) {
                break;
            }
            out.frames.push_back(std::move(**next));
        }
    }
    return out;
}

void check_hello(BytesView body) {
    const auto hello = p2p::decode_hello(body);
    if (hello) {
        ASSERT(equal(p2p::encode_hello(*hello), body));  // Only one encoding of each hello passes.
        (void)p2p::check_hello(*hello, p2p::Hello{}, 1);
    }
    (void)p2p::decode_refusal(body);
    (void)p2p::decode_clock(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0) {
        return 0;
    }
    const BytesView stream(data + 1, size - 1);
    const Outcome pieces = decode(stream, size_t{data[0]} + 1);
    const Outcome whole = decode(stream, std::max<size_t>(stream.size(), 1));
    ASSERT(pieces.failed == whole.failed);
    ASSERT(pieces.frames.size() == whole.frames.size());
    for (size_t i = 0; i < whole.frames.size(); ++i) {
        ASSERT(pieces.frames[i].kind == whole.frames[i].kind);
        ASSERT(pieces.frames[i].body == whole.frames[i].body);
        check_hello(whole.frames[i].body);
    }
    check_hello(stream);
    return 0;
}
