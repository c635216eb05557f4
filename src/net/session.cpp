#include <otento/net/session_impl.hpp>

#include <otento/net/acceptor.hpp>

#include <fmt/format.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <span>
#include <thread>
#include <utility>

namespace otento::net {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

// Plaintext of one TLS record (RFC 8446 5.1).
constexpr size_t RECORD_BYTES = 16u << 10;
// Encrypted output made at a time: enough to keep a socket busy with few system calls.
constexpr size_t OUTPUT_BYTES_MAX = 256u << 10;
// Room for output that a session without work keeps.
constexpr size_t IDLE_OUTPUT_BYTES_MAX = 8u << 10;
// Portions read before other sessions get their turn.
constexpr int READS_PER_TURN = 4;
constexpr size_t ADDRESSES_MAX = 4;
constexpr uint32_t FINISH_TIMEOUT_MS = 1'000;

uint64_t next_session_id() noexcept {
    static std::atomic<uint64_t> next = 1;
    return next.fetch_add(1, std::memory_order_relaxed);
}

std::string text_of(const tcp::endpoint& endpoint) {
    error_code ec;
    const auto address = endpoint.address();
    return address.is_v6() ? fmt::format("[{}]:{}", address.to_string(ec), endpoint.port())
                           : fmt::format("{}:{}", address.to_string(ec), endpoint.port());
}

// Blocks; for a thread of its own.
std::vector<tcp::endpoint> look_up(const DialTarget& target, error_code& ec) {
    asio::io_context io;
    tcp::resolver resolver(io);
    std::vector<tcp::endpoint> out;
    for (const auto& entry : resolver.resolve(target.host, std::to_string(target.port),
                                              tcp::resolver::numeric_service, ec)) {
        if (out.size() < ADDRESSES_MAX) {
            out.push_back(entry.endpoint());
        }
    }
    return out;
}

}  // namespace

SessionImpl::SessionImpl(Loop::Impl& loop, std::shared_ptr<const TlsIdentity> identity,
                         TlsRole role, const SessionOptions& options, SessionEvents& events)
    : id_(next_session_id()),
      loop_(loop),
      options_(options),
      events_(events),
      socket_(loop_.io.get_executor()),
      timer_(loop_.io),
      stream_(std::move(identity), role),
      decoder_(options.unconfirmed_frame_bytes_max) {}

void SessionImpl::start_dial(const DialTarget& target) {
    remote_ = fmt::format("{}:{}", target.host, target.port);
    deadline_ms_ = monotonic_ms() + options_.handshake_timeout_ms;
    arm_timer();
    error_code ec;
    const auto literal = asio::ip::make_address(target.host, ec);
    if (ec) {
        resolve(target);
        return;
    }
    addresses_.emplace_back(literal, target.port);
    connect_next();
}

// A thread per look-up: a slow name server must hold up neither the loop nor the dialing of other
// names, and a loop that ends does not wait for it.
void SessionImpl::resolve(const DialTarget& target) {
    std::thread([target, weak_loop = loop_.weak_from_this(), weak_self = weak_from_this()] {
        error_code ec;
        auto found = look_up(target, ec);
        const auto loop = weak_loop.lock();
        if (!loop) {
            return;
        }
        asio::post(loop->io, [weak_self, found = std::move(found), ec]() mutable {
            const auto self = weak_self.lock();
            if (self && self->state_ == State::resolving) {
                self->addresses_ = std::move(found);
                self->last_error_ = ec ? ec.message() : "name has no address";
                self->connect_next();
            }
        });
    }).detach();
}

void SessionImpl::connect_next() {
    if (next_address_ == addresses_.size()) {
        close("cannot connect: " + last_error_);
        return;
    }
    const tcp::endpoint address = addresses_[next_address_++];
    remote_ = text_of(address);
    state_ = State::connecting;
    deadline_ms_ = monotonic_ms() + options_.connect_timeout_ms;
    arm_timer();
    error_code ec;
    socket_.close(ec);
    socket_.async_connect(address, [self = shared_from_this()](const error_code& failure) {
        self->on_connect(failure);
    });
}

