// HTTP requests in pieces: the first byte of the input is the size of a piece.
#include <otento/net/http_parser.hpp>
#include <otento/net/http_policy.hpp>

#include <otento/base/assert.hpp>

#include <algorithm>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace otento::net;
    constexpr size_t BODY_BYTES_MAX = 1024;
    if (size == 0) {
        return 0;
    }
    const size_t piece = size_t{data[0]} + 1;
    HttpParser parser(BODY_BYTES_MAX);
    std::string pending;
    for (size_t at = 1; at < size; at += piece) {
        pending.append(reinterpret_cast<const char*>(data) + at, std::min(piece, size - at));
        bool going = true;
        while (going && !pending.empty()) {
            const HttpParser::Fed fed = parser.feed(pending);
            ASSERT(fed.consumed <= pending.size());
            if (fed.error_status != 0) {
                return 0;
            }
            pending.erase(0, fed.consumed);
            going = fed.complete;
            if (fed.complete) {
                const ParsedRequest parsed = parser.take();
                ASSERT(parsed.request.body.size() <= BODY_BYTES_MAX);
                (void)host_allowed(parsed.host, {"localhost", "node.example"});
                (void)origin_allowed(parsed.origin, {"https://*.example"});
                (void)same_origin(parsed.origin, parsed.host);
            } else {
                (void)parser.wants_continue();
            }
        }
        ASSERT(pending.size() <= HttpParser::HEADER_BYTES_MAX + piece);
    }
    return 0;
}
