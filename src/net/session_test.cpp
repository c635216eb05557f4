// Sessions over loopback, both ends on one loop in a thread of its own. Hostile ends are raw
// sockets.
#include <otento/net/frame.hpp>
#include <otento/net/session.hpp>
#include <otento/net/testing/proof.hpp>
#include <otento/net/testing/tcp_client.hpp>

#include <gtest/gtest.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace otento::net {
namespace {

using testing::key_of;
using testing::open_identity;
using testing::TcpClient;

constexpr size_t FRAME_BYTES_MAX = 32u << 20;
constexpr auto PATIENCE = std::chrono::seconds(120);
const std::string HALF_CLIENT_HELLO("\x16\x03\x01\x40\x00\x01\x00\x3f\xfc", 9);

// On a busy machine a process may not run for seconds; tests of timeouts set their own.
SessionOptions patient() {
    SessionOptions options;
    options.handshake_timeout_ms = 120'000;
    options.idle_timeout_ms = 120'000;
    options.keepalive_ms = 120'000;
    return options;
}

// Records what happens; confirms every peer unless told otherwise.
class Recorder final : public SessionEvents {
  public:
    bool confirms = true;

    void on_ready(Session& session) override {
        if (confirms) {
            session.confirm(FRAME_BYTES_MAX);
        }
        const std::lock_guard lock(mutex_);
        ready_.push_back(&session);
        keys_.push_back(session.peer_key());
        changed_.notify_all();
    }
    void on_frame(Session&, uint8_t kind, Bytes body) override {
        const std::lock_guard lock(mutex_);
        frames_.push_back({.kind = kind, .body = std::move(body)});
        changed_.notify_all();
    }
    void on_closed(Session&, const std::string& reason) override {
        const std::lock_guard lock(mutex_);
        reasons_.push_back(reason);
        changed_.notify_all();
    }

    Session* wait_ready(size_t count = 1) {
        std::unique_lock lock(mutex_);
        return wait(lock, [&] { return ready_.size() >= count; }) ? ready_[count - 1] : nullptr;
    }
    std::vector<Frame> wait_frames(size_t count) {
        std::unique_lock lock(mutex_);
        EXPECT_TRUE(wait(lock, [&] { return frames_.size() >= count; }));
        return std::exchange(frames_, {});
    }
    std::string wait_closed(size_t count = 1) {
        std::unique_lock lock(mutex_);
        return wait(lock, [&] { return reasons_.size() >= count; }) ? reasons_[count - 1]
                                                                    : "still open";
    }
    PeerKey key() {
        const std::lock_guard lock(mutex_);
        return keys_.at(0);
    }

