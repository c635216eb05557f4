// Blocks from their JSON: of a GoQuorum chain, of every transaction type, and with faults.
#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/follow/rebuild.hpp>
#include <otento/jsonrpc/forms.hpp>

#include <gtest/gtest.h>

namespace otento::follow {
namespace {

using types::Block;
using types::Transaction;

Transaction sample(types::TxType type) {
    Transaction tx;
    tx.type = type;
    tx.chain_id = 10;
    tx.nonce = 7;
    tx.gas_limit = 21'000;
    tx.value = 5;
    tx.data = {1, 2, 3};
    tx.to = Address{};
    if (type == types::TxType::access_list) {
        tx.access_list = {{.address = {}, .storage_keys = {Hash{}}}};
    }
    const bool signed_well = types::sign(tx, crypto::keccak256(bytes_of("key")));
    EXPECT_TRUE(signed_well);
    return tx;
}

Block sample_block() {
    Block block;
    block.header.number = 9;
    block.header.gas_limit = 700'000'000;
    block.header.timestamp = 1'795'330'293'913'262'531;
    block.header.difficulty = 131'072;
    block.header.extra_data = {1, 2, 3};
    block.transactions = {sample(types::TxType::legacy), sample(types::TxType::access_list)};
    Transaction creation = sample(types::TxType::legacy);
    creation.to.reset();
    EXPECT_TRUE(types::sign(creation, crypto::keccak256(bytes_of("key"))));
    block.transactions.push_back(creation);
    return block;
}

std::string json_of(const Block& block) {
    std::vector<Hash> hashes;
    for (const Transaction& tx : block.transactions) {
        hashes.push_back(types::transaction_hash(tx));
    }
    const std::vector<Address> senders(hashes.size());
    jsonrpc::Writer out;
    jsonrpc::write_block(out, block,
                         {.hash = types::header_hash(block.header),
                          .tx_hashes = hashes,
                          .senders = senders,
                          .full = true});
    return out.take();
}

Result<Bytes, std::string> rebuild(const std::string& json) {
    const auto document = jsonrpc::parse(json);
    return rebuild_block(document->root());
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    const size_t at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), with);
}

TEST(RebuildBlock, gives_the_blocks_rlp) {
    const Block block = sample_block();
    const auto rebuilt = rebuild(json_of(block));
    ASSERT_TRUE(rebuilt.has_value()) << rebuilt.error();
    EXPECT_EQ(to_hex(*rebuilt), to_hex(types::encode_block(block)));
}

TEST(RebuildBlock, a_changed_header_field_is_noticed) {
    const std::string json = json_of(sample_block());
    const auto rebuilt = rebuild(replaced(json, R"("gasUsed":"0x0")", R"("gasUsed":"0x1")"));
    ASSERT_FALSE(rebuilt.has_value());
    EXPECT_TRUE(rebuilt.error().starts_with("is named 0x")) << rebuilt.error();
}

TEST(RebuildBlock, a_changed_transaction_is_named) {
    const std::string json = json_of(sample_block());
    const auto rebuilt = rebuild(replaced(json, R"("value":"0x5")", R"("value":"0x6")"));
    ASSERT_FALSE(rebuilt.has_value());
    EXPECT_TRUE(rebuilt.error().starts_with("transaction 0 is named 0x")) << rebuilt.error();
}

TEST(RebuildBlock, hostile_json_is_an_error) {
    const std::string json = json_of(sample_block());
    for (const std::string& text : {std::string("null"), std::string("[]"), std::string("{}"),
                                    replaced(json, R"("transactions":[)", R"("transactions":[7,)"),
                                    replaced(json, R"("uncles":[])", R"("uncles":["0x00"])"),
                                    replaced(json, R"("extraData":"0x)", R"("extraData":"0)"),
                                    replaced(json, R"("number":")", R"("number":"00)"),
                                    replaced(json, R"("miner":"0x00)", R"("miner":"0x)"),
                                    replaced(json, R"("parentHash")", R"("motherHash")"),
                                    replaced(json, R"("type":"0x1")", R"("type":"0x3")")}) {
        EXPECT_FALSE(rebuild(text).has_value()) << text.substr(0, 100);
    }
}

}  // namespace
}  // namespace otento::follow
