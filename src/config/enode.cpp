#include <otento/config/enode.hpp>

#include <otento/base/hex.hpp>

#include <fmt/core.h>

#include <arpa/inet.h>
#include <charconv>

namespace otento::config {
namespace {

constexpr size_t HOST_BYTES_MAX = 253;  // RFC 1035 section 2.3.4, without the trailing dot.

std::optional<uint16_t> parse_port(std::string_view text) {
    uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc{} || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return port;
}

Result<NodeId, Error> parse_node_id(std::string_view digits) {
    if (digits.starts_with("0x")) {
        digits.remove_prefix(2);
    }
    if (digits.size() != 2 * NodeId::SIZE) {
        return Err(Error{
            fmt::format("invalid node ID (wrong length, want {} hex chars)", 2 * NodeId::SIZE)});
    }
    const auto id = fixed_from_hex<NodeId::SIZE>(digits);
    if (!id) {
        return Err(Error{"invalid node ID (not hexadecimal)"});
    }
    return *id;
}

/// Letters, digits, dots, hyphens and underscores: what names and IPv4 literals are made of.
bool is_name(std::string_view host) {
    if (host.empty() || host.size() > HOST_BYTES_MAX) {
        return false;
    }
    for (const char c : host) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        const bool digit = c >= '0' && c <= '9';
        if (!letter && !digit && c != '.' && c != '-' && c != '_') {
            return false;
        }
    }
    return true;
}

bool is_ipv6(std::string_view host) {
    in6_addr address{};
    return ::inet_pton(AF_INET6, std::string(host).c_str(), &address) == 1;
}

/// `host:port` or `[v6]:port` into `out`.
Result<void, Error> parse_authority(std::string_view text, Enode& out) {
    std::string_view host;
    std::string_view port;
    if (text.starts_with('[')) {
        const size_t close = text.find(']');
        if (close == std::string_view::npos) {
            return Err(Error{fmt::format("invalid host: missing ']' in address {}", text)});
        }
        host = text.substr(1, close - 1);
        if (close + 1 >= text.size() || text[close + 1] != ':') {
            return Err(Error{fmt::format("invalid host: missing port in address {}", text)});
        }
        port = text.substr(close + 2);
        if (!is_ipv6(host)) {
            return Err(Error{"invalid host: not an IPv6 address in brackets"});
        }
    } else {
        const size_t colon = text.rfind(':');
        if (colon == std::string_view::npos) {
            return Err(Error{fmt::format("invalid host: missing port in address {}", text)});
        }
        host = text.substr(0, colon);
        port = text.substr(colon + 1);
        if (host.empty()) {
            return Err(Error{"empty hostname in raft url"});
        }
        if (!is_name(host)) {
            return Err(Error{fmt::format("invalid host: {}", host)});
        }
    }
    const auto number = parse_port(port);
    if (!number) {
        return Err(Error{"invalid port"});
    }
    out.host = host;
    out.tcp_port = *number;
    return {};
}

Result<void, Error> parse_query(std::string_view query, Enode& out) {
    while (!query.empty()) {
        const size_t end = std::min(query.find('&'), query.size());
        const std::string_view pair = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        const size_t equals = pair.find('=');
        if (equals == std::string_view::npos || equals + 1 == pair.size()) {
            continue;  // An empty value counts as left out, as in GoQuorum.
        }
        const std::string_view key = pair.substr(0, equals);
        const auto port = parse_port(pair.substr(equals + 1));
        if (key == "discport") {
            if (!port) {
                return Err(Error{"invalid discport in query"});
            }
            out.discport = port;
        } else if (key == "raftport") {
            if (!port) {
                return Err(Error{"invalid raftport in query"});
            }
            out.raft_port = port;
        }
    }
    return {};
}

}  // namespace

Result<Enode, Error> parse_enode(std::string_view url) {
    constexpr std::string_view SCHEME = "enode://";
    if (!url.starts_with(SCHEME)) {
        return Err(Error{"invalid URL scheme, want \"enode\""});
    }
    std::string_view rest = url.substr(SCHEME.size());
    rest = rest.substr(0, rest.find('#'));
    const size_t question = std::min(rest.find('?'), rest.size());
    const std::string_view query = rest.substr(std::min(question + 1, rest.size()));
    rest = rest.substr(0, question);
    if (rest.ends_with('/')) {
        rest.remove_suffix(1);
    }
    const size_t at = rest.find('@');
    if (at == std::string_view::npos) {
        return Err(Error{"does not contain node ID"});
    }
    Enode out;
    TRY(out.node_id, parse_node_id(rest.substr(0, at)));
    TRY_VOID(parse_authority(rest.substr(at + 1), out));
    TRY_VOID(parse_query(query, out));
    return out;
}

std::string to_string(const Enode& enode) {
    const bool brackets = enode.host.find(':') != std::string::npos;
    std::string out =
        fmt::format("enode://{}@{}{}{}:{}", to_hex(enode.node_id), brackets ? "[" : "", enode.host,
                    brackets ? "]" : "", enode.tcp_port);
    char separator = '?';
    if (enode.discport) {
        out += fmt::format("{}discport={}", separator, *enode.discport);
        separator = '&';
    }
    if (enode.raft_port) {
        out += fmt::format("{}raftport={}", separator, *enode.raft_port);
    }
    return out;
}

bool is_ip_literal(std::string_view host) {
    in_addr address{};
    return ::inet_pton(AF_INET, std::string(host).c_str(), &address) == 1 || is_ipv6(host);
}

}  // namespace otento::config
