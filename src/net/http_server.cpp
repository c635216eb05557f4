// Threads and sockets of the HTTP server. One acceptor hands connections to the worker with the
// fewest; every connection then lives on its worker's io_context alone. One acceptor rather than
// SO_REUSEPORT: the load is even with few clients, and a port that another process holds is an
// error and not silently shared.
#include <otento/net/acceptor.hpp>
#include <otento/net/http.hpp>
#include <otento/net/http_connection.hpp>
#include <otento/net/loop.hpp>

#include <otento/base/logger.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <atomic>
#include <bit>
#include <chrono>
#include <exception>
#include <thread>
#include <unordered_map>

namespace otento::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// With all connections taken, one that was silent for this long makes room for a new one.
constexpr uint64_t EVICT_IDLE_MS = 1'000;
constexpr uint32_t SWEEP_MS_MAX = 1'000;
constexpr std::chrono::milliseconds ACCEPT_RETRY{100};

class Worker;
// They live and die together, the first one first: what waits to be accepted in its io_context
// holds sockets of the others'. An answer that is still owed keeps all of them.
using Workers = std::vector<std::unique_ptr<Worker>>;

// A thread with its io_context and its connections.
class Worker {
  public:
    Worker(const HttpOptions& options, HttpHandler handler, std::weak_ptr<Workers> all)
        : options_(options),
          handler_(std::move(handler)),
          all_(std::move(all)),
          io_(1),
          sweep_timer_(io_) {
        context_.options = &options_;
        context_.handler = &handler_;
        context_.on_closed = [this](uint64_t id) {
            if (connections_.erase(id) != 0) {
                connection_count_.fetch_sub(1, std::memory_order_release);
            }
        };
        context_.make_respond = [this](uint64_t id, uint64_t slot) {
            return make_respond(id, slot);
        };
        const uint32_t shortest = std::min(
            {options_.read_timeout_ms, options_.write_timeout_ms, options_.idle_timeout_ms});
        sweep_ms_ = std::clamp(shortest / 4, 10u, SWEEP_MS_MAX);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() { ASSERT(!thread_.joinable()); }

    void start() {
        schedule_sweep();
        thread_ = std::thread([this] { run(); });
    }

    // Stops the thread, whatever is in flight.
    void stop() {
        io_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
        for (const auto& connection : snapshot()) {
            connection->close();
        }
        connection_count_ = 0;  // Those on their way to us count too.
    }

    // Any thread: lets the connections finish what is in flight.
    void finish() {
        asio::post(io_, [this] {
            finishing_ = true;
            for (const auto& connection : snapshot()) {
                connection->finish();
            }
        });
    }

    // Any thread. `evict`: the server is full, so an idle connection must go or this one is
    // refused.
    void adopt(HttpConnection::Socket socket, bool evict) {
        connection_count_.fetch_add(1, std::memory_order_relaxed);
        asio::post(io_, [this, evict, moved = std::move(socket)]() mutable {
            adopt_here(std::move(moved), evict);
        });
    }

    [[nodiscard]] size_t connection_count() const noexcept {
        return connection_count_.load(std::memory_order_acquire);
    }
    [[nodiscard]] asio::io_context& io() noexcept { return io_; }

    // Any thread.
    void answer(uint64_t id, uint64_t slot, HttpResponse response) {
        if (std::this_thread::get_id() == thread_id_.load(std::memory_order_acquire)) {
            answer_here(id, slot, std::move(response));
            return;
        }
        // The raw `this` is safe: the task is run or dropped by io_, which is ours.
        asio::post(io_, [this, id, slot, response = std::move(response)]() mutable {
            answer_here(id, slot, std::move(response));
        });
    }

  private:
    // The duty to answer one request. Whoever drops it unanswered has answered 500.
    struct Exchange {
        std::shared_ptr<Worker> worker;
        uint64_t id;
        uint64_t slot;
        std::atomic<bool> answered = false;

        Exchange(std::shared_ptr<Worker> owner, uint64_t connection, uint64_t number)
            : worker(std::move(owner)), id(connection), slot(number) {}
        Exchange(const Exchange&) = delete;
        Exchange& operator=(const Exchange&) = delete;
        ~Exchange() {
            respond({.status = 500,
                     .content_type = "text/plain; charset=utf-8",
                     .body = "internal error\n"});
        }
        void respond(HttpResponse response) {
            if (!answered.exchange(true)) {
                worker->answer(id, slot, std::move(response));
            }
        }
    };

    void run() {
        thread_id_.store(std::this_thread::get_id(), std::memory_order_release);
        while (!io_.stopped()) {
            try {
                io_.run();
            } catch (const std::exception& error) {
                // Out of memory, most likely; the connection at hand is lost and the server goes
                // on.
                logger::error("net", "HTTP worker caught error={}", error.what());
            }
        }
    }

    HttpRespond make_respond(uint64_t id, uint64_t slot) {
        auto exchange =
            std::make_shared<Exchange>(std::shared_ptr<Worker>(all_.lock(), this), id, slot);
        return [exchange](HttpResponse response) { exchange->respond(std::move(response)); };
    }

    void answer_here(uint64_t id, uint64_t slot, HttpResponse response) {
        const auto found = connections_.find(id);
        if (found != connections_.end()) {
            const auto connection = found->second;  // It may erase itself.
            connection->answer(slot, std::move(response));
        }
    }

    void adopt_here(HttpConnection::Socket socket, bool evict) {
        if (finishing_ || (evict && !evict_idle())) {
            connection_count_.fetch_sub(1, std::memory_order_release);
            if (!finishing_ && std::has_single_bit(++refused_)) {
                logger::warn("net", "HTTP connections refused, all are taken count={}", refused_);
            }
            return;
        }
        const uint64_t id = next_id_++;
        const auto connection = std::make_shared<HttpConnection>(id, std::move(socket), context_);
        connections_.emplace(id, connection);
        connection->start();
    }

    bool evict_idle() {
        const uint64_t now_ms = monotonic_ms();
        std::shared_ptr<HttpConnection> oldest;
        for (const auto& [id, connection] : connections_) {
            if (!oldest || connection->idle_ms(now_ms) > oldest->idle_ms(now_ms)) {
                oldest = connection;
            }
        }
        if (!oldest || oldest->idle_ms(now_ms) < EVICT_IDLE_MS) {
            return false;
        }
        oldest->close();
        return true;
    }

    std::vector<std::shared_ptr<HttpConnection>> snapshot() const {
        std::vector<std::shared_ptr<HttpConnection>> out;
        out.reserve(connections_.size());
        for (const auto& [id, connection] : connections_) {
            out.push_back(connection);
        }
        return out;
    }

    void schedule_sweep() {
        sweep_timer_.expires_after(std::chrono::milliseconds(sweep_ms_));
        sweep_timer_.async_wait([this](const error_code& ec) {
            if (ec) {
                return;
            }
            const uint64_t now_ms = monotonic_ms();
            for (const auto& connection : snapshot()) {
                connection->check_deadlines(now_ms);
            }
            schedule_sweep();
        });
    }

    const HttpOptions options_;
    const HttpHandler handler_;
    const std::weak_ptr<Workers> all_;
    HttpConnectionContext context_;
    asio::io_context io_;
    asio::steady_timer sweep_timer_;
    uint32_t sweep_ms_ = SWEEP_MS_MAX;
    std::unordered_map<uint64_t, std::shared_ptr<HttpConnection>> connections_;
    std::atomic<size_t> connection_count_ = 0;
    uint64_t refused_ = 0;
    uint64_t next_id_ = 1;
    bool finishing_ = false;
    std::atomic<std::thread::id> thread_id_{};
    std::thread thread_;
};

class HttpServerImpl final : public HttpServer {
  public:
    HttpServerImpl(HttpOptions options, const HttpHandler& handler) : options_(std::move(options)) {
        for (unsigned i = 0; i < std::max(1u, options_.threads); ++i) {
            workers_->push_back(std::make_unique<Worker>(options_, handler, workers_));
        }
        acceptor_ = std::make_unique<tcp::acceptor>(workers_->front()->io());
        retry_timer_ = std::make_unique<asio::steady_timer>(workers_->front()->io());
    }
    HttpServerImpl(const HttpServerImpl&) = delete;
    HttpServerImpl& operator=(const HttpServerImpl&) = delete;
    ~HttpServerImpl() override { stop(0); }

