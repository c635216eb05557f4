#include <otento/p2p/mesh.hpp>

#include <otento/base/clock.hpp>
#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace otento::p2p {
namespace {

// A session that lived this long was a good one: the next attempt starts without a long wait.
constexpr uint64_t GOOD_SESSION_MS = 1'000;
// When a peer has reached us, an older attempt to reach it hangs on an address that did not answer
// then.
constexpr uint64_t STALE_DIAL_MS = 300;

constexpr Lane LANES[] = {Lane::p2p, Lane::raft_urgent, Lane::raft_bulk};

Port port_of(Lane lane) noexcept {
    return lane == Lane::p2p ? Port::p2p : Port::raft;
}

std::string short_key(const NodeKey& key) {
    return to_hex(BytesView(key).first(8));
}

uint64_t random_seed() {
    uint8_t bytes[8];
    secure_random(bytes);
    return load_be<uint64_t>(bytes);
}

/// The place that the members know first, then those that others have heard of.
Whereabouts place_to_dial(const Endpoint& endpoint, size_t attempt) {
    const size_t turn = attempt % (1 + endpoint.others.size());
    return turn != 0 ? endpoint.others[turn - 1]
                     : Whereabouts{endpoint.host, endpoint.p2p_port, endpoint.raft_port};
}

net::SessionOptions make_session_options(const NetworkOptions& options) {
    net::SessionOptions out;
    out.send_queue_bytes_max =
        2 * options.send_queue_bytes_max;  // Charges are the bound; see charge().
    out.handshake_timeout_ms = options.handshake_timeout_ms;
    out.keepalive_ms = options.keepalive_ms;
    out.idle_timeout_ms = options.idle_timeout_ms;
    return out;
}

}  // namespace

// Sessions accepted on a port and sessions dialed to that port of a peer report alike.
class Mesh::Events final : public net::SessionEvents {
  public:
    Events(Mesh& mesh, Port port) noexcept : mesh_(mesh), port_(port) {}
    void on_ready(net::Session& session) override { mesh_.on_ready(session, port_); }
    void on_frame(net::Session& session, uint8_t kind, Bytes body) override {
        mesh_.on_frame(session, kind, std::move(body));
    }
    void on_closed(net::Session& session, const std::string& reason) override {
        mesh_.on_closed(session, reason);
    }

  private:
    Mesh& mesh_;
    Port port_;
};

Mesh::Mesh(const NetworkOptions& options, const NodeKey& own_key, net::Loop& loop,
           std::shared_ptr<const net::TlsIdentity> identity, NetworkEvents& events,
           Published<MeshView>& view)
    : options_(options),
      own_key_(own_key),
      session_options_(make_session_options(options)),
      loop_(loop),
      identity_(std::move(identity)),
      events_(events),
      view_(view),
      random_(random_seed()),
      instance_(random_seed()),
      p2p_events_(std::make_unique<Events>(*this, Port::p2p)),
      raft_events_(std::make_unique<Events>(*this, Port::raft)) {}

Mesh::~Mesh() = default;

net::SessionEvents& Mesh::port_events(Port port) noexcept {
    return port == Port::p2p ? *p2p_events_ : *raft_events_;
}

Mesh::Peer* Mesh::find_peer(uint64_t raft_id) {
    const auto found = peers_.find(raft_id);
    return found == peers_.end() ? nullptr : &found->second;
}

Mesh::Peer* Mesh::find_peer(const NodeKey& key) {
    const auto found = std::ranges::find_if(
        peers_, [&](const auto& entry) { return entry.second.endpoint.node_key == key; });
    return found == peers_.end() ? nullptr : &found->second;
}

Hello Mesh::own_hello(Lane lane) const {
    return {.version = PROTOCOL_VERSION,
            .network_id = options_.network_id,
            .genesis_hash = options_.genesis_hash,
            .raft_id = options_.raft_id,
            .lane = lane,
            .instance = instance_,
            .birth = options_.log_birth};
}

