// Response head as text.
#pragma once

#include <otento/net/http.hpp>

#include <string>
#include <string_view>

namespace otento::net {

struct ResponseFraming {
    bool keep_alive = true;
    bool http_1_0 = false;   ///< The request's version: 1.0 clients need an explicit keep-alive.
    std::string_view extra;  ///< Further header lines, each ended by CRLF.
};

/// Status line and headers up to and including the empty line. Header fields that could split the
/// response (CR, LF or NUL inside) are left out. 1xx, 204 and 304 carry no length (RFC 9110 8.6).
[[nodiscard]] std::string response_head(const HttpResponse& response,
                                        const ResponseFraming& framing);

/// True if a response of this status may carry a body.
[[nodiscard]] bool status_has_body(unsigned status) noexcept;

/// Reason phrase of the statuses we use; "Unknown" for others.
[[nodiscard]] std::string_view reason_phrase(unsigned status) noexcept;

}  // namespace otento::net
