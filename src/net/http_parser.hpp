// Incremental HTTP/1.x request parser over bytes in memory (RFC 9112). Hides Boost.Beast; opens no
// socket.
#pragma once

#include <otento/net/http.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace otento::net {

/// One request with the headers the server itself acts upon.
struct ParsedRequest {
    HttpRequest request;  ///< `remote` is not set.
    std::string host;
    std::string origin;
    std::string preflight_method;   ///< Access-Control-Request-Method.
    std::string preflight_headers;  ///< Access-Control-Request-Headers.
    bool keep_alive = false;
    bool http_1_0 = false;
};

/// Parses requests one after the other. Memory grows with the bytes that arrive, never with
/// announced lengths.
class HttpParser {
  public:
    /// Bytes of the request line and headers, of a chunk header, and of trailers.
    static constexpr size_t HEADER_BYTES_MAX = 32u << 10;

    explicit HttpParser(size_t body_bytes_max);
    HttpParser(const HttpParser&) = delete;
    HttpParser& operator=(const HttpParser&) = delete;
    ~HttpParser();

    struct Fed {
        size_t consumed = 0;
        bool complete = false;  ///< take() has a request.
        unsigned error_status =
            0;  ///< 400, 413, 431 or 505: answer and close; the parser is spent.
    };
    /// Reads up to the end of one request. What was not consumed must come again, followed by more
    /// bytes.
    [[nodiscard]] Fed feed(std::string_view bytes);

    /// The request that feed() completed; the parser then stands at the start of the next one.
    [[nodiscard]] ParsedRequest take();

    /// True once, when the header is there, its body is awaited and the client waits for 100
    /// Continue.
    [[nodiscard]] bool wants_continue();

    /// True while a request has begun and is not complete.
    [[nodiscard]] bool in_request() const noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace otento::net
