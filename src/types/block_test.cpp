#include <otento/types/account.hpp>
#include <otento/types/block.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>

#include <gtest/gtest.h>

namespace otento::types {
namespace {

using namespace otento::literals;

Header header_with(size_t optional_fields) {
    Header header;
    header.parent_hash = EMPTY_CODE_HASH;
    header.ommers_hash = EMPTY_OMMERS_HASH;
    header.logs_bloom[7] = 9;
    header.difficulty = uint256{1} << 200;
    header.number = 17;
    header.gas_limit = UINT64_MAX;
    header.timestamp = 1795330293913262531;  // GoQuorum counts nanoseconds.
    header.extra_data = Bytes(40, 7);
    header.nonce[0] = 1;
    if (optional_fields > 0) {
        header.base_fee_per_gas = 7;
    }
    if (optional_fields > 1) {
        header.withdrawals_root = EMPTY_TRIE_ROOT;
    }
    if (optional_fields > 2) {
        header.blob_gas_used = 0;
    }
    if (optional_fields > 3) {
        header.excess_blob_gas = 131072;
    }
    if (optional_fields > 4) {
        header.parent_beacon_block_root = Hash{};
    }
    if (optional_fields > 5) {
        header.requests_hash = EMPTY_CODE_HASH;
    }
    return header;
}

Receipt receipt_with_logs() {
    Receipt receipt;
    receipt.type = TxType::dynamic_fee;
    receipt.success = true;
    receipt.cumulative_gas_used = 50000;
    receipt.gas_used = 21000;
    for (size_t i = 0; i < 50; ++i) {
        Log log;
        log.address[3] = static_cast<uint8_t>(i);
        log.topics.assign(i % 5, EMPTY_CODE_HASH);
        log.data.assign(i, 0xee);
        receipt.logs.push_back(log);
    }
    receipt.logs_bloom = logs_bloom(receipt.logs);
    return receipt;
}

TEST(Constants, are_the_hashes_they_claim_to_be) {
    EXPECT_EQ(EMPTY_CODE_HASH, crypto::keccak256({}));
    EXPECT_EQ(EMPTY_OMMERS_HASH, crypto::keccak256("0xc0"_hex));
    EXPECT_EQ(EMPTY_TRIE_ROOT, crypto::keccak256("0x80"_hex));
}

TEST(Header, survives_a_round_trip_with_any_number_of_optional_fields) {
    for (size_t n = 0; n <= 6; ++n) {
        const Header header = header_with(n);
        const Bytes encoded = encode_header(header);
        const auto decoded = decode_header(encoded);
        ASSERT_TRUE(decoded.has_value()) << n;
        EXPECT_EQ(*decoded, header) << n;
        EXPECT_EQ(header_hash(header), crypto::keccak256(encoded));
    }
}

TEST(Header, refuses_a_field_too_many_and_any_truncation) {
    rlp::Writer out;
    const Bytes six = encode_header(header_with(6));
    rlp::Reader reader(six);
    out.begin_list().raw(reader.read_list().value().rest()).uint(uint64_t{1}).end_list();
    EXPECT_EQ(decode_header(out.view()).error(), BlockDecodeError::trailing_bytes);
    for (size_t n = 0; n < six.size(); ++n) {
        EXPECT_FALSE(decode_header(BytesView(six).first(n)).has_value());
    }
}

TEST(Block, survives_a_round_trip) {
    Block block;
    block.header = header_with(6);
    block.transactions.resize(3);
    block.transactions[1].type = TxType::dynamic_fee;
    block.transactions[1].chain_id = 5;
    block.transactions[2].data = Bytes(300, 1);
    block.ommers = {header_with(0), header_with(1)};
    block.withdrawals = {{.index = 1, .validator_index = 2, .address = {}, .amount_gwei = 3}};
    const Bytes encoded = encode_block(block);
    const auto decoded = decode_block(encoded);
    ASSERT_TRUE(decoded.has_value()) << to_string(decoded.error());
    EXPECT_EQ(*decoded, block);

    block.withdrawals.emplace();
    EXPECT_EQ(decode_block(encode_block(block)).value(), block) << "empty list, not absent";
    block.withdrawals.reset();
    EXPECT_EQ(decode_block(encode_block(block)).value(), block);
}

TEST(Block, refuses_damage_and_says_where) {
    Block block;
    block.header = header_with(0);
    block.transactions.resize(1);
    Bytes encoded = encode_block(block);
    for (size_t n = 0; n < encoded.size(); ++n) {
        EXPECT_FALSE(decode_block(BytesView(encoded).first(n)).has_value());
    }
    encoded.push_back(0);
    EXPECT_EQ(decode_block(encoded).error(), BlockDecodeError::trailing_bytes);

    rlp::Writer bad_transaction;
    bad_transaction.begin_list().raw(encode_header(block.header));
    bad_transaction.begin_list().uint(uint64_t{3}).end_list().begin_list().end_list().end_list();
    EXPECT_EQ(decode_block(bad_transaction.view()).error(), BlockDecodeError::transaction);
}

TEST(Receipt, consensus_form_is_typed_and_has_status_or_root) {
    Receipt receipt;
    receipt.success = true;
    receipt.cumulative_gas_used = 1;
    // Two fields of one byte, a bloom of 259 and an empty list make 0x0106.
    const Bytes legacy = encode_receipt(receipt);
    EXPECT_EQ(to_hex(BytesView(legacy).first(5)), "f901060101");
    EXPECT_EQ(to_hex(BytesView(legacy).last(1)), "c0");
    receipt.type = TxType::blob;
    Bytes typed = {3};
    append(typed, legacy);
    EXPECT_EQ(encode_receipt(receipt), typed);
    receipt.type = TxType::legacy;
    receipt.post_state = EMPTY_TRIE_ROOT;
    EXPECT_EQ(encode_receipt(receipt).size(), legacy.size() + 32);
}

TEST(Receipt, storage_form_survives_a_round_trip) {
    Receipt receipt = receipt_with_logs();
    EXPECT_EQ(decode_stored_receipt(encode_stored_receipt(receipt)).value(), receipt);
    receipt.success = false;
    receipt.contract_address = Address{};
    EXPECT_EQ(decode_stored_receipt(encode_stored_receipt(receipt)).value(), receipt);
    receipt.post_state = EMPTY_TRIE_ROOT;
    const Bytes encoded = encode_stored_receipt(receipt);
    EXPECT_EQ(decode_stored_receipt(encoded).value(), receipt);
    for (size_t n = 0; n < encoded.size(); ++n) {
        EXPECT_FALSE(decode_stored_receipt(BytesView(encoded).first(n)).has_value());
    }
}

TEST(Bloom, holds_each_item_and_little_else) {
    const Receipt receipt = receipt_with_logs();
    for (const Log& log : receipt.logs) {
        EXPECT_TRUE(bloom_may_contain(receipt.logs_bloom, log.address));
    }
    EXPECT_TRUE(bloom_may_contain(receipt.logs_bloom, EMPTY_CODE_HASH));
    EXPECT_FALSE(bloom_may_contain(receipt.logs_bloom, EMPTY_TRIE_ROOT));
    EXPECT_FALSE(bloom_may_contain(Bloom{}, EMPTY_CODE_HASH));
    Bloom one;
    add_to_bloom(one, EMPTY_CODE_HASH);
    int bits = 0;
    for (const uint8_t byte : one) {
        bits += std::popcount(byte);
    }
    EXPECT_EQ(bits, 3);
}

TEST(Account, survives_a_round_trip_and_refuses_damage) {
    const Account account{.nonce = 300,
                          .balance = ~uint256{},
                          .storage_root = EMPTY_CODE_HASH,
                          .code_hash = EMPTY_TRIE_ROOT};
    Bytes encoded = encode_account(account);
    EXPECT_EQ(decode_account(encoded).value(), account);
    EXPECT_EQ(
        to_hex(encode_account({})),
        "f8448080a056e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421a0c5d246018"
        "6f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
    for (size_t n = 0; n < encoded.size(); ++n) {
        EXPECT_FALSE(decode_account(BytesView(encoded).first(n)).has_value());
    }
    encoded.push_back(0);
    EXPECT_EQ(decode_account(encoded).error(), BlockDecodeError::trailing_bytes);
}

}  // namespace
}  // namespace otento::types