void SessionImpl::on_connect(const error_code& ec) {
    if (state_ != State::connecting) {
        return;
    }
    if (ec) {
        last_error_ = ec == asio::error::operation_aborted ? "timed out" : ec.message();
        connect_next();
        return;
    }
    start_handshake();
}

void SessionImpl::start_accepted(Socket socket) {
    socket_ = std::move(socket);
    error_code ec;
    const tcp::endpoint endpoint = socket_.remote_endpoint(ec);
    if (ec) {
        close(ec.message());
        return;
    }
    remote_ = text_of(endpoint);
    start_handshake();
}

void SessionImpl::start_handshake() {
    error_code ec;
    socket_.non_blocking(true, ec);
    if (ec) {
        close(ec.message());
        return;
    }
    socket_.set_option(tcp::no_delay(true), ec);
    state_ = State::handshaking;
    deadline_ms_ = monotonic_ms() + options_.handshake_timeout_ms;
    arm_timer();
    if (advance_handshake()) {
        wait_readable();
    }
}

bool SessionImpl::unconfirmed() const noexcept {
    return !confirmed_ && state_ != State::closed;
}

void SessionImpl::wait_readable() {
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& ec) {
        if (!ec && self->state_ != State::closed) {
            self->on_readable();
        }
    });
}

void SessionImpl::on_readable() {
    for (int i = 0; i < READS_PER_TURN; ++i) {
        error_code ec;
        auto& buffer = loop_.read_buffer;
        const size_t size = socket_.read_some(asio::buffer(buffer), ec);
        if (ec == asio::error::would_block || ec == asio::error::interrupted) {
            break;
        }
        if (ec) {
            const bool ended = ec == asio::error::eof;
            if (state_ == State::finishing) {
                close(finish_reason_);
            } else if (state_ == State::handshaking) {
                close(ended ? "closed during the handshake" : ec.message());
            } else {
                close(ended ? "closed by the peer" : ec.message());
            }
            return;
        }
        counters_.bytes_received += size;
        last_received_ms_ = monotonic_ms();
        if (state_ != State::finishing) {
            const bool alive = process({buffer.data(), size});
            stream_.feed({});
            if (!alive) {
                return;
            }
        }
        if (size < buffer.size()) {
            break;
        }
    }
    wait_readable();
}

bool SessionImpl::process(BytesView encrypted) {
    stream_.feed(encrypted);
    if (state_ == State::handshaking) {
        if (!advance_handshake()) {
            return false;
        }
        if (state_ == State::handshaking) {
            return true;
        }
    }
    while (state_ == State::ready) {
        size_t size = 0;
        auto& record = loop_.record_buffer;
        switch (stream_.read(record, size)) {
            case TlsStream::Status::done:
                if (!deliver({record.data(), size})) {
                    return state_ != State::closed;
                }
                break;
            case TlsStream::Status::wants_input:
                pump();  // The library may have something to answer.
                return state_ != State::closed;
            case TlsStream::Status::closed:
                close("closed by the peer");
                return false;
            case TlsStream::Status::failed:
                on_failure();
                return false;
        }
    }
    return state_ != State::closed;
}

bool SessionImpl::advance_handshake() {
    switch (stream_.handshake()) {
        case TlsStream::Status::wants_input:
            pump();
            return state_ != State::closed;
        case TlsStream::Status::done:
            state_ = State::ready;
            pump();
            if (state_ == State::ready) {
                events_.on_ready(*this);
            }
            return state_ != State::closed;
        case TlsStream::Status::closed:
            close("closed during the handshake");
            return false;
        case TlsStream::Status::failed:
            on_failure();
            return false;
    }
    return false;
}

// False when no further frames are wanted.
bool SessionImpl::deliver(BytesView plain) {
    while (true) {
        auto next = decoder_.next(plain);
        if (!next) {
            close(std::string(to_string(next.error())));
            return false;
        }
        if (!next->has_value()) {
            return true;
        }
        if ((*next)->kind != FRAME_KEEPALIVE) {
            events_.on_frame(*this, (*next)->kind, std::move((*next)->body));
            if (state_ != State::ready) {
                return false;
            }
        }
    }
}

