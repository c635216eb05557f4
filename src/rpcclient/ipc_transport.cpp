// The local socket: JSON texts one after another.
#include <otento/net/json_framer.hpp>
#include <otento/rpcclient/transport.hpp>

#include <fmt/core.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

namespace otento::rpcclient {
namespace {

constexpr uint32_t POLL_MS = 500;

class IpcTransport final : public Transport {
  public:
    IpcTransport(std::string path, const TransportOptions& options)
        : path_(std::move(path)), options_(options), framer_(options.answer_bytes_max) {}
    IpcTransport(const IpcTransport&) = delete;
    IpcTransport& operator=(const IpcTransport&) = delete;
    ~IpcTransport() override { disconnect(); }

    [[nodiscard]] const std::string& endpoint() const noexcept override { return path_; }

    [[nodiscard]] Result<std::string, TransportFailure> exchange(std::string_view text) override {
        auto answer = try_exchange(text);
        if (!answer) {
            disconnect();  // Whatever comes late belongs to a question that nobody asks any more.
        }
        return answer;
    }

  private:
    Result<std::string, TransportFailure> try_exchange(std::string_view text) {
        TRY_VOID(connect());
        TRY_VOID(send(text));
        for (;;) {
            TRY(auto message, receive());
            // Notifications of subscriptions are nobody's answer.
            if (message.find("\"eth_subscription\"") == std::string::npos ||
                message.find("\"id\"") != std::string::npos) {
                return message;
            }
        }
    }

    Result<void, TransportFailure> connect() {
        if (fd_ >= 0) {
            return {};
        }
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path_.size() >= sizeof(address.sun_path)) {
            return Err(TransportFailure{TransportError::bad_endpoint,
                                        fmt::format("{}: the path is too long", path_)});
        }
        path_.copy(address.sun_path, path_.size());
        fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd_ < 0 ||
            ::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
            return Err(failure(TransportError::unreachable, errno));
        }
        framer_ = net::JsonFramer(options_.answer_bytes_max);
        return {};
    }

    Result<void, TransportFailure> send(std::string_view text) {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno == EINTR) {
                continue;
            }
            if (sent <= 0) {
                return Err(failure(TransportError::broken, errno));
            }
            text.remove_prefix(static_cast<size_t>(sent));
        }
        return {};
    }

    Result<std::string, TransportFailure> receive() {
        for (;;) {
            auto message = framer_.next();
            if (!message) {
                return Err(TransportFailure{TransportError::too_large,
                                            fmt::format("{}: the answer is over {} bytes", path_,
                                                        options_.answer_bytes_max)});
            }
            if (*message) {
                return *std::move(*message);
            }
            TRY_VOID(await_input());
            const ssize_t size = recv(fd_, buffer_.data(), buffer_.size(), 0);
            if (size < 0 && errno == EINTR) {
                continue;
            }
            if (size < 0) {
                return Err(failure(TransportError::broken, errno));
            }
            if (size == 0) {
                return Err(TransportFailure{TransportError::broken,
                                            fmt::format("{}: the node hung up", path_)});
            }
            framer_.feed({buffer_.data(), static_cast<size_t>(size)});
        }
    }

    // Waits in pieces, so that an interruption is noticed.
    Result<void, TransportFailure> await_input() const {
        for (uint32_t left_ms = options_.timeout_ms; left_ms != 0;) {
            const uint32_t piece_ms = std::min(left_ms, POLL_MS);
            pollfd wanted{.fd = fd_, .events = POLLIN, .revents = 0};
            const int ready = poll(&wanted, 1, static_cast<int>(piece_ms));
            if (options_.interrupted && options_.interrupted()) {
                return Err(TransportFailure{TransportError::interrupted,
                                            std::string(to_string(TransportError::interrupted))});
            }
            if (ready > 0) {
                return {};
            }
            if (ready < 0 && errno != EINTR) {
                return Err(failure(TransportError::broken, errno));
            }
            left_ms -= ready == 0 ? piece_ms : 0;
        }
        return Err(
            TransportFailure{TransportError::timed_out,
                             fmt::format("{}: no answer in {} ms", path_, options_.timeout_ms)});
    }

    TransportFailure failure(TransportError error, int number) const {
        return {error, fmt::format("{}: {}", path_, std::strerror(number))};
    }

    void disconnect() {
        if (const int fd = std::exchange(fd_, -1); fd >= 0) {
            close(fd);
        }
    }

    const std::string path_;
    const TransportOptions options_;
    net::JsonFramer framer_;
    int fd_ = -1;
    std::array<char, 64u << 10> buffer_{};
};

}  // namespace

std::unique_ptr<Transport> make_ipc_transport(std::string path, const TransportOptions& options) {
    return std::make_unique<IpcTransport>(std::move(path), options);
}

}  // namespace otento::rpcclient
