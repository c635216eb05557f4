// Enode URLs: enode://<128 hex digits>@<host>:<tcp port>?discport=<udp port>&raftport=<raft port>
// (spec/quorum-raft.md 3.2).
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/config/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace otento::config {

using NodeId = FixedBytes<64>;  ///< Uncompressed public key x||y.

/// One member's address as operators write it.
struct Enode {
    NodeId node_id;
    std::string host;  ///< IPv4 or IPv6 literal (without brackets) or a DNS name.
    uint16_t tcp_port = 0;
    std::optional<uint16_t> discport;
    std::optional<uint16_t> raft_port;
    friend bool operator==(const Enode&, const Enode&) = default;
};

/// GoQuorum's texts on failure (`invalid URL scheme, want "enode"`, `invalid node ID (...)`,
/// `invalid port`, `invalid discport in query`, `invalid raftport in query`, …).
[[nodiscard]] Result<Enode, Error> parse_enode(std::string_view url);
/// The URL; parse_enode gives back the same value.
[[nodiscard]] std::string to_string(const Enode& enode);
/// True for IPv4 and IPv6 literals.
[[nodiscard]] bool is_ip_literal(std::string_view host);

}  // namespace otento::config
