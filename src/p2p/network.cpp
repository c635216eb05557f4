#include <otento/p2p/network.hpp>

#include <otento/base/logger.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/p2p/mesh.hpp>
#include <otento/p2p/node_proof.hpp>

#include <atomic>
#include <thread>
#include <utility>

namespace otento::p2p {
namespace {

// Frames on their way to the network thread. Their bytes are bounded per peer; this bounds the
// number.
constexpr size_t INBOX_FRAMES_MAX = 1u << 16;
constexpr uint32_t PUBLISH_MS = 1'000;

struct Outgoing {
    uint64_t to = 0;
    Lane lane = Lane::p2p;
    uint8_t kind = 0;
    std::shared_ptr<const Bytes> frame;
};

NetworkError network_error(net::ListenError error) noexcept {
    switch (error) {
        case net::ListenError::address_in_use:
            return NetworkError::address_in_use;
        case net::ListenError::bad_address:
            return NetworkError::bad_address;
        case net::ListenError::permission_denied:
            return NetworkError::other;
        case net::ListenError::other:
            return NetworkError::other;
    }
    return NetworkError::other;
}

class NetworkImpl final : public Network {
  public:
    NetworkImpl(const NetworkOptions& options, const NodeKey& own_key,
                std::shared_ptr<const net::TlsIdentity> identity, NetworkEvents& events)
        : options_(options),
          identity_(std::move(identity)),
          mesh_(options_, own_key, loop_, identity_, events, view_),
          publish_timer_(loop_, [this] {
              mesh_.check_permissions();
              mesh_.tell_time();
              mesh_.publish();
              publish_timer_.start(PUBLISH_MS);
          }) {}
    NetworkImpl(const NetworkImpl&) = delete;
    NetworkImpl& operator=(const NetworkImpl&) = delete;
    ~NetworkImpl() override { stop(); }

    Result<void, NetworkError> listen() {
        TRY(p2p_listener_, listen_on(options_.p2p_port, Port::p2p));
        TRY(raft_listener_, listen_on(options_.raft_port, Port::raft));
        p2p_port_ = p2p_listener_->port();
        raft_port_ = raft_listener_->port();
        return {};
    }

    void run(const std::vector<Endpoint>& members) {
        mesh_.set_members(members);
        publish_timer_.start(PUBLISH_MS);
        thread_ = std::thread([this] { loop_.run(); });
    }

    void send_raft(uint64_t to, std::shared_ptr<const Bytes> frame) override {
        const Lane lane = frame->size() <= URGENT_BYTES_MAX ? Lane::raft_urgent : Lane::raft_bulk;
        enqueue(to, lane, static_cast<uint8_t>(FrameKind::raft), std::move(frame));
    }

    void send(uint64_t to, Channel channel, std::shared_ptr<const Bytes> frame) override {
        const auto kind = static_cast<uint8_t>(static_cast<uint8_t>(FrameKind::channel_base) +
                                               static_cast<uint8_t>(channel));
        enqueue(to, Lane::p2p, kind, std::move(frame));
    }

    void answer(uint64_t conversation, std::shared_ptr<const Bytes> body) override {
        loop_.post(
            [this, conversation, body = std::move(body)] { mesh_.answer(conversation, body); });
    }

    void set_members(std::vector<Endpoint> members) override {
        loop_.post([this, members = std::move(members)] { mesh_.set_members(members); });
    }

    [[nodiscard]] std::vector<PeerStatus> peers() const override {
        const auto view = view_.get();
        std::vector<PeerStatus> out = view->peers;
        for (PeerStatus& status : out) {
            const PeerCounters& counters = *view->directory.at(status.raft_id);
            status.frames_sent = counters.frames_sent.load(std::memory_order_relaxed);
            status.frames_dropped = counters.frames_dropped.load(std::memory_order_relaxed);
            status.queued_bytes = counters.queued_bytes.load(std::memory_order_relaxed);
        }
        return out;
    }

    [[nodiscard]] uint16_t p2p_port() const override { return p2p_port_; }
    [[nodiscard]] uint16_t raft_port() const override { return raft_port_; }