void SessionImpl::confirm(size_t frame_bytes_max) {
    if (state_ == State::ready) {
        confirmed_ = true;
        decoder_.set_body_bytes_max(frame_bytes_max);
        last_received_ms_ = monotonic_ms();
        last_sent_ms_ = last_received_ms_;
        arm_timer();
    }
}

void SessionImpl::enqueue(uint8_t kind, std::shared_ptr<const Bytes> body) {
    Outgoing frame{.header = frame_header(kind, body ? body->size() : 0), .body = std::move(body)};
    counters_.queued_bytes += frame.size();
    queue_.push_back(std::move(frame));
}

bool SessionImpl::send(uint8_t kind, std::shared_ptr<const Bytes> body) {
    ASSERT(kind != FRAME_KEEPALIVE);
    const size_t size = body ? body->size() : 0;
    const bool fits =
        size <= UINT32_MAX && counters_.queued_bytes + size <= options_.send_queue_bytes_max;
    if (state_ != State::ready || !fits) {
        return false;
    }
    enqueue(kind, std::move(body));
    return true;
}

void SessionImpl::flush() {
    pump();
}

void SessionImpl::pump() {
    if (waiting_writable_ || state_ == State::closed) {
        return;
    }
    while (write_output()) {
        if (queue_.empty()) {
            if (state_ == State::finishing && !end_sent_) {
                finish_sending();
                continue;
            }
            return;
        }
        encrypt_queue();
    }
}

// Whole frames are joined into records; long bodies are encrypted where they lie.
void SessionImpl::encrypt_queue() {
    std::array<uint8_t, RECORD_BYTES> record;
    size_t fill = 0;
    const auto write = [this](BytesView plain) { return stream_.write(plain); };
    while (!queue_.empty() && stream_.output().size() < OUTPUT_BYTES_MAX) {
        Outgoing& frame = queue_.front();
        BytesView rest = frame.written < FRAME_HEADER_SIZE
                             ? BytesView(frame.header).subspan(frame.written)
                             : BytesView(*frame.body).subspan(frame.written - FRAME_HEADER_SIZE);
        bool written = true;
        if (fill == 0 && rest.size() >= RECORD_BYTES) {
            rest = rest.first(RECORD_BYTES);
            written = write(rest);
        } else {
            rest = rest.first(std::min(rest.size(), RECORD_BYTES - fill));
            std::copy(rest.begin(), rest.end(), record.begin() + static_cast<ptrdiff_t>(fill));
            fill += rest.size();
        }
        frame.written += rest.size();
        counters_.queued_bytes -= rest.size();
        if (frame.written == frame.size()) {
            queue_.pop_front();
        }
        if (fill == RECORD_BYTES || (fill != 0 && queue_.empty())) {
            written = write({record.data(), std::exchange(fill, 0)});
        }
        if (!written) {
            on_failure();
            return;
        }
    }
    if (fill != 0 && !write({record.data(), fill})) {
        on_failure();
    }
}

bool SessionImpl::write_output() {
    Bytes& output = stream_.output();
    while (output_offset_ < output.size() && state_ != State::closed) {
        error_code ec;
        const auto rest = std::span(output).subspan(output_offset_);
        const size_t size = socket_.write_some(asio::buffer(rest.data(), rest.size()), ec);
        if (ec == asio::error::would_block) {
            waiting_writable_ = true;
            socket_.async_wait(Socket::wait_write,
                               [self = shared_from_this()](const error_code& failure) {
                                   self->waiting_writable_ = false;
                                   if (!failure) {
                                       self->pump();
                                   }
                               });
            return false;
        }
        if (ec && ec != asio::error::interrupted) {
            close(ec.message());
            return false;
        }
        output_offset_ += size;
        counters_.bytes_sent += size;
        last_sent_ms_ = monotonic_ms();
    }
    output_offset_ = 0;
    if (output.capacity() > (queue_.empty() ? IDLE_OUTPUT_BYTES_MAX : 2 * OUTPUT_BYTES_MAX)) {
        Bytes().swap(output);
    } else {
        output.clear();
    }
    return state_ != State::closed;
}

