// Exchanges over both transports with the servers of net/ on the other side.
#include <otento/net/http.hpp>
#include <otento/net/ipc_server.hpp>
#include <otento/rpcclient/transport.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace otento::rpcclient {
namespace {

std::unique_ptr<net::HttpServer> serve_http(net::HttpHandler handler) {
    net::HttpOptions options;
    options.port = 0;
    return *net::HttpServer::start(options, std::move(handler));
}

std::unique_ptr<Transport> open(const std::string& endpoint, const TransportOptions& options = {}) {
    auto out = open_transport(endpoint, options);
    EXPECT_TRUE(out.has_value());
    return *std::move(out);
}

std::string url_of(const net::HttpServer& server) {
    return "http://127.0.0.1:" + std::to_string(server.port());
}

TEST(Transport, http_carries_the_text_as_json) {
    const auto server = serve_http([](net::HttpRequest request, const net::HttpRespond& respond) {
        respond({.body = request.method + request.content_type + request.body});
    });
    const auto transport = open(url_of(*server));
    EXPECT_EQ(*transport->exchange("{1}"), "POSTapplication/json{1}");
    EXPECT_EQ(*transport->exchange(""), "POSTapplication/json");
}

TEST(Transport, http_status_other_than_200_is_a_refusal) {
    const auto server = serve_http([](net::HttpRequest, const net::HttpRespond& respond) {
        respond({.status = 403, .body = "invalid host specified"});
    });
    const auto answer = open(url_of(*server))->exchange("{}");
    ASSERT_FALSE(answer.has_value());
    EXPECT_EQ(answer.error().error, TransportError::refused);
    EXPECT_NE(answer.error().detail.find("403: invalid host"), std::string::npos);
}

TEST(Transport, nobody_there_is_unreachable_and_the_next_exchange_tries_again) {
    auto server = serve_http(
        [](net::HttpRequest, const net::HttpRespond& respond) { respond({.body = "there"}); });
    const uint16_t port = server->port();
    const auto transport = open(url_of(*server));
    server.reset();
    EXPECT_EQ(transport->exchange("{}").error().error, TransportError::unreachable);
    net::HttpOptions options;
    options.port = port;
    const auto again = net::HttpServer::start(
        options,
        [](net::HttpRequest, const net::HttpRespond& respond) { respond({.body = "there"}); });
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(*transport->exchange("{}"), "there");
}

TEST(Transport, answers_are_bounded_in_bytes_and_time) {
    net::HttpRespond held;
    const auto server = serve_http([&](net::HttpRequest request, net::HttpRespond respond) {
        if (request.body == "long") {
            respond({.body = std::string(1000, 'x')});
        } else {
            held = std::move(respond);
        }
    });
    EXPECT_EQ(open(url_of(*server), {.answer_bytes_max = 999})->exchange("long").error().error,
              TransportError::too_large);
    EXPECT_EQ(open(url_of(*server), {.timeout_ms = 50})->exchange("never").error().error,
              TransportError::timed_out);
}

class IpcTransportTest : public ::testing::Test {
  protected:
    void SetUp() override {
        char name[] = "/tmp/otento-client-XXXXXX";
        ASSERT_NE(mkdtemp(name), nullptr);
        folder_ = name;
        options_.path = folder_ + "/node.ipc";
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::unique_ptr<net::IpcServer> serve(net::IpcHandler handler) {
        return *net::IpcServer::start(options_, std::move(handler));
    }
    std::string folder_;
    net::IpcOptions options_;
};

TEST_F(IpcTransportTest, texts_go_there_and_back) {
    const auto server = serve(
        [](const std::string& text, const net::IpcRespond& respond) { respond("[" + text + "]"); });
    for (const std::string prefix : {"", "ipc:"}) {
        const auto transport = open(prefix + options_.path);
        EXPECT_EQ(*transport->exchange("{}"), "[{}]");
        EXPECT_EQ(*transport->exchange("{\"a\":1}"), "[{\"a\":1}]");
    }
}

TEST_F(IpcTransportTest, a_node_that_comes_back_is_connected_anew) {
    const net::IpcHandler echo = [](std::string text, const net::IpcRespond& respond) {
        respond(std::move(text));
    };
    auto server = serve(echo);
    const auto transport = open(options_.path);
    EXPECT_TRUE(transport->exchange("{}"));
    server.reset();
    EXPECT_EQ(transport->exchange("{}").error().error, TransportError::broken);
    EXPECT_EQ(transport->exchange("{}").error().error, TransportError::unreachable);
    server = serve(echo);
    EXPECT_TRUE(transport->exchange("{}"));
}

TEST_F(IpcTransportTest, notifications_are_skipped) {
    const auto server = serve([](const std::string&, const net::IpcRespond& respond) {
        respond(R"({"method":"eth_subscription","params":{}}{"id":1,"result":2})");
    });
    EXPECT_EQ(*open(options_.path)->exchange("{}"), R"({"id":1,"result":2})");
}

TEST_F(IpcTransportTest, an_answer_that_does_not_come_times_out) {
    net::IpcRespond held;
    const auto server =
        serve([&](const std::string&, net::IpcRespond respond) { held = std::move(respond); });
    EXPECT_EQ(open(options_.path, {.timeout_ms = 30})->exchange("{}").error().error,
              TransportError::timed_out);
}

TEST_F(IpcTransportTest, waiting_can_be_interrupted) {
    net::IpcRespond held;
    net::HttpRespond held_http;
    const auto server =
        serve([&](const std::string&, net::IpcRespond respond) { held = std::move(respond); });
    const auto http = serve_http(
        [&](net::HttpRequest, net::HttpRespond respond) { held_http = std::move(respond); });
    int asked = 0;
    const TransportOptions options{.interrupted = [&] { return ++asked > 1; }};
    EXPECT_EQ(open(options_.path, options)->exchange("{}").error().error,
              TransportError::interrupted);
    EXPECT_EQ(open(url_of(*http), options)->exchange("{}").error().error,
              TransportError::interrupted);
}

TEST(Transport, other_schemes_are_refused) {
    EXPECT_EQ(open_transport("ftp://x").error().error, TransportError::bad_endpoint);
    EXPECT_EQ(open_transport("").error().error, TransportError::bad_endpoint);
}

}  // namespace
}  // namespace otento::rpcclient