// --- Members
// ---------------------------------------------------------------------------------------------------

void Mesh::set_members(const std::vector<Endpoint>& members) {
    std::map<uint64_t, Endpoint> wanted;
    for (const Endpoint& member : members) {
        if (member.raft_id != options_.raft_id && member.node_key != own_key_) {
            wanted.insert_or_assign(member.raft_id, member);
        }
    }
    std::vector<uint64_t> gone;
    for (const auto& [raft_id, peer] : peers_) {
        const auto found = wanted.find(raft_id);
        if (found == wanted.end() || found->second.node_key != peer.endpoint.node_key) {
            gone.push_back(raft_id);
        }
    }
    std::ranges::for_each(gone, [this](uint64_t raft_id) { remove_peer(raft_id); });
    for (const auto& [raft_id, endpoint] : wanted) {
        auto [entry, added] = peers_.try_emplace(raft_id);
        Peer& peer = entry->second;
        if (!added && peer.endpoint == endpoint) {
            continue;
        }
        peer.endpoint = endpoint;
        for (const Lane lane : LANES) {
            Line& line = peer.lines[static_cast<size_t>(lane)];
            if (added) {
                line.redial = std::make_unique<net::Timer>(loop_, [this, id = raft_id, lane] {
                    if (Peer* const found = find_peer(id)) {
                        dial(*found, lane);
                    }
                });
            }
            if (line.outgoing != nullptr) {
                line.outgoing->close("address of the peer has changed");
            } else {
                line.dial_start_ms = 0;
                line.attempts = 0;
                dial_at_once(peer, lane);
            }
        }
    }
    publish();
}

void Mesh::remove_peer(uint64_t raft_id) {
    const Peer peer = std::move(peers_.extract(raft_id).mapped());
    for (auto& [id, info] : sessions_) {
        if (info.raft_id == raft_id) {
            info.raft_id = 0;
            info.session->close("no longer a member");
        }
    }
    for (auto& up : peer.counters->lane_up) {
        up.store(false, std::memory_order_relaxed);
    }
    publish();
    if (peer.connected) {
        logger::info("p2p", "Peer removed raft_id={} address={}", raft_id, peer.endpoint.host);
        events_.on_peer(raft_id, false);
    }
}

// --- Dialing
// ---------------------------------------------------------------------------------------------------

void Mesh::dial(Peer& peer, Lane lane) {
    Line& line = peer.lines[static_cast<size_t>(lane)];
    const Port port = port_of(lane);
    const Whereabouts place = place_to_dial(peer.endpoint, line.attempts);
    const uint16_t number = port == Port::p2p ? place.p2p_port : place.raft_port;
    // A member of unknown address is reached when it has reached us.
    const bool has_address = number != 0 && !place.host.empty();
    if (closing_ || !has_address || line.outgoing != nullptr || line.dialing != nullptr) {
        return;
    }
    net::Session& session =
        net::dial(loop_, identity_, {place.host, number}, session_options_, port_events(port));
    line.dialing = &session;
    line.dial_start_ms = net::monotonic_ms();
    sessions_[session.id()] = {.session = &session,
                               .port = port,
                               .raft_id = peer.endpoint.raft_id,
                               .lane = lane,
                               .dialed = true};
}

void Mesh::schedule_redial(Peer& peer, Lane lane) {
    Line& line = peer.lines[static_cast<size_t>(lane)];
    if (!closing_ && line.outgoing == nullptr && line.dialing == nullptr) {
        line.redial->start(line.backoff.next_ms(random_));
    }
}

void Mesh::dial_at_once(Peer& peer, Lane lane) {
    Line& line = peer.lines[static_cast<size_t>(lane)];
    if (line.dialing != nullptr) {
        // Once the handshake is done the peer may have taken the session for good already.
        SessionInfo& info = sessions_[line.dialing->id()];
        if (info.ready || net::monotonic_ms() - line.dial_start_ms < STALE_DIAL_MS) {
            return;
        }
        line.dialing = nullptr;
        info.raft_id = 0;
        info.session->close("superseded by a newer attempt");
    }
    line.redial->cancel();
    dial(peer, lane);
}

