// The node's HTTP port: JSON-RPC by POST, and what operators ask by GET.
#pragma once

#include <otento/net/http.hpp>
#include <otento/rpc/dispatcher.hpp>

namespace otento::rpc {

/// Handler for net::HttpServer. Every answer carries `Otento-Block-Number` (decimal head) and
/// `Otento-Role` (GoQuorum's words); `Otento-Stale: true` if this node is no member. Methods run on
/// the server's threads, but for what Options::executor takes.
///
/// POST /         JSON-RPC; 415 for a content type that is not JSON
/// GET /          200, empty: the health probe of GoQuorum's users
/// GET /livez     200 while the process answers
/// GET /readyz    200 or 503 with {"ready", "reason"}
/// GET /metrics   Prometheus text
/// other paths 404, other methods 405. CORS, hosts and sizes are net/'s business.
///
/// Thread-safe; dispatcher and backend outlive it.
class HttpGateway {
  public:
    HttpGateway(Dispatcher& dispatcher, const Backend& backend)
        : dispatcher_(dispatcher), backend_(backend) {}

    void handle(net::HttpRequest request, net::HttpRespond respond);

    /// For HttpServer::start.
    [[nodiscard]] net::HttpHandler handler() {
        return [this](net::HttpRequest request, net::HttpRespond respond) {
            handle(std::move(request), std::move(respond));
        };
    }

  private:
    [[nodiscard]] net::HttpResponse answer_get(const net::HttpRequest& request) const;
    [[nodiscard]] net::HttpResponse labelled(net::HttpResponse response) const;

    Dispatcher& dispatcher_;
    const Backend& backend_;
};

}  // namespace otento::rpc
