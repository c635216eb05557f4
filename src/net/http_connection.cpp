#include <otento/net/http_connection.hpp>

#include <otento/base/logger.hpp>
#include <otento/net/http_policy.hpp>
#include <otento/net/http_response.hpp>
#include <otento/net/loop.hpp>

#include <boost/asio/buffer.hpp>

#include <algorithm>
#include <exception>
#include <span>
#include <utility>
#include <vector>

namespace otento::net {
namespace {

using boost::system::error_code;
namespace asio = boost::asio;

// Requests of one connection answered at a time; more wait in the socket.
constexpr size_t PIPELINE_MAX = 64;
// Output above this stops the reading of further requests until the client takes it.
constexpr size_t OUTPUT_BYTES_SOFT_MAX = 1u << 20;
// Smaller pieces are joined, so that a batch of answers is one buffer.
constexpr size_t JOIN_BYTES_MAX = 16u << 10;
constexpr size_t GATHER_MAX = 16;
// How long a refused client may go on sending before it is cut off. Closing at once could destroy
// the refusal, since the kernel answers unread bytes with a reset.
constexpr uint64_t LINGER_MS = 2'000;

HttpResponse plain(unsigned status, std::string text) {
    return {.status = status, .content_type = "text/plain; charset=utf-8", .body = std::move(text)};
}

std::string_view rejection_text(unsigned status) noexcept {
    switch (status) {
        case 413:
            return "request body too large\n";
        case 431:
            return "request header too large\n";
        case 505:
            return "HTTP version not supported\n";
        default:
            return "bad request\n";
    }
}

}  // namespace

HttpConnection::HttpConnection(uint64_t id, Socket socket, HttpConnectionContext& context)
    : id_(id),
      socket_(std::move(socket)),
      context_(context),
      parser_(context.options->body_bytes_max),
      active_ms_(monotonic_ms()) {}

void HttpConnection::start() {
    error_code ec;
    const auto endpoint = socket_.remote_endpoint(ec);
    if (!ec) {
        remote_ = endpoint.address().to_string(ec);
        socket_.non_blocking(true, ec);
    }
    if (ec) {
        close();
        return;
    }
    socket_.set_option(asio::ip::tcp::no_delay(true), ec);
    wait_readable();
}

bool HttpConnection::may_take_requests() const noexcept {
    return !input_over_ && slots_.size() < PIPELINE_MAX && output_bytes_ < OUTPUT_BYTES_SOFT_MAX &&
           request_bytes_ <= context_.options->body_bytes_max;
}

void HttpConnection::wait_readable() {
    const bool wanted = lingering_ || may_take_requests();
    if (closed_ || waiting_readable_ || client_closed_ || !wanted) {
        return;
    }
    waiting_readable_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const error_code& ec) {
        self->waiting_readable_ = false;
        if (!ec && !self->closed_) {
            self->on_readable();
        }
    });
}

void HttpConnection::on_readable() {
    error_code ec;
    auto& buffer = context_.read_buffer;
    const size_t size = socket_.read_some(asio::buffer(buffer), ec);
    if (ec == asio::error::would_block || ec == asio::error::interrupted) {
        wait_readable();
        return;
    }
    if (ec == asio::error::eof && !lingering_) {
        client_closed_ = true;
        input_over_ = true;
    } else if (ec) {
        close();
        return;
    }
    if (!lingering_) {
        active_ms_ = monotonic_ms();
        if (!input_over_) {
            consume({buffer.data(), size});
        }
    }
    flush();
    wait_readable();  // Also where flush() returned early, waiting for the client to take its
                      // answers.
}

void HttpConnection::consume(std::string_view bytes) {
    // Handlers may answer at once, which leads back here; the outer loop goes on with what is left.
    if (consuming_) {
        return;
    }
    consuming_ = true;
    std::string joined;
    if (!pending_.empty()) {
        joined = std::exchange(pending_, {});
        joined.append(bytes);
        bytes = joined;
    }
    while (!bytes.empty() && may_take_requests()) {
        if (!parser_.in_request()) {
            request_start_ms_ = active_ms_;
        }
        const HttpParser::Fed fed = parser_.feed(bytes);
        bytes.remove_prefix(fed.consumed);
        if (fed.error_status != 0) {
            reject(fed.error_status);
        } else if (fed.complete) {
            dispatch(parser_.take());
        } else {
            if (parser_.wants_continue()) {
                slots_.push_back(
                    {.ready = true, .keep_alive = true, .head = "HTTP/1.1 100 Continue\r\n\r\n"});
            }
            break;
        }
    }
    if (!input_over_) {
        pending_.assign(bytes);
    }
    consuming_ = false;
}

