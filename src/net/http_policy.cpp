#include <otento/net/http_policy.hpp>

#include <otento/base/ascii.hpp>

#include <arpa/inet.h>

#include <algorithm>

namespace otento::net {
namespace {

// The host of `host[:port]`, without the brackets of an IPv6 literal.
std::string_view without_port(std::string_view host) noexcept {
    if (host.starts_with('[')) {
        const size_t end = host.find(']');
        return end == std::string_view::npos ? host : host.substr(1, end - 1);
    }
    const size_t colon = host.rfind(':');
    const bool bare_ipv6 = colon != std::string_view::npos && host.find(':') != colon;
    return colon == std::string_view::npos || bare_ipv6 ? host : host.substr(0, colon);
}

bool is_ip_literal(std::string_view host) {
    const std::string text(host.substr(0, host.find('%')));
    unsigned char address[sizeof(in6_addr)];
    return inet_pton(AF_INET, text.c_str(), address) == 1 ||
           inet_pton(AF_INET6, text.c_str(), address) == 1;
}

bool matches(std::string_view pattern, std::string_view text) noexcept {
    const size_t star = pattern.find('*');
    if (star == std::string_view::npos) {
        return equal_ignoring_case(pattern, text);
    }
    const std::string_view head = pattern.substr(0, star);
    const std::string_view tail = pattern.substr(star + 1);
    return text.size() >= head.size() + tail.size() &&
           equal_ignoring_case(head, text.substr(0, head.size())) &&
           equal_ignoring_case(tail, text.substr(text.size() - tail.size()));
}

}  // namespace

bool host_allowed(std::string_view host, const std::vector<std::string>& allowed) {
    if (host.empty()) {
        return true;
    }
    const std::string_view name = without_port(host);
    const bool listed = std::ranges::any_of(allowed, [&](const std::string& entry) {
        return entry == "*" || equal_ignoring_case(entry, name);
    });
    return listed || is_ip_literal(name);
}

bool origin_allowed(std::string_view origin, const std::vector<std::string>& allowed) {
    return std::ranges::any_of(allowed,
                               [&](const std::string& entry) { return matches(entry, origin); });
}

bool same_origin(std::string_view origin, std::string_view host) {
    const size_t scheme = origin.find("://");
    return scheme != std::string_view::npos && !host.empty() &&
           equal_ignoring_case(origin.substr(scheme + 3), host);
}

std::string_view allow_origin_value(std::string_view origin,
                                    const std::vector<std::string>& allowed) {
    return std::ranges::find(allowed, "*") != allowed.end() ? std::string_view("*") : origin;
}

}  // namespace otento::net
