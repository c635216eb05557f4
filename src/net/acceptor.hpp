// Opening a listening socket. Private to net: includes Asio.
#pragma once

#include <otento/base/result.hpp>
#include <otento/net/listen_error.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace otento::net {

/// Binds and listens; writes an error line with address and port when it cannot.
/// @param host  Name or literal of this machine; "::" takes IPv4 as well.
/// @return      The port, which the kernel chose if 0 was asked for.
[[nodiscard]] Result<uint16_t, ListenError> open_acceptor(boost::asio::ip::tcp::acceptor& acceptor,
                                                          const std::string& host, uint16_t port);

/// True for failures of accept() that pass when file descriptors or memory are freed.
[[nodiscard]] bool is_shortage(const boost::system::error_code& ec) noexcept;

}  // namespace otento::net