void HttpConnection::dispatch(ParsedRequest parsed) {
    const uint64_t number = first_slot_ + slots_.size();
    Slot slot;
    slot.keep_alive = parsed.keep_alive;
    slot.http_1_0 = parsed.http_1_0;
    slot.omit_body = parsed.request.method == "HEAD";
    slot.request_bytes = parsed.request.body.size();
    request_bytes_ += slot.request_bytes;
    input_over_ = input_over_ || !parsed.keep_alive;
    slots_.push_back(std::move(slot));
    if (answer_by_policy(parsed, number)) {
        return;
    }
    parsed.request.remote = remote_;
    try {
        (*context_.handler)(std::move(parsed.request), context_.make_respond(id_, number));
    } catch (const std::exception& error) {
        // The unused answering function has already answered 500.
        logger::error("net", "HTTP handler failed error={}", error.what());
    }
}

bool HttpConnection::answer_by_policy(const ParsedRequest& parsed, uint64_t slot) {
    const HttpOptions& options = *context_.options;
    if (!host_allowed(parsed.host, options.virtual_hosts)) {
        answer(slot, plain(403, "invalid host specified\n"));
        return true;
    }
    const bool preflight = parsed.request.method == "OPTIONS";
    std::string& cors = slots_.back().cors_headers;
    if (!parsed.origin.empty()) {
        const bool listed = origin_allowed(parsed.origin, options.cors_origins);
        if (listed) {
            cors.append("Access-Control-Allow-Origin: ")
                .append(allow_origin_value(parsed.origin, options.cors_origins))
                .append("\r\n");
        }
        if (!options.cors_origins.empty()) {
            cors.append("Vary: Origin\r\n");
        }
        // With no origins configured CORS is off and the browser enforces its own rule on answers;
        // a preflight is refused in words all the same.
        const bool checked = preflight || !options.cors_origins.empty();
        if (checked && !listed && !same_origin(parsed.origin, parsed.host)) {
            answer(slot, plain(403, "origin not allowed\n"));
            return true;
        }
    }
    if (preflight) {
        if (!parsed.preflight_method.empty()) {
            cors.append("Access-Control-Allow-Methods: GET, POST\r\n");
            cors.append("Access-Control-Max-Age: 600\r\n");
        }
        if (!parsed.preflight_headers.empty()) {
            cors.append("Access-Control-Allow-Headers: ")
                .append(parsed.preflight_headers)
                .append("\r\n");
        }
        answer(slot, {.status = 204, .headers = {{"Allow", "GET, POST, OPTIONS"}}});
        return true;
    }
    return false;
}

void HttpConnection::reject(unsigned status) {
    const uint64_t number = first_slot_ + slots_.size();
    slots_.push_back({});
    input_over_ = true;
    answer(number, plain(status, std::string(rejection_text(status))));
}

void HttpConnection::answer(uint64_t number, HttpResponse response) {
    if (closed_ || number < first_slot_ || number - first_slot_ >= slots_.size()) {
        return;
    }
    Slot& slot = slots_[number - first_slot_];
    if (slot.ready) {
        return;
    }
    const bool last = input_over_ && number - first_slot_ == slots_.size() - 1;
    slot.ready = true;
    slot.keep_alive = slot.keep_alive && !last;
    slot.head = response_head(
        response,
        {.keep_alive = slot.keep_alive, .http_1_0 = slot.http_1_0, .extra = slot.cors_headers});
    if (!slot.omit_body && status_has_body(response.status)) {
        slot.body = std::move(response.body);
    }
    if (!consuming_) {
        flush();
    }
}