    Result<void, ListenError> listen() {
        TRY(port_, open_acceptor(*acceptor_, options_.host, options_.port));
        return {};
    }

    void run() {
        accept();
        for (const auto& worker : *workers_) {
            worker->start();
        }
    }

    [[nodiscard]] uint16_t port() const override { return port_; }

    void stop(uint32_t grace_ms) override {
        if (stopped_.exchange(true)) {
            return;
        }
        asio::post(workers_->front()->io(), [this] {
            error_code ec;
            acceptor_->close(ec);
            retry_timer_->cancel();
        });
        for (const auto& worker : *workers_) {
            worker->finish();
        }
        const uint64_t end_ms = monotonic_ms() + grace_ms;
        while (connection_count() != 0 && monotonic_ms() < end_ms) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        for (const auto& worker : *workers_) {
            worker->stop();
        }
        acceptor_.reset();
        retry_timer_.reset();
    }

  private:
    // The socket belongs to the chosen worker's io_context from the start.
    void accept() {
        Worker* const worker = std::ranges::min_element(*workers_, {}, [](const auto& candidate) {
                                   return candidate->connection_count();
                               })->get();
        acceptor_->async_accept(
            worker->io(), [this, worker](const error_code& ec, HttpConnection::Socket socket) {
                on_accepted(ec, worker, std::move(socket));
            });
    }

    void on_accepted(const error_code& ec, Worker* worker, HttpConnection::Socket socket) {
        if (ec == asio::error::operation_aborted || stopped_.load()) {
            return;
        }
        if (is_shortage(ec)) {
            // Out of file descriptors: wait for some to be closed instead of spinning.
            logger::warn("net", "HTTP accept failed error={}", ec.message());
            retry_timer_->expires_after(ACCEPT_RETRY);
            retry_timer_->async_wait([this](const error_code& stopped) {
                if (!stopped) {
                    accept();
                }
            });
            return;
        }
        if (!ec) {
            worker->adopt(std::move(socket), connection_count() >= options_.connections_max);
        }
        accept();
    }

    [[nodiscard]] size_t connection_count() const {
        size_t sum = 0;
        for (const auto& worker : *workers_) {
            sum += worker->connection_count();
        }
        return sum;
    }

    const HttpOptions options_;
    const std::shared_ptr<Workers> workers_ = std::make_shared<Workers>();
    std::unique_ptr<tcp::acceptor> acceptor_;
    std::unique_ptr<asio::steady_timer> retry_timer_;
    uint16_t port_ = 0;
    std::atomic<bool> stopped_ = false;
};

}  // namespace

Result<std::unique_ptr<HttpServer>, ListenError> HttpServer::start(HttpOptions options,
                                                                   HttpHandler handler) {
    auto server = std::make_unique<HttpServerImpl>(std::move(options), std::move(handler));
    TRY_VOID(server->listen());
    server->run();
    return std::unique_ptr<HttpServer>(std::move(server));
}

}  // namespace otento::net
