#include <otento/jsonrpc/envelope.hpp>
#include <otento/jsonrpc/params.hpp>

#include <gtest/gtest.h>

namespace otento::jsonrpc {
namespace {

/// A parsed body; the message's views point into the document.
struct Read {
    Document document;
    Message message;
};

Read read(const char* text, size_t batch_max = 1000) {
    auto document = parse(text);
    EXPECT_TRUE(document) << text;
    auto message = read_message(document->root(), batch_max);
    return {*std::move(document), std::move(message)};
}

/// "call", "notification", or the error's code and message, with the id.
std::string verdict(const Request& request) {
    const std::string id(request.id);
    if (request.error) {
        return std::to_string(request.error->code) + " " + request.error->message + " " + id;
    }
    return (request.notification ? "notification " : "call ") + id;
}

std::string verdict(const char* text) {
    const Read body = read(text);
    EXPECT_EQ(body.message.requests.size(), 1u);
    return verdict(body.message.requests[0]);
}

TEST(Envelope, id_comes_back_as_sent) {
    for (const char* id : {"1", "1.0", "-0", "1e3", "123456789012345678901234567890", "\"x\"",
                           "\"\\u0041\\n\"", "null", "\"\""}) {
        const std::string text =
            std::string(R"({"jsonrpc":"2.0","id": )") + id + R"( ,"method":"m"})";
        EXPECT_EQ(verdict(text.c_str()), std::string("call ") + id);
    }
}

TEST(Envelope, without_id_it_is_a_notification) {
    EXPECT_EQ(verdict(R"({"jsonrpc":"2.0","method":"m"})"), "notification null");
}

TEST(Envelope, what_is_no_request_is_invalid_with_the_id_if_usable) {
    for (const char* text :
         {"1", "null", "\"x\"", "{}", R"({"foo":"bar"})",
          R"({"id":[],"jsonrpc":"2.0","method":"m"})", R"({"id":{},"jsonrpc":"2.0","method":"m"})",
          R"({"id":true,"jsonrpc":"2.0","method":"m"})"}) {
        EXPECT_EQ(verdict(text), "-32600 invalid request null") << text;
    }
    for (const char* text :
         {R"({"id":7})", R"({"jsonrpc":"2.0","id":7})", R"({"jsonrpc":"2.1","id":7,"method":"m"})",
          R"({"jsonrpc":2.0,"id":7,"method":"m"})", R"({"id":7,"method":"m"})",
          R"({"jsonrpc":"2.0","id":7,"method":5})", R"({"jsonrpc":"2.0","id":7,"method":""})"}) {
        EXPECT_EQ(verdict(text), "-32600 invalid request 7") << text;
    }
    const std::string name(2049, 'm');
    EXPECT_EQ(verdict((R"({"jsonrpc":"2.0","id":7,"method":")" + name + "\"}").c_str()),
              "-32600 method name too long 7");
}

TEST(Envelope, params_are_an_array_or_absent) {
    EXPECT_EQ(verdict(R"({"jsonrpc":"2.0","id":1,"method":"m","params":null})"), "call 1");
    EXPECT_EQ(verdict(R"({"jsonrpc":"2.0","id":1,"method":"m","params":[]})"), "call 1");
    EXPECT_EQ(verdict(R"({"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}})"),
              "-32602 non-array args 1");
    EXPECT_EQ(verdict(R"({"jsonrpc":"2.0","id":1,"method":"m","params":5})"),
              "-32602 non-array args 1");
}

TEST(Envelope, batches_keep_order_and_junk) {
    const Read body =
        read(R"([{"jsonrpc":"2.0","id":1,"method":"m"},55,{"jsonrpc":"2.0","method":"n"}])");
    ASSERT_TRUE(body.message.batch);
    ASSERT_EQ(body.message.requests.size(), 3u);
    EXPECT_EQ(verdict(body.message.requests[0]), "call 1");
    EXPECT_EQ(verdict(body.message.requests[1]), "-32600 invalid request null");
    EXPECT_EQ(verdict(body.message.requests[2]), "notification null");
}

TEST(Envelope, empty_batch_is_one_error_and_no_array) {
    const Read body = read("[]");
    EXPECT_FALSE(body.message.batch);
    EXPECT_EQ(verdict(body.message.requests[0]), "-32600 empty batch null");
}

TEST(Envelope, oversized_batch_is_an_array_of_one_error_with_the_first_calls_id) {
    const Read body =
        read(R"([{"jsonrpc":"2.0","method":"n"},{"jsonrpc":"2.0","id":3,"method":"m"},1])", 2);
    EXPECT_TRUE(body.message.batch);
    ASSERT_EQ(body.message.requests.size(), 1u);
    EXPECT_EQ(verdict(body.message.requests[0]), "-32600 batch too large 3");
}

TEST(Envelope, responses_are_written_whole) {
    Writer out;
    write_error(out, "\"a\"", {.code = 3, .message = "execution reverted", .data = "\"0x\""});
    EXPECT_EQ(
        out.view(),
        R"({"jsonrpc":"2.0","id":"a","error":{"code":3,"message":"execution reverted","data":"0x"}})");
    Writer ok;
    begin_result(ok, "1");
    ok.null();
    end_result(ok);
    EXPECT_EQ(ok.view(), R"({"jsonrpc":"2.0","id":1,"result":null})");
}

TEST(Params, errors_use_geths_texts) {
    const auto document = parse(R"(["0x1", null, "0x01"])");
    ASSERT_TRUE(document);
    const Params params(document->root());
    EXPECT_EQ(params.required(0, decode_quantity64).value_or(0), 1u);
    EXPECT_EQ(params.required(1, decode_quantity64).error().message,
              "missing value for required argument 1");
    EXPECT_EQ(params.required(3, decode_quantity64).error().message,
              "missing value for required argument 3");
    EXPECT_EQ(params.required(2, decode_quantity64).error().message,
              "invalid argument 2: hex number with leading zero digits");
    EXPECT_EQ(params.required(2, decode_quantity64).error().code, -32602);
    EXPECT_FALSE(params.optional(1, decode_quantity64)->has_value());
    EXPECT_EQ(params.at_most(2).error().message, "too many arguments, want at most 2");
    EXPECT_TRUE(params.at_most(3));
    EXPECT_EQ(Params(std::nullopt).size(), 0u);
}

}  // namespace
}  // namespace otento::jsonrpc
