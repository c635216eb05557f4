// eth_call, eth_estimateGas, and how failures look.
#include <otento/base/hex.hpp>
#include <otento/rpc/errors.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

namespace otento::rpc {
namespace {

using namespace literals;

std::string quoted(BytesView bytes) {
    return '"' + to_hex0x(bytes) + '"';
}

/// ABI encoding of Error(string) and Panic(uint256).
Bytes error_string(std::string_view text) {
    Bytes out = "0x08c379a0"_hex;
    append(out, uint256{32}.to_be());
    append(out, uint256{text.size()}.to_be());
    append(out, bytes_of(text));
    out.resize(out.size() + (32 - text.size() % 32) % 32);
    return out;
}
Bytes panic(uint64_t code) {
    Bytes out = "0x4e487b71"_hex;
    append(out, uint256{code}.to_be());
    return out;
}

class EthCallTest : public testing::RpcTest {
  protected:
    std::string eth_call(const Address& to, BytesView input, const std::string& more = "",
                         const std::string& rest = "") {
        return call("eth_call", "[{\"to\":" + quoted(to) + ",\"input\":" + quoted(input) + more +
                                    "},\"latest\"" + rest + "]");
    }
    std::string estimate(const std::string& object) {
        return call("eth_estimateGas", "[" + object + "]");
    }

    const std::string WORD_42 = "\"0x" + std::string(62, '0') + "2a\"";
    const std::string WORD_43 = "\"0x" + std::string(62, '0') + "2b\"";
};

TEST_F(EthCallTest, returns_data) {
    EXPECT_EQ(eth_call(testing::READER, {}), WORD_42);
    EXPECT_EQ(eth_call(testing::RICH, {}), "\"0x\"");
    EXPECT_EQ(call("eth_call", "[{\"to\":" + quoted(testing::READER) + "}]"), WORD_42);
    // Without `to` the input is init code: this one deploys one zero byte.
    EXPECT_EQ(call("eth_call", R"([{"input":"0x60016000f3"}])"), "\"0x00\"");
}

TEST_F(EthCallTest, reverts_are_code_3_with_the_whole_data) {
    EXPECT_EQ(eth_call(testing::REVERTER, {}), "error 3 execution reverted 0x");
    EXPECT_EQ(eth_call(testing::REVERTER, "0x1234"_hex), "error 3 execution reverted 0x1234");
    const Bytes reason = error_string("no \"funds\"");
    EXPECT_EQ(eth_call(testing::REVERTER, reason),
              "error 3 execution reverted: no \"funds\" " + to_hex0x(reason));
    EXPECT_EQ(
        eth_call(testing::REVERTER, panic(0x11)),
        "error 3 execution reverted: arithmetic underflow or overflow " + to_hex0x(panic(0x11)));
}

TEST_F(EthCallTest, other_failures_are_server_errors_without_data) {
    EXPECT_EQ(eth_call(testing::INVALID_CODE, {}), "error -32000 invalid opcode: INVALID");
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"gas":"0x5300")"), "error -32000 out of gas");
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"gas":"0x1")"),
              "error -32000 err: intrinsic gas too low (supplied gas 1)");
    EXPECT_EQ(
        eth_call(testing::READER, {},
                 R"(,"value":"0x1","from":"0x00000000000000000000000000000000000000cc")"),
        "error -32000 err: insufficient funds for gas * price + value (supplied gas 50000000)");
}

TEST_F(EthCallTest, contradictions_are_refused) {
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"gasPrice":"0x1","maxFeePerGas":"0x1")"),
              "error -32000 both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
    EXPECT_TRUE(eth_call(testing::READER, "0x01"_hex, R"(,"data":"0x02")")
                    .starts_with("error -32000 both \"data\" and \"input\" are set and not equal"));
    EXPECT_EQ(eth_call(testing::READER, "0x01"_hex, R"(,"data":"0x01")"), WORD_42);
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"chainId":"0x8")"),
              "error -32000 chainId does not match node's (have=8, want=7)");
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"chainId":"0x7")"), WORD_42);
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"gas":"0x01")"),
              "error -32602 invalid argument 0: gas: hex number with leading zero digits");
}

TEST_F(EthCallTest, unknown_blocks_have_no_state) {
    EXPECT_EQ(call("eth_call", "[{},\"0x9\"]"), "error -32000 header not found");
    EXPECT_EQ(call("eth_call", "[{}," + quoted(Hash{}) + "]"),
              "error -32000 header for hash not found");
}

