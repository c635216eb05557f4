#include <otento/base/hex.hpp>
#include <otento/jsonrpc/forms.hpp>
#include <otento/jsonrpc/json.hpp>

#include <gtest/gtest.h>

#include <set>

namespace otento::jsonrpc {
namespace {

using namespace literals;
using types::Transaction;
using types::TxType;

std::set<std::string> keys_of(std::string_view json) {
    const auto document = parse(std::string(json));
    EXPECT_TRUE(document) << json;
    std::set<std::string> out;
    const auto last = document->root().end();
    for (auto i = document->root().begin(); i != last; ++i) {
        EXPECT_TRUE(out.insert(std::string(i.key())).second) << i.key();
    }
    return out;
}

std::string member(std::string_view json, std::string_view key) {
    const auto document = parse(std::string(json));
    EXPECT_TRUE(document) << json;
    const auto value = document->root().find(key);
    return value ? std::string(value->text()) : "absent";
}

Transaction transaction(TxType type) {
    Transaction tx;
    tx.type = type;
    tx.chain_id = 7;
    tx.nonce = 2;
    tx.max_fee_per_gas = 10;
    tx.max_priority_fee_per_gas = type == TxType::legacy || type == TxType::access_list ? 10 : 1;
    tx.gas_limit = 21000;
    tx.to = "0x00000000000000000000000000000000000000aa"_address;
    tx.y_parity = true;
    tx.r = 5;
    tx.s = 6;
    return tx;
}

std::string written(const Transaction& tx, const MinedAt* mined) {
    Writer out;
    write_transaction(out, tx, Hash{}, Address{}, mined);
    return out.take();
}

TEST(Forms, transactions_have_the_members_of_their_type) {
    const std::set<std::string> common = {"blockHash",
                                          "blockNumber",
                                          "blockTimestamp",
                                          "transactionIndex",
                                          "hash",
                                          "type",
                                          "nonce",
                                          "from",
                                          "to",
                                          "value",
                                          "gas",
                                          "gasPrice",
                                          "input",
                                          "chainId",
                                          "v",
                                          "r",
                                          "s"};
    const auto with = [](std::set<std::string> keys, std::initializer_list<const char*> more) {
        keys.insert(more.begin(), more.end());
        return keys;
    };
    const MinedAt mined{.base_fee = 3};
    EXPECT_EQ(keys_of(written(transaction(TxType::legacy), &mined)), common);
    const auto listed = with(common, {"accessList", "yParity"});
    EXPECT_EQ(keys_of(written(transaction(TxType::access_list), &mined)), listed);
    const auto dynamic = with(listed, {"maxFeePerGas", "maxPriorityFeePerGas"});
    EXPECT_EQ(keys_of(written(transaction(TxType::dynamic_fee), &mined)), dynamic);
    EXPECT_EQ(keys_of(written(transaction(TxType::blob), &mined)),
              with(dynamic, {"maxFeePerBlobGas", "blobVersionedHashes"}));
    EXPECT_EQ(keys_of(written(transaction(TxType::set_code), &mined)),
              with(dynamic, {"authorizationList"}));
    Transaction unprotected = transaction(TxType::legacy);
    unprotected.chain_id.reset();
    EXPECT_FALSE(keys_of(written(unprotected, &mined)).contains("chainId"));
}

TEST(Forms, gas_price_is_the_effective_one_once_mined) {
    const Transaction tx = transaction(TxType::dynamic_fee);
    const MinedAt low{.base_fee = 3};
    const MinedAt high{.base_fee = 9};
    EXPECT_EQ(member(written(tx, &low), "gasPrice"), "0x4");
    EXPECT_EQ(member(written(tx, &high), "gasPrice"), "0xa");
    EXPECT_EQ(member(written(tx, nullptr), "gasPrice"), "0xa");
    EXPECT_EQ(member(written(tx, nullptr), "blockHash"), "null");
    EXPECT_EQ(member(written(transaction(TxType::legacy), &low), "gasPrice"), "0xa");
    Transaction huge = tx;
    huge.max_priority_fee_per_gas = ~uint256{};
    EXPECT_EQ(effective_gas_price(huge, 3), uint256{10});
}

TEST(Forms, v_is_the_legacy_value_or_the_parity) {
    EXPECT_EQ(member(written(transaction(TxType::legacy), nullptr), "v"),
              "0x32");  // 35 + 2 * 7 + 1
    EXPECT_EQ(member(written(transaction(TxType::dynamic_fee), nullptr), "v"), "0x1");
    EXPECT_EQ(member(written(transaction(TxType::dynamic_fee), nullptr), "yParity"), "0x1");
}

TEST(Forms, receipts_have_status_or_root) {
    const Transaction tx = transaction(TxType::legacy);
    types::Receipt receipt;
    receipt.success = true;
    receipt.logs.resize(2);
    const auto text = [&] {
        Writer out;
        write_receipt(out, receipt,
                      {.tx = tx,
                       .tx_hash = {},
                       .from = {},
                       .mined = {},
                       .first_log_index = 4,
                       .blob_gas_price = {}});
        return out.take();
    };
    EXPECT_EQ(member(text(), "status"), "0x1");
    EXPECT_EQ(member(text(), "contractAddress"), "null");
    EXPECT_NE(text().find(R"("logIndex":"0x4")"), std::string::npos);
    EXPECT_NE(text().find(R"("logIndex":"0x5")"), std::string::npos);
    EXPECT_EQ(
        keys_of(text()),
        (std::set<std::string>{"transactionHash", "transactionIndex", "blockHash", "blockNumber",
                               "from", "to", "contractAddress", "gasUsed", "cumulativeGasUsed",
                               "effectiveGasPrice", "type", "status", "logs", "logsBloom"}));
    receipt.post_state = Hash{};
    EXPECT_EQ(member(text(), "status"), "absent");
    EXPECT_EQ(member(text(), "root"), "0x" + std::string(64, '0'));
}

TEST(Forms, fields_of_inactive_forks_are_absent) {
    types::Block block;
    BlockContext context;
    const auto text = [&] {
        Writer out;
        write_block(out, block, context);
        return out.take();
    };
    const std::set<std::string> frontier = {
        "number",     "hash",         "parentHash", "nonce",    "mixHash",
        "sha3Uncles", "logsBloom",    "stateRoot",  "miner",    "transactionsRoot",
        "extraData",  "receiptsRoot", "difficulty", "gasLimit", "gasUsed",
        "timestamp",  "transactions", "uncles",     "size"};
    EXPECT_EQ(keys_of(text()), frontier);
    block.header.base_fee_per_gas = 1;
    block.header.withdrawals_root = Hash{};
    block.withdrawals.emplace();
    block.header.blob_gas_used = 0;
    block.header.excess_blob_gas = 0;
    block.header.parent_beacon_block_root = Hash{};
    block.header.requests_hash = Hash{};
    context.timestamp_nanos = 5;
    auto prague = frontier;
    prague.insert({"baseFeePerGas", "withdrawalsRoot", "withdrawals", "blobGasUsed",
                   "excessBlobGas", "parentBeaconBlockRoot", "requestsHash", "timestampNanos"});
    EXPECT_EQ(keys_of(text()), prague);
    context.pending = true;
    EXPECT_EQ(member(text(), "hash"), "null");
    EXPECT_EQ(member(text(), "miner"), "null");
}

TEST(Forms, blocks_list_hashes_or_objects) {
    types::Block block;
    block.transactions.push_back(transaction(TxType::legacy));
    const std::vector<Hash> hashes(1);
    const std::vector<Address> senders(1);
    BlockContext context{.hash = {}, .tx_hashes = hashes, .senders = senders};
    Writer light;
    write_block(light, block, context);
    EXPECT_NE(light.view().find("\"transactions\":[\"0x" + std::string(64, '0') + "\"]"),
              std::string::npos);
    context.full = true;
    Writer full;
    write_block(full, block, context);
    EXPECT_NE(full.view().find("\"transactions\":[{\"blockHash\""), std::string::npos);
}

}  // namespace
}  // namespace otento::jsonrpc
