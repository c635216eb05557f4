#include <otento/config/enode.hpp>

#include <gtest/gtest.h>

namespace otento::config {
namespace {

const std::string ID(128, 'a');

std::string error_of(const std::string& url) {
    const auto parsed = parse_enode(url);
    return parsed ? "none" : parsed.error().message;
}

TEST(Enode, reads_all_parts_and_prints_them_back) {
    const std::string url = "enode://" + ID + "@127.0.0.1:21000?discport=0&raftport=50401";
    const auto enode = parse_enode(url);
    ASSERT_TRUE(enode);
    EXPECT_EQ(enode->host, "127.0.0.1");
    EXPECT_EQ(enode->tcp_port, 21000);
    EXPECT_EQ(enode->discport, 0);
    EXPECT_EQ(enode->raft_port, 50401);
    EXPECT_EQ(enode->node_id[63], 0xaa);
    EXPECT_EQ(to_string(*enode), url);
}

TEST(Enode, ports_in_the_query_are_optional) {
    const auto enode = parse_enode("enode://" + ID + "@node-1.example:30303");
    ASSERT_TRUE(enode);
    EXPECT_EQ(enode->host, "node-1.example");
    EXPECT_FALSE(enode->discport);
    EXPECT_FALSE(enode->raft_port);
}

TEST(Enode, keeps_ipv6_in_brackets) {
    const std::string url = "enode://" + ID + "@[2001:db8::1]:30303?raftport=50400";
    const auto enode = parse_enode(url);
    ASSERT_TRUE(enode);
    EXPECT_EQ(enode->host, "2001:db8::1");
    EXPECT_EQ(to_string(*enode), url);
}

TEST(Enode, errors_use_the_words_of_quorum) {
    EXPECT_EQ(error_of("http://" + ID + "@1.2.3.4:1"), "invalid URL scheme, want \"enode\"");
    EXPECT_EQ(error_of(""), "invalid URL scheme, want \"enode\"");
    EXPECT_EQ(error_of("enode://1.2.3.4:30303"), "does not contain node ID");
    EXPECT_EQ(error_of("enode://abcd@1.2.3.4:1"),
              "invalid node ID (wrong length, want 128 hex chars)");
    EXPECT_EQ(error_of("enode://" + std::string(128, 'g') + "@1.2.3.4:1"),
              "invalid node ID (not hexadecimal)");
    EXPECT_EQ(error_of("enode://" + ID + "@1.2.3.4:foo"), "invalid port");
    EXPECT_EQ(error_of("enode://" + ID + "@1.2.3.4:65536"), "invalid port");
    EXPECT_EQ(error_of("enode://" + ID + "@:30303"), "empty hostname in raft url");
    EXPECT_EQ(error_of("enode://" + ID + "@1.2.3.4:1?discport=x"), "invalid discport in query");
    EXPECT_EQ(error_of("enode://" + ID + "@1.2.3.4:1?discport=0&raftport=-1"),
              "invalid raftport in query");
    EXPECT_TRUE(error_of("enode://" + ID + "@1.2.3.4").starts_with("invalid host"));
    EXPECT_TRUE(error_of("enode://" + ID + "@[::1]").starts_with("invalid host"));
    EXPECT_TRUE(error_of("enode://" + ID + "@[::1").starts_with("invalid host"));
    EXPECT_TRUE(error_of("enode://" + ID + "@a b:1").starts_with("invalid host"));
}

TEST(Enode, tells_literals_from_names) {
    EXPECT_TRUE(is_ip_literal("10.0.0.1"));
    EXPECT_TRUE(is_ip_literal("::1"));
    EXPECT_FALSE(is_ip_literal("node1"));
}

}  // namespace
}  // namespace otento::config
