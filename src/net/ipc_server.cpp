#include <otento/net/ipc_server.hpp>

#include <otento/base/logger.hpp>
#include <otento/net/acceptor.hpp>
#include <otento/net/json_framer.hpp>
#include <otento/net/loop.hpp>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <set>
#include <thread>
#include <utility>

namespace otento::net {
namespace {

namespace asio = boost::asio;
using asio::local::stream_protocol;
using boost::system::error_code;

constexpr std::chrono::milliseconds ACCEPT_RETRY{100};

struct Core;

// One client. Everything runs on the server's thread.
class Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(Core& core, stream_protocol::socket socket);

    void start();
    void answer(std::string text);
    // Takes no further messages; closes when all is answered.
    void finish();
    void close();

  private:
    void read();
    void on_read(const error_code& ec, size_t size);
    void take_messages();
    void write();
    [[nodiscard]] bool may_take() const noexcept;
    void close_if_done();

    Core& core_;
    stream_protocol::socket socket_;
    JsonFramer framer_;
    size_t in_flight_ = 0;
    std::string output_;  // Waits for `writing_` to leave.
    std::string writing_;
    bool reading_ = false;
    bool input_over_ = false;
    bool closed_ = false;
};

// What the thread, its connections and answers to come share.
struct Core : std::enable_shared_from_this<Core> {
    Core(IpcOptions given, IpcHandler function)
        : options(std::move(given)), handler(std::move(function)) {}

    const IpcOptions options;
    const IpcHandler handler;
    asio::io_context io{1};
    stream_protocol::acceptor acceptor{io};
    asio::steady_timer retry_timer{io};
    std::set<std::shared_ptr<Connection>> connections;
    std::atomic<size_t> connection_count = 0;
    std::array<char, 64u << 10> read_buffer;  // Shared: idle connections hold no memory.
    bool finishing = false;

    void accept() {
        acceptor.async_accept([this](const error_code& ec, stream_protocol::socket socket) {
            on_accepted(ec, std::move(socket));
        });
    }

    void on_accepted(const error_code& ec, stream_protocol::socket socket) {
        if (ec == asio::error::operation_aborted || finishing) {
            return;
        }
        if (is_shortage(ec)) {
            logger::warn("net", "IPC accept failed error={}", ec.message());
            retry_timer.expires_after(ACCEPT_RETRY);
            retry_timer.async_wait([this](const error_code& stopped) {
                if (!stopped) {
                    accept();
                }
            });
            return;
        }
        if (!ec && connections.size() < options.connections_max) {
            const auto connection = std::make_shared<Connection>(*this, std::move(socket));
            connections.insert(connection);
            connection_count.store(connections.size());
            connection->start();
        } else if (!ec) {
            logger::warn("net", "IPC connection refused, all {} are taken",
                         options.connections_max);
        }
        accept();
    }

    void forget(const std::shared_ptr<Connection>& connection) {
        connections.erase(connection);
        connection_count.store(connections.size());
    }
};

// The duty to answer one message; dropping it answers nothing, but frees its place.
struct Exchange {
    std::shared_ptr<Core> core;
    std::weak_ptr<Connection> connection;
    std::atomic<bool> answered = false;

