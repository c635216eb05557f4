// The network thread's part of Network: which sessions exist, who may have one, and which of them
// carries a frame.
//
// Both ends of a pair dial each other on every lane. Frames go out on our own connection where it
// stands, else on the one the peer made: a pair works when only one side can reach the other, and a
// peer that comes back is reached as soon as it has dialed us.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/base/random.hpp>
#include <otento/net/session.hpp>
#include <otento/p2p/backoff.hpp>
#include <otento/p2p/clock_watch.hpp>
#include <otento/p2p/hello.hpp>
#include <otento/p2p/log_limit.hpp>
#include <otento/p2p/network.hpp>
#include <otento/p2p/peer_counters.hpp>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace otento::p2p {

/// What the network thread publishes for others.
struct MeshView {
    std::vector<PeerStatus> peers;  ///< Without what the counters say.
    PeerDirectory directory;
};

enum class Port : uint8_t { p2p, raft };

/// Owned by the network thread; constructed and destroyed while it does not run.
class Mesh {
  public:
    Mesh(const NetworkOptions& options, const NodeKey& own_key, net::Loop& loop,
         std::shared_ptr<const net::TlsIdentity> identity, NetworkEvents& events,
         Published<MeshView>& view);
    Mesh(const Mesh&) = delete;
    Mesh& operator=(const Mesh&) = delete;
    ~Mesh();

    /// Where the sessions of a listener report.
    [[nodiscard]] net::SessionEvents& port_events(Port port) noexcept;
    [[nodiscard]] const net::SessionOptions& session_options() const noexcept {
        return session_options_;
    }

    void set_members(const std::vector<Endpoint>& members);
    /// Queues a charged frame; nothing is written before flush().
    void send(uint64_t to, Lane lane, uint8_t kind, std::shared_ptr<const Bytes> frame);
    void flush();
    /// Answers the last question of a session, if it is still there.
    void answer(uint64_t conversation, const std::shared_ptr<const Bytes>& body);
    /// Publishes the byte counts, which change without any event.
    void publish();
    /// Ends sessions that are not permitted any more.
    void check_permissions();
    /// Tells every peer what time it is here. Once a second.
    void tell_time();
    void close_all();

  private:
    // One lane to one peer.
    struct Line {
        net::Session* outgoing = nullptr;  // Dialed by us, both hellos accepted.
        net::Session* incoming = nullptr;  // Dialed by the peer, its hello accepted.
        net::Session* dialing = nullptr;   // On its way to `outgoing`.
        uint64_t dial_start_ms = 0;
        size_t attempts = 0;  // That have failed in a row; the place to dial follows from it.
        Backoff backoff;
        std::unique_ptr<net::Timer> redial;
        std::string last_error;
        [[nodiscard]] net::Session* carrier() const noexcept {
            return outgoing != nullptr ? outgoing : incoming;
        }
    };
    struct Peer {
        Endpoint endpoint;
        std::array<Line, LANE_COUNT> lines;
        std::shared_ptr<PeerCounters> counters = std::make_shared<PeerCounters>();
        bool connected = false;
        uint64_t instance = 0;  // Of the process behind the newest session; 0: none yet.
        std::string logged_error;
        ClockWatch clock;
        uint64_t bytes_sent = 0;  // Of sessions that are gone.
        uint64_t bytes_received = 0;
    };
    struct SessionInfo {
        net::Session* session = nullptr;
        Port port = Port::p2p;
        uint64_t raft_id = 0;  // 0: not (or no longer) anybody's.
        Lane lane = Lane::p2p;
        bool dialed = false;
        bool ready = false;     // Its TLS handshake is done.
        bool accepted = false;  // Its hello was good.
        bool asks = false;      // On the lane for questions, whoever it is.
        uint64_t accepted_ms = 0;
        uint64_t instance = 0;
        uint64_t heard_ms = 0;  // Its last frame, keep-alives not counted.
    };
    class Events;

    void on_ready(net::Session& session, Port port);
    void on_frame(net::Session& session, uint8_t kind, Bytes body);
    void on_closed(net::Session& session, const std::string& reason);

    void dial(Peer& peer, Lane lane);
    void schedule_redial(Peer& peer, Lane lane);
    void dial_at_once(Peer& peer, Lane lane);
    void on_hello(SessionInfo& info, const Bytes& body);
    void on_question(SessionInfo& info, uint8_t kind, Bytes body);
    void on_first_question(SessionInfo& info, const Hello& hello);
    void accept(SessionInfo& info, Peer& peer, uint64_t instance);
    void on_clock(const SessionInfo& info, const Bytes& body);
    [[nodiscard]] bool another_runs(const Peer& peer, uint64_t instance) const;
    void drop_sessions_before_restart(Peer& peer, uint64_t instance);
    void deliver(SessionInfo& info, uint8_t kind, Bytes body);
    void say_hello(net::Session& session, Lane lane);
    void refuse(SessionInfo& info, Refusal refusal);
    void remove_peer(uint64_t raft_id);
    void update(Peer& peer);
    void note_error(Peer& peer, Lane lane, std::string error);
    [[nodiscard]] Peer* find_peer(uint64_t raft_id);
    [[nodiscard]] Peer* find_peer(const NodeKey& key);
    [[nodiscard]] uint64_t unix_ms() const;
    [[nodiscard]] Hello own_hello(Lane lane) const;

    const NetworkOptions options_;
    const NodeKey own_key_;
    const net::SessionOptions session_options_;
    net::Loop& loop_;
    const std::shared_ptr<const net::TlsIdentity> identity_;
    NetworkEvents& events_;
    Published<MeshView>& view_;
    Random random_;
    const uint64_t instance_;
    LogLimit stranger_log_;
    std::unique_ptr<Events> p2p_events_;
    std::unique_ptr<Events> raft_events_;
    std::map<uint64_t, Peer> peers_;
    std::unordered_map<uint64_t, SessionInfo> sessions_;  // By session id.
    std::vector<net::Session*> unflushed_;
    bool closing_ = false;
};

}  // namespace otento::p2p
