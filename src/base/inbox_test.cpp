#include <otento/base/inbox.hpp>

#include <gtest/gtest.h>

namespace otento {
namespace {

TEST(Inbox, refuses_when_full_and_keeps_the_item) {
    Inbox<std::unique_ptr<int>> inbox(1);
    EXPECT_TRUE(inbox.try_push(std::make_unique<int>(1)));
    auto second = std::make_unique<int>(2);
    EXPECT_FALSE(inbox.try_push(std::move(second)));
    EXPECT_EQ(*second, 2);
    EXPECT_EQ(inbox.drain().size(), 1u);
    EXPECT_TRUE(inbox.try_push(std::move(second)));
}

TEST(Inbox, close_refuses_new_items_but_keeps_old_ones) {
    Inbox<int> inbox(4);
    EXPECT_TRUE(inbox.try_push(1));
    inbox.close();
    EXPECT_FALSE(inbox.try_push(2));
    EXPECT_EQ(inbox.drain(), std::vector<int>{1});
}

TEST(Published, readers_keep_what_they_took) {
    Published<int> cell;
    EXPECT_EQ(cell.get(), nullptr);
    cell.set(std::make_shared<const int>(1));
    const auto old = cell.get();
    cell.set(std::make_shared<const int>(2));
    EXPECT_EQ(*old, 1);
    EXPECT_EQ(*cell.get(), 2);
}

}  // namespace
}  // namespace otento