void SessionImpl::finish(std::string reason) {
    if (state_ != State::ready) {
        close(std::move(reason));
        return;
    }
    state_ = State::finishing;
    finish_reason_ = std::move(reason);
    deadline_ms_ = monotonic_ms() + FINISH_TIMEOUT_MS;
    arm_timer();
    pump();
}

void SessionImpl::finish_sending() {
    end_sent_ = true;
    stream_.write_close();
    if (write_output()) {
        error_code ec;
        socket_.shutdown(Socket::shutdown_send, ec);
    }
}

// The alert that tells the peer may be in the output: try to get it out.
void SessionImpl::on_failure() {
    std::string reason = stream_.error();
    Bytes& output = stream_.output();
    if (output_offset_ < output.size() && !waiting_writable_) {
        error_code ec;
        const auto rest = std::span(output).subspan(output_offset_);
        (void)socket_.write_some(asio::buffer(rest.data(), rest.size()), ec);
    }
    close(std::move(reason));
}

void SessionImpl::close(std::string reason) {
    if (state_ == State::closed) {
        return;
    }
    state_ = State::closed;
    queue_.clear();
    counters_.queued_bytes = 0;
    error_code ec;
    socket_.close(ec);
    timer_.cancel();
    asio::post(loop_.io, [self = shared_from_this(), reason = std::move(reason)] {
        self->events_.on_closed(*self, reason);
    });
}

uint64_t SessionImpl::next_deadline_ms() const noexcept {
    if (!confirmed_ || state_ == State::finishing) {
        return deadline_ms_;
    }
    return std::min(last_sent_ms_ + options_.keepalive_ms,
                    last_received_ms_ + options_.idle_timeout_ms);
}

void SessionImpl::arm_timer() {
    const uint64_t now_ms = monotonic_ms();
    const uint64_t due_ms = std::max(next_deadline_ms(), now_ms);
    timer_.expires_after(std::chrono::milliseconds(due_ms - now_ms));
    timer_.async_wait([self = shared_from_this()](const error_code& ec) {
        if (!ec && self->state_ != State::closed) {
            self->on_timer();
        }
    });
}

void SessionImpl::on_timer() {
    const uint64_t now_ms = monotonic_ms();
    if (!confirmed_ || state_ == State::finishing) {
        if (now_ms < deadline_ms_) {
            arm_timer();
        } else if (state_ == State::connecting) {
            error_code ec;
            socket_.close(ec);  // on_connect goes on with the next address.
        } else if (state_ == State::finishing) {
            close(finish_reason_);
        } else {
            close(state_ == State::resolving ? "name look-up timed out" : "handshake timed out");
        }
        return;
    }
    error_code ec;
    if (now_ms - last_received_ms_ >= options_.idle_timeout_ms && socket_.available(ec) != 0) {
        last_received_ms_ = now_ms;  // It was we who did not listen.
    }
    if (now_ms - last_received_ms_ >= options_.idle_timeout_ms) {
        close(fmt::format("silent for {} ms", now_ms - last_received_ms_));
        return;
    }
    if (now_ms - last_sent_ms_ >= options_.keepalive_ms) {
        last_sent_ms_ = now_ms;
        if (queue_.empty()) {
            enqueue(FRAME_KEEPALIVE, nullptr);
            pump();
        }
    }
    if (state_ != State::closed) {
        arm_timer();
    }
}

Session& dial(Loop& loop, std::shared_ptr<const TlsIdentity> identity, const DialTarget& target,
              const SessionOptions& options, SessionEvents& events) {
    const auto session = std::make_shared<SessionImpl>(*loop.impl(), std::move(identity),
                                                       TlsRole::client, options, events);
    session->start_dial(target);
    return *session;
}

}  // namespace otento::net