// --- Sessions
// --------------------------------------------------------------------------------------------------

void Mesh::on_ready(net::Session& session, Port port) {
    const auto found = sessions_.find(session.id());
    if (found != sessions_.end()) {  // Dialed by us.
        found->second.ready = true;
        Peer* const peer = find_peer(found->second.raft_id);
        if (peer == nullptr) {
            session.close("no longer a member");
        } else if (!events_.permits(peer->endpoint.node_key)) {
            session.close("permission denied here");
        } else if (session.peer_key() != peer->endpoint.node_key) {
            session.close(fmt::format("answered with node key {}, expected {}",
                                      short_key(session.peer_key()),
                                      short_key(peer->endpoint.node_key)));
        } else {
            say_hello(session, found->second.lane);
        }
        return;
    }
    SessionInfo& info = sessions_[session.id()];
    info.session = &session;
    info.port = port;
    info.ready = true;
    if (!events_.permits(session.peer_key())) {
        refuse(info, Refusal::permission);
        return;
    }
    const Peer* const peer = find_peer(session.peer_key());
    if (peer != nullptr) {
        info.raft_id = peer->endpoint.raft_id;
    } else if (port == Port::raft) {
        refuse(info, Refusal::not_member);
    }
    // Who is no member may ask a question on the p2p port; its hello tells.
}

void Mesh::say_hello(net::Session& session, Lane lane) {
    const auto hello = std::make_shared<const Bytes>(encode_hello(own_hello(lane)));
    if (session.send(static_cast<uint8_t>(FrameKind::hello), hello)) {
        session.flush();
    }
}

void Mesh::on_frame(net::Session& session, uint8_t kind, Bytes body) {
    const auto found = sessions_.find(session.id());
    if (found == sessions_.end()) {
        return;
    }
    SessionInfo& info = found->second;
    info.heard_ms = net::monotonic_ms();
    if (info.asks) {
        on_question(info, kind, std::move(body));
    } else if (info.raft_id == 0 && info.dialed) {
        return;
    } else if (info.raft_id == 0 && kind != static_cast<uint8_t>(FrameKind::hello)) {
        refuse(info, Refusal::not_member);
    } else if (kind == static_cast<uint8_t>(FrameKind::refusal)) {
        const Refusal reason = decode_refusal(body);
        if (info.raft_id != 0) {
            events_.on_refused(info.raft_id, reason);
        }
        session.close(fmt::format("refused by the peer: {}", to_string(reason)));
    } else if (info.accepted) {
        deliver(info, kind, std::move(body));
    } else if (kind == static_cast<uint8_t>(FrameKind::hello)) {
        on_hello(info, body);
    } else {
        refuse(info, Refusal::unexpected_frame);
    }
}

void Mesh::on_hello(SessionInfo& info, const Bytes& body) {
    const auto hello = decode_hello(body);
    if (!hello) {
        refuse(info, hello.error());
        return;
    }
    if (!info.dialed && hello->lane == Lane::questions && info.port == Port::p2p) {
        on_first_question(info, *hello);
        return;
    }
    if (info.raft_id == 0) {
        refuse(info, Refusal::not_member);
        return;
    }
    if (!info.dialed) {
        // The dialing side chooses the lane, within what the port is for.
        if (port_of(hello->lane) != info.port) {
            refuse(info, Refusal::lane);
            return;
        }
        info.lane = hello->lane;
    }
    const auto checked = check_hello(*hello, own_hello(info.lane), info.raft_id);
    if (!checked) {
        refuse(info, checked.error());
        return;
    }
    if (!events_.admit(info.raft_id, hello->birth)) {
        refuse(info, Refusal::other_log);
        return;
    }
    Peer* const peer = find_peer(info.raft_id);
    if (peer == nullptr) {
        return;
    }
    if (another_runs(*peer, hello->instance)) {
        refuse(info, Refusal::used_twice);
        return;
    }
    accept(info, *peer, hello->instance);
}

