#include <otento/rpc/testing/fixture.hpp>

#include <otento/base/hex.hpp>
#include <otento/jsonrpc/json.hpp>

namespace otento::rpc::testing {

using namespace literals;

const Hash SECRET_KEY = "0x0000000000000000000000000000000000000000000000000000000000000001"_hash;
const Address RICH = "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"_address;
const Address LOGGER = "0x00000000000000000000000000000000000000a1"_address;
const Address REVERTER = "0x00000000000000000000000000000000000000a2"_address;
const Address READER = "0x00000000000000000000000000000000000000a3"_address;
const Address INVALID_CODE = "0x00000000000000000000000000000000000000a4"_address;

types::Genesis test_genesis() {
    types::Genesis out;
    auto& forks = out.config.forks;
    for (auto* block :
         {&forks.homestead_block, &forks.eip150_block, &forks.eip155_block, &forks.eip158_block,
          &forks.byzantium_block, &forks.constantinople_block, &forks.petersburg_block,
          &forks.istanbul_block, &forks.berlin_block, &forks.london_block, &forks.paris_block,
          &forks.shanghai_time, &forks.cancun_time}) {
        *block = 0;
    }
    out.config.chain_id = 7;
    out.gas_limit = 30'000'000;
    out.timestamp = 1000;
    out.alloc[RICH].balance = 10'000'000'000'000'000'000ULL;
    out.alloc[LOGGER].code = "0x60003560006000a100"_hex;
    out.alloc[REVERTER].code = "0x366000600037366000fd"_hex;
    out.alloc[READER].code = "0x60005460005260206000f3"_hex;
    out.alloc[READER].storage[Hash{}] = uint256{42}.to_be();
    out.alloc[INVALID_CODE].code = "0xfe"_hex;
    return out;
}

types::Transaction transfer(uint64_t nonce, const std::optional<Address>& to, Bytes data,
                            uint64_t gas) {
    types::Transaction tx;
    tx.chain_id = 7;
    tx.nonce = nonce;
    tx.to = to;
    tx.data = std::move(data);
    tx.gas_limit = gas;
    types::sign(tx, SECRET_KEY);
    return tx;
}

std::string RpcTest::post(std::string body) {
    std::optional<std::string> answer;
    dispatcher->handle(std::move(body), [&](std::string text) { answer = std::move(text); });
    EXPECT_TRUE(answer.has_value());
    return answer.value_or("no answer");
}

std::string RpcTest::call(std::string_view method, std::string_view params) {
    const std::string answer =
        post("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"" + std::string(method) +
             "\",\"params\":" + std::string(params) + "}");
    const auto document = jsonrpc::parse(answer);
    EXPECT_TRUE(document) << answer;
    if (const auto result = document->root().find("result")) {
        return compact(*result);
    }
    const auto error = document->root().find("error");
    EXPECT_TRUE(error) << answer;
    std::string out = "error " + std::string(error->find("code")->text()) + " " +
                      std::string(error->find("message")->text());
    if (const auto data = error->find("data")) {
        out += " " + std::string(data->text());
    }
    return out;
}

std::string compact(jsonrpc::Value value) {
    if (!value.is_array() && !value.is_object()) {
        return std::string(value.raw());
    }
    std::string out;
    const auto last = value.end();
    for (auto i = value.begin(); i != last; ++i) {
        out += out.empty() ? "" : ",";
        if (value.is_object()) {
            out += '"' + std::string(i.key()) + "\":";
        }
        out += compact(*i);
    }
    return value.is_object() ? '{' + out + '}' : '[' + out + ']';
}

std::string member(const std::string& json, std::string_view key) {
    const auto document = jsonrpc::parse(json);
    EXPECT_TRUE(document) << json;
    const auto value = document->root().find(key);
    return value ? compact(*value) : "absent";
}

}  // namespace otento::rpc::testing
