#include <otento/jsonrpc/call.hpp>

#include <gtest/gtest.h>

namespace otento::jsonrpc {
namespace {

template <typename T>
Result<T, Cause> decode(const std::string& json, Result<T, Cause> (*decoder)(Value)) {
    const auto document = parse(json);
    EXPECT_TRUE(document) << json;
    return decoder(document->root());
}

const std::string A = "\"0x" + std::string(39, '0') + "a\"";
const std::string H = "\"0x" + std::string(63, '0') + "1\"";

TEST(Call, reads_every_field_and_ignores_unknown_ones) {
    const auto call = decode(
        "{\"from\":" + A + ",\"to\":" + A +
            ",\"gas\":\"0x5208\",\"maxFeePerGas\":\"0x2\",\"maxPriorityFeePerGas\":\"0x1\","
            "\"value\":\"0x0\",\"nonce\":\"0x3\",\"input\":\"0x01\",\"chainId\":\"0x7\","
            "\"accessList\":[{\"address\":" +
            A + ",\"storageKeys\":[" + H + "]}],\"blobVersionedHashes\":[" + H +
            "],\"maxFeePerBlobGas\":\"0x9\",\"authorizationList\":[{\"chainId\":\"0x1\","
            "\"address\":" +
            A + ",\"nonce\":\"0x1\",\"yParity\":\"0x1\",\"r\":\"0x2\",\"s\":\"0x3\"}],\"what\":{}}",
        decode_call);
    ASSERT_TRUE(call) << call.error().text;
    EXPECT_EQ(call->gas, 21000u);
    EXPECT_EQ(call->max_fee_per_gas, uint256{2});
    EXPECT_EQ(call->nonce, 3u);
    EXPECT_EQ(call->access_list->at(0).storage_keys.at(0)[31], 1);
    EXPECT_EQ(call->authorization_list->at(0).s, uint256{3});
    EXPECT_EQ(call->blob_versioned_hashes->size(), 1u);
    EXPECT_FALSE(call->gas_price);
    EXPECT_FALSE(call->data);
}

TEST(Call, null_fields_are_missing_and_wrong_ones_are_named) {
    EXPECT_FALSE(decode(R"({"to":null})", decode_call)->to);
    EXPECT_EQ(decode(R"({"gas":"0x01"})", decode_call).error().text,
              "gas: hex number with leading zero digits");
    EXPECT_EQ(decode(R"({"to":"0x1"})", decode_call).error().text, "to: hex string of odd length");
    EXPECT_EQ(decode("5", decode_call).error().text, "non-object");
    EXPECT_EQ(decode(R"({"accessList":[{}]})", decode_call).error().text,
              "accessList: missing required field 'address' for AccessTuple");
}

TEST(StateOverrides, state_and_state_diff_exclude_each_other) {
    const auto overrides = decode(
        "{" + A + ":{\"balance\":\"0x5\",\"code\":\"0x00\",\"stateDiff\":{" + H + ":" + H + "}}}",
        decode_state_override);
    ASSERT_TRUE(overrides) << overrides.error().text;
    EXPECT_EQ(overrides->begin()->second.balance, uint256{5});
    EXPECT_EQ(overrides->begin()->second.state_diff->size(), 1u);
    EXPECT_EQ(
        decode("{" + A + ":{\"state\":{},\"stateDiff\":{}}}", decode_state_override).error().text,
        "account has both 'state' and 'stateDiff'");
    EXPECT_FALSE(decode(R"({"0x12":{}})", decode_state_override));
    EXPECT_FALSE(
        decode("{" + A + ":{\"movePrecompileToAddress\":" + A + "}}", decode_state_override));
}

TEST(LogFilters, addresses_and_topics_take_one_or_many) {
    const auto one = decode("{\"address\":" + A + ",\"topics\":[" + H + "]}", decode_log_filter);
    ASSERT_TRUE(one) << one.error().text;
    EXPECT_EQ(one->addresses.size(), 1u);
    EXPECT_EQ(one->topics.at(0).size(), 1u);
    const auto many =
        decode("{\"address\":[" + A + "," + A + "],\"topics\":[null,[],[" + H + "," + H + "],[" +
                   H + ",null]],\"fromBlock\":\"earliest\",\"toBlock\":\"0x5\"}",
               decode_log_filter);
    ASSERT_TRUE(many) << many.error().text;
    EXPECT_EQ(many->addresses.size(), 2u);
    ASSERT_EQ(many->topics.size(), 4u);
    EXPECT_TRUE(many->topics[0].empty());
    EXPECT_TRUE(many->topics[1].empty());
    EXPECT_EQ(many->topics[2].size(), 2u);
    EXPECT_TRUE(many->topics[3].empty());  // null among them matches all.
    EXPECT_EQ(many->to->number, 5u);
}

TEST(LogFilters, refuses_both_styles_and_too_many_positions) {
    EXPECT_FALSE(decode("{\"blockHash\":" + H + ",\"fromBlock\":\"0x1\"}", decode_log_filter));
    EXPECT_EQ(decode("{\"topics\":[null,null,null,null,null]}", decode_log_filter).error().text,
              "exceed max topics");
    EXPECT_TRUE(decode("{}", decode_log_filter));
}

}  // namespace
}  // namespace otento::jsonrpc
