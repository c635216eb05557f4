// Whole networks in one process on loopback: members find each other, strangers and liars are
// refused in words, and nothing that arrives on a port stops the others. Waits end when something
// happens; a timeout only fails.
#include <otento/base/clock.hpp>
#include <otento/base/logger.hpp>
#include <otento/base/rlp.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/net/session.hpp>
#include <otento/net/testing/tcp_client.hpp>
#include <otento/p2p/hello.hpp>
#include <otento/p2p/network.hpp>
#include <otento/p2p/node_proof.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

namespace otento::p2p {
namespace {

using net::testing::TcpClient;
using std::chrono::steady_clock;

constexpr auto PATIENCE = std::chrono::seconds(120);

std::shared_ptr<const Bytes> frame_of(size_t size, uint8_t fill = 'x') {
    return std::make_shared<const Bytes>(size, fill);
}

// Records events.
class Recorder final : public NetworkEvents {
  public:
    struct Received {
        uint64_t from;
        int channel;  // 0: raft.
        Bytes frame;
    };

    void on_raft_frame(uint64_t from, Bytes frame) override { add({from, 0, std::move(frame)}); }
    void on_frame(uint64_t from, Channel channel, Bytes frame) override {
        add({from, static_cast<int>(channel), std::move(frame)});
    }
    void on_peer(uint64_t raft_id, bool connected) override {
        const std::lock_guard lock(mutex_);
        connected_[raft_id] = connected;
        changed_.notify_all();
    }

    bool wait_peer(uint64_t raft_id, bool connected) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, PATIENCE, [&] {
            const auto found = connected_.find(raft_id);
            return (found != connected_.end() && found->second) == connected;
        });
    }
    std::vector<Received> wait_frames(size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(changed_.wait_for(lock, PATIENCE, [&] { return received_.size() >= count; }));
        return std::exchange(received_, {});
    }

  private:
    void add(Received received) {
        const std::lock_guard lock(mutex_);
        received_.push_back(std::move(received));
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Received> received_;
    std::map<uint64_t, bool> connected_;
};

struct Node {
    NetworkOptions options;
    Endpoint endpoint;
    Recorder events;
    std::unique_ptr<Network> network;

