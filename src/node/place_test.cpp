#include <otento/node/place.hpp>

#include <otento/config/static_nodes.hpp>
#include <otento/node/join_file.hpp>
#include <otento/storage/hard_state.hpp>

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace otento::node {
namespace {

class PlaceTest : public ::testing::Test {
  protected:
    PlaceTest() {
        std::string pattern = std::filesystem::temp_directory_path() / "otento-place-XXXXXX";
        datadir.root = mkdtemp(pattern.data());
        log = datadir.root + "/raft-wal";
    }
    ~PlaceTest() override { std::filesystem::remove_all(datadir.root); }

    static p2p::NodeKey key(uint8_t n) {
        p2p::NodeKey out;
        out.bytes.fill(n);
        return out;
    }
    void list(const std::vector<uint8_t>& keys) const {
        std::vector<config::Enode> nodes;
        for (const uint8_t n : keys) {
            nodes.push_back({.node_id = key(n),
                             .host = "127.0.0.1",
                             .tcp_port = static_cast<uint16_t>(30000 + n),
                             .discport = 0,
                             .raft_port = static_cast<uint16_t>(50000 + n)});
        }
        std::ofstream(datadir.root + "/static-nodes.json") << config::print_static_nodes(nodes);
    }
    void start_as(uint64_t raft_id, uint8_t n) const {
        ASSERT_TRUE(disk->create_directories(log));
        ASSERT_TRUE(storage::HardStateStore::open(
            *disk, log, {.raft_id = raft_id, .node_key = key(n), .cluster = {}}));
    }
    [[nodiscard]] Result<Place, std::string> find(uint8_t n) const {
        return find_place(options, datadir, *disk, log, key(n));
    }

    Datadir datadir;
    std::string log;
    config::NodeOptions options;
    std::unique_ptr<storage::Disk> disk = storage::make_posix_disk();
};

TEST_F(PlaceTest, a_first_start_goes_by_the_position_of_the_key) {
    list({7, 8, 9});
    const auto place = find(8);
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->raft_id, 2u);
    EXPECT_FALSE(place->remembered);
    EXPECT_EQ(place->bootstrap.members.size(), 3u);
    ASSERT_EQ(place->contacts.size(), 2u);
    EXPECT_EQ(place->contacts[1].raft_id, 3u);
}

TEST_F(PlaceTest, a_restart_goes_by_the_log_whatever_became_of_the_list) {
    start_as(2, 8);
    list({8, 9, 7});
    EXPECT_EQ(find(8)->raft_id, 2u);
    list({7});
    EXPECT_EQ(find(8)->raft_id, 2u);
    std::ofstream(datadir.root + "/static-nodes.json") << "not JSON";
    EXPECT_EQ(find(8)->raft_id, 2u);
    std::filesystem::remove(datadir.root + "/static-nodes.json");
    const auto place = find(8);
    EXPECT_EQ(place->raft_id, 2u);
    EXPECT_TRUE(place->remembered);
    EXPECT_TRUE(place->bootstrap.members.empty());
}

TEST_F(PlaceTest, another_key_or_another_id_is_refused_in_one_sentence) {
    start_as(2, 8);
    const auto stranger = find(9);
    ASSERT_FALSE(stranger);
    EXPECT_NE(stranger.error().find("mixed up"), std::string::npos);
    options.join_existing = 5;
    const auto other = find(8);
    ASSERT_FALSE(other);
    EXPECT_NE(other.error().find("--raftjoinexisting 5 does not fit"), std::string::npos);
    options.join_existing = 2;
    EXPECT_TRUE(find(8));
}

TEST_F(PlaceTest, a_joiner_starts_no_cluster_of_its_own) {
    list({7, 8});
    EXPECT_EQ(find(9)->raft_id, 0u) << "not listed: it has to ask";
    options.join = {"127.0.0.1:1"};
    const auto listed = find(8);
    EXPECT_EQ(listed->raft_id, 0u);
    EXPECT_TRUE(listed->bootstrap.members.empty());
    EXPECT_EQ(listed->contacts.size(), 1u);
    options.join.clear();
    options.join_existing = 5;
    EXPECT_EQ(find(8)->raft_id, 0u);
}

TEST_F(PlaceTest, what_the_cluster_said_is_remembered) {
    list({7, 8});
    std::filesystem::create_directories(datadir.geth());
    Joined joined{.raft_id = 5, .configuration = {}, .member_keys = {{1, key(7)}}};
    joined.configuration.members.push_back(
        {.id = 1,
         .voter = true,
         .address = consensus::encode_member({.raft_id = 1, .node_key = key(7), .host = "h"})});
    ASSERT_TRUE(write_joined(datadir.joined(), joined));
    const auto place = find(9);
    ASSERT_TRUE(place) << place.error();
    EXPECT_EQ(place->raft_id, 5u);
    EXPECT_TRUE(place->bootstrap.members.empty());
    ASSERT_EQ(place->contacts.size(), 1u);
    EXPECT_EQ(place->contacts[0].node_key, key(7));
    EXPECT_EQ(place->founders, joined.member_keys);
}

}  // namespace
}  // namespace otento::node