TEST_F(EthCallTest, state_overrides_change_one_call) {
    const std::string reader = quoted(testing::READER);
    const std::string slot = quoted(Hash{}) + ":" + WORD_43;
    EXPECT_EQ(eth_call(testing::READER, {}, "", ",{" + reader + ":{\"stateDiff\":{" + slot + "}}}"),
              WORD_43);
    EXPECT_EQ(eth_call(testing::READER, {}, "", ",{" + reader + ":{\"state\":{}}}"),
              quoted(Hash{}));
    // Code that returns its own balance.
    EXPECT_EQ(
        eth_call(testing::READER, {}, "",
                 ",{" + reader + ":{\"code\":\"0x4760005260206000f3\",\"balance\":\"0x2b\"}}"),
        WORD_43);
    EXPECT_EQ(eth_call(testing::READER, {}), WORD_42);
}

TEST_F(EthCallTest, block_overrides_change_what_opcodes_see) {
    const std::string number_reader =
        ",{" + quoted(testing::READER) + ":{\"code\":\"0x4360005260206000f3\"}}";  // NUMBER
    EXPECT_EQ(eth_call(testing::READER, {}, "", number_reader), quoted(Hash{}));
    EXPECT_EQ(eth_call(testing::READER, {}, "", number_reader + R"(,{"number":"0x2b"})"), WORD_43);
    chain().mine({});
    EXPECT_EQ(call("eth_call",
                   "[{\"to\":" + quoted(testing::READER) + "},\"pending\"" + number_reader + "]"),
              quoted(uint256{2}.to_be()));
}

TEST_F(EthCallTest, gas_is_capped_silently) {
    restart({.gas_cap = 21'100});
    EXPECT_EQ(eth_call(testing::READER, {}, R"(,"gas":"0xffffff")"), "error -32000 out of gas");
}

TEST_F(EthCallTest, estimates_are_tight) {
    EXPECT_EQ(estimate("{\"to\":" + quoted(testing::RICH) + "}"), "\"0x5208\"");
    const std::string gas = estimate("{\"to\":" + quoted(testing::READER) + "}");
    const auto value = std::stoull(gas.substr(1), nullptr, 16);
    EXPECT_EQ(eth_call(testing::READER, {}, ",\"gas\":" + gas), WORD_42);
    Writer less;
    less.quantity(value - value / 50);
    EXPECT_EQ(eth_call(testing::READER, {}, ",\"gas\":" + less.take()), "error -32000 out of gas");
}

TEST_F(EthCallTest, failed_estimates_say_why) {
    EXPECT_EQ(estimate("{\"to\":" + quoted(testing::REVERTER) + ",\"input\":\"0x12\"}"),
              "error 3 execution reverted 0x12");
    EXPECT_EQ(estimate("{\"to\":" + quoted(testing::INVALID_CODE) + "}").substr(0, 13),
              "error -32000 ");
    EXPECT_EQ(estimate("{\"to\":" + quoted(testing::READER) + ",\"gas\":\"0x5300\"}"),
              "error -32000 gas required exceeds allowance (21248)");
}

TEST_F(EthCallTest, access_lists_name_what_is_touched) {
    const std::string reader = quoted(testing::READER);
    EXPECT_EQ(
        testing::member(call("eth_createAccessList", "[{\"to\":" + reader + "}]"), "accessList"),
        "[{\"address\":" + reader + ",\"storageKeys\":[" + quoted(Hash{}) + "]}]");
    EXPECT_EQ(
        testing::member(call("eth_createAccessList", "[{\"to\":" + quoted(testing::RICH) + "}]"),
                        "accessList"),
        "[]");
    // Code that asks for READER's balance and reverts: listed all the same.
    const std::string code = ",\"latest\",{" + quoted(testing::LOGGER) + ":{\"code\":\"0x73" +
                             to_hex(testing::READER) + "3160006000fd\"}}]";
    const std::string failed =
        call("eth_createAccessList", "[{\"to\":" + quoted(testing::LOGGER) + "}" + code);
    EXPECT_EQ(testing::member(failed, "accessList"),
              "[{\"address\":" + reader + ",\"storageKeys\":[]}]");
    EXPECT_EQ(testing::member(failed, "error"), "\"execution reverted\"");
}

TEST(RevertReason, is_read_only_from_well_formed_data) {
    EXPECT_EQ(revert_reason(error_string("")), "");
    EXPECT_EQ(revert_reason(error_string("x")), "x");
    EXPECT_EQ(revert_reason(panic(1)), "assert(false)");
    EXPECT_EQ(revert_reason(panic(0x77)), "unknown panic code: 0x77");
    Bytes cut = error_string("long enough to be cut");
    cut.resize(4 + 64 + 5);
    EXPECT_FALSE(revert_reason(cut));
    Bytes huge = "0x08c379a0"_hex;
    append(huge, uint256{32}.to_be());
    append(huge, (~uint256{}).to_be());
    EXPECT_FALSE(revert_reason(huge));
    Bytes far = error_string("x");
    far[4 + 31] = 64;
    EXPECT_FALSE(revert_reason(far));
    for (size_t size = 0; size < 40; ++size) {
        Bytes part = error_string("abc");
        part.resize(size);
        EXPECT_FALSE(revert_reason(part));
    }
}

}  // namespace
}  // namespace otento::rpc