// Members, and those that were, may ask as often as they like and for large answers. A stranger has
// the handshake's deadline.
void Mesh::on_first_question(SessionInfo& info, const Hello& hello) {
    const auto checked = check_hello(hello, own_hello(Lane::questions), info.raft_id);
    if (!checked) {
        refuse(info, checked.error());
        return;
    }
    if (info.raft_id != 0 || events_.was_member(info.session->peer_key())) {
        info.session->confirm(options_.question_bytes_max);
    }
    info.asks = true;
    info.raft_id = 0;  // It is none of the member's lanes.
    say_hello(*info.session, Lane::questions);
}

void Mesh::on_question(SessionInfo& info, uint8_t kind, Bytes body) {
    if (kind != static_cast<uint8_t>(FrameKind::question)) {
        refuse(info, Refusal::unexpected_frame);
        return;
    }
    const Peer* const peer = find_peer(info.session->peer_key());
    events_.on_question({.conversation = info.session->id(),
                         .node_key = info.session->peer_key(),
                         .remote = info.session->remote(),
                         .raft_id = peer == nullptr ? 0 : peer->endpoint.raft_id,
                         .body = std::move(body)});
}

void Mesh::answer(uint64_t conversation, const std::shared_ptr<const Bytes>& body) {
    const auto found = sessions_.find(conversation);
    if (found != sessions_.end() && found->second.asks &&
        found->second.session->send(static_cast<uint8_t>(FrameKind::answer), body)) {
        found->second.session->flush();
    }
}

// Two processes with one key would vote twice. The one that was here first stays as long as it
// speaks.
bool Mesh::another_runs(const Peer& peer, uint64_t instance) const {
    const uint64_t now = net::monotonic_ms();
    return peer.instance != instance && std::ranges::any_of(sessions_, [&](const auto& entry) {
               const SessionInfo& other = entry.second;
               return other.raft_id == peer.endpoint.raft_id && other.accepted &&
                      other.instance == peer.instance && now - other.heard_ms < options_.alive_ms;
           });
}

// A peer that comes back, maybe at another address, may have left connections behind that look
// alive until they time out.
void Mesh::drop_sessions_before_restart(Peer& peer, uint64_t instance) {
    if (std::exchange(peer.instance, instance) == instance) {
        return;
    }
    for (auto& [id, info] : sessions_) {
        if (info.raft_id != peer.endpoint.raft_id || !info.accepted || info.instance == instance) {
            continue;
        }
        Line& line = peer.lines[static_cast<size_t>(info.lane)];
        (info.dialed ? line.outgoing : line.incoming) = nullptr;
        line.backoff.reset();
        info.session->close("peer has restarted");
        schedule_redial(peer, info.lane);
    }
}

void Mesh::accept(SessionInfo& info, Peer& peer, uint64_t instance) {
    drop_sessions_before_restart(peer, instance);
    Line& line = peer.lines[static_cast<size_t>(info.lane)];
    info.instance = instance;
    info.accepted = true;
    info.accepted_ms = net::monotonic_ms();
    line.attempts = info.dialed ? 0 : line.attempts;
    info.session->confirm(options_.frame_bytes_max);
    line.last_error.clear();
    if (info.dialed) {
        line.dialing = nullptr;
        line.outgoing = info.session;
    } else {
        say_hello(*info.session, info.lane);
        // The newest wins: the peer knows best which of its connections is alive.
        net::Session* const old = std::exchange(line.incoming, info.session);
        if (old != nullptr) {
            old->close("replaced by a newer connection");
        }
        dial_at_once(peer, info.lane);
    }
    update(peer);
}

