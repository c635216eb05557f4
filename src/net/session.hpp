// Sessions: frames over TLS over TCP. All of it belongs to one Loop and is used on its thread only.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/net/listen_error.hpp>
#include <otento/net/loop.hpp>
#include <otento/net/tls.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace otento::net {

struct SessionOptions {
    /// Bound of a frame's body before confirm(); anybody may send that much.
    size_t unconfirmed_frame_bytes_max = 4u << 10;
    size_t send_queue_bytes_max = 64u << 20;
    uint32_t connect_timeout_ms = 2'000;    ///< Per address of a name.
    uint32_t handshake_timeout_ms = 5'000;  ///< From the connection to confirm().
    uint32_t keepalive_ms = 1'000;          ///< Silence after which a keep-alive is sent.
    uint32_t idle_timeout_ms = 4'000;       ///< Silence of the peer after which it counts as dead.
};

class Session;

/// Called on the loop's thread. Any of these may close any session.
class SessionEvents {
  public:
    SessionEvents() = default;
    SessionEvents(const SessionEvents&) = delete;
    SessionEvents& operator=(const SessionEvents&) = delete;
    virtual ~SessionEvents() = default;

    /// The peer has proven its key. Answer with confirm() or close() within the handshake timeout.
    virtual void on_ready(Session& session) = 0;
    virtual void on_frame(Session& session, uint8_t kind, Bytes body) = 0;
    /// Exactly once per session, whether it was ever ready or not; never from inside dial() or
    /// close().
    virtual void on_closed(Session& session, const std::string& reason) = 0;
};

/// Lives from dial() or on_ready until the end of on_closed; keep no pointer beyond.
class Session {
  public:
    Session() = default;
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    virtual ~Session() = default;

    /// Unique within the process.
    [[nodiscard]] virtual uint64_t id() const noexcept = 0;
    /// The key that the peer has proven; all zero before on_ready.
    [[nodiscard]] virtual const PeerKey& peer_key() const noexcept = 0;
    /// `address:port` of the peer.
    [[nodiscard]] virtual const std::string& remote() const noexcept = 0;

    /// Trusts the peer from now on with frames of that size and with an idle timeout instead of a
    /// deadline.
    virtual void confirm(size_t frame_bytes_max) = 0;
    /// Queues a frame without copying it; nothing is written before flush(). False if the session
    /// is not ready or its queue is full. `kind` is not FRAME_KEEPALIVE.
    [[nodiscard]] virtual bool send(uint8_t kind, std::shared_ptr<const Bytes> body) = 0;
    /// Writes what is queued as far as the socket takes it, the rest as it becomes ready.
    virtual void flush() = 0;
    /// Drops what is queued and closes. on_closed follows.
    virtual void close(std::string reason) = 0;
    /// Takes no further frames, writes what is queued, then closes. on_closed follows.
    virtual void finish(std::string reason) = 0;

    struct Counters {
        uint64_t bytes_sent = 0;      ///< Encrypted.
        uint64_t bytes_received = 0;  ///< Encrypted.
        size_t queued_bytes = 0;
    };
    [[nodiscard]] virtual Counters counters() const noexcept = 0;
};

struct DialTarget {
    std::string host;  ///< Name or IPv4/IPv6 literal; names are resolved at each dial, without
                       ///< blocking the loop.
    uint16_t port = 0;
};

/// Connects and shakes hands in the background. `events` must outlive the loop's run.
/// @return  The session, alive until its on_closed.
Session& dial(Loop& loop, std::shared_ptr<const TlsIdentity> identity, const DialTarget& target,
              const SessionOptions& options, SessionEvents& events);

/// Accepts sessions until destroyed. At most HANDSHAKES_MAX of them are unconfirmed at a time: a
/// new one then takes the place of the oldest.
class Listener {
  public:
    static constexpr size_t HANDSHAKES_MAX = 64;

    /// @param host  Name or literal of this machine. @param port  0 means any free port.
    [[nodiscard]] static Result<std::unique_ptr<Listener>, ListenError> start(
        Loop& loop, std::shared_ptr<const TlsIdentity> identity, const std::string& host,
        uint16_t port, const SessionOptions& options, SessionEvents& events);
    Listener() = default;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;
    virtual ~Listener() = default;

    [[nodiscard]] virtual uint16_t port() const noexcept = 0;
    /// Stops accepting; sessions stay.
    virtual void close() = 0;
};

}  // namespace otento::net
