// JSON-RPC's local socket: a Unix stream socket that only its owner may open, with JSON texts one
// after another in both directions, as geth's geth.ipc.
#pragma once

#include <otento/base/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace otento::net {

enum class IpcError {
    path_too_long,  ///< The kernel allows 107 bytes.
    in_use,         ///< Somebody listens there.
    not_a_socket,   ///< Something else lies there, and stays.
    permission_denied,
    other,
};
[[nodiscard]] std::string_view to_string(IpcError error) noexcept;

struct IpcOptions {
    std::string path;
    size_t message_bytes_max = 32u << 20;
    size_t connections_max = 64;
    /// Messages of one connection answered at a time; more wait in the socket.
    size_t in_flight_max = 64;
    /// Unread output of one connection above which nothing more is taken from it.
    size_t output_bytes_soft_max = 1u << 20;
};

/// Answers one message: any thread, once; an empty text answers nothing.
using IpcRespond = std::function<void(std::string)>;
/// Called on the server's thread.
using IpcHandler = std::function<void(std::string message, IpcRespond respond)>;

/// Answers leave in the order in which they are given. A client can only cost its own connection:
/// messages, those in flight and unread output are bounded.
class IpcServer {
  public:
    /// Replaces the socket of a process that is gone. Mode 0600 before anybody can connect.
    [[nodiscard]] static Result<std::unique_ptr<IpcServer>, IpcError> start(IpcOptions options,
                                                                            IpcHandler handler);
    virtual ~IpcServer() = default;
    /// Stops accepting, lets answers in flight finish up to `grace_ms`, joins the thread, removes
    /// the socket.
    virtual void stop(uint32_t grace_ms) = 0;
};

}  // namespace otento::net
