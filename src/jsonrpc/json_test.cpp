#include <otento/jsonrpc/json.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace otento::jsonrpc {
namespace {

ParseError error_of(std::string text, const ParseLimits& limits = {}) {
    const auto document = parse(std::move(text), limits);
    EXPECT_FALSE(document);
    return document ? ParseError{} : document.error();
}

TEST(Json, values_keep_kind_text_and_raw_token) {
    const auto document = parse(
        R"( {"a": [1, -2.50e+3, "x\ny", true, null, {}], "b": "plain", "big": 123456789012345678901234567890} )");
    ASSERT_TRUE(document);
    const Value root = document->root();
    ASSERT_TRUE(root.is_object());
    EXPECT_EQ(root.size(), 3u);
    std::vector<Value> list;
    const Value array = *root.find("a");
    for (const Value element : array) {
        list.push_back(element);
    }
    ASSERT_EQ(list.size(), 6u);
    EXPECT_EQ(list[0].kind(), Kind::number);
    EXPECT_EQ(list[1].raw(), "-2.50e+3");
    EXPECT_EQ(list[2].text(), "x\ny");
    EXPECT_EQ(list[2].raw(), R"("x\ny")");
    EXPECT_EQ(list[3].kind(), Kind::boolean);
    EXPECT_TRUE(list[4].is_null());
    EXPECT_TRUE(list[5].is_object());
    EXPECT_EQ(list[5].size(), 0u);
    EXPECT_EQ(root.find("b")->text(), "plain");
    EXPECT_EQ(root.find("big")->raw(), "123456789012345678901234567890");
    EXPECT_FALSE(root.find("c"));
}

TEST(Json, scalars_are_documents) {
    EXPECT_EQ(parse("1")->root().kind(), Kind::number);
    EXPECT_EQ(parse(" null ")->root().kind(), Kind::null);
    EXPECT_EQ(parse("\"a\\\"b\" ")->root().text(), "a\"b");
}

TEST(Json, last_member_of_a_name_counts) {
    const auto document = parse(R"({"a": 1, "b": [{"a": 3}], "a": 2})");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().find("a")->text(), "2");
}

TEST(Json, escapes_in_keys_and_several_strings_do_not_mix) {
    const auto document = parse(R"({"k\u0041": "v\t1", "l": "v\\2", "\u00e9": "\ud83d\ude00"})");
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().find("kA")->text(), "v\t1");
    EXPECT_EQ(document->root().find("l")->text(), "v\\2");
    EXPECT_EQ(document->root().find("\xc3\xa9")->text(), "\xf0\x9f\x98\x80");
}

TEST(Json, moving_a_document_keeps_its_values) {
    auto document = parse("[\"s\"]");
    ASSERT_TRUE(document);
    const Value value = *document->root().begin();
    const Document moved = *std::move(document);
    EXPECT_EQ(value.text(), "s");
    EXPECT_EQ(moved.root().size(), 1u);
}

TEST(Json, malformed_text_is_refused) {
    for (const char* text : {"",
                             " ",
                             "'f",
                             "{",
                             "}",
                             "[",
                             "]",
                             "[1,]",
                             "[,1]",
                             "[1 2]",
                             "{\"a\"}",
                             "{\"a\":}",
                             "{\"a\":1,}",
                             "{a:1}",
                             "{\"a\" 1}",
                             "{} {}",
                             "[1] [2]",
                             "[1] x",
                             "1 2",
                             "\"a\" \"b\"",
                             "tru",
                             "nul",
                             "truex",
                             "01",
                             "1.",
                             ".5",
                             "-",
                             "+1",
                             "1e",
                             "0x10",
                             "[01]",
                             "[1.e3]",
                             "[tru]",
                             "[nan]",
                             "\"open",
                             "\"bad \\x\"",
                             "\"\\ud800\"",
                             "[\"\x01\"]",
                             "\"\xff\"",
                             "[\"\xc0\xaf\"]",
                             "[1}",
                             "{\"a\":1]",
                             "{\"a\":1 \"b\":2}",
                             "[\"a\"b]",
                             "{1:2}",
                             "[1]]",
                             "[[1]"}) {
        EXPECT_EQ(error_of(text), ParseError::malformed) << text;
    }
    EXPECT_EQ(error_of(std::string("[1]\0", 4)), ParseError::malformed);
}

TEST(Json, depth_is_bounded) {
    const auto nested = [](size_t depth) {
        return std::string(depth, '[') + std::string(depth, ']');
    };
    EXPECT_TRUE(parse(nested(64)));
    EXPECT_EQ(error_of(nested(65)), ParseError::too_deep);
    EXPECT_EQ(error_of(nested(1'000'000)), ParseError::too_deep);
    EXPECT_FALSE(parse(std::string(1'000'000, '[')));
    EXPECT_FALSE(parse(std::string(100'000, '{')));
}

TEST(Json, values_and_bytes_are_bounded) {
    EXPECT_EQ(error_of("[1,1,1]", {.values_max = 3}), ParseError::too_many_values);
    EXPECT_TRUE(parse("[1,1]", {.values_max = 3}));
    EXPECT_EQ(error_of("[1,1,1]", {.bytes_max = 6}), ParseError::too_large);
    std::string many = "[1";
    for (int i = 0; i < 300'000; ++i) {
        many += ",1";
    }
    many += "]";
    EXPECT_EQ(error_of(many), ParseError::too_many_values);
}

TEST(Json, large_strings_are_read_whole) {
    const std::string digits(2'000'000, 'a');
    const auto document = parse("[\"0x" + digits + "\"]");
    ASSERT_TRUE(document);
    EXPECT_EQ((*document->root().begin()).text().size(), digits.size() + 2);
}

TEST(Json, every_cut_and_every_changed_byte_is_survived) {
    const std::string text =
        R"([{"jsonrpc":"2.0","id":"a\u0041","method":"eth_call","params":[{"to":"0x00"},null,1.5e3,true]}])";
    for (size_t i = 0; i < text.size(); ++i) {
        EXPECT_FALSE(parse(text.substr(0, i))) << i;
        for (const char c : {'"', '\\', '{', '}', '[', ']', ',', ':', '\0', '\xff', '0', 'x'}) {
            std::string changed = text;
            changed[i] = c;
            const auto document = parse(changed);
            if (document && document->root().is_array()) {
                for (const Value element : document->root()) {
                    (void)element.find("params");
                }
            }
        }
    }
}

}  // namespace
}  // namespace otento::jsonrpc
