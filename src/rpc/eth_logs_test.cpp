// eth_getLogs and eth_feeHistory.
#include <otento/base/hex.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

namespace otento::rpc {
namespace {

using testing::member;
using testing::transfer;

std::string quoted(BytesView bytes) {
    return '"' + to_hex0x(bytes) + '"';
}

Hash topic(uint8_t last) {
    Hash out;
    out[31] = last;
    return out;
}

class EthLogsTest : public testing::RpcTest {
  protected:
    EthLogsTest() {
        chain().mine({transfer(0, testing::LOGGER, to_bytes(topic(1)))});
        chain().mine({});
        chain().mine({transfer(1, testing::LOGGER, to_bytes(topic(2))),
                      transfer(2, testing::LOGGER, to_bytes(topic(1)))});
    }
    /// `block/logIndex` of each log found, or the error.
    std::string logs(const std::string& filter) {
        const std::string answer = call("eth_getLogs", "[{" + filter + "}]");
        if (answer.starts_with("error")) {
            return answer;
        }
        const auto document = jsonrpc::parse(answer);
        EXPECT_TRUE(document);
        std::string out;
        const jsonrpc::Value root = document->root();
        for (const auto log : root) {
            out += (out.empty() ? "" : " ") +
                   std::string(log.find("blockNumber")->text().substr(2)) + "/" +
                   std::string(log.find("logIndex")->text().substr(2));
        }
        return out;
    }
    const std::string ALL = R"("fromBlock":"earliest","toBlock":"latest")";
    const std::string ONE = quoted(topic(1));
    const std::string TWO = quoted(topic(2));
};

TEST_F(EthLogsTest, ranges_default_to_latest) {
    EXPECT_EQ(logs(""), "3/0 3/1");
    EXPECT_EQ(logs(ALL), "1/0 3/0 3/1");
    EXPECT_EQ(logs(R"("fromBlock":"0x0","toBlock":"0x2")"), "1/0");
    EXPECT_EQ(logs("\"blockHash\":" + quoted(*chain().hash_of(1))), "1/0");
}

TEST_F(EthLogsTest, addresses_and_topics_filter) {
    EXPECT_EQ(logs(ALL + ",\"topics\":[" + ONE + "]"), "1/0 3/1");
    EXPECT_EQ(logs(ALL + ",\"topics\":[[" + ONE + "," + TWO + "]]"), "1/0 3/0 3/1");
    EXPECT_EQ(logs(ALL + ",\"topics\":[null]"), "1/0 3/0 3/1");
    EXPECT_EQ(logs(ALL + ",\"topics\":[null,null]"), "");  // The logs have one topic only.
    EXPECT_EQ(logs(ALL + ",\"address\":" + quoted(testing::LOGGER)), "1/0 3/0 3/1");
    EXPECT_EQ(logs(ALL + ",\"address\":" + quoted(testing::RICH)), "");
    EXPECT_EQ(logs(ALL + ",\"address\":[]"), "1/0 3/0 3/1");
}

TEST_F(EthLogsTest, bad_ranges_are_invalid) {
    EXPECT_EQ(logs(R"("fromBlock":"0x2","toBlock":"0x1")"),
              "error -32602 invalid block range params");
    EXPECT_EQ(logs(R"("toBlock":"0x4")"),
              "error -32602 block range extends beyond current head block");
    EXPECT_EQ(logs(R"("fromBlock":"pending")"), "error -32602 pending logs are not supported");
    EXPECT_EQ(logs("\"blockHash\":" + quoted(Hash{})), "error -32000 unknown block");
    EXPECT_TRUE(logs("\"fromBlock\":\"0x1\",\"blockHash\":" + ONE)
                    .starts_with("error -32602 invalid argument 0: "));
    EXPECT_TRUE(logs("\"topics\":[null,null,null,null,null]").starts_with("error -32602 "));
}

TEST_F(EthLogsTest, limits_say_which) {
    restart({.log_terms_max = 1, .log_blocks_max = 3, .log_results_max = 1});
    EXPECT_EQ(logs(ALL), "error -32005 block range exceeds the limit of 3 blocks");
    EXPECT_EQ(logs(R"("fromBlock":"0x1")"), "error -32005 query returns more than 1 logs");
    EXPECT_EQ(logs(R"("fromBlock":"0x1","toBlock":"0x2")"), "1/0");
    EXPECT_EQ(logs("\"topics\":[[" + ONE + "," + TWO + "]]"),
              "error -32000 exceed max addresses or topics per search position");
}

TEST_F(EthLogsTest, long_searches_stop_at_the_deadline) {
    restart({.request_timeout_ms = 1});
    dispatcher->handle(R"({"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{}]})",
                       [](const std::string&) {});
    // The clock of the fixture stands; a deadline of the past is what a search that took too long
    // sees.
    class Jump final : public Clock {
      public:
        [[nodiscard]] uint64_t monotonic_ns() const noexcept override {
            return calls_++ < 2 ? 0 : 1'000'000'000;
        }
        [[nodiscard]] uint64_t unix_ns() const noexcept override { return 0; }

      private:
        mutable int calls_ = 0;
    } jump;
    Dispatcher late(backend, jump, {.request_timeout_ms = 1});
    std::string answer;
    late.handle(R"({"jsonrpc":"2.0","id":1,"method":"eth_getLogs","params":[{"fromBlock":"0x0"}]})",
                [&](std::string text) { answer = std::move(text); });
    EXPECT_NE(answer.find("-32002"), std::string::npos);
}