void Mesh::refuse(SessionInfo& info, Refusal refusal) {
    if (const auto suppressed = stranger_log_.admit(net::monotonic_ms())) {
        logger::warn("p2p",
                     "Refused a session remote={} key={} raft_id={} reason=\"{}\" suppressed={}",
                     info.session->remote(), short_key(info.session->peer_key()), info.raft_id,
                     to_string(refusal), *suppressed);
    }
    const auto body = std::make_shared<const Bytes>(encode_refusal(refusal));
    if (info.session->send(static_cast<uint8_t>(FrameKind::refusal), body)) {
        info.session->finish(fmt::format("refused: {}", to_string(refusal)));
    }
}

void Mesh::deliver(SessionInfo& info, uint8_t kind, Bytes body) {
    if (info.lane == Lane::p2p && kind == static_cast<uint8_t>(FrameKind::clock)) {
        on_clock(info, body);
        return;
    }
    constexpr auto RAFT = static_cast<uint8_t>(FrameKind::raft);
    constexpr auto CHANNEL_BASE = static_cast<uint8_t>(FrameKind::channel_base);
    if (info.port == Port::raft && kind == RAFT) {
        events_.on_raft_frame(info.raft_id, std::move(body));
        return;
    }
    const bool is_channel = kind >= CHANNEL_BASE + static_cast<uint8_t>(Channel::transactions) &&
                            kind <= CHANNEL_BASE + static_cast<uint8_t>(Channel::response);
    if (info.port == Port::p2p && is_channel) {
        events_.on_frame(info.raft_id, static_cast<Channel>(kind - CHANNEL_BASE), std::move(body));
        return;
    }
    refuse(info, Refusal::unexpected_frame);
}

void Mesh::on_clock(const SessionInfo& info, const Bytes& body) {
    Peer* const peer = find_peer(info.raft_id);
    const auto theirs = decode_clock(body);
    if (peer == nullptr || !theirs) {
        return;
    }
    if (const auto said = peer->clock.hear(info.raft_id, *theirs, unix_ms())) {
        logger::warn("p2p", "{}", *said);
    }
}

uint64_t Mesh::unix_ms() const {
    return options_.unix_ms ? options_.unix_ms() : SystemClock().unix_ns() / 1'000'000;
}

void Mesh::tell_time() {
    const auto frame = std::make_shared<const Bytes>(encode_clock(unix_ms()));
    for (const auto& [raft_id, peer] : peers_) {
        net::Session* const carrier = peer.lines[static_cast<size_t>(Lane::p2p)].carrier();
        if (carrier != nullptr && carrier->send(static_cast<uint8_t>(FrameKind::clock), frame)) {
            carrier->flush();
        }
    }
}

void Mesh::on_closed(net::Session& session, const std::string& reason) {
    const auto node = sessions_.extract(session.id());
    if (node.empty()) {  // A stranger that did not get through the handshake.
        if (const auto suppressed = stranger_log_.admit(net::monotonic_ms())) {
            logger::warn("p2p", "Connection failed remote={} reason=\"{}\" suppressed={}",
                         session.remote(), reason, *suppressed);
        }
        return;
    }
    const SessionInfo& info = node.mapped();
    Peer* const peer = find_peer(info.raft_id);
    if (peer == nullptr) {
        return;
    }
    peer->bytes_sent += session.counters().bytes_sent;
    peer->bytes_received += session.counters().bytes_received;
    Line& line = peer->lines[static_cast<size_t>(info.lane)];
    if (line.incoming == &session) {
        line.incoming = nullptr;
    }
    if (info.dialed && (line.outgoing == &session || line.dialing == &session)) {
        line.outgoing = nullptr;
        line.dialing = nullptr;
        if (info.accepted && net::monotonic_ms() - info.accepted_ms >= GOOD_SESSION_MS) {
            line.backoff.reset();
        }
        line.attempts += info.accepted ? 0 : 1;
        note_error(*peer, info.lane, reason);
        schedule_redial(*peer, info.lane);
    }
    update(*peer);
}

