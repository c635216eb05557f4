#include <otento/config/json_input.hpp>

#include <gtest/gtest.h>

namespace otento::config {
namespace {

TEST(JsonInput, keeps_members_in_file_order_with_their_kinds) {
    const auto root =
        parse_json(R"({"b": [1, "x", null, true], "a": {"big": 18446744073709551615}})");
    ASSERT_TRUE(root);
    ASSERT_EQ(root->keys.size(), 2u);
    EXPECT_EQ(root->keys[0], "b");
    const auto& list = root->items[0];
    ASSERT_EQ(list.items.size(), 4u);
    EXPECT_EQ(list.items[0].text, "1");
    EXPECT_EQ(list.items[1].text, "x");
    EXPECT_EQ(list.items[2].kind, JsonInput::Kind::null);
    EXPECT_EQ(list.items[3].kind, JsonInput::Kind::boolean);
    EXPECT_EQ(root->items[1].items[0].text, "18446744073709551615");
}

TEST(JsonInput, refuses_text_that_is_not_one_whole_document) {
    for (const char* text : {"", "{", "[1,]", "{\"a\" 1}", "{} {}", "nul", "[1] x", "\"open"}) {
        EXPECT_FALSE(parse_json(text)) << text;
    }
}

TEST(JsonInput, names_numbers_above_64_bits) {
    const auto root = parse_json(R"({"balance": 1000000000000000000000000000})");
    ASSERT_FALSE(root);
    EXPECT_NE(root.error().message.find("64 bits"), std::string::npos);
}

TEST(JsonInput, bounds_the_depth) {
    EXPECT_TRUE(parse_json(std::string(20, '[') + std::string(20, ']')));
    EXPECT_FALSE(parse_json(std::string(100'000, '[') + std::string(100'000, ']')));
}

}  // namespace
}  // namespace otento::config
