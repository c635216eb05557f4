// geth's protocol transcripts (vectors/ethereum/MANIFEST.md 3.8) against the dispatcher, with the
// toy service they use. Subscriptions and reverse calls need a connection and are left out.
// Messages of -32700 and -32603 are geth's internals and are not compared.
#include <otento/jsonrpc/json.hpp>
#include <otento/rpc/testing/archive.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <stdexcept>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;
using testing::compact;

Result<std::string, jsonrpc::Cause> text_of(jsonrpc::Value value) {
    if (!value.is_string()) {
        return Err(jsonrpc::Cause{"non-string"});
    }
    return std::string(value.raw());
}
Result<std::string, jsonrpc::Cause> number_of(jsonrpc::Value value) {
    if (value.kind() != jsonrpc::Kind::number) {
        return Err(jsonrpc::Cause{"non-number"});
    }
    return std::string(value.raw());
}

Answer echo(Context&, const Params& params, Writer& out) {
    TRY(const auto text, params.required(0, text_of));
    TRY(const auto number, params.required(1, number_of));
    const auto rest = params.at(2);
    out.begin_object();
    out.key("String").raw(text).key("Int").raw(number);
    out.key("Args").raw(rest ? compact(*rest) : "null");
    out.end_object();
    return {};
}

Answer nothing(Context&, const Params&, Writer& out) {
    out.null();
    return {};
}

Answer crash(Context&, const Params&, Writer&) {
    throw std::runtime_error("panic");
}

std::vector<Method> toy_service() {
    return {
        {.name = "test_echo", .params_max = 3, .sync = echo},
        {.name = "test_echoWithCtx", .params_max = 3, .sync = echo},
        {.name = "test_noArgsRets", .sync = nothing},
        {.name = "test_panic", .sync = crash},
        {.name = "test_marshalError", .sync = crash},
    };
}

/// Without the messages that are geth's own affair.
std::string comparable(const std::string& json) {
    const auto document = jsonrpc::parse(json);
    EXPECT_TRUE(document) << json;
    std::string text = compact(document->root());
    for (const char* code : {"\"code\":-32700,", "\"code\":-32603,"}) {
        if (const size_t at = text.find(code); at != std::string::npos) {
            text.resize(at + std::string_view(code).size());
        }
    }
    return text;
}

class Transcripts : public testing::RpcTest {
  protected:
    Transcripts() { restart({.modules = {"test"}, .batch_items_max = 4}, toy_service()); }

    void run(const std::filesystem::path& path) {
        std::ifstream in(path);
        std::string answer;
        for (std::string line; std::getline(in, line);) {
            if (line.starts_with("--> ")) {
                EXPECT_EQ(answer, "") << path << ": an answer that was not expected";
                answer = post(line.substr(4));
            } else if (line.starts_with("<-- ")) {
                ASSERT_NE(answer, "") << path << ": no answer, expected " << line;
                EXPECT_EQ(comparable(answer), comparable(line.substr(4))) << path;
                answer.clear();
            }
        }
        EXPECT_EQ(answer, "") << path;
    }
};

TEST_F(Transcripts, all_that_apply_to_http) {
    const testing::Archive archive("jsonrpc-transport");
    if (!archive.present()) {
        GTEST_SKIP() << "vectors/ethereum/jsonrpc-transport.tar.zst is absent";
    }
    const std::set<std::string> need_a_connection = {"revcall.txt", "revcall2.txt",
                                                     "subscription.txt"};
    size_t count = 0;
    for (const auto& path : archive.files("transcripts", ".txt")) {
        if (!need_a_connection.contains(path.filename().string())) {
            run(path);
            ++count;
        }
    }
    EXPECT_EQ(count, 15u);
}

}  // namespace
}  // namespace otento::rpc
