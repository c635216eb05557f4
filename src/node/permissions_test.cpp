#include <otento/node/permissions.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/storage/testing/temporary_directory.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace otento::node {
namespace {

class PermissionsTest : public ::testing::Test {
  protected:
    PermissionsTest() { logger::set_level(logger::Level::off); }
    ~PermissionsTest() override { logger::set_level(logger::Level::info); }

    static p2p::NodeKey key(uint8_t n) {
        p2p::NodeKey out;
        out.bytes.fill(n);
        return out;
    }
    void write(const std::string& name, const std::string& text) const {
        std::ofstream(directory.path() + "/" + name) << text;
    }
    static std::string list(const std::vector<uint8_t>& keys) {
        std::vector<config::Enode> nodes;
        for (const uint8_t n : keys) {
            nodes.push_back(
                {.node_id = key(n), .host = "h", .tcp_port = n, .discport = 0, .raft_port = n});
        }
        return config::print_static_nodes(nodes);
    }

    storage::testing::TemporaryDirectory directory;
};

TEST_F(PermissionsTest, off_everybody_is_let_in) {
    EXPECT_TRUE(Permissions(directory.path(), false).permits(key(1)));
}

TEST_F(PermissionsTest, only_the_listed_are_let_in_and_edits_count_at_once) {
    Permissions permissions(directory.path(), true);
    EXPECT_FALSE(permissions.permits(key(1))) << "no list, nobody";
    write("permissioned-nodes.json", list({1, 2}));
    EXPECT_TRUE(permissions.permits(key(1)));
    EXPECT_FALSE(permissions.permits(key(3)));
    write("disallowed-nodes.json", list({1}));
    EXPECT_FALSE(permissions.permits(key(1))) << "the deny list wins";
    EXPECT_TRUE(permissions.permits(key(2)));
    write("disallowed-nodes.json", "broken");
    EXPECT_FALSE(permissions.permits(key(2)));
    std::filesystem::remove(directory.path() + "/disallowed-nodes.json");
    EXPECT_TRUE(permissions.permits(key(1)));
    write("permissioned-nodes.json", "[");
    EXPECT_FALSE(permissions.permits(key(1)));
}

}  // namespace
}  // namespace otento::node