    Exchange(std::shared_ptr<Core> owner, std::weak_ptr<Connection> to)
        : core(std::move(owner)), connection(std::move(to)) {}
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange() { respond({}); }
    void respond(std::string text) {
        if (!answered.exchange(true)) {
            asio::post(core->io, [weak = connection, moved = std::move(text)]() mutable {
                if (const auto alive = weak.lock()) {
                    alive->answer(std::move(moved));
                }
            });
        }
    }
};

Connection::Connection(Core& core, stream_protocol::socket socket)
    : core_(core), socket_(std::move(socket)), framer_(core.options.message_bytes_max) {}

void Connection::start() {
    error_code ec;
    socket_.non_blocking(true, ec);
    read();
}

bool Connection::may_take() const noexcept {
    return !closed_ && in_flight_ < core_.options.in_flight_max &&
           output_.size() + writing_.size() < core_.options.output_bytes_soft_max;
}

void Connection::read() {
    if (reading_ || input_over_ || !may_take()) {
        return;
    }
    reading_ = true;
    socket_.async_wait(
        stream_protocol::socket::wait_read, [self = shared_from_this()](const error_code& ec) {
            self->reading_ = false;
            if (ec || self->closed_) {
                self->close();
                return;
            }
            error_code failed;
            auto& buffer = self->core_.read_buffer;
            const size_t size = self->socket_.read_some(asio::buffer(buffer), failed);
            self->on_read(failed, size);
        });
}

void Connection::on_read(const error_code& ec, size_t size) {
    if (ec == asio::error::eof) {
        input_over_ = true;
        framer_.feed("\n");  // Ends what only white space would end.
    } else if (ec && ec != asio::error::would_block && ec != asio::error::interrupted) {
        close();
        return;
    } else {
        framer_.feed({core_.read_buffer.data(), size});
    }
    take_messages();
}

void Connection::take_messages() {
    while (may_take()) {
        auto message = framer_.next();
        if (!message) {
            logger::warn("net", "IPC connection closed: {}", to_string(message.error()));
            close();
            break;
        }
        if (!*message) {
            break;
        }
        ++in_flight_;
        const auto exchange =
            std::make_shared<Exchange>(core_.shared_from_this(), weak_from_this());
        try {
            core_.handler(*std::move(*message),
                          [exchange](std::string text) { exchange->respond(std::move(text)); });
        } catch (const std::exception& error) {
            logger::error("net", "IPC handler failed error={}", error.what());
        }
    }
    read();
    close_if_done();
}

void Connection::answer(std::string text) {
    --in_flight_;
    if (closed_) {
        return;
    }
    if (!text.empty()) {
        output_.append(text).push_back('\n');
    }
    write();
    take_messages();
}

void Connection::write() {
    if (!writing_.empty() || output_.empty()) {
        return;
    }
    writing_ = std::exchange(output_, {});
    asio::async_write(socket_, asio::buffer(writing_),
                      [self = shared_from_this()](const error_code& ec, size_t) {
                          self->writing_.clear();
                          if (ec) {
                              self->close();
                              return;
                          }
                          self->write();
                          self->take_messages();
                      });
}

void Connection::finish() {
    input_over_ = true;
    close_if_done();
}

void Connection::close_if_done() {
    const bool idle = in_flight_ == 0 && output_.empty() && writing_.empty();
    if (input_over_ && idle && (core_.finishing || may_take())) {
        close();
    }
}

void Connection::close() {
    if (std::exchange(closed_, true)) {
        return;
    }
    error_code ec;
    socket_.close(ec);
    core_.forget(shared_from_this());
}

// --- Opening the socket

IpcError ipc_error(int number) noexcept {
    switch (number) {
        case EADDRINUSE:
            return IpcError::in_use;
        case EACCES:
        case EPERM:
        case EROFS:
            return IpcError::permission_denied;
        default:
            return IpcError::other;
    }
}

// Removes what a process that is gone has left.
Result<void, IpcError> remove_stale(const std::string& path) {
    struct stat info{};
    if (lstat(path.c_str(), &info) != 0) {
        return {};
    }
    if (!S_ISSOCK(info.st_mode)) {
        return Err(IpcError::not_a_socket);
    }
    asio::io_context io;
    stream_protocol::socket probe(io);
    error_code ec;
    probe.connect(stream_protocol::endpoint(path), ec);
    if (ec != asio::error::connection_refused) {
        return Err(ec == asio::error::access_denied ? IpcError::permission_denied
                                                    : IpcError::in_use);
    }
    if (unlink(path.c_str()) != 0) {
        return Err(ipc_error(errno));
    }
    return {};
}

Result<void, IpcError> open(stream_protocol::acceptor& acceptor, const std::string& path) {
    if (path.empty() || path.size() >= sizeof(sockaddr_un::sun_path)) {
        return Err(IpcError::path_too_long);
    }
    TRY_VOID(remove_stale(path));
    error_code ec;
    const stream_protocol::endpoint endpoint(path);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) {
        acceptor.bind(endpoint, ec);
    }
    if (ec) {
        return Err(ipc_error(ec.value()));
    }
    // Nobody can connect before listen(), so there is no moment at which others could.
    if (chmod(path.c_str(), S_IRUSR | S_IWUSR) != 0) {
        return Err(ipc_error(errno));
    }
    acceptor.listen(stream_protocol::acceptor::max_listen_connections, ec);
    if (ec) {
        return Err(ipc_error(ec.value()));
    }
    return {};
}

class IpcServerImpl final : public IpcServer {
  public:
    explicit IpcServerImpl(std::shared_ptr<Core> core) : core_(std::move(core)) {
        core_->accept();
        thread_ = std::thread([this] { run(); });
    }
    IpcServerImpl(const IpcServerImpl&) = delete;
    IpcServerImpl& operator=(const IpcServerImpl&) = delete;
    ~IpcServerImpl() override { stop(0); }

    void stop(uint32_t grace_ms) override {
        if (!thread_.joinable()) {
            return;
        }
        asio::post(core_->io, [this] {
            core_->finishing = true;
            error_code ec;
            core_->acceptor.close(ec);
            core_->retry_timer.cancel();
            const auto all = core_->connections;
            for (const auto& connection : all) {
                connection->finish();
            }
            finished_.store(true);
        });
        const uint64_t end_ms = monotonic_ms() + grace_ms;
        while ((!finished_.load() || core_->connection_count.load() != 0) &&
               monotonic_ms() < end_ms) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        core_->io.stop();
        thread_.join();
        const auto all = core_->connections;
        for (const auto& connection : all) {
            connection->close();
        }
        error_code ec;
        core_->acceptor.close(ec);
        unlink(core_->options.path.c_str());
    }

  private:
    void run() {
        const auto work = asio::make_work_guard(core_->io);
        while (!core_->io.stopped()) {
            try {
                core_->io.run();
            } catch (const std::exception& error) {
                // Out of memory, most likely; the connection at hand is lost.
                logger::error("net", "IPC server caught error={}", error.what());
            }
        }
    }

    std::shared_ptr<Core> core_;
    std::atomic<bool> finished_ = false;
    std::thread thread_;
};

}  // namespace

std::string_view to_string(IpcError error) noexcept {
    switch (error) {
        case IpcError::path_too_long:
            return "the path is longer than 107 bytes";
        case IpcError::in_use:
            return "another process listens there";
        case IpcError::not_a_socket:
            return "a file that is no socket lies there";
        case IpcError::permission_denied:
            return "permission denied";
        case IpcError::other:
            return "listening failed";
    }
    return "unknown";
}

Result<std::unique_ptr<IpcServer>, IpcError> IpcServer::start(IpcOptions options,
                                                              IpcHandler handler) {
    auto core = std::make_shared<Core>(std::move(options), std::move(handler));
    TRY_VOID(open(core->acceptor, core->options.path));
    return std::unique_ptr<IpcServer>(std::make_unique<IpcServerImpl>(std::move(core)));
}

}  // namespace otento::net
