#include <otento/net/acceptor.hpp>

#include <otento/base/logger.hpp>

#include <boost/asio/ip/v6_only.hpp>

#include <cerrno>

namespace otento::net {
namespace {

using boost::asio::ip::tcp;
using boost::system::error_code;
namespace asio = boost::asio;

ListenError listen_error(const error_code& ec) noexcept {
    if (ec == asio::error::address_in_use) {
        return ListenError::address_in_use;
    }
    if (ec == asio::error::access_denied) {
        return ListenError::permission_denied;
    }
    const bool unknown_address = ec.value() == EADDRNOTAVAIL || ec.value() == EAFNOSUPPORT;
    return unknown_address ? ListenError::bad_address : ListenError::other;
}

Result<uint16_t, ListenError> try_open(tcp::acceptor& acceptor, const std::string& host,
                                       uint16_t port) {
    error_code ec;
    tcp::resolver resolver(acceptor.get_executor());
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, ec);
    if (ec || found.empty()) {
        return Err(ListenError::bad_address);
    }
    const tcp::endpoint endpoint = found.begin()->endpoint();
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
        acceptor.set_option(tcp::acceptor::reuse_address(true), ec);
    }
    if (!ec && endpoint.protocol() == tcp::v6()) {
        acceptor.set_option(asio::ip::v6_only(false), ec);
    }
    if (!ec) {
        acceptor.bind(endpoint, ec);
    }
    if (!ec) {
        acceptor.listen(tcp::acceptor::max_listen_connections, ec);
    }
    const tcp::endpoint local = ec ? tcp::endpoint() : acceptor.local_endpoint(ec);
    if (ec) {
        return Err(listen_error(ec));
    }
    return local.port();
}

}  // namespace

std::string_view to_string(ListenError error) noexcept {
    switch (error) {
        case ListenError::address_in_use:
            return "address already in use";
        case ListenError::bad_address:
            return "not an address of this machine";
        case ListenError::permission_denied:
            return "permission denied";
        case ListenError::other:
            return "listening failed";
    }
    return "unknown";
}

Result<uint16_t, ListenError> open_acceptor(tcp::acceptor& acceptor, const std::string& host,
                                            uint16_t port) {
    auto result = try_open(acceptor, host, port);
    if (!result) {
        logger::error("net", "Cannot listen on {}:{}: {}", host, port, to_string(result.error()));
    }
    return result;
}

bool is_shortage(const error_code& ec) noexcept {
    return ec == asio::error::no_descriptors || ec == asio::error::no_memory ||
           ec == asio::error::no_buffer_space || ec.value() == ENFILE;
}

}  // namespace otento::net
