// The local socket over a real Unix socket. Timings never decide, only generous upper bounds.
#include <otento/net/ipc_server.hpp>
#include <otento/net/testing/tcp_client.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <thread>
#include <vector>

namespace otento::net {
namespace {

using testing::TcpClient;

class IpcServerTest : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/otento-ipc-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        folder_ = name;
        path_ = folder_ + "/geth.ipc";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    std::unique_ptr<IpcServer> serve(IpcOptions options, IpcHandler handler) {
        options.path = path_;
        auto server = IpcServer::start(std::move(options), std::move(handler));
        EXPECT_TRUE(server.has_value()) << to_string(server.error());
        return server ? *std::move(server) : nullptr;
    }

    // What came until `part` was in it.
    static std::string until(TcpClient& client, std::string_view part) {
        std::string got;
        while (got.find(part) == std::string::npos && client.receive(got)) {
        }
        return got;
    }

    std::string folder_;
    std::string path_;
};

void echo(std::string message, const IpcRespond& respond) {
    respond(std::move(message));
}

TEST_F(IpcServerTest, messages_are_answered_line_by_line) {
    const auto server = serve({}, echo);
    TcpClient client(path_);
    ASSERT_TRUE(client.connected());
    client.send("{\"id\":1}{\"id\":2}[{\"i");
    EXPECT_EQ(until(client, "2}\n"), "{\"id\":1}\n{\"id\":2}\n");
    client.send("d\":3}]");
    EXPECT_EQ(until(client, "]\n"), "[{\"id\":3}]\n");
}

TEST_F(IpcServerTest, only_the_owner_may_open_it) {
    const auto server = serve({}, echo);
    struct stat info{};
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777u, 0600u);
}

TEST_F(IpcServerTest, a_stale_socket_is_replaced_and_a_living_one_is_not) {
    // A socket file without a listener: what a killed process leaves.
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    ::close(fd);
    const auto server = serve({}, echo);
    ASSERT_NE(server, nullptr);
    IpcOptions options;
    options.path = path_;
    const auto second = IpcServer::start(options, echo);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), IpcError::in_use);
}

TEST_F(IpcServerTest, files_that_are_no_socket_stay) {
    std::ofstream(path_) << "precious";
    IpcOptions options;
    options.path = path_;
    const auto server = IpcServer::start(options, echo);
    ASSERT_FALSE(server.has_value());
    EXPECT_EQ(server.error(), IpcError::not_a_socket);
    EXPECT_TRUE(std::filesystem::is_regular_file(path_));
}

TEST_F(IpcServerTest, a_path_over_the_kernels_limit_is_refused) {
    IpcOptions options;
    options.path = folder_ + "/" + std::string(120, 'x');
    const auto server = IpcServer::start(options, echo);
    ASSERT_FALSE(server.has_value());
    EXPECT_EQ(server.error(), IpcError::path_too_long);
}

TEST_F(IpcServerTest, answers_may_come_later_from_other_threads_and_in_any_order) {
    std::mutex mutex;
    std::vector<IpcRespond> held;
    const auto server = serve({}, [&](const std::string&, IpcRespond respond) {
        const std::lock_guard lock(mutex);
        held.push_back(std::move(respond));
        if (held.size() == 2) {
            std::thread([responds = std::move(held)] {
                responds[1]("second");
                responds[0]("first");
                responds[0]("twice");  // Ignored.
            }).detach();
        }
    });
    TcpClient client(path_);
    client.send("[][]");
    EXPECT_EQ(until(client, "first\n"), "second\nfirst\n");
}

TEST_F(IpcServerTest, a_client_that_closed_its_side_still_gets_its_answers) {
    const auto server = serve({}, echo);
    TcpClient client(path_);
    client.send("{} 17");
    client.shutdown_send();
    EXPECT_EQ(client.receive_all(), "{}\n17\n");
}

TEST_F(IpcServerTest, an_empty_answer_sends_nothing) {
    const auto server = serve({}, [](const std::string& message, const IpcRespond& respond) {
        respond(message == "[1]" ? "" : message);
    });
    TcpClient client(path_);
    client.send("[1][2]");
    EXPECT_EQ(until(client, "\n"), "[2]\n");
}

TEST_F(IpcServerTest, a_message_over_the_limit_costs_the_connection_only) {
    const auto server = serve({.path = {}, .message_bytes_max = 100}, echo);
    TcpClient greedy(path_);
    TcpClient modest(path_);
    greedy.send("[\"" + std::string(200, 'x'));
    EXPECT_EQ(greedy.receive_all(), "");
    modest.send("[]");
    EXPECT_EQ(until(modest, "\n"), "[]\n");
}

TEST_F(IpcServerTest, connections_are_bounded) {
    const auto server = serve({.path = {}, .connections_max = 1}, echo);
    TcpClient first(path_);
    first.send("[]");
    EXPECT_EQ(until(first, "\n"), "[]\n");
    TcpClient second(path_);
    EXPECT_EQ(second.receive_all(), "");
}

TEST_F(IpcServerTest, messages_in_flight_and_unread_output_are_bounded) {
    std::atomic<size_t> taken = 0;
    const std::string big(100'000, 'x');
    const auto server = serve({.path = {}, .in_flight_max = 4, .output_bytes_soft_max = 200'000},
                              [&](const std::string&, const IpcRespond& respond) {
                                  ++taken;
                                  respond(big);
                              });
    TcpClient client(path_);
    std::string many;
    for (int i = 0; i < 100; ++i) {
        many += "[]";
    }
    client.send(many);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    EXPECT_LT(taken.load(), 30u);  // Nobody reads: the kernel's buffer and ours are full.
    client.shutdown_send();
    EXPECT_EQ(client.receive_all().size(), 100 * (big.size() + 1));
    EXPECT_EQ(taken.load(), 100u);
}

TEST_F(IpcServerTest, stop_finishes_answers_in_flight_and_removes_the_socket) {
    IpcRespond held;
    std::atomic<bool> asked = false;
    const auto server = serve({}, [&](const std::string&, IpcRespond respond) {
        held = std::move(respond);
        asked = true;
    });
    TcpClient client(path_);
    client.send("[]");
    while (!asked) {
        std::this_thread::yield();
    }
    std::thread later([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        held("late");
    });
    server->stop(10'000);
    later.join();
    EXPECT_EQ(client.receive_all(), "late\n");
    EXPECT_FALSE(std::filesystem::exists(path_));
    held("after the end");  // Ignored.
}

}  // namespace
}  // namespace otento::net
