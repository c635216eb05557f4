#include <otento/config/options.hpp>

#include <gtest/gtest.h>

namespace otento::config {
namespace {

std::string error_of(std::string_view text) {
    CommandLine line;
    const auto applied = apply_toml(line, text);
    return applied ? "none" : applied.error().message;
}

TEST(Toml, keys_are_the_names_of_flags) {
    CommandLine line;
    const auto applied = apply_toml(line, R"(
networkid = 10
raftblocktime = 20
[http]
enabled = true
port = 22000
api = ["eth", "raft"]
[txpool]
accountslots = 3
)");
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(line.options.network_id, 10u);
    EXPECT_EQ(line.options.block_time_ms, 20u);
    EXPECT_TRUE(line.options.http.enabled);
    EXPECT_EQ(line.options.http.port, 22000);
    EXPECT_EQ(line.options.http.modules, (std::vector<std::string>{"eth", "raft"}));
    EXPECT_EQ(line.options.pool.account_slots, 3u);
}

TEST(Toml, reads_what_geth_dumps) {
    CommandLine line;
    const auto applied = apply_toml(line, R"(
[Eth]
NetworkId = 10
SyncMode = "full"
RaftMode = true
DatabaseCache = 768
[Eth.TxPool]
GlobalSlots = 9
[Node]
DataDir = "/d"
HTTPHost = "0.0.0.0"
HTTPPort = 22000
HTTPModules = ["net", "raft"]
[Node.P2P]
MaxPeers = 50
ListenAddr = ":21000"
)");
    ASSERT_TRUE(applied) << applied.error().message;
    EXPECT_EQ(line.options.network_id, 10u);
    EXPECT_EQ(line.options.datadir, "/d");
    EXPECT_TRUE(line.options.http.enabled);
    EXPECT_EQ(line.options.http.host, "0.0.0.0");
    EXPECT_EQ(line.options.http.port, 22000);
    EXPECT_EQ(line.options.pool.global_slots, 9u);
    EXPECT_EQ(line.options.peers_max, 50u);
    EXPECT_EQ(line.options.p2p_port, 21000);
    EXPECT_EQ(line.options.listen_host, "0.0.0.0");
    EXPECT_EQ(line.notices.size(), 3u);  // SyncMode, DatabaseCache and MaxPeers.
}

TEST(Toml, errors_name_line_or_key) {
    EXPECT_TRUE(error_of("a = ").starts_with("line 1: "));
    EXPECT_EQ(error_of("netwrkid = 1"), "unknown key netwrkid; did you mean networkid?");
    EXPECT_EQ(error_of("port = \"x\""), "port: \"x\" is no number from 0 to 65535");
    EXPECT_EQ(error_of("unlock = [[1]]"), "unlock: want a list of plain values");
    EXPECT_EQ(error_of("port = 1979-05-27"), "port: want a text, a number, true, false or a list");
    EXPECT_EQ(error_of("config = \"other.toml\""), "config: a file cannot name another one");
    EXPECT_EQ(error_of("[Node.P2P]\nListenAddr = \"x\""),
              "Node.P2P.ListenAddr: want HOST:PORT or :PORT");
}

}  // namespace
}  // namespace otento::config
