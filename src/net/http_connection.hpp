// One HTTP connection: reads and parses requests, keeps their answers in order, writes them in
// batches. Private to net: includes Asio. Everything here runs on the worker thread that owns the
// connection.
#pragma once

#include <otento/net/http.hpp>
#include <otento/net/http_parser.hpp>

#include <boost/asio/ip/tcp.hpp>

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace otento::net {

/// What a connection needs of the thread that owns it.
struct HttpConnectionContext {
    const HttpOptions* options = nullptr;
    const HttpHandler* handler = nullptr;
    /// Builds the answering function for request `slot` of connection `id`; callable from any
    /// thread.
    std::function<HttpRespond(uint64_t id, uint64_t slot)> make_respond;
    /// The connection is over: forget it.
    std::function<void(uint64_t id)> on_closed;
    /// Receive buffer shared by the connections of a thread, so that idle ones hold no memory.
    std::array<char, 64u << 10> read_buffer;
};

class HttpConnection : public std::enable_shared_from_this<HttpConnection> {
  public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;

    HttpConnection(uint64_t id, Socket socket, HttpConnectionContext& context);

    void start();
    /// The handler's answer to request `slot`; ignored when the connection is gone or the slot is
    /// answered.
    void answer(uint64_t slot, HttpResponse response);
    /// Closes if a deadline (read, write, idle, linger) has passed.
    void check_deadlines(uint64_t now_ms);
    /// Takes no further requests; closes when the answers in flight are written.
    void finish();
    void close();
    /// Milliseconds without any request; 0 while one is in flight.
    [[nodiscard]] uint64_t idle_ms(uint64_t now_ms) const noexcept;

  private:
    // A request in flight. Answers leave in the order of the requests (RFC 9112 9.3.2).
    struct Slot {
        bool ready = false;
        bool keep_alive = false;
        bool http_1_0 = false;
        bool omit_body = false;  // HEAD
        size_t request_bytes = 0;
        std::string cors_headers = {};
        std::string head = {};
        std::string body = {};
    };

    void wait_readable();
    void on_readable();
    void consume(std::string_view bytes);
    void dispatch(ParsedRequest parsed);
    // Answers without the handler: refusals and preflights. True if the request was answered.
    bool answer_by_policy(const ParsedRequest& parsed, uint64_t slot);
    void reject(unsigned status);
    void flush();
    void take_ready_slots();
    void append_output(std::string&& piece);
    // Writes what the socket takes. False if the connection is over.
    bool write_some();
    void after_write();
    void linger();
    [[nodiscard]] bool may_take_requests() const noexcept;

    const uint64_t id_;
    Socket socket_;
    HttpConnectionContext& context_;
    HttpParser parser_;
    std::string remote_;
    std::string pending_;  // Received, not yet consumed by the parser.
    std::deque<Slot> slots_;
    uint64_t first_slot_ = 0;  // Number of slots_.front().
    size_t request_bytes_ = 0;
    std::deque<std::string> output_;
    size_t output_offset_ = 0;  // Written part of output_.front().
    size_t output_bytes_ = 0;
    bool waiting_readable_ = false;
    bool waiting_writable_ = false;
    bool consuming_ = false;
    bool input_over_ = false;  // The client sends no more, or we take no more.
    bool client_closed_ = false;
    bool lingering_ = false;
    bool closed_ = false;
    uint64_t active_ms_ = 0;         // When the connection last did something.
    uint64_t request_start_ms_ = 0;  // First byte of the request being received.
    uint64_t write_start_ms_ = 0;    // When output began to wait for the client.
};

}  // namespace otento::net
