#include <otento/base/hex.hpp>
#include <otento/config/node_key.hpp>
#include <otento/config/testing/temporary_folder.hpp>
#include <otento/config/text_file.hpp>

#include <gtest/gtest.h>

#include <sys/stat.h>
#include <filesystem>

namespace otento::config {
namespace {

TEST(NodeKey, is_64_hex_digits_with_space_around) {
    const std::string digits = std::string(63, '0') + "7";
    for (const std::string& text : {digits, digits + "\n", " " + digits + " \r\n", "0x" + digits}) {
        const auto key = parse_node_key(text);
        ASSERT_TRUE(key) << text;
        EXPECT_EQ((*key)[31], 7);
    }
    for (const std::string& text : {std::string(""), std::string("\n"), std::string(63, '0'),
                                    std::string(65, '0'), std::string(64, 'g')}) {
        EXPECT_FALSE(parse_node_key(text)) << text;
    }
}

TEST(NodeKey, lies_in_the_geth_folder_unless_only_the_other_place_has_one) {
    const testing::TemporaryFolder folder;
    const std::string datadir = folder.path();
    EXPECT_EQ(node_key_path(datadir), datadir + "/geth/nodekey");
    ASSERT_TRUE(write_node_key(datadir + "/nodekey", Hash{}));
    EXPECT_EQ(node_key_path(datadir), datadir + "/nodekey");
    std::filesystem::create_directory(datadir + "/geth");
    ASSERT_TRUE(write_node_key(datadir + "/geth/nodekey", Hash{}));
    EXPECT_EQ(node_key_path(datadir), datadir + "/geth/nodekey");
}

TEST(NodeKey, file_is_for_the_owner_only_and_reads_back) {
    const testing::TemporaryFolder folder;
    const std::string path = folder.path() + "/nodekey";
    Hash key;
    key[0] = 0x12;
    ASSERT_TRUE(write_node_key(path, key));
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    const auto again = read_node_key(path);
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, key);
    EXPECT_FALSE(read_node_key(folder.path() + "/absent"));
    ASSERT_TRUE(write_text_file(path, "zz", false));
    const auto broken = read_node_key(path);
    ASSERT_FALSE(broken);
    EXPECT_TRUE(broken.error().message.starts_with(path));
}

}  // namespace
}  // namespace otento::config