  private:
    template <typename Condition>
    bool wait(std::unique_lock<std::mutex>& lock, Condition condition) {
        return changed_.wait_for(lock, PATIENCE, condition);
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Session*> ready_;
    std::vector<PeerKey> keys_;
    std::vector<Frame> frames_;
    std::vector<std::string> reasons_;
};

class SessionTest : public ::testing::Test {
  protected:
    void start(const SessionOptions& options = patient()) {
        options_ = options;
        auto listener =
            Listener::start(loop_, open_identity(2), "127.0.0.1", 0, options, server_events_);
        ASSERT_TRUE(listener.has_value());
        listener_ = std::move(*listener);
        thread_ = std::thread([this] { loop_.run(); });
    }
    void dial_server(const std::string& host = "127.0.0.1") {
        on_loop([&] {
            (void)dial(loop_, open_identity(1), {host, listener_->port()}, options_,
                       client_events_);
        });
    }
    // Runs on the loop's thread and waits for it.
    void on_loop(const std::function<void()>& task) {
        std::mutex mutex;
        std::condition_variable done;
        bool ran = false;
        loop_.post([&] {
            task();
            const std::lock_guard lock(mutex);
            ran = true;
            done.notify_all();
        });
        std::unique_lock lock(mutex);
        ASSERT_TRUE(done.wait_for(lock, PATIENCE, [&] { return ran; }));
    }
    void send(Session* session, uint8_t kind, Bytes body) {
        on_loop([&] {
            EXPECT_TRUE(session->send(kind, std::make_shared<const Bytes>(std::move(body))));
            session->flush();
        });
    }
    ~SessionTest() override {
        loop_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    Loop loop_;
    Recorder client_events_;
    Recorder server_events_;
    SessionOptions options_;
    std::unique_ptr<Listener> listener_;
    std::thread thread_;
};

TEST_F(SessionTest, frames_go_both_ways_between_proven_keys) {
    start();
    dial_server();
    Session* const client = client_events_.wait_ready();
    Session* const server = server_events_.wait_ready();
    ASSERT_NE(client, nullptr);
    ASSERT_NE(server, nullptr);
    EXPECT_EQ(client_events_.key(), key_of(2));
    EXPECT_EQ(server_events_.key(), key_of(1));
    send(client, 5, {'h', 'i'});
    send(server, 6, {});
    EXPECT_EQ(server_events_.wait_frames(1)[0].body, (Bytes{'h', 'i'}));
    EXPECT_EQ(client_events_.wait_frames(1)[0].kind, 6);
}

TEST_F(SessionTest, many_and_large_frames_arrive_whole_and_in_order) {
    start();
    dial_server();
    Session* const client = client_events_.wait_ready();
    ASSERT_NE(server_events_.wait_ready(), nullptr);
    const size_t sizes[] = {0, 1, 16376, 16384, 16385, 100'000, 10u << 20, 3};
    on_loop([&] {
        uint8_t fill = 0;
        for (const size_t size : sizes) {
            EXPECT_TRUE(client->send(1, std::make_shared<const Bytes>(size, ++fill)));
        }
        for (int i = 0; i < 1'000; ++i) {
            EXPECT_TRUE(client->send(2, std::make_shared<const Bytes>(10, 7)));
        }
        client->flush();
    });
    const auto frames = server_events_.wait_frames(1'008);
    ASSERT_EQ(frames.size(), 1'008u);
    for (size_t i = 0; i < std::size(sizes); ++i) {
        EXPECT_EQ(frames[i].body, Bytes(sizes[i], static_cast<uint8_t>(i + 1))) << i;
    }
    on_loop([&] { EXPECT_EQ(client->counters().queued_bytes, 0u); });
}

TEST_F(SessionTest, names_are_resolved) {
    start();
    dial_server("localhost");
    EXPECT_NE(client_events_.wait_ready(), nullptr);
}

TEST_F(SessionTest, unknown_name_and_closed_port_are_told_in_words) {
    start();
    dial_server("no-such-host.invalid");
    EXPECT_TRUE(client_events_.wait_closed().starts_with("cannot connect: "));
    on_loop([&] { listener_->close(); });
    dial_server();
    EXPECT_EQ(client_events_.wait_closed(2), "cannot connect: Connection refused");
}

TEST_F(SessionTest, full_queue_refuses_frames) {
    SessionOptions options = patient();
    options.send_queue_bytes_max = 1'000;
    start(options);
    dial_server();
    Session* const client = client_events_.wait_ready();
    on_loop([&] {
        EXPECT_TRUE(client->send(1, std::make_shared<const Bytes>(900, 'x')));
        EXPECT_FALSE(client->send(1, std::make_shared<const Bytes>(200, 'x')));
        client->flush();
    });
    EXPECT_EQ(server_events_.wait_frames(1).size(), 1u);
}

TEST_F(SessionTest, finish_delivers_what_was_sent_before) {
    start();
    dial_server();
    Session* const client = client_events_.wait_ready();
    ASSERT_NE(server_events_.wait_ready(), nullptr);
    on_loop([&] {
        EXPECT_TRUE(client->send(1, std::make_shared<const Bytes>(5u << 20, 'x')));
        client->finish("done");
        EXPECT_FALSE(client->send(1, nullptr));
    });
    EXPECT_EQ(server_events_.wait_frames(1)[0].body.size(), 5u << 20);
    EXPECT_EQ(server_events_.wait_closed(), "closed by the peer");
    EXPECT_EQ(client_events_.wait_closed(), "done");
}

TEST_F(SessionTest, close_is_noticed_by_the_other_end) {
    start();
    dial_server();
    Session* const client = client_events_.wait_ready();
    ASSERT_NE(server_events_.wait_ready(), nullptr);
    on_loop([&] { client->close("enough"); });
    EXPECT_EQ(client_events_.wait_closed(), "enough");
    EXPECT_EQ(server_events_.wait_closed(), "closed by the peer");
}

TEST_F(SessionTest, silence_is_kept_alive) {
    SessionOptions options = patient();
    options.keepalive_ms = 20;
    start(options);
    dial_server();
    Session* const client = client_events_.wait_ready();
    ASSERT_NE(client, nullptr);
    uint64_t received = 0;
    on_loop([&] { received = client->counters().bytes_received; });
    uint64_t later = received;
    for (int i = 0; i < 10'000 && later == received; ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        on_loop([&] { later = client->counters().bytes_received; });
    }
    EXPECT_GT(later, received);
}

TEST_F(SessionTest, silent_peer_counts_as_dead) {
    SessionOptions options;
    options.keepalive_ms = 1'000'000;  // Neither end says anything.
    options.idle_timeout_ms = 50;
    start(options);
    dial_server();
    EXPECT_TRUE(client_events_.wait_closed().starts_with("silent for "));
}

TEST_F(SessionTest, peer_that_is_never_confirmed_is_closed) {
    SessionOptions options;
    options.handshake_timeout_ms = 50;
    server_events_.confirms = false;
    start(options);
    dial_server();
    EXPECT_EQ(server_events_.wait_closed(), "handshake timed out");
}

TEST_F(SessionTest, unconfirmed_peer_may_send_small_frames_only) {
    server_events_.confirms = false;
    start();
    dial_server();
    Session* const client = client_events_.wait_ready();
    send(client, 1, Bytes(100, 'x'));
    EXPECT_EQ(server_events_.wait_frames(1).size(), 1u);
    send(client, 1, Bytes(SessionOptions().unconfirmed_frame_bytes_max + 1, 'x'));
    EXPECT_EQ(server_events_.wait_closed(), "frame too large");
}

TEST_F(SessionTest, hostile_bytes_cost_only_their_connection) {
    start();
    const std::map<std::string, std::string> cases = {
        {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "http request"},
        {std::string(64, '\0'), "wrong version number"},
        {std::string(1'000'000, 'A'), "wrong version number"},
        {"", "closed during the handshake"},
        {HALF_CLIENT_HELLO, "closed during the handshake"},
    };
    size_t count = 0;
    for (const auto& [bytes, reason] : cases) {
        TcpClient client(listener_->port());
        client.send(bytes);
        client.shutdown_send();
        EXPECT_TRUE(client.closed_by_server());
        EXPECT_EQ(server_events_.wait_closed(++count), reason);
    }
    dial_server();
    EXPECT_NE(server_events_.wait_ready(), nullptr);
}

TEST_F(SessionTest, handshake_that_does_not_go_on_is_closed) {
    SessionOptions options;
    options.handshake_timeout_ms = 100;
    start(options);
    TcpClient silent(listener_->port());
    TcpClient slow(listener_->port());
    slow.send(HALF_CLIENT_HELLO);
    EXPECT_TRUE(silent.closed_by_server());
    EXPECT_TRUE(slow.closed_by_server());
    EXPECT_EQ(server_events_.wait_closed(1), "handshake timed out");
    EXPECT_EQ(server_events_.wait_closed(2), "handshake timed out");
}

TEST_F(SessionTest, new_connection_takes_the_place_of_the_oldest_hanging_one) {
    start();
    std::vector<TcpClient> hanging;
    for (size_t i = 0; i < Listener::HANDSHAKES_MAX; ++i) {
        hanging.emplace_back(listener_->port());
    }
    dial_server();
    EXPECT_NE(server_events_.wait_ready(), nullptr);
    EXPECT_EQ(server_events_.wait_closed(), "too many handshakes at a time");
}

TEST_F(SessionTest, port_of_another_listener_is_an_error) {
    start();
    const auto second = Listener::start(loop_, open_identity(1), "127.0.0.1", listener_->port(), {},
                                        server_events_);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), ListenError::address_in_use);
}

TEST(Timer, restart_replaces_and_cancel_stops) {
    Loop loop;
    int first = 0;
    int second = 0;
    Timer cancelled(loop, [&] { ++first; });
    Timer restarted(loop, [&] {
        ++second;
        loop.stop();
    });
    cancelled.start(1);
    cancelled.cancel();
    restarted.start(0);
    restarted.start(20);
    loop.run();
    EXPECT_EQ(first, 0);
    EXPECT_EQ(second, 1);
}

}  // namespace
}  // namespace otento::net
