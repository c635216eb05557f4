// eth_, net_, web3_ and debug_ on a small chain that was executed for real.
#include <otento/base/hex.hpp>
#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

namespace otento::rpc {
namespace {

using namespace literals;
using testing::member;
using testing::transfer;

std::string quoted(BytesView bytes) {
    return '"' + to_hex0x(bytes) + '"';
}

class EthTest : public testing::RpcTest {
  protected:
    EthTest() {
        // Block 1: a transfer and a log. Block 2: empty. Block 3: two logs in two transactions.
        chain().mine({transfer(0, OTHER), transfer(1, testing::LOGGER, to_bytes(topic(1)))});
        chain().mine({});
        chain().mine({transfer(2, testing::LOGGER, to_bytes(topic(2))),
                      transfer(3, testing::LOGGER, to_bytes(topic(1)))});
        restart({.modules = {"eth", "net", "web3", "debug"}});
    }
    static Hash topic(uint8_t last) {
        Hash out;
        out[31] = last;
        return out;
    }
    std::string block_hash(uint64_t number) { return quoted(*chain().hash_of(number)); }
    std::string tx_hash(uint64_t number, size_t index) {
        return quoted(chain().block(number)->tx_hashes[index]);
    }

    const Address OTHER = "0x00000000000000000000000000000000000000bb"_address;
    const std::string NO_HASH = quoted(Hash{});
};

TEST_F(EthTest, node_methods) {
    EXPECT_EQ(call("net_version"), "\"10\"");
    EXPECT_EQ(call("net_listening"), "true");
    EXPECT_EQ(call("net_peerCount"), "\"0x2\"");
    EXPECT_EQ(call("web3_clientVersion"), "\"Otento/test\"");
    EXPECT_EQ(call("web3_sha3", R"(["0x"])"),
              "\"0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470\"");
    EXPECT_EQ(call("eth_chainId"), "\"0x7\"");
    EXPECT_EQ(call("eth_blockNumber"), "\"0x3\"");
    EXPECT_EQ(call("eth_accounts"), "[]");
    EXPECT_EQ(call("eth_coinbase"), "\"0x0000000000000000000000000000000000000000\"");
    EXPECT_EQ(call("eth_mining"), "false");
    backend.role = "minter";
    EXPECT_EQ(call("eth_mining"), "true");
    EXPECT_EQ(call("eth_hashrate"), "\"0x0\"");
    EXPECT_EQ(call("eth_gasPrice"), "\"0x0\"");
    EXPECT_EQ(call("eth_maxPriorityFeePerGas"), "\"0x0\"");
}

TEST_F(EthTest, syncing_only_while_behind_and_not_ready) {
    EXPECT_EQ(call("eth_syncing"), "false");
    backend.highest = 9;
    EXPECT_EQ(call("eth_syncing"), "false");
    backend.ready.ready = false;
    EXPECT_EQ(call("eth_syncing"),
              R"({"startingBlock":"0x0","currentBlock":"0x3","highestBlock":"0x9"})");
}

TEST_F(EthTest, block_tags_all_name_final_blocks) {
    for (const char* tag : {"latest", "safe", "finalized", "0x3"}) {
        EXPECT_EQ(
            member(call("eth_getBlockByNumber", "[\"" + std::string(tag) + "\",false]"), "hash"),
            block_hash(3));
    }
    EXPECT_EQ(member(call("eth_getBlockByNumber", R"(["earliest",false])"), "number"), "\"0x0\"");
    EXPECT_EQ(call("eth_getBlockByNumber", R"(["0x4",false])"), "null");
    EXPECT_EQ(call("eth_getBlockByHash", "[" + NO_HASH + ",false]"), "null");
    EXPECT_EQ(member(call("eth_getBlockByHash", "[" + block_hash(1) + ",false]"), "transactions"),
              "[" + tx_hash(1, 0) + "," + tx_hash(1, 1) + "]");
    EXPECT_EQ(call("eth_getBlockByNumber", R"(["latest"])"),
              "error -32602 missing value for required argument 1");
    EXPECT_EQ(call("eth_getBlockByNumber", R"(["newest",true])"),
              "error -32602 invalid argument 0: hex string without 0x prefix");
}

TEST_F(EthTest, pending_block_is_a_view_on_the_head) {
    const std::string block = call("eth_getBlockByNumber", R"(["pending",true])");
    EXPECT_EQ(member(block, "number"), "\"0x4\"");
    EXPECT_EQ(member(block, "parentHash"), block_hash(3));
    for (const char* key : {"hash", "nonce", "miner"}) {
        EXPECT_EQ(member(block, key), "null");
    }
    EXPECT_EQ(member(block, "transactions"), "[]");
    EXPECT_EQ(member(block, "timestamp"), "\"0x6553f100\"");  // The clock's 1,700,000,000.
    EXPECT_EQ(call("eth_getBlockTransactionCountByNumber", R"(["pending"])"), "\"0x0\"");
}

TEST_F(EthTest, nanoseconds_of_the_seal_are_served) {
    EXPECT_EQ(member(call("eth_getBlockByNumber", R"(["0x1",false])"), "timestampNanos"), "absent");
    backend.nanos = 17;
    EXPECT_EQ(member(call("eth_getBlockByNumber", R"(["0x1",false])"), "timestampNanos"),
              "\"0x11\"");
    EXPECT_EQ(member(call("eth_getHeaderByHash", "[" + block_hash(1) + "]"), "timestampNanos"),
              "\"0x11\"");
}

TEST_F(EthTest, counts_and_ommers) {
    EXPECT_EQ(call("eth_getBlockTransactionCountByNumber", R"(["0x1"])"), "\"0x2\"");
    EXPECT_EQ(call("eth_getBlockTransactionCountByHash", "[" + block_hash(2) + "]"), "\"0x0\"");
    EXPECT_EQ(call("eth_getBlockTransactionCountByNumber", R"(["0x9"])"), "null");
    EXPECT_EQ(call("eth_getUncleCountByBlockNumber", R"(["latest"])"), "\"0x0\"");
    EXPECT_EQ(call("eth_getUncleCountByBlockHash", "[" + NO_HASH + "]"), "null");
    EXPECT_EQ(call("eth_getUncleByBlockNumberAndIndex", R"(["latest","0x0"])"), "null");
    EXPECT_EQ(call("eth_getUncleByBlockHashAndIndex", "[" + block_hash(1) + ",\"0x0\"]"), "null");
}

TEST_F(EthTest, transactions_are_found_by_hash_and_place) {
    const std::string by_hash = call("eth_getTransactionByHash", "[" + tx_hash(1, 1) + "]");
    EXPECT_EQ(member(by_hash, "transactionIndex"), "\"0x1\"");
    EXPECT_EQ(member(by_hash, "from"), quoted(testing::RICH));
    EXPECT_EQ(call("eth_getTransactionByBlockNumberAndIndex", R"(["0x1","0x1"])"), by_hash);
    EXPECT_EQ(call("eth_getTransactionByBlockHashAndIndex", "[" + block_hash(1) + ",\"0x1\"]"),
              by_hash);
    EXPECT_EQ(call("eth_getTransactionByBlockNumberAndIndex", R"(["0x1","0x2"])"), "null");
    EXPECT_EQ(call("eth_getTransactionByHash", "[" + NO_HASH + "]"), "null");
    const auto raw = quoted(types::encode_transaction(chain().block(1)->block->transactions[1]));
    EXPECT_EQ(call("eth_getRawTransactionByHash", "[" + tx_hash(1, 1) + "]"), raw);
    EXPECT_EQ(call("eth_getRawTransactionByBlockNumberAndIndex", R"(["0x1","0x1"])"), raw);
    EXPECT_EQ(call("eth_getRawTransactionByHash", "[" + NO_HASH + "]"), "\"0x\"");
}

TEST_F(EthTest, pool_transactions_have_no_place_yet) {
    const auto tx = std::make_shared<const types::Transaction>(transfer(9, OTHER));
    const Hash hash = types::transaction_hash(*tx);
    backend.pool[hash] = {.tx = tx, .hash = hash, .sender = testing::RICH};
    const std::string found = call("eth_getTransactionByHash", "[" + quoted(hash) + "]");
    EXPECT_EQ(member(found, "blockHash"), "null");
    EXPECT_EQ(member(found, "nonce"), "\"0x9\"");
    EXPECT_EQ(call("eth_getTransactionReceipt", "[" + quoted(hash) + "]"), "null");
    EXPECT_EQ(call("eth_getRawTransactionByHash", "[" + quoted(hash) + "]"),
              quoted(types::encode_transaction(*tx)));
}

TEST_F(EthTest, receipts_count_logs_within_the_block) {
    const std::string receipt = call("eth_getTransactionReceipt", "[" + tx_hash(3, 1) + "]");
    EXPECT_EQ(member(receipt, "status"), "\"0x1\"");
    EXPECT_NE(receipt.find(R"("logIndex":"0x1")"), std::string::npos);
    EXPECT_EQ(call("eth_getBlockReceipts", R"(["0x2"])"), "[]");
    EXPECT_EQ(call("eth_getBlockReceipts", R"(["0x9"])"), "null");
    const std::string all = call("eth_getBlockReceipts", "[" + block_hash(3) + "]");
    EXPECT_TRUE(all.ends_with("," + receipt + "]"));
}

TEST_F(EthTest, state_is_read_at_any_block) {
    const std::string rich = quoted(testing::RICH);
    EXPECT_EQ(call("eth_getBalance", "[" + rich + "]"), "\"0x8ac7230489e80000\"");
    EXPECT_EQ(call("eth_getTransactionCount", "[" + rich + ",\"0x0\"]"), "\"0x0\"");
    EXPECT_EQ(call("eth_getTransactionCount", "[" + rich + ",\"0x1\"]"), "\"0x2\"");
    EXPECT_EQ(call("eth_getTransactionCount", "[" + rich + "," + block_hash(3) + "]"), "\"0x4\"");
    EXPECT_EQ(call("eth_getTransactionCount", "[" + rich + ",{\"blockNumber\":\"0x1\"}]"),
              "\"0x2\"");
    backend.nonce = 77;
    EXPECT_EQ(call("eth_getTransactionCount", "[" + rich + ",\"pending\"]"), "\"0x4d\"");
    EXPECT_EQ(call("eth_getCode", "[" + quoted(testing::INVALID_CODE) + ",\"latest\"]"),
              "\"0xfe\"");
    EXPECT_EQ(call("eth_getCode", "[" + rich + "]"), "\"0x\"");
    EXPECT_EQ(call("eth_getStorageAt", "[" + quoted(testing::READER) + ",\"0x0\",\"latest\"]"),
              "\"0x" + std::string(62, '0') + "2a\"");
    EXPECT_EQ(call("eth_getStorageAt", "[" + quoted(testing::READER) + ",\"0x1\"]"), NO_HASH);
}

TEST_F(EthTest, many_slots_are_read_at_once) {
    const std::string reader = quoted(testing::READER);
    EXPECT_EQ(call("eth_getStorageValues", "[{" + reader + ":[\"0x0\",\"0x1\"]}]"),
              "{" + reader + ":[\"0x" + std::string(62, '0') + "2a\"," + NO_HASH + "]}");
    EXPECT_EQ(call("eth_getStorageValues", "[{}]"), "error -32602 empty request");
    EXPECT_EQ(call("eth_getStorageValues", "[{" + reader + ":[]}]"), "error -32602 empty request");
    std::string many = "\"0x0\"";
    for (int i = 0; i < 1024; ++i) {
        many += ",\"0x0\"";
    }
    EXPECT_EQ(call("eth_getStorageValues", "[{" + reader + ":[" + many + "]}]"),
              "error -38026 too many slots (max 1024)");
}

TEST_F(EthTest, state_errors_say_why) {
    const std::string rich = quoted(testing::RICH);
    EXPECT_EQ(call("eth_getBalance", "[" + rich + ",\"0x4\"]"), "error -32000 header not found");
    EXPECT_EQ(call("eth_getBalance", "[" + rich + "," + NO_HASH + "]"),
              "error -32000 header for hash not found");
    EXPECT_EQ(call("eth_getBalance", "[\"0x12\"]"),
              "error -32602 invalid argument 0: hex string has length 2, want 40");
    chain().prune_state(1);
    EXPECT_EQ(call("eth_getBalance", "[" + rich + ",\"0x1\"]"),
              "error -32000 missing trie node: state of block 1 is not kept");
    EXPECT_EQ(call("eth_getStorageAt", "[" + rich + ",\"0xzz\"]").substr(0, 13), "error -32602 ");
}

TEST_F(EthTest, debug_gives_raw_encodings) {
    const auto block = chain().block(1);
    EXPECT_EQ(call("debug_getRawBlock", R"(["0x1"])"), quoted(types::encode_block(*block->block)));
    EXPECT_EQ(call("debug_getRawHeader", "[" + block_hash(1) + "]"),
              quoted(types::encode_header(block->block->header)));
    EXPECT_EQ(call("debug_getRawReceipts", R"(["0x1"])"),
              "[" + quoted(types::encode_receipt(block->receipts[0])) + "," +
                  quoted(types::encode_receipt(block->receipts[1])) + "]");
    EXPECT_EQ(call("debug_getRawTransaction", "[" + NO_HASH + "]"), "\"0x\"");
    EXPECT_EQ(call("debug_getBadBlocks"), "[]");
}

TEST_F(EthTest, sending_gives_the_hash_or_the_pools_words) {
    const auto tx = transfer(4, OTHER);
    const std::string raw = "[" + quoted(types::encode_transaction(tx)) + "]";
    EXPECT_EQ(call("eth_sendRawTransaction", raw), quoted(types::transaction_hash(tx)));
    ASSERT_EQ(backend.submitted.size(), 1u);
    EXPECT_EQ(backend.submitted[0], types::encode_transaction(tx));
    backend.refusal = "nonce too low";
    EXPECT_EQ(call("eth_sendRawTransaction", raw), "error -32000 nonce too low");
    EXPECT_EQ(call("eth_sendRawTransaction", "[\"0x1\"]"),
              "error -32602 invalid argument 0: hex string of odd length");
    EXPECT_EQ(call("eth_sendRawTransaction"), "error -32602 missing value for required argument 0");
}

TEST_F(EthTest, fees_above_the_cap_are_not_sent) {
    using types::TxType;
    std::string raw;
    types::Transaction tx;
    for (const TxType type : {TxType::legacy, TxType::access_list, TxType::dynamic_fee}) {
        tx = transfer(4, OTHER);
        tx.type = type;
        tx.max_fee_per_gas = 15'000'000'000'000;  // times 100,000 gas: 1.5 ether
        tx.max_priority_fee_per_gas = type == TxType::dynamic_fee ? uint256{1} : tx.max_fee_per_gas;
        types::sign(tx, testing::SECRET_KEY);
        raw = "[" + quoted(types::encode_transaction(tx)) + "]";
        EXPECT_EQ(call("eth_sendRawTransaction", raw),
                  "error -32000 tx fee (1.50 ether) exceeds the configured cap (1.00 ether)");
    }
    EXPECT_TRUE(backend.submitted.empty());
    restart({.tx_fee_cap_wei = 0});
    EXPECT_EQ(call("eth_sendRawTransaction", raw), quoted(types::transaction_hash(tx)));
}

}  // namespace
}  // namespace otento::rpc
