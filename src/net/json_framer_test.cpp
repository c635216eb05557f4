// Messages on a stream of JSON texts, however the bytes arrive.
#include <otento/net/json_framer.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace otento::net {
namespace {

std::vector<std::string> cut(std::string_view stream, size_t piece, size_t max = 1000) {
    JsonFramer framer(max);
    std::vector<std::string> out;
    for (size_t at = 0; at < stream.size(); at += piece) {
        framer.feed(stream.substr(at, piece));
        for (;;) {
            auto message = framer.next();
            if (!message) {
                out.emplace_back("error");
                return out;
            }
            if (!*message) {
                break;
            }
            out.push_back(**message);
        }
    }
    return out;
}

TEST(JsonFramer, values_need_no_separator) {
    const std::vector<std::string> expected = {R"({"a":[1,{"b":2}]})", "[]", R"({"c":3})"};
    EXPECT_EQ(cut(R"({"a":[1,{"b":2}]}[]{"c":3})", 100), expected);
}

TEST(JsonFramer, pieces_of_any_size_give_the_same_messages) {
    const std::string_view stream = " {\"x\":\"}\\\"]{\"}\n\r\t[\"\\\\\",[{}]] \"s{\" 17 {} ";
    const auto whole = cut(stream, stream.size());
    EXPECT_EQ(whole.size(), 5u);
    EXPECT_EQ(whole[0], "{\"x\":\"}\\\"]{\"}");
    EXPECT_EQ(whole[3], "17");
    for (size_t piece = 1; piece < stream.size(); ++piece) {
        EXPECT_EQ(cut(stream, piece), whole) << piece;
    }
}

TEST(JsonFramer, brackets_in_strings_do_not_count) {
    EXPECT_EQ(cut(R"({"k":"}}}]]\"{"}{})", 100),
              (std::vector<std::string>{R"({"k":"}}}]]\"{"})", "{}"}));
}

TEST(JsonFramer, an_unfinished_message_waits) {
    JsonFramer framer(100);
    framer.feed("{\"a\":");
    EXPECT_FALSE(framer.next()->has_value());
    EXPECT_EQ(framer.buffered(), 5u);
    framer.feed("1}");
    EXPECT_EQ(framer.next()->value(), "{\"a\":1}");
    EXPECT_EQ(framer.buffered(), 0u);
}

TEST(JsonFramer, what_is_no_value_is_a_message_of_its_own) {
    EXPECT_EQ(cut("]}} garbage{\"a\":1}", 3),
              (std::vector<std::string>{"]}}", "garbage", "{\"a\":1}"}));
}

TEST(JsonFramer, a_message_over_the_limit_is_an_error) {
    EXPECT_EQ(cut("[123456]", 2, 8), (std::vector<std::string>{"[123456]"}));
    EXPECT_EQ(cut("[1234567]", 2, 8), (std::vector<std::string>{"error"}));
    EXPECT_EQ(cut(std::string(100, ' ') + "[]", 7, 8), (std::vector<std::string>{"[]"}));
}

}  // namespace
}  // namespace otento::net