TEST_F(EthLogsTest, fee_history_has_one_more_base_fee_than_blocks) {
    const std::string two = call("eth_feeHistory", R"(["0x2","latest",[0,50.5,100]])");
    EXPECT_EQ(member(two, "oldestBlock"), "\"0x2\"");
    EXPECT_EQ(member(two, "baseFeePerGas"), R"(["0x0","0x0","0x0"])");
    EXPECT_EQ(member(two, "reward"), R"([["0x0","0x0","0x0"],["0x0","0x0","0x0"]])");
    EXPECT_TRUE(member(two, "gasUsedRatio").starts_with("[0,0.00"));
    for (const char* count : {"2", "\"2\""}) {
        const auto same =
            call("eth_feeHistory", "[" + std::string(count) + ",\"latest\",[0,50.5,100]]");
        EXPECT_EQ(same, two);
    }
    EXPECT_EQ(member(call("eth_feeHistory", R"(["0xffff","latest",null])"), "oldestBlock"),
              "\"0x0\"");
    EXPECT_EQ(member(two, "reward"),
              member(call("eth_feeHistory", R"([2,"latest",[0,50.5,100]])"), "reward"));
    EXPECT_EQ(member(call("eth_feeHistory", R"(["0x1","latest"])"), "reward"), "absent");
}

TEST_F(EthLogsTest, fee_history_checks_its_parameters) {
    EXPECT_EQ(member(call("eth_feeHistory", R"(["0x0","latest",[]])"), "baseFeePerGas"), "[]");
    EXPECT_EQ(call("eth_feeHistory", R"(["0x1","0x9",[]])"),
              "error -32000 request beyond head block: requested 9, head 3");
    EXPECT_TRUE(call("eth_feeHistory", R"(["0x1","latest",[101]])")
                    .starts_with("error -32000 invalid reward percentile"));
    EXPECT_TRUE(call("eth_feeHistory", R"(["0x1","latest",[-1]])")
                    .starts_with("error -32000 invalid reward percentile"));
    EXPECT_TRUE(call("eth_feeHistory", R"(["0x1","latest",[5,4]])")
                    .starts_with("error -32000 invalid reward percentile"));
    EXPECT_TRUE(call("eth_feeHistory", R"(["0x1","latest",["x"]])").starts_with("error -32602 "));
    EXPECT_TRUE(call("eth_feeHistory", R"(["x","latest",[]])").starts_with("error -32602 "));
    restart({.fee_history_blocks_max = 2});
    EXPECT_EQ(member(call("eth_feeHistory", R"(["0x9","latest",[]])"), "oldestBlock"), "\"0x2\"");
}

}  // namespace
}  // namespace otento::rpc
