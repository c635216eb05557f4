#include <otento/config/flag_values.hpp>
#include <otento/config/flags.hpp>
#include <otento/config/options.hpp>
#include <otento/config/testing/temporary_folder.hpp>
#include <otento/config/text_file.hpp>

#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace otento::config {
namespace {

/// The line split at spaces, as a shell would.
Result<CommandLine, Error> parse(const std::string& line) {
    std::vector<std::string> args;
    std::istringstream in(line);
    for (std::string word; in >> word;) {
        args.push_back(word);
    }
    return parse_command_line(args);
}

std::string error_of(const std::string& line) {
    const auto parsed = parse(line);
    return parsed ? "none" : parsed.error().message;
}

TEST(CommandLine, start_line_of_a_quorum_node) {
    const auto line = parse(
        "--datadir /data/D --nodiscover --verbosity 4 --networkid 10 --syncmode full --raft "
        "--raftport 50411 "
        "--raftblocktime 75 --rpc --rpcaddr 0.0.0.0 --rpcport 22000 "
        "--rpcapi admin,eth,debug,net,txpool,personal,web3,raft --emitcheckpoints --port 21000 "
        "--unlock 0,1 --password passwords.txt --permissioned --nousb");
    ASSERT_TRUE(line) << line.error().message;
    const auto& options = line->options;
    EXPECT_EQ(options.datadir, "/data/D");
    EXPECT_EQ(options.verbosity, 4);
    EXPECT_EQ(options.network_id, 10u);
    EXPECT_EQ(options.raft_port, 50411);
    EXPECT_EQ(options.block_time_ms, 75u);
    EXPECT_TRUE(options.http.enabled);
    EXPECT_FALSE(options.ws.enabled);
    EXPECT_EQ(options.http.host, "0.0.0.0");
    EXPECT_EQ(options.http.port, 22000);
    EXPECT_EQ(options.http.modules,
              (std::vector<std::string>{"admin", "eth", "debug", "net", "txpool", "personal",
                                        "web3", "raft"}));
    EXPECT_TRUE(options.emit_checkpoints);
    EXPECT_EQ(options.p2p_port, 21000);
    EXPECT_EQ(options.unlock, (std::vector<std::string>{"0", "1"}));
    EXPECT_TRUE(options.permissioned);
    EXPECT_TRUE(line->positional.empty());
    // One line for each flag that means something else now: nodiscover, syncmode, nousb.
    EXPECT_EQ(line->notices.size(), 3u);
}

// All flags that GoQuorum's documentation gives to operators of Raft networks, old and new.
TEST(CommandLine, every_flag_of_a_quorum_operator_is_known) {
    for (const char* name : {"datadir",
                             "keystore",
                             "networkid",
                             "identity",
                             "nodekey",
                             "nodekeyhex",
                             "port",
                             "maxpeers",
                             "maxpendpeers",
                             "nat",
                             "netrestrict",
                             "nodiscover",
                             "bootnodes",
                             "syncmode",
                             "gcmode",
                             "cache",
                             "rpc",
                             "rpcaddr",
                             "rpcport",
                             "rpcapi",
                             "rpccorsdomain",
                             "rpcvhosts",
                             "http",
                             "http.addr",
                             "http.port",
                             "http.api",
                             "http.corsdomain",
                             "http.vhosts",
                             "ws",
                             "wsaddr",
                             "wsport",
                             "wsapi",
                             "wsorigins",
                             "ws.addr",
                             "ws.port",
                             "ws.api",
                             "ws.origins",
                             "ipcdisable",
                             "ipcpath",
                             "unlock",
                             "password",
                             "allow-insecure-unlock",
                             "raft",
                             "raftblocktime",
                             "raftjoinexisting",
                             "raftport",
                             "raftdnsenable",
                             "raftlogdir",
                             "emitcheckpoints",
                             "permissioned",
                             "miner.gastarget",
                             "targetgaslimit",
                             "miner.gaslimit",
                             "miner.gasprice",
                             "gasprice",
                             "etherbase",
                             "miner.etherbase",
                             "txpool.pricelimit",
                             "txpool.accountslots",
                             "txpool.globalslots",
                             "txpool.accountqueue",
                             "txpool.globalqueue",
                             "txpool.lifetime",
                             "txpool.journal",
                             "verbosity",
                             "vmodule",
                             "metrics",
                             "pprof",
                             "preload",
                             "exec",
                             "jspath",
                             "config",
                             "nousb",
                             "lightkdf",
                             "mine",
                             "minerthreads",
                             "ethstats",
                             "plugins",
                             "multitenancy",
                             "ptm.socket",
                             "ptm.timeout",
                             "immutabilitythreshold",
                             "revertreason",
                             "istanbul.blockperiod"}) {
        EXPECT_NE(find_flag(name), nullptr) << name;
    }
}

TEST(CommandLine, modern_spellings_are_the_same_flags) {
    const auto line = parse(
        "-http -http.addr=::1 --http.port=1 --http.api eth --http.vhosts=* --http.corsdomain=a,b "
        "-ws --ws.port 2 --miner.gaslimit 0x10 --miner.gastarget 7 --history 128 --log.file x.log");
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_TRUE(line->options.http.enabled);
    EXPECT_EQ(line->options.http.host, "::1");
    EXPECT_EQ(line->options.http.port, 1);
    EXPECT_EQ(line->options.http_virtual_hosts, std::vector<std::string>{"*"});
    EXPECT_EQ(line->options.http.origins, (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(line->options.ws.port, 2);
    EXPECT_EQ(line->options.gas_limit_ceiling, 16u);
    EXPECT_EQ(line->options.gas_limit_floor, 7u);
    EXPECT_EQ(line->options.history_blocks, 128u);
    // Both flags of what is not served say so, and no other.
    ASSERT_EQ(line->notices.size(), 2u);
    EXPECT_NE(line->notices[0].find("ws: nothing listens for WebSocket"), std::string::npos);
    EXPECT_NE(line->notices[1].find("ws.port: nothing listens"), std::string::npos);
}

TEST(CommandLine, switches_take_no_second_word) {
    const auto line = parse("--rpc false --emitcheckpoints=false -- --rpcport 1");
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->options.http.enabled);
    EXPECT_FALSE(line->options.emit_checkpoints);
    EXPECT_EQ(line->positional, (std::vector<std::string>{"false", "--rpcport", "1"}));
}

TEST(CommandLine, later_flags_win) {
    const auto line = parse("--rpcport 1 --http.port 2");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->options.http.port, 2);
}

TEST(CommandLine, unknown_flags_suggest_the_nearest) {
    EXPECT_EQ(error_of("--raftprot 1"), "unknown flag --raftprot; did you mean --raftport?");
    EXPECT_EQ(error_of("-htp"), "unknown flag -htp; did you mean --http?");
    EXPECT_EQ(error_of("--xqzwvkyjjj=1"), "unknown flag --xqzwvkyjjj");
    EXPECT_EQ(error_of("--" + std::string(100'000, 'a')),
              "unknown flag --" + std::string(100'000, 'a'));
}

TEST(CommandLine, wrong_values_name_the_flag) {
    EXPECT_EQ(error_of("--rpcport"), "--rpcport needs a value");
    EXPECT_EQ(error_of("--rpcport 65536"), "--rpcport: \"65536\" is no number from 0 to 65535");
    EXPECT_EQ(error_of("--rpcport="), "--rpcport: \"\" is no number from 0 to 65535");
    EXPECT_EQ(error_of("--rpc=maybe"), "--rpc: \"maybe\" is neither true nor false");
    EXPECT_EQ(error_of("--networkid 1"), "--networkid: Cannot have chain id or network id as 1.");
    EXPECT_EQ(error_of("--raft=false"), "--raft: Raft is the only consensus there is");
    EXPECT_EQ(error_of("--testnet"), "--testnet: this is a private ledger; give it a genesis file");
    EXPECT_EQ(error_of("--rpc.evmtimeout 5"), "--rpc.evmtimeout: \"5\" is no duration such as 5s");
}

TEST(CommandLine, file_is_read_first_wherever_its_flag_stands) {
    const testing::TemporaryFolder folder;
    const std::string path = folder.path() + "/node.toml";
    ASSERT_TRUE(write_text_file(path, "networkid = 5\nport = 7\n", false));
    const auto line = parse("--networkid 6 --config " + path);
    ASSERT_TRUE(line) << line.error().message;
    EXPECT_EQ(line->options.network_id, 6u);
    EXPECT_EQ(line->options.p2p_port, 7);
    EXPECT_FALSE(parse("--config " + folder.path() + "/absent"));
}

TEST(Flags, table_has_no_name_twice_and_every_flag_does_or_says_something) {
    std::set<std::string_view> seen;
    for (const auto& flag : flags()) {
        for (const auto name : flag.names) {
            EXPECT_TRUE(seen.insert(name).second) << name;
        }
        EXPECT_TRUE(flag.action != nullptr || !flag.notice.empty()) << flag.names.front();
    }
    EXPECT_NE(flag_help().find("--http, --rpc "), std::string::npos);
}

TEST(FlagValues, ether_has_up_to_18_decimals) {
    EXPECT_EQ(parse_ether("1"), uint256{1'000'000'000'000'000'000});
    EXPECT_EQ(parse_ether("0"), uint256{0});
    EXPECT_EQ(parse_ether("0.25"), uint256{250'000'000'000'000'000});
    EXPECT_EQ(parse_ether("2.000000000000000001"), uint256{2'000'000'000'000'000'001});
    for (const char* text : {"", ".", ".5", "1.", "1.0000000000000000001", "-1", "1e3", "0x1",
                             "1.2.3", "99999999999999999999"}) {
        EXPECT_FALSE(parse_ether(text)) << text;
    }
}

TEST(FlagValues, go_durations) {
    EXPECT_EQ(parse_duration_ms("3h0m0s"), 10'800'000u);
    EXPECT_EQ(parse_duration_ms("1.5s"), 1500u);
    EXPECT_EQ(parse_duration_ms("250ms"), 250u);
    EXPECT_EQ(parse_duration_ms("0"), 0u);
    for (const char* text : {"", "5", "s", "-1s", "1.2.3s", "1y", "99999999999999999999h"}) {
        EXPECT_FALSE(parse_duration_ms(text)) << text;
    }
}

}  // namespace
}  // namespace otento::config
