#include <otento/net/http_policy.hpp>

#include <gtest/gtest.h>

namespace otento::net {
namespace {

TEST(HttpPolicy, host_must_be_listed) {
    const std::vector<std::string> allowed{"localhost", "node.example"};
    EXPECT_TRUE(host_allowed("localhost", allowed));
    EXPECT_TRUE(host_allowed("localhost:8545", allowed));
    EXPECT_TRUE(host_allowed("Node.Example:1", allowed));
    EXPECT_FALSE(host_allowed("evil.example", allowed));
    EXPECT_FALSE(host_allowed("localhost.evil.example", allowed));
    EXPECT_FALSE(host_allowed("localhost", {}));
    EXPECT_TRUE(host_allowed("evil.example", {"*"}));
}

TEST(HttpPolicy, ip_literals_and_absent_hosts_pass) {
    for (const auto* host : {"127.0.0.1", "10.1.2.3:8545", "[::1]", "[::1]:8545", "::1", ""}) {
        EXPECT_TRUE(host_allowed(host, {"localhost"})) << host;
    }
    for (const auto* host : {"127.0.0.1.evil.example", "[evil", "1.2.3", "[evil]:1"}) {
        EXPECT_FALSE(host_allowed(host, {"localhost"})) << host;
    }
}

TEST(HttpPolicy, origins_match_exactly_or_by_one_star) {
    EXPECT_TRUE(origin_allowed("http://a.example", {"http://a.example"}));
    EXPECT_TRUE(origin_allowed("HTTP://A.example", {"http://a.example"}));
    EXPECT_FALSE(origin_allowed("http://a.example:81", {"http://a.example"}));
    EXPECT_TRUE(origin_allowed("http://anything", {"*"}));
    EXPECT_TRUE(origin_allowed("https://x.example.com", {"https://*.example.com"}));
    EXPECT_FALSE(origin_allowed("https://example.com", {"https://*.example.com"}));
    EXPECT_FALSE(origin_allowed("http://a.example", {}));
}

TEST(HttpPolicy, same_origin_compares_host_and_port) {
    EXPECT_TRUE(same_origin("http://localhost:8545", "localhost:8545"));
    EXPECT_FALSE(same_origin("http://localhost:8545", "localhost:8546"));
    EXPECT_FALSE(same_origin("null", "localhost"));
    EXPECT_FALSE(same_origin("http://", ""));
}

}  // namespace
}  // namespace otento::net
