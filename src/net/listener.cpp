#include <otento/net/acceptor.hpp>
#include <otento/net/session_impl.hpp>

#include <otento/base/logger.hpp>

#include <deque>
#include <utility>

namespace otento::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::chrono::milliseconds ACCEPT_RETRY{100};

// The part that pending accepts keep alive.
class AcceptLoop : public std::enable_shared_from_this<AcceptLoop> {
  public:
    AcceptLoop(Loop::Impl& loop, std::shared_ptr<const TlsIdentity> identity,
               const SessionOptions& options, SessionEvents& events)
        : loop_(loop),
          identity_(std::move(identity)),
          options_(options),
          events_(events),
          acceptor_(loop.io),
          retry_timer_(loop.io) {}

    [[nodiscard]] tcp::acceptor& acceptor() noexcept { return acceptor_; }

    void accept() {
        acceptor_.async_accept(loop_.io, [self = shared_from_this()](const error_code& ec,
                                                                     SessionImpl::Socket socket) {
            self->on_accepted(ec, std::move(socket));
        });
    }

    void close() {
        closed_ = true;
        error_code ec;
        acceptor_.close(ec);
        retry_timer_.cancel();
    }

  private:
    void on_accepted(const error_code& ec, SessionImpl::Socket socket) {
        if (closed_ || ec == asio::error::operation_aborted) {
            return;
        }
        if (is_shortage(ec)) {
            // Wait for file descriptors to be closed instead of spinning.
            logger::warn("net", "Accept failed error={}", ec.message());
            retry_timer_.expires_after(ACCEPT_RETRY);
            retry_timer_.async_wait([self = shared_from_this()](const error_code& stopped) {
                if (!stopped && !self->closed_) {
                    self->accept();
                }
            });
            return;
        }
        if (!ec) {
            make_room();
            auto session =
                std::make_shared<SessionImpl>(loop_, identity_, TlsRole::server, options_, events_);
            unconfirmed_.push_back(session);
            session->start_accepted(std::move(socket));
        }
        accept();
    }

    // The newest connection goes first: one that hangs must not keep out a member that has just
    // come.
    void make_room() {
        std::erase_if(unconfirmed_, [](const std::weak_ptr<SessionImpl>& weak) {
            const auto session = weak.lock();
            return !session || !session->unconfirmed();
        });
        while (unconfirmed_.size() >= Listener::HANDSHAKES_MAX) {
            if (const auto oldest = unconfirmed_.front().lock()) {
                oldest->close("too many handshakes at a time");
            }
            unconfirmed_.pop_front();
        }
    }

    Loop::Impl& loop_;
    std::shared_ptr<const TlsIdentity> identity_;
    const SessionOptions options_;
    SessionEvents& events_;
    tcp::acceptor acceptor_;
    asio::steady_timer retry_timer_;
    std::deque<std::weak_ptr<SessionImpl>> unconfirmed_;
    bool closed_ = false;
};

class ListenerImpl final : public Listener {
  public:
    ListenerImpl(std::shared_ptr<AcceptLoop> accepts, uint16_t port)
        : accepts_(std::move(accepts)), port_(port) {}
    ~ListenerImpl() override { accepts_->close(); }

    [[nodiscard]] uint16_t port() const noexcept override { return port_; }
    void close() override { accepts_->close(); }

  private:
    std::shared_ptr<AcceptLoop> accepts_;
    uint16_t port_;
};

}  // namespace

Result<std::unique_ptr<Listener>, ListenError> Listener::start(
    Loop& loop, std::shared_ptr<const TlsIdentity> identity, const std::string& host, uint16_t port,
    const SessionOptions& options, SessionEvents& events) {
    auto accepts = std::make_shared<AcceptLoop>(*loop.impl(), std::move(identity), options, events);
    TRY(const uint16_t bound, open_acceptor(accepts->acceptor(), host, port));
    accepts->accept();
    return std::unique_ptr<Listener>(std::make_unique<ListenerImpl>(std::move(accepts), bound));
}

}  // namespace otento::net