    void stop() override {
        if (stopped_.exchange(true) || !thread_.joinable()) {
            return;
        }
        loop_.post([this] {
            p2p_listener_->close();
            raft_listener_->close();
            mesh_.close_all();
            loop_.stop();
        });
        thread_.join();
    }

  private:
    Result<std::unique_ptr<net::Listener>, NetworkError> listen_on(uint16_t port, Port kind) {
        auto listener = net::Listener::start(loop_, identity_, options_.listen_host, port,
                                             mesh_.session_options(), mesh_.port_events(kind));
        if (!listener) {
            return Err(network_error(listener.error()));
        }
        return std::move(*listener);
    }

    void enqueue(uint64_t to, Lane lane, uint8_t kind, std::shared_ptr<const Bytes> frame) {
        const auto view = view_.get();
        const auto found = view->directory.find(to);
        if (found == view->directory.end()) {
            return;
        }
        const auto& counters = found->second;
        const bool too_large = frame->size() > options_.frame_bytes_max;
        auto charged =
            too_large ? nullptr
                      : charge(counters, lane, std::move(frame), options_.send_queue_bytes_max);
        if (!charged) {
            counters->frames_dropped.fetch_add(too_large ? 1 : 0, std::memory_order_relaxed);
            return;
        }
        if (!inbox_.try_push({.to = to, .lane = lane, .kind = kind, .frame = std::move(charged)})) {
            counters->frames_dropped.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        // One wake-up for all frames that come before the network thread looks.
        if (!drain_scheduled_.exchange(true)) {
            loop_.post([this] { drain(); });
        }
    }

    void drain() {
        drain_scheduled_.store(false);
        for (Outgoing& item : inbox_.drain()) {
            mesh_.send(item.to, item.lane, item.kind, std::move(item.frame));
        }
        mesh_.flush();
    }

    const NetworkOptions options_;
    net::Loop loop_;
    const std::shared_ptr<const net::TlsIdentity> identity_;
    Published<MeshView> view_;
    Mesh mesh_;
    net::Timer publish_timer_;
    Inbox<Outgoing> inbox_{INBOX_FRAMES_MAX};
    std::atomic<bool> drain_scheduled_ = false;
    std::unique_ptr<net::Listener> p2p_listener_;
    std::unique_ptr<net::Listener> raft_listener_;
    uint16_t p2p_port_ = 0;
    uint16_t raft_port_ = 0;
    std::atomic<bool> stopped_ = false;
    std::thread thread_;
};

}  // namespace

std::string_view to_string(NetworkError error) noexcept {
    switch (error) {
        case NetworkError::address_in_use:
            return "address already in use";
        case NetworkError::bad_address:
            return "not an address of this machine";
        case NetworkError::bad_key:
            return "node key is not valid";
        case NetworkError::other:
            return "network failed";
    }
    return "unknown";
}

Result<std::unique_ptr<Network>, NetworkError> Network::start(NetworkOptions options,
                                                              std::vector<Endpoint> members,
                                                              NetworkEvents& events) {
    const auto own_key = crypto::public_key(options.secret_key);
    auto proof = make_node_proof(options.secret_key);
    if (!own_key || !proof) {
        return Err(NetworkError::bad_key);
    }
    for (const Endpoint& member : members) {
        if ((member.raft_id == options.raft_id) != (member.node_key == *own_key)) {
            logger::error("p2p",
                          "Own node key and raft id {} do not belong together in the member list",
                          options.raft_id);
            return Err(NetworkError::bad_key);
        }
    }
    auto identity = net::TlsIdentity::create(std::move(*proof));
    if (!identity) {
        logger::error("p2p", "Cannot make a certificate: {}", to_string(identity.error()));
        return Err(NetworkError::other);
    }
    auto network = std::make_unique<NetworkImpl>(options, *own_key, std::move(*identity), events);
    TRY_VOID(network->listen());
    network->run(members);
    return std::unique_ptr<Network>(std::move(network));
}

}  // namespace otento::p2p