void Mesh::note_error(Peer& peer, Lane lane, std::string error) {
    if (error != peer.logged_error && !closing_) {
        logger::info("p2p", "Peer not reached raft_id={} address={} lane={} reason=\"{}\"",
                     peer.endpoint.raft_id, peer.endpoint.host, to_string(lane), error);
        peer.logged_error = error;
    }
    peer.lines[static_cast<size_t>(lane)].last_error = std::move(error);
}

void Mesh::update(Peer& peer) {
    bool connected = true;
    for (const Lane lane : LANES) {
        const bool up = peer.lines[static_cast<size_t>(lane)].carrier() != nullptr;
        peer.counters->lane_up[static_cast<size_t>(lane)].store(up, std::memory_order_relaxed);
        connected = connected && up;
    }
    const bool changed = std::exchange(peer.connected, connected) != connected;
    publish();
    if (changed && !closing_) {
        logger::info("p2p", "Peer {} raft_id={} address={}", connected ? "connected" : "lost",
                     peer.endpoint.raft_id, peer.endpoint.host);
        if (connected) {
            peer.logged_error.clear();
        }
        events_.on_peer(peer.endpoint.raft_id, connected);
    }
}

// --- Sending
// ---------------------------------------------------------------------------------------------------

void Mesh::send(uint64_t to, Lane lane, uint8_t kind, std::shared_ptr<const Bytes> frame) {
    Peer* const peer = find_peer(to);
    if (peer == nullptr) {
        return;
    }
    net::Session* const carrier = peer->lines[static_cast<size_t>(lane)].carrier();
    if (carrier == nullptr || !carrier->send(kind, std::move(frame))) {
        peer->counters->frames_dropped.fetch_add(1, std::memory_order_relaxed);
        return;
    }
    peer->counters->frames_sent.fetch_add(1, std::memory_order_relaxed);
    if (std::ranges::find(unflushed_, carrier) == unflushed_.end()) {
        unflushed_.push_back(carrier);
    }
}

void Mesh::flush() {
    for (net::Session* const session : std::exchange(unflushed_, {})) {
        session->flush();
    }
}

void Mesh::publish() {
    auto view = std::make_shared<MeshView>();
    std::unordered_map<uint64_t, size_t> index;
    for (const auto& [raft_id, peer] : peers_) {
        PeerStatus status{.raft_id = raft_id,
                          .p2p_connected = peer.lines[0].carrier() != nullptr,
                          .raft_connected = peer.lines[1].carrier() != nullptr &&
                                            peer.lines[2].carrier() != nullptr,
                          .bytes_sent = peer.bytes_sent,
                          .bytes_received = peer.bytes_received,
                          .clock_ahead_ms = peer.clock.told_ms()};
        for (const Line& line : peer.lines) {
            if (line.carrier() == nullptr && status.last_error.empty()) {
                status.last_error = line.last_error;
            }
        }
        index[raft_id] = view->peers.size();
        view->peers.push_back(std::move(status));
        view->directory[raft_id] = peer.counters;
    }
    for (const auto& [id, info] : sessions_) {
        const auto found = index.find(info.raft_id);
        if (found != index.end()) {
            const auto counters = info.session->counters();
            view->peers[found->second].bytes_sent += counters.bytes_sent;
            view->peers[found->second].bytes_received += counters.bytes_received;
        }
    }
    view_.set(std::move(view));
}

void Mesh::check_permissions() {
    for (auto& [id, info] : sessions_) {
        if (info.ready && !events_.permits(info.session->peer_key())) {
            refuse(info, Refusal::permission);
        }
    }
}

void Mesh::close_all() {
    closing_ = true;
    for (auto& [id, info] : sessions_) {
        info.session->close("stopped");
    }
}

}  // namespace otento::p2p
