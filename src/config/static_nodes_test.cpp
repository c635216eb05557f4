#include <otento/base/hex.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/config/testing/temporary_folder.hpp>
#include <otento/config/text_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace otento::config {
namespace {

std::string url(char digit, int port) {
    return "enode://" + std::string(128, digit) + "@127.0.0.1:" + std::to_string(port) +
           "?discport=0&raftport=" + std::to_string(port + 100);
}

NodeId id(char digit) {
    return *fixed_from_hex<64>(std::string(128, digit));
}

TEST(StaticNodes, raft_id_is_the_position_counted_from_one) {
    const auto nodes = parse_static_nodes("[\"" + url('1', 1) + "\",\n\"" + url('2', 2) + "\"]");
    ASSERT_TRUE(nodes);
    EXPECT_EQ(raft_id_by_position(*nodes, id('1')).value_or(0), 1u);
    EXPECT_EQ(raft_id_by_position(*nodes, id('2')).value_or(0), 2u);
    const auto missing = raft_id_by_position(*nodes, id('3'));
    ASSERT_FALSE(missing);
    EXPECT_TRUE(missing.error().message.starts_with("failed to find local enode ID (333"));
    const auto empty = raft_id_by_position({}, id('3'));
    ASSERT_FALSE(empty);
    EXPECT_TRUE(empty.error().message.starts_with("Raft-based consensus requires either (1)"));
}

TEST(StaticNodes, errors_name_the_entry) {
    const auto broken = parse_static_nodes("[\"" + url('1', 1) + "\", \"enode://x\"]");
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with("entry 2: "));
    EXPECT_FALSE(parse_static_nodes("{}"));
    EXPECT_FALSE(parse_static_nodes("[1]"));
    const auto twice = parse_static_nodes("[\"" + url('1', 1) + "\", \"" + url('1', 2) + "\"]");
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().message, "entry 2: the same node as entry 1");
    const auto no_raft =
        parse_static_nodes("[\"enode://" + std::string(128, '1') + "@127.0.0.1:1?discport=0\"]");
    ASSERT_FALSE(no_raft);
    EXPECT_TRUE(
        no_raft.error().message.starts_with("raftport querystring parameter not specified"));
}

TEST(StaticNodes, datadir_wins_over_its_geth_folder) {
    const testing::TemporaryFolder folder;
    const std::string datadir = folder.path();
    const auto none = load_static_nodes(datadir);
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    std::filesystem::create_directory(datadir + "/geth");
    ASSERT_TRUE(
        write_text_file(datadir + "/geth/static-nodes.json", "[\"" + url('2', 2) + "\"]", false));
    auto nodes = load_static_nodes(datadir);
    ASSERT_TRUE(nodes);
    EXPECT_EQ(nodes->at(0).node_id, id('2'));
    ASSERT_TRUE(
        write_text_file(datadir + "/static-nodes.json", "[\"" + url('1', 1) + "\"]", false));
    nodes = load_static_nodes(datadir);
    ASSERT_TRUE(nodes);
    EXPECT_EQ(nodes->at(0).node_id, id('1'));
    ASSERT_TRUE(write_text_file(datadir + "/static-nodes.json", "[", false));
    const auto broken = load_static_nodes(datadir);
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with(datadir + "/static-nodes.json: "));
}

TEST(StaticNodes, prints_what_it_reads) {
    const auto nodes = parse_static_nodes("[\"" + url('1', 1) + "\",\"" + url('2', 2) + "\"]");
    ASSERT_TRUE(nodes);
    const auto again = parse_static_nodes(print_static_nodes(*nodes));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, *nodes);
}

TEST(StaticNodes, reads_the_list_of_a_quorum_cluster) {
    const std::string path =
        OTENTO_SHARED_DIR "/vectors/quorum24-chain-a/identity/static-nodes.json";
    if (!file_exists(path)) {
        GTEST_SKIP() << path << " is absent";
    }
    const auto text = read_text_file(path);
    ASSERT_TRUE(text);
    const auto nodes = parse_static_nodes(*text);
    ASSERT_TRUE(nodes);
    EXPECT_EQ(nodes->size(), 4u);
    EXPECT_EQ(nodes->at(3).raft_port, 27304);
}

}  // namespace
}  // namespace otento::config
