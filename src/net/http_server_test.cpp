// The HTTP server over real loopback sockets. Method: raw bytes in, raw bytes out; timings never
// decide, only generous upper bounds.
#include <otento/net/http.hpp>
#include <otento/net/testing/tcp_client.hpp>

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <thread>

namespace otento::net {
namespace {

using testing::TcpClient;

std::string post(std::string_view body, std::string_view extra = {}) {
    std::string out = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
    out.append(extra).append("Content-Length: ").append(std::to_string(body.size()));
    return out.append("\r\n\r\n").append(body);
}

HttpOptions loopback() {
    HttpOptions options;
    options.port = 0;
    return options;
}

std::unique_ptr<HttpServer> serve(HttpOptions options, HttpHandler handler) {
    auto server = HttpServer::start(std::move(options), std::move(handler));
    EXPECT_TRUE(server.has_value());
    return std::move(*server);
}

// Answers with the body it got.
void echo(HttpRequest request, const HttpRespond& respond) {
    respond({.body = std::move(request.body)});
}

size_t count(std::string_view text, std::string_view part) {
    size_t found = 0;
    for (size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

TEST(HttpServer, connection_is_kept_for_further_requests) {
    const auto server = serve(loopback(), echo);
    TcpClient client(server->port());
    for (int i = 0; i < 3; ++i) {
        client.send(post("hello"));
        const std::string got = client.receive_until("hello");
        EXPECT_TRUE(got.starts_with("HTTP/1.1 200 OK\r\n")) << got;
        EXPECT_NE(got.find("Content-Length: 5\r\n"), std::string::npos);
        EXPECT_NE(got.find("Content-Type: application/json\r\n"), std::string::npos);
    }
}

TEST(HttpServer, handler_sees_method_target_type_and_remote) {
    HttpRequest seen;
    const auto server = serve(loopback(), [&](HttpRequest request, const HttpRespond& respond) {
        seen = std::move(request);
        respond({.status = 405, .headers = {{"X-Height", "7"}, {"X-Bad", "a\r\nb"}}});
    });
    TcpClient client(server->port());
    client.send("DELETE /path?q HTTP/1.1\r\nHost: localhost\r\nContent-Type: a/b\r\n\r\n");
    const std::string got = client.receive_until("\r\n\r\n");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 405 Method Not Allowed\r\n")) << got;
    EXPECT_NE(got.find("X-Height: 7\r\n"), std::string::npos);
    EXPECT_EQ(got.find("X-Bad"), std::string::npos);
    EXPECT_EQ(seen.method, "DELETE");
    EXPECT_EQ(seen.target, "/path?q");
    EXPECT_EQ(seen.content_type, "a/b");
    EXPECT_EQ(seen.remote, "127.0.0.1");
}

TEST(HttpServer, pipelined_answers_keep_the_order_of_requests) {
    std::mutex mutex;
    std::vector<std::pair<std::string, HttpRespond>> held;
    std::atomic<int> arrived = 0;
    const auto server = serve(loopback(), [&](HttpRequest request, HttpRespond respond) {
        const std::lock_guard lock(mutex);
        held.emplace_back(std::move(request.body), std::move(respond));
        ++arrived;
    });
    TcpClient client(server->port());
    client.send(post("one") + post("two") + post("three", "Connection: close\r\n"));
    while (arrived != 3) {
        std::this_thread::yield();
    }
    for (size_t i = 3; i-- > 0;) {
        held[i].second({.body = held[i].first});
    }
    const std::string got = client.receive_all();
    EXPECT_LT(got.find("one"), got.find("two"));
    EXPECT_LT(got.find("two"), got.find("three"));
    EXPECT_EQ(count(got, "HTTP/1.1 200"), 3u);
    EXPECT_EQ(count(got, "Connection: close"), 1u);
}

TEST(HttpServer, long_pipelines_are_answered_completely) {
    const auto server = serve(loopback(), echo);
    TcpClient client(server->port());
    std::string requests;
    for (int i = 0; i < 1'000; ++i) {
        requests += post("x" + std::to_string(i) + ".");
    }
    std::thread sender([&] {
        client.send(requests);
        client.send(post("end", "Connection: close\r\n"));
    });
    const std::string got = client.receive_all();
    sender.join();
    EXPECT_EQ(count(got, "HTTP/1.1 200"), 1'001u);
    EXPECT_LT(got.find("x998."), got.find("x999."));
}

TEST(HttpServer, large_bodies_pass_both_ways) {
    const auto server = serve(loopback(), echo);
    TcpClient client(server->port());
    std::string body(5u << 20, 'a');
    body.back() = 'z';
    std::thread sender([&] { client.send(post(body, "Connection: close\r\n")); });
    const std::string got = client.receive_all();
    sender.join();
    ASSERT_GT(got.size(), body.size());
    EXPECT_TRUE(got.ends_with(body));
}

TEST(HttpServer, pipelined_large_answers_wait_for_the_client) {
    const std::string body(512u << 10, 'a');
    const auto server = serve(loopback(), [&](const HttpRequest&, const HttpRespond& respond) {
        respond({.body = body});
    });
    TcpClient client(server->port());
    std::string requests;
    for (int i = 0; i < 39; ++i) {
        requests += post("x");
    }
    client.send(requests + post("x", "Connection: close\r\n"));
    const std::string got = client.receive_all();
    EXPECT_EQ(count(got, "HTTP/1.1 200"), 40u);
    EXPECT_GT(got.size(), 40 * body.size());
}

TEST(HttpServer, body_over_the_limit_is_413_even_while_it_is_sent) {
    HttpOptions options = loopback();
    options.body_bytes_max = 1'000;
    const auto server = serve(options, echo);
    TcpClient client(server->port());
    client.send(post(std::string(300'000, 'a')));
    const std::string got = client.receive_all();
    EXPECT_TRUE(got.starts_with("HTTP/1.1 413 Payload Too Large\r\n")) << got;
    EXPECT_NE(got.find("Connection: close\r\n"), std::string::npos);
}

TEST(HttpServer, foreign_host_is_403) {
    const auto server = serve(loopback(), echo);
    TcpClient client(server->port());
    client.send("POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n");
    const std::string got = client.receive_until("specified");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 403 Forbidden\r\n")) << got;
    EXPECT_TRUE(got.ends_with("invalid host specified\n")) << got;
}

TEST(HttpServer, cors_headers_are_given_to_listed_origins_only) {
    HttpOptions options = loopback();
    options.cors_origins = {"http://app.example"};
    const auto server = serve(options, echo);
    TcpClient client(server->port());
    client.send(post("a", "Origin: http://app.example\r\n"));
    EXPECT_NE(client.receive_until("\r\n\r\n")
                  .find("Access-Control-Allow-Origin: http://app.example\r\nVary: Origin\r\n"),
              std::string::npos);
    client.send(post("a", "Origin: http://evil.example\r\n"));
    const std::string refused = client.receive_until("\r\n\r\n");
    EXPECT_NE(refused.find("403"), std::string::npos) << refused;
    EXPECT_EQ(refused.find("Access-Control-Allow-Origin"), std::string::npos);
}

TEST(HttpServer, preflight_is_answered_without_the_handler) {
    HttpOptions options = loopback();
    options.cors_origins = {"*"};
    const auto server = serve(options, [](const HttpRequest&, const HttpRespond&) { FAIL(); });
    TcpClient client(server->port());
    client.send(
        "OPTIONS / HTTP/1.1\r\nHost: localhost\r\nOrigin: "
        "http://a\r\nAccess-Control-Request-Method: "
        "POST\r\nAccess-Control-Request-Headers: content-type\r\n\r\n");
    const std::string got = client.receive_until("\r\n\r\n");
    EXPECT_TRUE(got.starts_with("HTTP/1.1 204 No Content\r\n")) << got;
    EXPECT_NE(got.find("Access-Control-Allow-Origin: *\r\n"), std::string::npos);
    EXPECT_NE(got.find("Access-Control-Allow-Methods: GET, POST\r\n"), std::string::npos);
    EXPECT_NE(got.find("Access-Control-Allow-Headers: content-type\r\n"), std::string::npos);
}

TEST(HttpServer, expect_continue_is_answered_before_the_body) {
    const auto server = serve(loopback(), echo);
    TcpClient client(server->port());
    client.send(
        "POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(client.receive_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("ab");
    EXPECT_TRUE(client.receive_until("ab").starts_with("HTTP/1.1 200 OK"));
}

TEST(HttpServer, head_is_answered_without_a_body) {
    const auto server = serve(loopback(), [](const HttpRequest&, const HttpRespond& respond) {
        respond({.body = "secret"});
    });
    TcpClient client(server->port());
    client.send("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    const std::string got = client.receive_all();
    EXPECT_NE(got.find("Content-Length: 6\r\n"), std::string::npos);
    EXPECT_TRUE(got.ends_with("\r\n\r\n")) << got;
}

TEST(HttpServer, half_closed_client_still_gets_its_answer) {
    const auto server = serve(loopback(), echo);
    TcpClient client(server->port());
    client.send(post("last"));
    client.shutdown_send();
    EXPECT_TRUE(client.receive_all().ends_with("last"));
}

TEST(HttpServer, dropped_or_throwing_request_is_500_and_the_server_goes_on) {
    const auto server =
        serve(loopback(), [](const HttpRequest& request, const HttpRespond& respond) {
            if (request.body == "throw") {
                throw std::runtime_error("handler");
            }
            if (request.body != "drop") {
                respond({.body = "ok"});
            }
        });
    TcpClient client(server->port());
    for (const auto* body : {"throw", "drop"}) {
        client.send(post(body));
        EXPECT_TRUE(client.receive_until("error\n").starts_with("HTTP/1.1 500 ")) << body;
    }
    client.send(post("x"));
    EXPECT_TRUE(client.receive_until("ok").ends_with("ok"));
}

TEST(HttpServer, hostile_bytes_cost_only_their_connection) {
    const auto server = serve(loopback(), echo);
    TcpClient good(server->port());
    for (const std::string& bytes :
         {std::string("\x16\x03\x01\x02\x00\x01", 6), std::string("\0\0\0\0", 4),
          std::string(100'000, 'A'), std::string("GET / HTTP/9.9\r\n\r\n"),
          std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")}) {
        TcpClient client(server->port());
        client.send(bytes);
        client.shutdown_send();
        EXPECT_TRUE(client.closed_by_server());
    }
    good.send(post("fine"));
    EXPECT_TRUE(good.receive_until("fine").ends_with("fine"));
}

TEST(HttpServer, slow_requests_and_idle_connections_are_closed) {
    HttpOptions options = loopback();
    options.read_timeout_ms = 100;
    options.idle_timeout_ms = 100;
    const auto server = serve(options, echo);
    TcpClient idle(server->port());
    TcpClient slow(server->port());
    slow.send("POST / HTTP/1.1\r\nHost: loc");
    EXPECT_TRUE(idle.closed_by_server());
    EXPECT_TRUE(slow.closed_by_server());
}

TEST(HttpServer, client_that_does_not_read_is_closed) {
    HttpOptions options = loopback();
    options.write_timeout_ms = 100;
    options.connections_max = 1;
    const std::string body(64u << 20, 'a');
    const auto server = serve(options, [&](const HttpRequest& request, const HttpRespond& respond) {
        respond({.body = request.body == "big" ? body : request.body});
    });
    TcpClient stuck(server->port());
    stuck.send(post("big"));
    // There is room for another one only when the stuck one is gone.
    bool served = false;
    while (!served) {
        TcpClient next(server->port());
        next.send(post("in"));
        served = next.receive_until("in").ends_with("in");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    EXPECT_LT(stuck.receive_all().size(), body.size());
}

TEST(HttpServer, connections_over_the_limit_are_closed_and_room_is_made_by_leaving) {
    HttpOptions options = loopback();
    options.connections_max = 2;
    const auto server = serve(options, echo);
    auto first = std::make_unique<TcpClient>(server->port());
    TcpClient second(server->port());
    for (TcpClient* client : {first.get(), &second}) {
        client->send(post("in"));
        EXPECT_TRUE(client->receive_until("in").ends_with("in"));
    }
    EXPECT_TRUE(TcpClient(server->port()).closed_by_server());
    first.reset();
    bool served = false;
    for (int i = 0; i < 100'000 && !served; ++i) {
        TcpClient third(server->port());
        third.send(post("in"));
        served = third.receive_until("in").ends_with("in");
    }
    EXPECT_TRUE(served);
}

TEST(HttpServer, taken_port_is_an_error_in_words) {
    const auto server = serve(loopback(), echo);
    HttpOptions options = loopback();
    options.port = server->port();
    const auto second = HttpServer::start(options, echo);
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error(), ListenError::address_in_use);
    EXPECT_EQ(to_string(second.error()), "address already in use");
}

TEST(HttpServer, foreign_address_is_an_error) {
    HttpOptions options = loopback();
    options.host = "203.0.113.1";  // TEST-NET-3
    const auto server = HttpServer::start(options, echo);
    ASSERT_FALSE(server.has_value());
    EXPECT_EQ(server.error(), ListenError::bad_address);
}

TEST(HttpServer, stop_lets_answers_in_flight_finish) {
    std::atomic<bool> asked = false;
    HttpRespond held;
    const auto server = serve(loopback(), [&](const HttpRequest&, HttpRespond respond) {
        held = std::move(respond);
        asked = true;
    });
    TcpClient client(server->port());
    TcpClient idle(server->port());
    client.send(post("x"));
    while (!asked) {
        std::this_thread::yield();
    }
    std::thread stopper([&] { server->stop(120'000); });
    EXPECT_TRUE(idle.closed_by_server());
    held({.body = "bye"});
    const std::string got = client.receive_until("bye");
    EXPECT_TRUE(got.ends_with("bye"));
    EXPECT_NE(got.find("Connection: close"), std::string::npos);
    EXPECT_TRUE(client.closed_by_server());
    {
        const TcpClient leave = std::move(client);
    }
    stopper.join();
    EXPECT_FALSE(TcpClient(server->port()).connected());
}

TEST(HttpServer, stop_without_grace_drops_what_is_in_flight_and_late_answers_are_harmless) {
    std::atomic<bool> asked = false;
    HttpRespond held;
    auto server = serve(loopback(), [&](const HttpRequest&, HttpRespond respond) {
        held = std::move(respond);
        asked = true;
    });
    TcpClient client(server->port());
    client.send(post("x"));
    while (!asked) {
        std::this_thread::yield();
    }
    server->stop(0);
    EXPECT_TRUE(client.closed_by_server());
    server.reset();
    held({.body = "late"});
}

TEST(HttpServer, many_clients_and_foreign_threads_get_every_answer) {
    HttpOptions options = loopback();
    options.threads = 2;
    const auto server = serve(options, [](HttpRequest request, HttpRespond respond) {
        std::thread([request = std::move(request), respond = std::move(respond)] {
            respond({.body = request.body});
        }).detach();
    });
    std::atomic<int> right = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c) {
        clients.emplace_back([&, c] {
            TcpClient client(server->port());
            for (int i = 0; i < 50; ++i) {
                const std::string body = "<" + std::to_string(c * 1000 + i) + ">";
                client.send(post(body));
                right += client.receive_until(">").ends_with(body) ? 1 : 0;
            }
        });
    }
    for (auto& client : clients) {
        client.join();
    }
    EXPECT_EQ(right, 400);
}

}  // namespace
}  // namespace otento::net
