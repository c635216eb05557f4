#include <otento/jsonrpc/json.hpp>
#include <otento/jsonrpc/writer.hpp>

#include <gtest/gtest.h>

namespace otento::jsonrpc {
namespace {

TEST(Writer, puts_commas_where_they_belong) {
    Writer out;
    out.begin_object();
    out.member("a", 1)
        .key("b")
        .begin_array()
        .quantity(2)
        .null()
        .begin_object()
        .end_object()
        .end_array();
    out.key("c").boolean(true).key("d").begin_array().end_array();
    out.end_object();
    EXPECT_EQ(out.view(), R"({"a":"0x1","b":["0x2",null,{}],"c":true,"d":[]})");
}

TEST(Writer, quantities_have_no_leading_zeros) {
    Writer out;
    out.begin_array();
    out.quantity(uint64_t{0}).quantity(0x10).quantity(UINT64_MAX);
    out.quantity(uint256{}).quantity(uint256{0, 1, 0, 0}).quantity(uint256{5, 0, 0, 0x0f});
    out.end_array();
    EXPECT_EQ(out.view(),
              "[\"0x0\",\"0x10\",\"0xffffffffffffffff\",\"0x0\",\"0x10000000000000000\",\"0xf"
              "000000000000000000000000000000000000000000000005\"]");
}

TEST(Writer, data_is_two_lower_case_digits_a_byte) {
    Writer out;
    out.begin_array()
        .data(Bytes{})
        .data(Bytes{0, 0xAB})
        .hex(Bytes{0xff})
        .number(uint64_t{12})
        .number(0.5);
    out.end_array();
    EXPECT_EQ(out.view(), R"(["0x","0x00ab","ff",12,0.5])");
}

TEST(Writer, strings_survive_parsing) {
    std::string text = "quote\" back\\ tab\t nul";
    text.push_back('\0');
    text += "\x1f\x7f \xc3\xa9 \xf0\x9f\x98\x80";
    Writer out;
    out.string(text);
    const auto again = parse(std::string(out.view()));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->root().text(), text);
}

TEST(Writer, bytes_that_are_no_utf8_are_replaced) {
    Writer out;
    out.begin_array();
    for (const char* text :
         {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80z"}) {
        out.string(text);
    }
    out.end_array();
    EXPECT_TRUE(parse(std::string(out.view())));
    EXPECT_NE(out.view().find("a\xef\xbf\xbdz"), std::string::npos);
}

TEST(Writer, rollback_forgets_what_came_after_the_mark) {
    Writer out;
    out.begin_array().quantity(1);
    const auto mark = out.mark();
    out.begin_object().key("x").quantity(2);
    out.rollback(mark);
    out.quantity(3).end_array();
    EXPECT_EQ(out.view(), R"(["0x1","0x3"])");
}

}  // namespace
}  // namespace otento::jsonrpc
