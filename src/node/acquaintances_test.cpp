#include <otento/node/acquaintances.hpp>
#include <otento/storage/testing/temporary_directory.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace otento::node {
namespace {

TEST(Acquaintances, a_member_with_another_log_is_not_admitted) {
    const storage::testing::TemporaryDirectory directory;
    const std::string path = directory.path() + "/acquaintances";
    {
        auto known = Acquaintances::open(path).value();
        EXPECT_TRUE(known.admit(2, 77));
        EXPECT_TRUE(known.admit(2, 77));
        EXPECT_FALSE(known.admit(2, 78));
        EXPECT_TRUE(known.admit(3, 78));
    }
    auto again = Acquaintances::open(path).value();
    EXPECT_FALSE(again.admit(2, 78)) << "across restarts, too";
    EXPECT_TRUE(again.admit(2, 77));
}

TEST(Acquaintances, a_log_keeps_its_birth_mark_and_a_new_one_has_another) {
    const storage::testing::TemporaryDirectory directory;
    const uint64_t birth = load_or_make_birth(directory.path()).value();
    EXPECT_EQ(load_or_make_birth(directory.path()).value(), birth);
    std::filesystem::remove(directory.path() + "/birth");
    EXPECT_NE(load_or_make_birth(directory.path()).value(), birth);
}

}  // namespace
}  // namespace otento::node
