// Calls, notifications, batches and their limits; replies that come late or from other threads.
#include <otento/jsonrpc/json.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>

namespace otento::rpc {
namespace {

using testing::compact;

Reply* held_reply = nullptr;  ///< Where test_hold leaves its reply.

std::vector<Method> test_methods() {
    return {
        {.name = "test_big",
         .sync = [](Context&, const Params&, Writer& out) -> Result<void, Error> {
             out.string(std::string(1000, 'x'));
             return {};
         }},
        {.name = "test_half",
         .sync = [](Context&, const Params&, Writer& out) -> Result<void, Error> {
             out.begin_array().quantity(1);
             return Err(Error{.code = -32000, .message = "gave up"});
         }},
        {.name = "test_crash",
         .sync = [](Context&, const Params&, Writer&) -> Result<void, Error> {
             throw std::runtime_error("boom");
         }},
        {.name = "test_crash_late",
         .async =
             [](Context&, const Params&, Reply reply) {
                 reply(std::string("1"));
                 throw std::runtime_error("boom");
             }},
        {.name = "test_hold",
         .async = [](Context&, const Params&, Reply reply) { *held_reply = std::move(reply); }},
        {.name = "test_slow",
         .sync = [](Context&, const Params&, Writer& out) -> Result<void, Error> {
             out.boolean(true);
             return {};
         },
         .slow = true},
    };
}

class DispatcherTest : public testing::RpcTest {
  protected:
    DispatcherTest() { restart({.modules = {"test"}}); }
    void restart(Options options) {
        options.modules.emplace_back("test");
        auto methods = all_methods();
        const auto more = test_methods();
        methods.insert(methods.end(), more.begin(), more.end());
        RpcTest::restart(std::move(options), std::move(methods));
    }
    static std::string request(std::string_view method, std::string_view id = "1") {
        return "{\"jsonrpc\":\"2.0\",\"id\":" + std::string(id) + ",\"method\":\"" +
               std::string(method) + "\"}";
    }
    /// `code message` of every answer in a batch, or "ok".
    std::vector<std::string> verdicts(const std::string& answer) {
        const auto document = jsonrpc::parse(answer);
        EXPECT_TRUE(document && document->root().is_array()) << answer;
        std::vector<std::string> out;
        const jsonrpc::Value root = document->root();
        for (const auto element : root) {
            const auto error = element.find("error");
            out.push_back(error ? std::string(error->find("code")->text()) + " " +
                                      std::string(error->find("message")->text())
                                : "ok");
        }
        return out;
    }
};

TEST_F(DispatcherTest, only_enabled_modules_exist) {
    const std::string missing =
        "error -32601 the method eth_chainId does not exist/is not available";
    EXPECT_EQ(call("eth_chainId"), missing);
    EXPECT_EQ(call("rpc_modules"), R"({"rpc":"1.0","test":"1.0"})");
    restart({.modules = {"eth", "raft", "admin"}});
    EXPECT_EQ(call("eth_chainId"), "\"0x7\"");
    EXPECT_EQ(call("eth_nothing"),
              "error -32601 the method eth_nothing does not exist/is not available");
    // admin has no methods, so it is not claimed.
    EXPECT_EQ(call("rpc_modules"), R"({"eth":"1.0","raft":"1.0","rpc":"1.0","test":"1.0"})");
}

TEST_F(DispatcherTest, bad_json_has_null_id) {
    const auto document = jsonrpc::parse(post("'f"));
    ASSERT_TRUE(document);
    EXPECT_TRUE(document->root().find("id")->is_null());
    EXPECT_EQ(document->root().find("error")->find("code")->text(), "-32700");
}

TEST_F(DispatcherTest, notifications_run_and_are_not_answered) {
    EXPECT_EQ(post(R"({"jsonrpc":"2.0","method":"test_big"})"), "");
    EXPECT_EQ(post(R"([{"jsonrpc":"2.0","method":"test_big"},{"jsonrpc":"2.0","method":"none"}])"),
              "");
    restart({});
    EXPECT_EQ(post(R"({"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x00"]})"), "");
    EXPECT_EQ(backend.submitted.size(), 1u);
}

TEST_F(DispatcherTest, surplus_parameters_are_refused) {
    EXPECT_EQ(call("test_big", "[1]"), "error -32602 too many arguments, want at most 0");
}

TEST_F(DispatcherTest, an_error_drops_what_was_written) {
    EXPECT_EQ(call("test_half"), "error -32000 gave up");
}

TEST_F(DispatcherTest, a_crash_is_an_internal_error_with_an_incident) {
    EXPECT_TRUE(call("test_crash").starts_with("error -32603 method handler crashed (incident "));
    EXPECT_EQ(call("test_crash_late"), "1");
    EXPECT_EQ(verdicts(post("[" + request("test_crash") + "," + request("test_big") + "]"))[1],
              "ok");
}

TEST_F(DispatcherTest, batches_answer_in_order_without_notifications) {
    EXPECT_EQ(
        post("[" + request("test_slow", "\"b\"") + R"(,{"jsonrpc":"2.0","method":"test_big"},)" +
             request("test_slow", "1") + "]"),
        R"([{"jsonrpc":"2.0","id":"b","result":true},{"jsonrpc":"2.0","id":1,"result":true}])");
}

TEST_F(DispatcherTest, batch_answers_stop_at_their_byte_limit) {
    restart({.batch_bytes_max = 1500});
    const std::string one = request("test_big");
    EXPECT_EQ(verdicts(post("[" + one + "," + one + "," + one + "," + one + "]")),
              (std::vector<std::string>{"ok", "ok", "-32003 response too large",
                                        "-32003 response too large"}));
}

TEST_F(DispatcherTest, batch_items_are_limited) {
    restart({.batch_items_max = 2});
    const std::string one = request("test_slow", "9");
    EXPECT_EQ(post("[" + one + "," + one + "," + one + "]"),
              R"([{"jsonrpc":"2.0","id":9,"error":{"code":-32600,"message":"batch too large"}}])");
}

TEST_F(DispatcherTest, calls_behind_the_deadline_are_not_run) {
    Reply reply;
    held_reply = &reply;
    restart({.request_timeout_ms = 100});
    std::string answer;
    dispatcher->handle("[" + request("test_hold") + "," + request("test_slow") + "]",
                       [&](std::string text) { answer = std::move(text); });
    EXPECT_EQ(answer, "");
    clock.now_ns += 101'000'000;
    reply(std::string("true"));
    EXPECT_EQ(verdicts(answer), (std::vector<std::string>{"ok", "-32002 request timed out"}));
}

TEST_F(DispatcherTest, a_second_reply_is_ignored) {
    Reply reply;
    held_reply = &reply;
    int answers = 0;
    dispatcher->handle(request("test_hold"), [&](const std::string&) { ++answers; });
    reply(std::string("1"));
    reply(std::string("2"));
    EXPECT_EQ(answers, 1);
}

TEST_F(DispatcherTest, asynchronous_neighbours_start_together_and_others_wait_for_them) {
    restart({});
    backend.hold = true;
    const auto send = [](const types::Transaction& tx, int id) {
        Writer out;
        out.data(types::encode_transaction(tx));
        return "{\"jsonrpc\":\"2.0\",\"id\":" + std::to_string(id) +
               ",\"method\":\"eth_sendRawTransaction\",\"params\":[" + out.take() + "]}";
    };
    std::string answer;
    dispatcher->handle("[" + send(testing::transfer(0, testing::RICH), 1) + "," +
                           send(testing::transfer(1, testing::RICH), 2) + "," +
                           request("eth_blockNumber", "3") + "," +
                           send(testing::transfer(2, testing::RICH), 4) + "]",
                       [&](std::string text) { answer = std::move(text); });
    ASSERT_EQ(backend.held.size(), 2u);
    chain().mine({});
    // The later one answers first; order of answers is that of the calls all the same.
    backend.held[1].second(backend.answer(backend.held[1].first));
    EXPECT_EQ(backend.held.size(), 2u);
    backend.held[0].second(backend.answer(backend.held[0].first));
    ASSERT_EQ(backend.held.size(), 3u);
    EXPECT_EQ(answer, "");
    backend.held[2].second({.accepted = false, .hash = {}, .error = "nonce too low"});
    EXPECT_EQ(verdicts(answer),
              (std::vector<std::string>{"ok", "ok", "ok", "-32000 nonce too low"}));
    EXPECT_NE(answer.find(R"("id":3,"result":"0x1")"), std::string::npos);  // Ran after the block.
}

TEST_F(DispatcherTest, slow_methods_and_the_rest_of_a_batch_go_to_the_executor) {
    std::vector<std::function<void()>> tasks;
    restart({.executor = [&](std::function<void()> task) { tasks.push_back(std::move(task)); }});
    std::string answer;
    const auto respond = [&](std::string text) { answer = std::move(text); };
    dispatcher->handle(request("test_slow"), respond);
    EXPECT_EQ(answer, "");
    ASSERT_EQ(tasks.size(), 1u);
    tasks[0]();
    EXPECT_EQ(answer, R"({"jsonrpc":"2.0","id":1,"result":true})");

    Reply reply;
    held_reply = &reply;
    tasks.clear();
    dispatcher->handle("[" + request("test_hold") + "," + request("test_slow") + "]", respond);
    EXPECT_TRUE(tasks.empty());
    reply(std::string("1"));
    ASSERT_EQ(tasks.size(), 1u);  // Not on the thread that replied.
    tasks[0]();
    EXPECT_EQ(verdicts(answer), (std::vector<std::string>{"ok", "ok"}));
}

TEST_F(DispatcherTest, replies_from_many_threads_make_one_answer) {
    restart({});
    backend.hold = true;
    std::string body = "[";
    for (int i = 0; i < 64; ++i) {
        Writer out;
        out.data(
            types::encode_transaction(testing::transfer(static_cast<uint64_t>(i), testing::RICH)));
        body +=
            (i == 0 ? "" : ",") +
            std::string(R"({"jsonrpc":"2.0","id":1,"method":"eth_sendRawTransaction","params":[)") +
            out.take() + "]}";
    }
    body += "," + request("eth_chainId") + "]";
    std::atomic<int> answers = 0;
    std::string answer;
    dispatcher->handle(body, [&](std::string text) {
        answer = std::move(text);
        ++answers;
    });
    ASSERT_EQ(backend.held.size(), 64u);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (size_t i = t; i < 64; i += 4) {
                backend.held[i].second(backend.answer(backend.held[i].first));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(verdicts(answer), std::vector<std::string>(65, "ok"));
}

// ethers waits for ever if the height is newer than the receipt it asked for in the same batch.
TEST_F(DispatcherTest, all_calls_of_a_batch_see_one_block) {
    restart({.modules = {"eth"}});
    const std::string call = R"({"jsonrpc":"2.0","id":1,"method":"eth_blockNumber"})";
    backend.views_taken = 0;
    EXPECT_NE(post("[" + call + "," + call + "," + call + "]").find("0x0"), std::string::npos);
    EXPECT_EQ(backend.views_taken, 1);
}

}  // namespace
}  // namespace otento::rpc
