#include <otento/rpc/http_gateway.hpp>

namespace otento::rpc {
namespace {

using net::HttpRequest;
using net::HttpResponse;

constexpr std::string_view TEXT = "text/plain; charset=utf-8";

HttpResponse text(unsigned status, std::string body, std::string_view type = TEXT) {
    return {.status = status, .content_type = std::string(type), .body = std::move(body)};
}

std::string_view path_of(std::string_view target) {
    return target.substr(0, std::min(target.find('?'), target.size()));
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
    const auto lower = [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    };
    return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                              [&](char x, char y) { return lower(x) == lower(y); });
}

/// Parameters such as charset do not matter.
bool is_json(std::string_view content_type) {
    std::string_view type =
        content_type.substr(0, std::min(content_type.find(';'), content_type.size()));
    while (type.ends_with(' ')) {
        type.remove_suffix(1);
    }
    for (const std::string_view accepted :
         {"application/json", "application/json-rpc", "application/jsonrequest"}) {
        if (same_ignoring_case(type, accepted)) {
            return true;
        }
    }
    return false;
}

}  // namespace

void HttpGateway::handle(HttpRequest request, net::HttpRespond respond) {
    const bool get = request.method == "GET" || request.method == "HEAD";
    if (get) {
        respond(labelled(answer_get(request)));
        return;
    }
    if (request.method != "POST") {
        auto refused = text(405, "method not allowed\n");
        refused.headers.emplace_back("Allow", "GET, HEAD, POST, OPTIONS");
        respond(labelled(std::move(refused)));
        return;
    }
    if (path_of(request.target) != "/") {
        respond(labelled(text(404, "404 page not found\n")));
        return;
    }
    if (!is_json(request.content_type)) {
        respond(labelled(text(415, "invalid content type, only application/json is supported\n")));
        return;
    }
    dispatcher_.handle(std::move(request.body),
                       [this, respond = std::move(respond)](std::string answer) {
                           respond(labelled({.body = std::move(answer)}));
                       });
}

HttpResponse HttpGateway::answer_get(const HttpRequest& request) const {
    const auto path = path_of(request.target);
    if (path == "/") {
        return text(200, "");
    }
    if (path == "/livez") {
        return text(200, "ok\n");
    }
    if (path == "/readyz") {
        const Readiness readiness = backend_.readiness();
        Writer out;
        out.begin_object();
        out.key("ready").boolean(readiness.ready);
        out.key("reason").string(readiness.reason);
        out.end_object();
        return text(readiness.ready ? 200 : 503, out.take(), "application/json");
    }
    if (path == "/metrics") {
        return text(200, backend_.metrics(), "text/plain; version=0.0.4; charset=utf-8");
    }
    return text(404, "404 page not found\n");
}

HttpResponse HttpGateway::labelled(HttpResponse response) const {
    response.headers.emplace_back("Otento-Block-Number",
                                  std::to_string(backend_.view()->head_number()));
    std::string role = backend_.raft_role();
    if (role.empty()) {  // No member (any more): what it has may be old for ever.
        response.headers.emplace_back("Otento-Stale", "true");
    }
    response.headers.emplace_back("Otento-Role", std::move(role));
    return response;
}

}  // namespace otento::rpc
