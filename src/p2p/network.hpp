// Sessions with the other members: TLS 1.3 on two ports (p2p and raft), both ends proven by node
// key, frames length-prefixed and bounded. Carries Raft messages as bytes; knows transactions, not
// blocks.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/p2p/hello.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace otento::p2p {

/// Raft frames up to this size travel apart from larger ones, so that votes and heartbeats never
/// wait behind a block. Frames of the two kinds may overtake each other.
constexpr size_t URGENT_BYTES_MAX = 16u << 10;

using NodeKey = FixedBytes<64>;  ///< Uncompressed public key x||y: the enode's node id.

/// Where a node listens, as somebody says.
struct Whereabouts {
    std::string host;  ///< Name or literal; resolved at every dial.
    uint16_t p2p_port = 0;
    uint16_t raft_port = 0;
    friend bool operator==(const Whereabouts&, const Whereabouts&) = default;
};

struct Endpoint {
    uint64_t raft_id = 0;
    NodeKey node_key;
    std::string host;  ///< Name or literal; resolved at every dial.
    uint16_t p2p_port = 0;
    uint16_t raft_port = 0;
    std::vector<Whereabouts> others{};  ///< Tried in turn when it is not there.
    friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Frame kinds on the p2p port. Raft frames on the raft port have no kind.
enum class Channel : uint8_t {
    transactions = 1,  ///< RLP list of encoded transactions, follower to leader.
    request = 2,       ///< Membership request, member to leader.
    response = 3,      ///< Its answer.
};

struct NetworkOptions {
    Hash secret_key;  ///< Node key.
    uint64_t raft_id = 0;
    uint64_t network_id = 0;
    Hash genesis_hash;
    uint64_t log_birth = 0;  ///< Random mark of our raft log, made with it.
    std::string listen_host = "127.0.0.1";
    uint16_t p2p_port = 0;
    uint16_t raft_port = 0;
    size_t frame_bytes_max = 64u << 20;
    size_t question_bytes_max = 4u << 10;  ///< Of members, present and past.
    size_t send_queue_bytes_max = 64u
                                  << 20;    ///< Per peer; above it frames are dropped and counted.
    uint32_t handshake_timeout_ms = 5'000;  ///< From a connection to the peer's good hello.
    uint32_t keepalive_ms = 1'000;
    uint32_t idle_timeout_ms = 4'000;  ///< Silence after which a session counts as dead.
    /// Who spoke within that time runs: another process with its key has to wait.
    uint32_t alive_ms = 3'000;
    std::function<uint64_t()> unix_ms{};  ///< The wall clock; empty: the system's.
};

/// What somebody asks over a session of its own (conversation.hpp is the other end).
struct Question {
    uint64_t conversation = 0;
    NodeKey node_key;
    std::string remote;    ///< `address:port`
    uint64_t raft_id = 0;  ///< 0: no member.
    Bytes body;            ///< Of a stranger a few KiB at most.
};

/// Called on the network thread; hand over and return.
class NetworkEvents {
  public:
    NetworkEvents() = default;
    NetworkEvents(const NetworkEvents&) = delete;
    NetworkEvents& operator=(const NetworkEvents&) = delete;
    virtual ~NetworkEvents() = default;

    virtual void on_raft_frame(uint64_t from, Bytes frame) = 0;
    virtual void on_frame(uint64_t from, Channel channel, Bytes frame) = 0;
    /// `connected`: both ports carry frames to the peer; frames sent from here on are not dropped
    /// for want of a session.
    virtual void on_peer(uint64_t raft_id, bool connected) = 0;
    /// Whether a member may come with this raft log: false once it has been here with another one.
    [[nodiscard]] virtual bool admit(uint64_t raft_id, uint64_t log_birth) {
        static_cast<void>(raft_id);
        static_cast<void>(log_birth);
        return true;
    }
    /// Whether sessions with that key may be, in either direction; asked again every second.
    [[nodiscard]] virtual bool permits(const NodeKey& node_key) {
        static_cast<void>(node_key);
        return true;
    }
    /// A member refuses our sessions for a reason that time does not mend.
    virtual void on_refused(uint64_t raft_id, Refusal reason) {
        static_cast<void>(raft_id);
        static_cast<void>(reason);
    }
    /// Whether that key was a member's once: its questions may then be as long as a member's.
    [[nodiscard]] virtual bool was_member(const NodeKey& node_key) {
        static_cast<void>(node_key);
        return false;
    }
    /// To be answered by Network::answer. From a member, or from a stranger with a proven key.
    virtual void on_question(Question question) { static_cast<void>(question); }
};

enum class NetworkError { address_in_use, bad_address, bad_key, other };
[[nodiscard]] std::string_view to_string(NetworkError error) noexcept;

struct PeerStatus {
    uint64_t raft_id = 0;
    bool p2p_connected = false;
    bool raft_connected = false;
    std::string last_error = {};  ///< Why it is not, in words.
    uint64_t frames_sent = 0;
    uint64_t frames_dropped = 0;
    size_t queued_bytes = 0;
    uint64_t bytes_sent = 0;  ///< On the wire, TLS included; as of the last second.
    uint64_t bytes_received = 0;
    int64_t clock_ahead_ms = 0;  ///< Of ours, where that is worth a word; else 0.
};

/// Owns one thread. Dials every member it is told of, retries with back-off, accepts only members.
class Network {
  public:
    /// `members` may include ourselves. Ports 0 mean any free port; a member whose ports or host
    /// are not known is reached once it has reached us. No event comes after stop() has returned.
    [[nodiscard]] static Result<std::unique_ptr<Network>, NetworkError> start(
        NetworkOptions options, std::vector<Endpoint> members, NetworkEvents& events);
    virtual ~Network() = default;

    // Thread-safe. Frames to a peer that is not connected are dropped: Raft and the pool send
    // again.
    virtual void send_raft(uint64_t to, std::shared_ptr<const Bytes> frame) = 0;
    virtual void send(uint64_t to, Channel channel, std::shared_ptr<const Bytes> frame) = 0;
    /// Dropped if the conversation has ended.
    virtual void answer(uint64_t conversation, std::shared_ptr<const Bytes> body) = 0;
    virtual void set_members(std::vector<Endpoint> members) = 0;

    [[nodiscard]] virtual std::vector<PeerStatus> peers() const = 0;
    [[nodiscard]] virtual uint16_t p2p_port() const = 0;
    [[nodiscard]] virtual uint16_t raft_port() const = 0;
    /// Closes all sessions and joins the thread; not to be called from an event.
    virtual void stop() = 0;
};

}  // namespace otento::p2p
