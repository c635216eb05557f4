// Any bytes on the local socket, in two cuttings: the messages are the same, none is over the
// limit, and nothing is held beyond what was fed.
#include <otento/net/json_framer.hpp>

#include <otento/base/assert.hpp>

#include <algorithm>
#include <vector>

namespace {

using otento::net::JsonFramer;

constexpr size_t MESSAGE_BYTES_MAX = 256;

struct Cut {
    std::vector<std::string> messages;
    bool failed = false;
};

Cut cut(std::string_view bytes, size_t piece) {
    Cut out;
    JsonFramer framer(MESSAGE_BYTES_MAX);
    for (size_t at = 0; at < bytes.size() && !out.failed; at += piece) {
        framer.feed(bytes.substr(at, piece));
        for (;;) {
            auto message = framer.next();
            out.failed = !message;
            if (out.failed || !*message) {
                break;
            }
            ASSERT(!(*message)->empty());
            ASSERT((*message)->size() <= MESSAGE_BYTES_MAX);
            out.messages.push_back(*std::move(*message));
        }
        ASSERT(framer.buffered() <= bytes.size());
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const Cut whole = cut(bytes, std::max<size_t>(size, 1));
    for (const size_t piece : {size_t{1}, size_t{7}}) {
        const Cut pieces = cut(bytes, piece);
        ASSERT(pieces.messages == whole.messages);
        ASSERT(pieces.failed == whole.failed);
    }
    return 0;
}