    explicit Node(uint64_t raft_id) {
        options.secret_key = Hash::right_aligned(Bytes{static_cast<uint8_t>(raft_id)});
        options.raft_id = raft_id;
        options.network_id = 1337;
        options.genesis_hash = Hash::right_aligned(Bytes{9, 9});
        // On a busy machine a process may not run for seconds.
        options.handshake_timeout_ms = 120'000;
        options.idle_timeout_ms = 120'000;
        endpoint.raft_id = raft_id;
        endpoint.node_key = *crypto::public_key(options.secret_key);
        endpoint.host = "127.0.0.1";
    }
    void start(const std::vector<Endpoint>& members = {}) {
        auto started = Network::start(options, members, events);
        ASSERT_TRUE(started.has_value());
        network = std::move(*started);
        options.p2p_port = endpoint.p2p_port = network->p2p_port();
        options.raft_port = endpoint.raft_port = network->raft_port();
    }
    [[nodiscard]] std::string wait_error(uint64_t peer, std::string_view part) const {
        std::string last;
        const auto end = steady_clock::now() + PATIENCE;
        while (steady_clock::now() < end) {
            for (const PeerStatus& status : network->peers()) {
                if (status.raft_id == peer) {
                    last = status.last_error;
                }
            }
            if (last.find(part) != std::string::npos) {
                break;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return last;
    }
};

class NetworkTest : public ::testing::Test {
  protected:
    static void SetUpTestSuite() { logger::set_level(logger::Level::error); }

    void start(size_t count) {
        for (size_t i = 1; i <= count; ++i) {
            nodes.push_back(std::make_unique<Node>(i));
            nodes.back()->start();
        }
    }
    [[nodiscard]] std::vector<Endpoint> members() const {
        std::vector<Endpoint> out;
        for (const auto& node : nodes) {
            out.push_back(node->endpoint);
        }
        return out;
    }
    void introduce() {
        for (const auto& node : nodes) {
            node->network->set_members(members());
        }
    }
    void wait_mesh() {
        for (const auto& node : nodes) {
            for (const auto& other : nodes) {
                if (node != other) {
                    ASSERT_TRUE(node->events.wait_peer(other->options.raft_id, true));
                }
            }
        }
    }
    // Frames of every kind from one node to another.
    void check_traffic(Node& from, Node& to) {
        from.network->send_raft(to.options.raft_id, frame_of(10, 'r'));
        from.network->send(to.options.raft_id, Channel::transactions, frame_of(20, 't'));
        const auto got = to.events.wait_frames(2);
        ASSERT_EQ(got.size(), 2u);
        for (const auto& received : got) {
            EXPECT_EQ(received.from, from.options.raft_id);
            EXPECT_EQ(received.frame,
                      received.channel == 0 ? *frame_of(10, 'r') : *frame_of(20, 't'));
        }
        EXPECT_NE(got[0].channel, got[1].channel);
    }
    Node& node(size_t raft_id) { return *nodes.at(raft_id - 1); }

    std::vector<std::unique_ptr<Node>> nodes;
};

TEST_F(NetworkTest, two_members_exchange_frames_both_ways) {
    start(2);
    introduce();
    wait_mesh();
    check_traffic(node(1), node(2));
    check_traffic(node(2), node(1));
    const auto status = node(1).network->peers();
    ASSERT_EQ(status.size(), 1u);
    EXPECT_TRUE(status[0].p2p_connected);
    EXPECT_TRUE(status[0].raft_connected);
    EXPECT_EQ(status[0].last_error, "");
    EXPECT_EQ(status[0].frames_sent, 2u);
}

TEST_F(NetworkTest, three_members_form_a_mesh) {
    start(3);
    introduce();
    wait_mesh();
    for (size_t from = 1; from <= 3; ++from) {
        for (size_t to = 1; to <= 3; ++to) {
            if (from != to) {
                check_traffic(node(from), node(to));
            }
        }
    }
}

TEST_F(NetworkTest, large_and_small_frames_arrive_whole) {
    start(2);
    introduce();
    wait_mesh();
    for (int i = 0; i < 4; ++i) {
        node(1).network->send_raft(2, frame_of(10u << 20, static_cast<uint8_t>(i)));
        node(2).network->send_raft(1, frame_of(10u << 20, static_cast<uint8_t>(i)));
        node(1).network->send_raft(2, frame_of(100, static_cast<uint8_t>(i)));
        node(1).network->send(2, Channel::response, frame_of(10u << 20, static_cast<uint8_t>(i)));
    }
    size_t bytes = 0;
    for (const auto& received : node(2).events.wait_frames(12)) {
        bytes += received.frame.size();
        EXPECT_EQ(received.frame, Bytes(received.frame.size(), received.frame[0]));
    }
    EXPECT_EQ(bytes, 8 * (10u << 20) + 400);
    EXPECT_EQ(node(1).events.wait_frames(4).size(), 4u);
}

TEST_F(NetworkTest, frames_of_one_kind_keep_their_order) {
    start(2);
    introduce();
    wait_mesh();
    for (uint32_t i = 0; i < 5'000; ++i) {
        Bytes frame;
        append_be(frame, i);
        node(1).network->send_raft(2, std::make_shared<const Bytes>(std::move(frame)));
    }
    const auto got = node(2).events.wait_frames(5'000);
    ASSERT_EQ(got.size(), 5'000u);
    for (uint32_t i = 0; i < 5'000; ++i) {
        ASSERT_EQ(load_be<uint32_t>(got[i].frame.data()), i);
    }
}

TEST_F(NetworkTest, restarted_member_is_reached_again) {
    start(2);
    introduce();
    wait_mesh();
    node(2).network->stop();
    ASSERT_TRUE(node(1).events.wait_peer(2, false));
    node(1).network->send_raft(2, frame_of(1));                     // Dropped, and counted.
    std::this_thread::sleep_for(std::chrono::milliseconds(1'000));  // Let the back-off grow.
    EXPECT_EQ(node(1).network->peers()[0].frames_dropped, 1u);
    node(2).network.reset();
    const auto begin = steady_clock::now();
    node(2).start(members());
    ASSERT_TRUE(node(1).events.wait_peer(2, true));
    const std::chrono::duration<double, std::milli> took = steady_clock::now() - begin;
    RecordProperty("reconnect_ms", std::to_string(took.count()));
    std::printf("[ figure   ] restarted member reached after %.1f ms\n", took.count());
    ASSERT_TRUE(node(2).events.wait_peer(1, true));
    check_traffic(node(1), node(2));
    check_traffic(node(2), node(1));
}

TEST_F(NetworkTest, one_reachable_side_is_enough) {
    start(2);
    Endpoint unknown_address = node(1).endpoint;
    unknown_address.p2p_port = 0;
    unknown_address.raft_port = 0;
    node(1).network->set_members(members());
    node(2).network->set_members({unknown_address, node(2).endpoint});
    wait_mesh();
    check_traffic(node(1), node(2));
    check_traffic(node(2), node(1));
}

TEST_F(NetworkTest, stranger_is_refused_and_told_why) {
    start(2);
    node(1).network->set_members(members());
    EXPECT_EQ(node(1).wait_error(2, "not a member"),
              "refused by the peer: node key is not a member of the cluster");
    // It is let in as soon as it is a member.
    node(2).network->set_members(members());
    wait_mesh();
}

TEST_F(NetworkTest, removed_member_is_cut_off_and_may_come_back) {
    start(3);
    introduce();
    wait_mesh();
    const auto all = members();
    node(1).network->set_members({all[0], all[1]});
    ASSERT_TRUE(node(1).events.wait_peer(3, false));
    ASSERT_TRUE(node(3).events.wait_peer(1, false));
    EXPECT_EQ(node(1).network->peers().size(), 1u);
    EXPECT_NE(node(3).wait_error(1, "not a member").find("not a member"), std::string::npos);
    check_traffic(node(2), node(3));
    check_traffic(node(1), node(2));
    introduce();
    wait_mesh();
    check_traffic(node(1), node(3));
}

TEST_F(NetworkTest, members_of_another_ledger_are_told_apart) {
    const std::pair<std::function<void(NetworkOptions&)>, std::string_view> cases[] = {
        {[](NetworkOptions& o) { o.genesis_hash[0] = 1; }, "other genesis block"},
        {[](NetworkOptions& o) { o.network_id = 1; }, "other network id"},
    };
    for (const auto& [change, reason] : cases) {
        nodes.clear();
        nodes.push_back(std::make_unique<Node>(1));
        nodes.push_back(std::make_unique<Node>(2));
        change(node(2).options);
        node(1).start();
        node(2).start();
        introduce();
        EXPECT_NE(node(1).wait_error(2, reason).find(reason), std::string::npos);
        EXPECT_NE(node(2).wait_error(1, reason).find(reason), std::string::npos);
        EXPECT_FALSE(node(1).network->peers()[0].raft_connected);
    }
}

TEST_F(NetworkTest, another_node_at_the_address_is_not_taken_for_the_member) {
    start(3);
    Endpoint wrong = node(2).endpoint;
    wrong.p2p_port = node(3).endpoint.p2p_port;
    wrong.raft_port = node(3).endpoint.raft_port;
    node(1).network->set_members({node(1).endpoint, wrong});
    EXPECT_TRUE(node(1).wait_error(2, "answered").starts_with("answered with node key "));
}

TEST_F(NetworkTest, moved_member_is_followed) {
    start(2);
    introduce();
    wait_mesh();
    node(2).network.reset();
    ASSERT_TRUE(node(1).events.wait_peer(2, false));
    node(2).options.p2p_port = 0;
    node(2).options.raft_port = 0;
    node(2).start();
    introduce();
    wait_mesh();
    check_traffic(node(1), node(2));
}

TEST_F(NetworkTest, a_member_that_is_not_where_the_log_says_is_found_where_a_list_says) {
    start(2);
    Endpoint moved = node(2).endpoint;
    std::swap(moved.p2p_port, moved.raft_port);
    moved.others = {{"127.0.0.1", 1, 1},
                    {"127.0.0.1", node(2).endpoint.p2p_port, node(2).endpoint.raft_port}};
    Endpoint nowhere = node(1).endpoint;
    nowhere.p2p_port = nowhere.raft_port = 0;
    node(1).network->set_members({node(1).endpoint, moved});
    node(2).network->set_members({nowhere, node(2).endpoint});
    wait_mesh();
    check_traffic(node(1), node(2));
}

TEST_F(NetworkTest, one_key_in_two_processes_serves_the_first_as_long_as_it_runs) {
    start(2);
    introduce();
    wait_mesh();
    Node twin(2);
    twin.start(members());
    constexpr std::string_view WORDS = "another process with this node key is connected";
    EXPECT_EQ(twin.wait_error(1, WORDS), "refused by the peer: " + std::string(WORDS));
    check_traffic(node(1), node(2));
    check_traffic(node(2), node(1));
    node(2).network->stop();
    ASSERT_TRUE(twin.events.wait_peer(1, true)) << "a restart has to wait for nothing else";
    check_traffic(twin, node(1));
}

TEST_F(NetworkTest, wall_clocks_that_differ_are_noticed_at_both_ends) {
    constexpr uint64_t HOUR_MS = 3'600'000;
    nodes.push_back(std::make_unique<Node>(1));
    nodes.push_back(std::make_unique<Node>(2));
    node(2).options.unix_ms = [] { return SystemClock().unix_ns() / 1'000'000 + HOUR_MS; };
    node(1).start();
    node(2).start();
    introduce();
    wait_mesh();
    const auto wait_ahead = [](const Node& of) {
        const auto end = steady_clock::now() + PATIENCE;
        while (of.network->peers()[0].clock_ahead_ms == 0 && steady_clock::now() < end) {
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return of.network->peers()[0].clock_ahead_ms;
    };
    EXPECT_NEAR(static_cast<double>(wait_ahead(node(1))), HOUR_MS, 60'000);
    EXPECT_NEAR(static_cast<double>(wait_ahead(node(2))), -double{HOUR_MS}, 60'000);
}

TEST_F(NetworkTest, unknown_peers_and_oversized_frames_are_dropped) {
    start(2);
    introduce();
    wait_mesh();
    node(1).network->send_raft(77, frame_of(1));
    node(1).network->send_raft(2, frame_of(node(1).options.frame_bytes_max + 1));
    EXPECT_EQ(node(1).network->peers()[0].frames_dropped, 1u);
    check_traffic(node(1), node(2));
}

TEST_F(NetworkTest, errors_at_the_start_are_told_apart) {
    start(1);
    Recorder events;
    NetworkOptions options = node(1).options;
    EXPECT_EQ(Network::start(options, {}, events).error(), NetworkError::address_in_use);
    options.secret_key = Hash{};
    EXPECT_EQ(Network::start(options, {}, events).error(), NetworkError::bad_key);
    options = Node(2).options;
    options.listen_host = "203.0.113.1";  // TEST-NET-3
    EXPECT_EQ(Network::start(options, {}, events).error(), NetworkError::bad_address);
    options = Node(2).options;
    Endpoint foreign = Node(2).endpoint;
    foreign.node_key[0] ^= 1;
    EXPECT_EQ(Network::start(options, {foreign}, events).error(), NetworkError::bad_key);
}

TEST_F(NetworkTest, hostile_bytes_on_either_port_cost_only_their_connection) {
    start(2);
    introduce();
    wait_mesh();
    for (const uint16_t port : {node(1).network->p2p_port(), node(1).network->raft_port()}) {
        for (const std::string& bytes :
             {std::string("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n"), std::string(1'000, '\0'),
              std::string(2'000'000, 'A'), std::string("\x16\x03\x03\x40\x01", 5)}) {
            TcpClient client(port);
            client.send(bytes);
            client.shutdown_send();
            EXPECT_TRUE(client.closed_by_server());
        }
    }
    check_traffic(node(1), node(2));
    check_traffic(node(2), node(1));
}

// Figures to watch, not to judge by: round trip of a small frame, and throughput of blocks.
TEST_F(NetworkTest, figures_on_loopback) {
    start(2);
    introduce();
    wait_mesh();
    std::vector<double> round_trips_us;
    for (int i = 0; i < 500; ++i) {
        const auto begin = steady_clock::now();
        node(1).network->send_raft(2, frame_of(200));
        ASSERT_EQ(node(2).events.wait_frames(1).size(), 1u);
        node(2).network->send_raft(1, frame_of(200));
        ASSERT_EQ(node(1).events.wait_frames(1).size(), 1u);
        const std::chrono::duration<double, std::micro> took = steady_clock::now() - begin;
        round_trips_us.push_back(took.count());
    }
    std::ranges::sort(round_trips_us);
    const auto begin = steady_clock::now();
    for (int i = 0; i < 50; ++i) {
        node(1).network->send_raft(2, frame_of(1u << 20));
    }
    ASSERT_EQ(node(2).events.wait_frames(50).size(), 50u);
    const std::chrono::duration<double> took = steady_clock::now() - begin;
    std::printf("[ figure   ] round trip p50 %.0f us, p99 %.0f us; 1 MiB frames %.0f MB/s\n",
                round_trips_us[250], round_trips_us[495], 50 * 1.048576 / took.count());
}

// A peer whose every byte the test decides, on a loop of its own.
class Impostor final : public net::SessionEvents {
  public:
    explicit Impostor(net::TlsProof proof) {
        identity_ = *net::TlsIdentity::create(std::move(proof));
        thread_ = std::thread([this] { loop_.run(); });
    }
    ~Impostor() override {
        loop_.stop();
        thread_.join();
    }
    void dial(uint16_t port) {
        loop_.post(
            [this, port] { (void)net::dial(loop_, identity_, {"127.0.0.1", port}, {}, *this); });
    }
    // What to send once the handshake is done.
    std::vector<std::pair<uint8_t, Bytes>> script;

    void on_ready(net::Session& session) override {
        session.confirm(64u << 20);
        for (const auto& [kind, body] : script) {
            EXPECT_TRUE(session.send(kind, std::make_shared<const Bytes>(body)));
        }
        session.flush();
    }
    // Stops reading at the next frame until release().
    void block() { blocked_ = true; }
    void release() {
        blocked_ = false;
        blocked_.notify_all();
    }

    void on_frame(net::Session&, uint8_t kind, Bytes body) override {
        blocked_.wait(true);
        if (kind == static_cast<uint8_t>(FrameKind::refusal)) {
            note(std::string(to_string(decode_refusal(body))));
        }
    }
    void on_closed(net::Session&, const std::string& reason) override { note("closed: " + reason); }

    // The first thing that the other side had to say.
    std::string wait_answer() {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, PATIENCE, [&] { return !notes_.empty(); });
        return notes_.empty() ? "nothing" : notes_.front();
    }

  private:
    void note(std::string text) {
        const std::lock_guard lock(mutex_);
        notes_.push_back(std::move(text));
        changed_.notify_all();
    }

    std::atomic<bool> blocked_ = false;
    net::Loop loop_;
    std::shared_ptr<const net::TlsIdentity> identity_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<std::string> notes_;
    std::thread thread_;
};

constexpr auto HELLO = static_cast<uint8_t>(FrameKind::hello);
constexpr auto RAFT = static_cast<uint8_t>(FrameKind::raft);

class HostilePeerTest : public NetworkTest {
  protected:
    // Node 1 runs and takes node 2 for a member; the test plays node 2.
    void SetUp() override {
        nodes.push_back(std::make_unique<Node>(1));
        nodes.push_back(std::make_unique<Node>(2));
        node(1).start({node(1).endpoint, node(2).endpoint});
    }
    [[nodiscard]] Hello good_hello(Lane lane = Lane::raft_urgent) {
        return {.version = PROTOCOL_VERSION,
                .network_id = 1337,
                .genesis_hash = node(2).options.genesis_hash,
                .raft_id = 2,
                .lane = lane};
    }
    std::string answer_to(std::vector<std::pair<uint8_t, Bytes>> script) {
        Impostor impostor(*make_node_proof(node(2).options.secret_key));
        impostor.script = std::move(script);
        impostor.dial(node(1).network->raft_port());
        return impostor.wait_answer();
    }
    std::string answer_to_hello(const std::function<void(Hello&)>& change) {
        Hello hello = good_hello();
        change(hello);
        return answer_to({{HELLO, encode_hello(hello)}});
    }
};

TEST_F(HostilePeerTest, wrong_hellos_are_refused_in_words) {
    EXPECT_EQ(answer_to_hello([](Hello& h) { h.version = 7; }), "other protocol version");
    EXPECT_EQ(answer_to_hello([](Hello& h) { h.network_id = 1; }), "other network id");
    EXPECT_EQ(answer_to_hello([](Hello& h) { h.genesis_hash = {}; }), "other genesis block");
    EXPECT_EQ(answer_to_hello([](Hello& h) { h.raft_id = 1; }),
              "raft id does not belong to the node key");
    EXPECT_EQ(answer_to_hello([](Hello& h) { h.lane = Lane::p2p; }), "wrong port");
    EXPECT_EQ(answer_to({{HELLO, {1, 2, 3}}}), "malformed hello");
}

TEST_F(HostilePeerTest, frames_before_or_instead_of_the_hello_are_refused) {
    EXPECT_EQ(answer_to({{RAFT, {1}}}), "unexpected frame");
    EXPECT_TRUE(answer_to({{HELLO, Bytes(100'000, 1)}}).starts_with("closed: "));
}

TEST_F(HostilePeerTest, kinds_that_do_not_belong_to_the_port_are_refused) {
    const Bytes hello = encode_hello(good_hello());
    EXPECT_EQ(answer_to({{HELLO, hello}, {33, {1}}}), "unexpected frame");
    EXPECT_EQ(answer_to({{HELLO, hello}, {200, {1}}}), "unexpected frame");
    EXPECT_EQ(answer_to({{HELLO, hello}, {HELLO, hello}}), "unexpected frame");
}

TEST_F(HostilePeerTest, forged_and_replayed_extensions_are_refused) {
    net::TlsProof forged = *make_node_proof(node(2).options.secret_key);
    Bytes stolen;
    {
        // What node 2 proved for another certificate.
        stolen = forged.prove(Bytes(91, 1));
    }
    for (const Bytes& extension : {stolen, Bytes(128, 0), Bytes()}) {
        net::TlsProof proof = forged;
        proof.prove = [&](BytesView) { return extension; };
        Impostor impostor(proof);
        impostor.dial(node(1).network->p2p_port());
        const std::string answer = impostor.wait_answer();
        EXPECT_NE(answer.find("alert"), std::string::npos) << answer;
    }
    EXPECT_FALSE(node(1).network->peers()[0].p2p_connected);
}

TEST_F(HostilePeerTest, newest_connection_wins) {
    const Bytes hello = encode_hello(good_hello());
    Impostor first(*make_node_proof(node(2).options.secret_key));
    first.script = {{HELLO, hello}, {RAFT, {1}}};
    first.dial(node(1).network->raft_port());
    EXPECT_EQ(node(1).events.wait_frames(1)[0].frame, Bytes{1});
    Impostor second(*make_node_proof(node(2).options.secret_key));
    second.script = {{HELLO, hello}, {RAFT, {2}}};
    second.dial(node(1).network->raft_port());
    EXPECT_EQ(node(1).events.wait_frames(1)[0].frame, Bytes{2});
    EXPECT_TRUE(first.wait_answer().starts_with("closed: "));
}

TEST_F(HostilePeerTest, connections_from_before_a_restart_are_dropped_on_every_lane) {
    node(1).network.reset();
    node(1).options.alive_ms = 0;  // Who was here before counts as silent at once.
    node(1).start({node(1).endpoint, node(2).endpoint});
    Hello hello = good_hello(Lane::raft_bulk);
    Impostor before(*make_node_proof(node(2).options.secret_key));
    before.script = {{HELLO, encode_hello(hello)}, {RAFT, {1}}};
    before.dial(node(1).network->raft_port());
    EXPECT_EQ(node(1).events.wait_frames(1)[0].frame, Bytes{1});
    hello.lane = Lane::raft_urgent;
    hello.instance = 2;
    Impostor after(*make_node_proof(node(2).options.secret_key));
    after.script = {{HELLO, encode_hello(hello)}, {RAFT, {2}}};
    after.dial(node(1).network->raft_port());
    EXPECT_EQ(node(1).events.wait_frames(1)[0].frame, Bytes{2});
    EXPECT_TRUE(before.wait_answer().starts_with("closed: "));
}

TEST_F(HostilePeerTest, member_that_does_not_read_costs_bounded_memory) {
    node(1).network.reset();
    node(1).options.send_queue_bytes_max = 1u << 20;
    node(1).start({node(1).endpoint, node(2).endpoint});
    Impostor impostor(*make_node_proof(node(2).options.secret_key));
    impostor.script = {{HELLO, encode_hello(good_hello(Lane::raft_bulk))}, {RAFT, {1}}};
    impostor.block();
    impostor.dial(node(1).network->raft_port());
    (void)node(1).events.wait_frames(1);  // Its lane is up.
    const auto frame = frame_of(100'000);
    // Far more than the sockets between us can hold.
    for (int i = 0; i < 2'000 && node(1).network->peers()[0].frames_dropped == 0; ++i) {
        node(1).network->send_raft(2, frame);
    }
    const auto status = node(1).network->peers()[0];
    EXPECT_GT(status.frames_dropped, 0u);
    EXPECT_LE(status.queued_bytes, 1u << 20);
    impostor.release();
}

}  // namespace
}  // namespace otento::p2p