void HttpConnection::append_output(std::string&& piece) {
    output_bytes_ += piece.size();
    if (!output_.empty() && output_.back().size() + piece.size() <= JOIN_BYTES_MAX) {
        output_.back().append(piece);
    } else if (!piece.empty()) {
        output_.push_back(std::move(piece));
    }
}

void HttpConnection::take_ready_slots() {
    while (!slots_.empty() && slots_.front().ready) {
        Slot& slot = slots_.front();
        append_output(std::move(slot.head));
        append_output(std::move(slot.body));
        request_bytes_ -= slot.request_bytes;
        slots_.pop_front();
        ++first_slot_;
    }
}

void HttpConnection::flush() {
    if (closed_ || waiting_writable_) {
        return;
    }
    while (true) {
        const bool held_back = !pending_.empty() && !may_take_requests();
        take_ready_slots();
        if (!write_some()) {
            return;
        }
        // Room again: go on with the requests that were received but held back.
        if (!held_back || consuming_ || !may_take_requests()) {
            break;
        }
        consume({});
    }
    after_write();
    wait_readable();
}

bool HttpConnection::write_some() {
    while (!output_.empty() && !waiting_writable_) {
        std::array<asio::const_buffer, GATHER_MAX> buffers;
        const size_t count = std::min(output_.size(), GATHER_MAX);
        for (size_t i = 0; i < count; ++i) {
            buffers[i] = asio::buffer(output_[i]);
        }
        buffers[0] += output_offset_;
        error_code ec;
        size_t written = socket_.write_some(std::span(buffers.data(), count), ec);
        if (ec == asio::error::would_block) {
            waiting_writable_ = true;
            write_start_ms_ = write_start_ms_ == 0 ? monotonic_ms() : write_start_ms_;
            socket_.async_wait(Socket::wait_write,
                               [self = shared_from_this()](const error_code& failure) {
                                   self->waiting_writable_ = false;
                                   if (!failure && !self->closed_) {
                                       self->flush();
                                   }
                               });
            return true;
        }
        if (ec && ec != asio::error::interrupted) {
            close();
            return false;
        }
        output_bytes_ -= written;
        written += output_offset_;
        while (!output_.empty() && written >= output_.front().size()) {
            written -= output_.front().size();
            output_.pop_front();
        }
        output_offset_ = written;
    }
    return true;
}

void HttpConnection::after_write() {
    if (!output_.empty()) {
        return;
    }
    write_start_ms_ = 0;
    active_ms_ = lingering_ ? active_ms_ : monotonic_ms();
    if (input_over_ && slots_.empty() && !lingering_) {
        if (client_closed_) {
            close();
        } else {
            linger();
        }
    }
}

void HttpConnection::linger() {
    lingering_ = true;
    active_ms_ = monotonic_ms();
    pending_.clear();
    error_code ec;
    socket_.shutdown(Socket::shutdown_send, ec);
    if (ec) {
        close();
        return;
    }
    wait_readable();
}

void HttpConnection::finish() {
    input_over_ = true;
    if (slots_.empty() && output_.empty()) {
        close();
    }
}

void HttpConnection::close() {
    if (closed_) {
        return;
    }
    closed_ = true;
    error_code ec;
    socket_.close(ec);
    context_.on_closed(id_);
}

uint64_t HttpConnection::idle_ms(uint64_t now_ms) const noexcept {
    const bool busy = !slots_.empty() || !output_.empty();
    return busy || now_ms < active_ms_ ? 0 : now_ms - active_ms_;
}

void HttpConnection::check_deadlines(uint64_t now_ms) {
    const HttpOptions& options = *context_.options;
    const auto passed = [now_ms](uint64_t since_ms, uint64_t limit_ms) {
        return now_ms > since_ms && now_ms - since_ms >= limit_ms;
    };
    const bool receiving = waiting_readable_ && !lingering_ && parser_.in_request();
    const bool over = (lingering_ && passed(active_ms_, LINGER_MS)) ||
                      (write_start_ms_ != 0 && passed(write_start_ms_, options.write_timeout_ms)) ||
                      (receiving && passed(request_start_ms_, options.read_timeout_ms)) ||
                      (!receiving && passed(now_ms - idle_ms(now_ms), options.idle_timeout_ms));
    if (over) {
        close();
    }
}

}  // namespace otento::net
