#include <otento/types/transaction.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <gtest/gtest.h>

namespace otento::types {
namespace {

using namespace otento::literals;

const Hash KEY = "0x4646464646464646464646464646464646464646464646464646464646464646"_hash;
const Address OWNER = "0x9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"_address;
const Address TARGET = "0x3535353535353535353535353535353535353535"_address;

/// The example transaction of EIP-155.
Transaction eip155_example() {
    Transaction tx;
    tx.chain_id = 1;
    tx.nonce = 9;
    tx.max_fee_per_gas = 20'000'000'000;
    tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    tx.gas_limit = 21000;
    tx.to = TARGET;
    tx.value = 1'000'000'000'000'000'000;
    return tx;
}

Transaction typed(TxType type) {
    Transaction tx = eip155_example();
    tx.type = type;
    tx.chain_id = UINT64_MAX;
    tx.data = "0x00010203"_hex;
    if (type != TxType::access_list) {
        tx.max_priority_fee_per_gas = 7;
    }
    tx.access_list = {{.address = TARGET, .storage_keys = {KEY, Hash{}}},
                      {.address = OWNER, .storage_keys = {}}};
    if (type == TxType::blob) {
        tx.max_fee_per_blob_gas = uint256{1} << 255;
        tx.blob_versioned_hashes = {KEY};
    }
    if (type == TxType::set_code) {
        tx.authorization_list = {
            {.chain_id = 5, .address = TARGET, .nonce = 3, .y_parity = 1, .r = 1, .s = 2}};
    }
    return tx;
}

TEST(Transaction, eip_155_example_signs_and_encodes_as_published) {
    Transaction tx = eip155_example();
    EXPECT_EQ(signing_hash(tx),
              "0xdaf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"_hash);
    ASSERT_TRUE(sign(tx, KEY));
    EXPECT_EQ(tx.legacy_v(), uint256{37});
    EXPECT_EQ(
        to_hex(encode_transaction(tx)),
        "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080"
        "25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761a"
        "ecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83");
    EXPECT_EQ(recover_sender(tx), OWNER);
}

TEST(Transaction, every_type_survives_a_round_trip) {
    for (const TxType type : {TxType::legacy, TxType::access_list, TxType::dynamic_fee,
                              TxType::blob, TxType::set_code}) {
        Transaction tx = type == TxType::legacy ? eip155_example() : typed(type);
        ASSERT_TRUE(sign(tx, KEY));
        const Bytes encoded = encode_transaction(tx);
        const auto decoded = decode_transaction(encoded);
        ASSERT_TRUE(decoded.has_value()) << to_string(decoded.error());
        EXPECT_EQ(*decoded, tx);
        EXPECT_EQ(recover_sender(*decoded), OWNER);

        rlp::Writer body;
        append_block_transaction(body, tx);
        const auto in_block = decode_block_transaction(body.view());
        ASSERT_TRUE(in_block.has_value()) << to_string(in_block.error());
        EXPECT_EQ(*in_block, tx);
    }
}

TEST(Transaction, contract_creation_exists_for_types_0_to_2_only) {
    for (const TxType type : {TxType::legacy, TxType::access_list, TxType::dynamic_fee}) {
        Transaction tx = typed(type);
        if (type == TxType::legacy) {
            tx.access_list.clear();
        }
        tx.to.reset();
        EXPECT_TRUE(decode_transaction(encode_transaction(tx)).has_value());
    }
    for (const TxType type : {TxType::blob, TxType::set_code}) {
        Transaction tx = typed(type);
        tx.to.reset();
        EXPECT_FALSE(decode_transaction(encode_transaction(tx)).has_value());
    }
}

TEST(Transaction, v_37_is_private_only_on_request) {
    Transaction tx = eip155_example();
    tx.chain_id.reset();
    tx.quorum_private = true;
    ASSERT_TRUE(sign(tx, KEY));
    EXPECT_EQ(tx.legacy_v(), uint256{tx.y_parity ? 38U : 37U});
    const Bytes encoded = encode_transaction(tx);

    const auto quorum = decode_transaction(encoded, {.quorum_private = true});
    ASSERT_TRUE(quorum.has_value());
    EXPECT_EQ(*quorum, tx);
    EXPECT_EQ(recover_sender(*quorum), OWNER);

    const auto ethereum = decode_transaction(encoded);
    ASSERT_TRUE(ethereum.has_value());
    EXPECT_EQ(ethereum->chain_id, 1U);
    EXPECT_FALSE(ethereum->quorum_private);
    EXPECT_NE(recover_sender(*ethereum), OWNER) << "signed without the chain id";
    EXPECT_EQ(encode_transaction(*ethereum), encoded);
}

TEST(Transaction, private_mark_leaves_other_values_of_v_alone) {
    for (const uint64_t chain_id : {0ULL, 2ULL, 10ULL, 1337ULL, ~0ULL}) {
        Transaction tx = eip155_example();
        tx.chain_id = chain_id;
        ASSERT_TRUE(sign(tx, KEY));
        const auto decoded = decode_transaction(encode_transaction(tx), {.quorum_private = true});
        ASSERT_TRUE(decoded.has_value());
        EXPECT_EQ(*decoded, tx) << chain_id;
    }
}

TEST(Transaction, refuses_v_without_meaning) {
    Transaction tx = eip155_example();
    tx.r = 1;
    tx.s = 1;
    // v is the byte before r and s here, since both are one byte long.
    Bytes encoded = encode_transaction(tx);
    const size_t at = encoded.size() - 3;
    ASSERT_EQ(encoded[at], 37);
    for (const int v : {1, 26, 29, 34}) {
        encoded[at] = static_cast<uint8_t>(v);
        const auto decoded = decode_transaction(encoded);
        ASSERT_FALSE(decoded.has_value()) << v;
        EXPECT_EQ(decoded.error(), TxDecodeError::bad_v);
    }
}

TEST(Transaction, refuses_types_and_envelopes_it_does_not_know) {
    const auto error = [](const Bytes& in) { return decode_transaction(in).error(); };
    EXPECT_EQ(error({}), TxDecodeError::empty);
    EXPECT_EQ(error("0x00c0"_hex), TxDecodeError::unknown_type);
    EXPECT_EQ(error("0x05c0"_hex), TxDecodeError::unknown_type);
    EXPECT_EQ(error("0x7fc0"_hex), TxDecodeError::unknown_type);
    EXPECT_EQ(error("0x80"_hex), TxDecodeError::rlp);
    EXPECT_EQ(error("0xc0"_hex), TxDecodeError::rlp);
    EXPECT_EQ(error("0x02"_hex), TxDecodeError::rlp);

    EXPECT_EQ(decode_block_transaction({}).error(), TxDecodeError::empty);
    EXPECT_EQ(decode_block_transaction("0x80"_hex).error(), TxDecodeError::empty);
    EXPECT_EQ(decode_block_transaction("0x01"_hex).error(), TxDecodeError::rlp);
    // A legacy transaction must not be wrapped in a string.
    rlp::Writer wrapped;
    wrapped.string(encode_transaction(eip155_example()));
    EXPECT_EQ(decode_block_transaction(wrapped.view()).error(), TxDecodeError::unknown_type);
}

TEST(Transaction, refuses_trailing_bytes) {
    for (Transaction tx : {eip155_example(), typed(TxType::dynamic_fee)}) {
        Bytes encoded = encode_transaction(tx);
        encoded.push_back(0);
        EXPECT_EQ(decode_transaction(encoded).error(), TxDecodeError::trailing_bytes);
    }
}

TEST(Transaction, refuses_every_truncation) {
    for (const TxType type : {TxType::access_list, TxType::blob, TxType::set_code}) {
        const Bytes encoded = encode_transaction(typed(type));
        for (size_t n = 0; n < encoded.size(); ++n) {
            EXPECT_FALSE(decode_transaction(BytesView(encoded).first(n)).has_value());
        }
    }
}

TEST(Transaction, y_parity_of_typed_transactions_is_0_or_1) {
    Transaction tx = typed(TxType::dynamic_fee);
    tx.y_parity = true;
    tx.r = 5;
    tx.s = 6;
    Bytes encoded = encode_transaction(tx);
    ASSERT_EQ(encoded[encoded.size() - 3], 1);
    encoded[encoded.size() - 3] = 2;
    EXPECT_EQ(decode_transaction(encoded).error(), TxDecodeError::bad_v);
}

TEST(Transaction, high_s_is_a_sender_only_where_allowed) {
    Transaction tx = eip155_example();
    ASSERT_TRUE(sign(tx, KEY));
    tx.s = crypto::SECP256K1_N - tx.s;
    tx.y_parity = !tx.y_parity;
    EXPECT_FALSE(recover_sender(tx).has_value());
    EXPECT_EQ(recover_sender(tx, false), OWNER);
}

TEST(Transaction, many_senders_and_hashes_are_those_of_each) {
    std::vector<Transaction> txs;
    for (uint64_t i = 0; i < 20; ++i) {
        Transaction& tx = txs.emplace_back(eip155_example());
        tx.nonce = i;
        ASSERT_TRUE(sign(tx, KEY));
    }
    txs[3].s = crypto::SECP256K1_N - txs[3].s;
    txs[3].y_parity = !txs[3].y_parity;
    txs[4].r = 5;  // No x of a point.
    txs[5].s = 0;
    txs[19] = typed(TxType::blob);
    ASSERT_TRUE(sign(txs[19], KEY));
    std::vector<const Transaction*> places;
    for (const Transaction& tx : txs) {
        places.push_back(&tx);
    }
    for (const bool require_low_s : {true, false}) {
        const auto senders = recover_senders(places, require_low_s);
        const auto hashes = transaction_hashes(places);
        ASSERT_EQ(senders.size(), txs.size());
        for (size_t i = 0; i < txs.size(); ++i) {
            EXPECT_EQ(senders[i], recover_sender(txs[i], require_low_s)) << i;
            EXPECT_EQ(hashes[i], transaction_hash(txs[i])) << i;
        }
        EXPECT_EQ(senders[0], OWNER);
        EXPECT_EQ(senders[3].has_value(), !require_low_s);
        EXPECT_FALSE(senders[4] || senders[5]);
    }
    EXPECT_TRUE(recover_senders({}).empty());
}

TEST(Transaction, an_invalid_key_does_not_sign) {
    Transaction tx = eip155_example();
    const Transaction before = tx;
    EXPECT_FALSE(sign(tx, Hash{}));
    EXPECT_EQ(tx, before);
}

TEST(Authorization, authority_is_the_signer_of_the_tuple) {
    // keccak256(0x05 || rlp([1, TARGET, 7])), signed here; encoding by hand.
    const Bytes message = "0x05d70194353535353535353535353535353535353535353507"_hex;
    const auto signature = crypto::sign(crypto::keccak256(message), KEY);
    ASSERT_TRUE(signature.has_value());
    Authorization tuple{.chain_id = 1,
                        .address = TARGET,
                        .nonce = 7,
                        .y_parity = uint64_t{signature->y_parity},
                        .r = signature->r,
                        .s = signature->s};
    EXPECT_EQ(recover_authority(tuple), OWNER);

    Authorization high = tuple;
    high.s = crypto::SECP256K1_N - high.s;
    high.y_parity = uint64_t{!signature->y_parity};
    EXPECT_FALSE(recover_authority(high).has_value());
    Authorization odd = tuple;
    odd.y_parity = 2;
    EXPECT_FALSE(recover_authority(odd).has_value());
}

}  // namespace
}  // namespace otento::types
