// A session on a socket. Private to net: includes Asio.
#pragma once

#include <otento/net/frame.hpp>
#include <otento/net/loop_impl.hpp>
#include <otento/net/session.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace otento::net {

class SessionImpl final : public Session, public std::enable_shared_from_this<SessionImpl> {
  public:
    using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp,
                                                    boost::asio::io_context::executor_type>;

    SessionImpl(Loop::Impl& loop, std::shared_ptr<const TlsIdentity> identity, TlsRole role,
                const SessionOptions& options, SessionEvents& events);

    /// Client: finds the addresses, connects to the first that answers, shakes hands.
    void start_dial(const DialTarget& target);
    /// Server: shakes hands on an accepted socket.
    void start_accepted(Socket socket);
    /// True until confirmed or closed.
    [[nodiscard]] bool unconfirmed() const noexcept;

    [[nodiscard]] uint64_t id() const noexcept override { return id_; }
    [[nodiscard]] const PeerKey& peer_key() const noexcept override { return stream_.peer_key(); }
    [[nodiscard]] const std::string& remote() const noexcept override { return remote_; }
    void confirm(size_t frame_bytes_max) override;
    [[nodiscard]] bool send(uint8_t kind, std::shared_ptr<const Bytes> body) override;
    void flush() override;
    void close(std::string reason) override;
    void finish(std::string reason) override;
    [[nodiscard]] Counters counters() const noexcept override { return counters_; }

  private:
    enum class State { resolving, connecting, handshaking, ready, finishing, closed };

    // A frame in the queue; `written` counts its header and body.
    struct Outgoing {
        FixedBytes<FRAME_HEADER_SIZE> header;
        std::shared_ptr<const Bytes> body;  // Null: no body.
        size_t written = 0;
        [[nodiscard]] size_t size() const noexcept {
            return FRAME_HEADER_SIZE + (body ? body->size() : 0);
        }
    };

    void resolve(const DialTarget& target);
    void connect_next();
    void on_connect(const boost::system::error_code& ec);
    void start_handshake();
    void wait_readable();
    void on_readable();
    // One portion of encrypted bytes; false when the session is over.
    bool process(BytesView encrypted);
    bool advance_handshake();
    bool deliver(BytesView plain);
    void pump();
    void encrypt_queue();
    // Sends encrypted output; false if it must wait for the socket or the session is over.
    bool write_output();
    void enqueue(uint8_t kind, std::shared_ptr<const Bytes> body);
    void finish_sending();
    void on_failure();
    void arm_timer();
    void on_timer();
    [[nodiscard]] uint64_t next_deadline_ms() const noexcept;

    const uint64_t id_;
    Loop::Impl& loop_;  // Its io_context holds us by our pending operations, so it is there.
    const SessionOptions options_;
    SessionEvents& events_;
    Socket socket_;
    boost::asio::steady_timer timer_;
    TlsStream stream_;
    FrameDecoder decoder_;
    State state_ = State::resolving;
    bool confirmed_ = false;
    bool waiting_writable_ = false;
    bool end_sent_ = false;
    std::string remote_;
    std::string last_error_;
    std::string finish_reason_;
    std::vector<boost::asio::ip::tcp::endpoint> addresses_;
    size_t next_address_ = 0;
    std::deque<Outgoing> queue_;
    size_t output_offset_ = 0;  // Written part of stream_.output().
    uint64_t deadline_ms_ =
        0;  // Of the step at hand; once confirmed, keep-alive and idle times hold instead.
    uint64_t last_sent_ms_ = 0;
    uint64_t last_received_ms_ = 0;
    Counters counters_;
};

}  // namespace otento::net
