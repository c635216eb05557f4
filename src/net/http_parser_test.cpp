#include <otento/net/http_parser.hpp>

#include <gtest/gtest.h>

namespace otento::net {
namespace {

const std::string POST =
    "POST /x?y=1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
    "4\r\n\r\nbody";

TEST(HttpParser, reads_a_request_in_one_piece) {
    HttpParser parser(100);
    const auto fed = parser.feed(POST + "GET");
    EXPECT_TRUE(fed.complete);
    EXPECT_EQ(fed.consumed, POST.size());
    const ParsedRequest got = parser.take();
    EXPECT_EQ(got.request.method, "POST");
    EXPECT_EQ(got.request.target, "/x?y=1");
    EXPECT_EQ(got.request.content_type, "application/json");
    EXPECT_EQ(got.request.body, "body");
    EXPECT_EQ(got.host, "localhost");
    EXPECT_TRUE(got.keep_alive);
    EXPECT_FALSE(parser.in_request());
}

TEST(HttpParser, reads_a_request_byte_by_byte) {
    HttpParser parser(100);
    std::string pending;
    bool complete = false;
    for (const char c : "\r\n" + POST) {
        ASSERT_FALSE(complete);
        pending.push_back(c);
        const auto fed = parser.feed(pending);
        ASSERT_EQ(fed.error_status, 0u);
        pending.erase(0, fed.consumed);
        complete = fed.complete;
    }
    EXPECT_TRUE(complete);
    EXPECT_EQ(parser.take().request.body, "body");
}

TEST(HttpParser, reads_chunked_bodies) {
    HttpParser parser(100);
    const auto fed = parser.feed(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
    ASSERT_TRUE(fed.complete);
    EXPECT_EQ(parser.take().request.body, "abcde");
}

TEST(HttpParser, reads_chunked_bodies_whatever_the_pieces) {
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const std::pair<std::string, std::string> bodies[] = {
        {"0\r\n\r\n", ""}, {"4\r\nbody\r\n0\r\n\r\n", "body"}, {"0\r\nTrailer: x\r\n\r\n", ""}};
    for (const auto& [wire, body] : bodies) {
        const std::string whole = head + wire;
        for (size_t first = 1; first < whole.size(); ++first) {
            for (size_t piece = 1; piece <= 6; ++piece) {
                HttpParser parser(100);
                std::string pending = whole.substr(0, first);
                size_t at = first;
                auto fed = parser.feed(pending);
                while (!fed.complete && at < whole.size()) {
                    ASSERT_EQ(fed.error_status, 0u);
                    pending.erase(0, fed.consumed);
                    pending += whole.substr(at, piece);
                    at += piece;
                    fed = parser.feed(pending);
                }
                ASSERT_TRUE(fed.complete) << first << " " << piece;
                ASSERT_EQ(parser.take().request.body, body);
            }
        }
    }
}

TEST(HttpParser, http_1_0_closes_unless_asked) {
    HttpParser parser(100);
    ASSERT_TRUE(parser.feed("GET / HTTP/1.0\r\n\r\n").complete);
    const auto first = parser.take();
    EXPECT_FALSE(first.keep_alive);
    EXPECT_TRUE(first.http_1_0);
    ASSERT_TRUE(parser.feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").complete);
    EXPECT_TRUE(parser.take().keep_alive);
}

TEST(HttpParser, announced_body_over_the_limit_is_413_at_once) {
    HttpParser parser(100);
    EXPECT_EQ(parser.feed("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 101\r\n\r\n").error_status,
              413u);
}

TEST(HttpParser, chunked_body_over_the_limit_is_413) {
    HttpParser parser(4);
    EXPECT_EQ(parser
                  .feed("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                        "chunked\r\n\r\n5\r\nabcde\r\n0\r\n\r\n")
                  .error_status,
              413u);
}

TEST(HttpParser, endless_headers_are_431) {
    HttpParser parser(100);
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    bytes.append(HttpParser::HEADER_BYTES_MAX + 1, 'x');
    EXPECT_EQ(parser.feed(bytes).error_status, 431u);
}

TEST(HttpParser, endless_chunk_extension_is_431) {
    HttpParser parser(100);
    std::string bytes = "5;x=";
    const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    const auto fed = parser.feed(head);
    EXPECT_EQ(fed.consumed, head.size());
    bytes.append(HttpParser::HEADER_BYTES_MAX + 1, 'x');
    EXPECT_EQ(parser.feed(bytes).error_status, 431u);
}

TEST(HttpParser, ambiguous_or_malformed_requests_are_400) {
    const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
    const std::string cases[] = {
        "GARBAGE\r\n\r\n",
        "\x16\x03\x01\x02",        // A TLS client.
        "GET / HTTP/1.1\r\n\r\n",  // No host.
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
        post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        post + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        post + "Content-Length: -1\r\n\r\n",
    };
    for (const std::string& bytes : cases) {
        HttpParser parser(100);
        EXPECT_EQ(parser.feed(bytes).error_status, 400u) << bytes;
    }
}

TEST(HttpParser, continue_is_wanted_once) {
    HttpParser parser(100);
    EXPECT_FALSE(parser.wants_continue());
    (void)parser.feed(
        "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n");
    EXPECT_TRUE(parser.wants_continue());
    EXPECT_FALSE(parser.wants_continue());
    EXPECT_TRUE(parser.feed("x").complete);
}

}  // namespace
}  // namespace otento::net
