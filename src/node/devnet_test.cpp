#include <otento/node/devnet.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace otento::node {
namespace {

namespace fs = std::filesystem;

TEST(Devnet, writes_keys_and_lists_and_overwrites_nothing) {
    const fs::path root = fs::temp_directory_path() / ("otento-devnet-" + std::to_string(getpid()));
    DevnetOptions options;
    options.directory = root.string();
    options.nodes = {{"127.0.0.1", 30303, 50401}, {"127.0.0.1", 30304, 50402}};
    ASSERT_TRUE(write_devnet(options));
    EXPECT_TRUE(fs::exists(root / "genesis.json"));
    EXPECT_TRUE(fs::exists(root / "node2" / "static-nodes.json"));
    EXPECT_EQ(fs::file_size(root / "node1" / "geth" / "nodekey"), 64u);
    EXPECT_FALSE(write_devnet(options));
    fs::remove_all(root);
}

}  // namespace
}  // namespace otento::node
