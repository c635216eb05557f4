#include <otento/net/http_response.hpp>

#include <fmt/format.h>

namespace otento::net {
namespace {

bool is_clean(std::string_view text) noexcept {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

bool status_has_body(unsigned status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

std::string_view reason_phrase(unsigned status) noexcept {
    switch (status) {
        case 100:
            return "Continue";
        case 101:
            return "Switching Protocols";
        case 200:
            return "OK";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Payload Too Large";
        case 415:
            return "Unsupported Media Type";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Unknown";
    }
}

std::string response_head(const HttpResponse& response, const ResponseFraming& framing) {
    std::string out;
    out.reserve(256);
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", response.status,
                   reason_phrase(response.status));
    if (status_has_body(response.status)) {
        if (!response.content_type.empty() && is_clean(response.content_type)) {
            append_header(out, "Content-Type", response.content_type);
        }
        fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
    }
    if (!framing.keep_alive) {
        append_header(out, "Connection", "close");
    } else if (framing.http_1_0) {
        append_header(out, "Connection", "keep-alive");
    }
    for (const auto& [name, value] : response.headers) {
        if (is_clean(name) && is_clean(value)) {
            append_header(out, name, value);
        }
    }
    out.append(framing.extra).append("\r\n");
    return out;
}

}  // namespace otento::net
