// HTTP/1.1 server framing. Knows no Ethereum; the handler sees bodies and answers with bodies.
#pragma once

#include <otento/base/result.hpp>
#include <otento/net/listen_error.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace otento::net {

struct HttpRequest {
    std::string method;
    std::string target;  ///< Path with query.
    std::string content_type;
    std::string body;
    std::string remote;  ///< Address of the peer.
};

struct HttpResponse {
    unsigned status = 200;
    std::string content_type = "application/json";
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
};

struct HttpOptions {
    std::string host = "127.0.0.1";
    uint16_t port = 8545;  ///< 0: any free port.
    unsigned threads = 2;
    size_t body_bytes_max = 5u << 20;
    size_t connections_max = 1024;
    std::vector<std::string> virtual_hosts = {"localhost"};  ///< "*" allows all; IP literals pass.
    std::vector<std::string> cors_origins;
    uint32_t read_timeout_ms = 30'000;
    uint32_t write_timeout_ms = 30'000;
    uint32_t idle_timeout_ms = 120'000;
};

using HttpRespond = std::function<void(HttpResponse)>;
/// Called on a server thread; answers exactly once, now or later, from any thread.
using HttpHandler = std::function<void(HttpRequest, HttpRespond)>;

class HttpServer {
  public:
    [[nodiscard]] static Result<std::unique_ptr<HttpServer>, ListenError> start(
        HttpOptions options, HttpHandler handler);
    virtual ~HttpServer() = default;
    [[nodiscard]] virtual uint16_t port() const = 0;
    /// Stops accepting, lets answers in flight finish up to `grace_ms`, joins the threads.
    virtual void stop(uint32_t grace_ms) = 0;
};

}  // namespace otento::net
