// The Asio side of Loop. Private to net.
#pragma once

#include <otento/net/loop.hpp>

#include <boost/asio/io_context.hpp>

#include <array>
#include <memory>

namespace otento::net {

struct Loop::Impl : std::enable_shared_from_this<Impl> {
    boost::asio::io_context io{1};
    /// Buffers shared by the loop's sessions, so that idle ones hold no memory: what the socket
    /// gave, and one decrypted or to be encrypted record.
    std::array<uint8_t, 128u << 10> read_buffer;
    std::array<uint8_t, 16u << 10> record_buffer;
};

}  // namespace otento::net
