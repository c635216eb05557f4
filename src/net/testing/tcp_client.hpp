// A blocking socket on loopback, or to a Unix socket, for tests: sends any bytes, well-formed or not, and reads what
// comes back.
#pragma once

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace otento::net::testing {

class TcpClient {
  public:
    explicit TcpClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        connected_ =
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
        const int on = 1;
        ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    }
    /// A Unix socket.
    explicit TcpClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.copy(address.sun_path, sizeof(address.sun_path) - 1);
        connected_ =
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    }
    TcpClient(const TcpClient&) = delete;
    TcpClient& operator=(const TcpClient&) = delete;
    TcpClient(TcpClient&& other) noexcept
        : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
    ~TcpClient() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }

    [[nodiscard]] bool connected() const noexcept { return connected_; }

    /// False once the server has reset the connection.
    bool send(std::string_view bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            bytes.remove_prefix(static_cast<size_t>(sent));
        }
        return true;
    }

    void shutdown_send() { ::shutdown(fd_, SHUT_WR); }

    /// Appends to `received` what arrives within the time. False at the end of the stream, on reset
    /// or timeout.
    bool receive(std::string& received, int timeout_ms = 120'000) {
        pollfd poll_fd{.fd = fd_, .events = POLLIN, .revents = 0};
        if (::poll(&poll_fd, 1, timeout_ms) <= 0) {
            timed_out_ = true;
            return false;
        }
        char buffer[16384];
        const ssize_t size = ::recv(fd_, buffer, sizeof(buffer), 0);
        if (size <= 0) {
            return false;
        }
        received.append(buffer, static_cast<size_t>(size));
        return true;
    }

    /// Everything up to the end of the stream.
    [[nodiscard]] std::string receive_all(int timeout_ms = 120'000) {
        std::string out;
        while (receive(out, timeout_ms)) {
        }
        return out;
    }

    /// Everything up to and including `end`, or what came before the stream ended.
    [[nodiscard]] std::string receive_until(std::string_view end, int timeout_ms = 120'000) {
        std::string out;
        while (out.find(end) == std::string::npos && receive(out, timeout_ms)) {
        }
        return out;
    }

    /// True if the server ends the connection within the time.
    [[nodiscard]] bool closed_by_server(int timeout_ms = 120'000) {
        timed_out_ = false;
        (void)receive_all(timeout_ms);
        return !timed_out_;
    }

  private:
    int fd_;
    bool connected_ = false;
    bool timed_out_ = false;
};

}  // namespace otento::net::testing
