// Public vectors against the codecs: TransactionTests, RLPTests and BasicTests of ethereum/tests,
// blocks of its BlockchainTests, and a whole chain written by Quorum 2.4. Data: see MANIFEST.md
// beside the archives.
#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/crypto/testing/vectors.hpp>
#include <otento/types/block.hpp>

#include <gtest/gtest.h>

#include <simdjson.h>

#include <set>

namespace otento::types {
namespace {

using crypto::testing::output_of;
using crypto::testing::UnpackedVectors;
namespace dom = simdjson::dom;

const char* const FORKS[] = {
    "Frontier",       "Homestead",         "EIP150",   "EIP158", "Byzantium",
    "Constantinople", "ConstantinopleFix", "Istanbul", "Berlin", "London",
    "Paris",          "Shanghai",          "Cancun",   "Prague", "Osaka"};

size_t fork_index(std::string_view name) {
    for (size_t i = 0; i < std::size(FORKS); ++i) {
        if (name == FORKS[i]) {
            return i;
        }
    }
    ADD_FAILURE() << "unknown fork " << name;
    return 0;
}

/// What execution checks and a codec cannot know.
const std::set<std::string_view> EXECUTION_REASONS = {
    "TransactionException.INTRINSIC_GAS_TOO_LOW",
    "TransactionException.INITCODE_SIZE_EXCEEDED",
    "TransactionException.GASLIMIT_PRICE_PRODUCT_OVERFLOW",
    "TransactionException.NONCE_TOO_BIG",
    "TransactionException.PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2",
};

/// Decoding, the fork's signature rules and recovery: what is a transaction at all.
std::optional<Address> accept(const Result<Transaction, TxDecodeError>& tx, size_t fork) {
    static const size_t TYPE_SINCE[] = {fork_index("Frontier"), fork_index("Berlin"),
                                        fork_index("London"), fork_index("Cancun"),
                                        fork_index("Prague")};
    if (!tx || fork < TYPE_SINCE[static_cast<size_t>(tx->type)]) {
        return std::nullopt;
    }
    if (tx->chain_id && (*tx->chain_id != 1 || fork < fork_index("EIP158"))) {
        return std::nullopt;
    }
    return recover_sender(*tx, fork >= fork_index("Homestead"));
}

TEST(Vectors, transaction_tests) {
    const UnpackedVectors vectors("basic", "basic/TransactionTests");
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    size_t accepted = 0;
    size_t refused = 0;
    for (const auto& path : vectors.files("basic/TransactionTests", ".json")) {
        dom::parser parser;
        const dom::object tests = parser.load(path.string());
        for (const auto [name, test] : tests) {
            SCOPED_TRACE(std::string(name));
            const auto bytes = from_hex(test["txbytes"].get_string().value());
            ASSERT_TRUE(bytes.has_value());
            const auto tx = decode_transaction(*bytes);
            if (tx) {
                EXPECT_EQ(encode_transaction(*tx), *bytes);
            }
            for (const auto [fork, result] : dom::object(test["result"])) {
                const auto sender = accept(tx, fork_index(fork));
                std::string_view reason;
                if (result["exception"].get(reason) == simdjson::SUCCESS) {
                    if (!EXECUTION_REASONS.contains(reason)) {
                        EXPECT_FALSE(sender.has_value()) << fork << ' ' << reason;
                        ++refused;
                    }
                    continue;
                }
                ASSERT_TRUE(sender.has_value()) << fork;
                EXPECT_EQ(to_hex0x(*sender), result["sender"].get_string().value());
                EXPECT_EQ(to_hex0x(transaction_hash(*tx)), result["hash"].get_string().value());
                ++accepted;
            }
        }
    }
    EXPECT_GT(accepted, 500U);
    EXPECT_GT(refused, 1500U);
}

/// Big-endian bytes of a decimal number of any size.
Bytes big_number(std::string_view decimal) {
    Bytes reversed;
    for (const char digit : decimal) {
        unsigned carry = static_cast<unsigned>(digit - '0');
        for (uint8_t& byte : reversed) {
            carry += byte * 10U;
            byte = static_cast<uint8_t>(carry);
            carry >>= 8;
        }
        if (carry != 0) {
            reversed.push_back(static_cast<uint8_t>(carry));
        }
    }
    return {reversed.rbegin(), reversed.rend()};
}

void write_value(rlp::Writer& out, const dom::element& value) {
    if (value.is_array()) {
        out.begin_list();
        for (const auto item : dom::array(value)) {
            write_value(out, item);
        }
        out.end_list();
    } else if (value.is_string()) {
        const std::string_view text = value;
        if (text.starts_with('#')) {
            out.string(big_number(text.substr(1)));
        } else {
            out.string(bytes_of(text));
        }
    } else {
        out.uint(value.get_uint64().value());
    }
}

/// The test's value read back out of the encoding.
void expect_value(rlp::Reader& in, const dom::element& value) {
    if (value.is_array()) {
        auto list = in.read_list();
        ASSERT_TRUE(list.has_value());
        for (const auto item : dom::array(value)) {
            expect_value(*list, item);
        }
        EXPECT_TRUE(list->at_end());
    } else if (value.is_string()) {
        const std::string_view text = value;
        const auto read = in.read_string();
        ASSERT_TRUE(read.has_value());
        EXPECT_TRUE(equal(
            *read, text.starts_with('#') ? BytesView(big_number(text.substr(1))) : bytes_of(text)));
    } else {
        EXPECT_EQ(in.read_uint64().value(), value.get_uint64().value());
    }
}

bool is_canonical(rlp::Reader in) {
    while (!in.at_end()) {
        if (in.next_is_list()) {
            const auto list = in.read_list();
            if (!list || !is_canonical(*list)) {
                return false;
            }
        } else if (!in.read_string()) {
            return false;
        }
    }
    return true;
}

bool is_one_item(BytesView in) {
    rlp::Reader reader(in);
    const auto item = reader.read_raw();
    return item && reader.at_end() && is_canonical(rlp::Reader(*item));
}

TEST(Vectors, rlp_tests) {
    const UnpackedVectors vectors("basic", "basic/RLPTests");
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    size_t count = 0;
    for (const auto& path : vectors.files("basic/RLPTests", ".json")) {
        dom::parser parser;
        const dom::object tests = parser.load(path.string());
        for (const auto [name, test] : tests) {
            SCOPED_TRACE(std::string(name));
            const auto bytes = from_hex(test["out"].get_string().value());
            ASSERT_TRUE(bytes.has_value());
            std::string_view text;
            const bool is_text = test["in"].get(text) == simdjson::SUCCESS;
            ++count;
            if (is_text && text == "INVALID") {
                EXPECT_FALSE(is_one_item(*bytes));
                continue;
            }
            EXPECT_TRUE(is_one_item(*bytes));
            if (is_text && text == "VALID") {
                continue;
            }
            rlp::Writer out;
            write_value(out, test["in"]);
            EXPECT_EQ(to_hex(out.view()), to_hex(*bytes));
            rlp::Reader in(*bytes);
            expect_value(in, test["in"]);
        }
    }
    EXPECT_GT(count, 50U);
}

TEST(Vectors, keyaddrtest) {
    const UnpackedVectors vectors("basic", "basic/BasicTests");
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    dom::parser parser;
    const dom::array tests = parser.load((vectors / "basic/BasicTests/keyaddrtest.json").string());
    for (const auto test : tests) {
        const auto key = fixed_from_hex<32>(test["key"].get_string().value());
        ASSERT_TRUE(key.has_value());
        EXPECT_EQ(crypto::keccak256(bytes_of(test["seed"].get_string().value())), *key);
        const auto public_key = crypto::public_key(*key);
        ASSERT_TRUE(public_key.has_value());
        EXPECT_EQ(to_hex(crypto::address_of(*public_key)), test["addr"].get_string().value());
        // sig_of_emptystring is left out: it belongs to no hash of the empty string that we know.
    }
}

TEST(Vectors, txtest) {
    const UnpackedVectors vectors("basic", "basic/BasicTests");
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    dom::parser parser;
    const dom::array tests = parser.load((vectors / "basic/BasicTests/txtest.json").string());
    for (const auto test : tests) {
        Transaction tx;
        tx.nonce = test["nonce"].get_uint64();
        tx.max_fee_per_gas = test["gasprice"].get_uint64().value();
        tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
        tx.gas_limit = test["startgas"].get_uint64();
        tx.to = fixed_from_hex<20>(test["to"].get_string().value());
        tx.value = test["value"].get_uint64().value();
        tx.data = *from_hex(test["data"].get_string().value());
        const auto signed_bytes = from_hex(test["signed"].get_string().value());
        const auto published = decode_transaction(*signed_bytes);
        ASSERT_TRUE(published.has_value());
        const auto key = *fixed_from_hex<32>(test["key"].get_string().value());
        EXPECT_EQ(recover_sender(*published, false), crypto::address_of(*crypto::public_key(key)));
        // The published signatures are not RFC 6979's: compare everything else.
        tx.r = published->r;
        tx.s = published->s;
        tx.y_parity = published->y_parity;
        EXPECT_EQ(tx, *published);
    }
}

/// Decodes and encodes the blocks of some files; compares hashes and senders.
void check_blocks(const std::string& archive, const std::string& folder, size_t& blocks,
                  size_t& transactions) {
    const UnpackedVectors vectors(archive, folder);
    if (!vectors.available()) {
        GTEST_SKIP() << "no vectors";
    }
    for (const auto& path : vectors.files(folder, ".json")) {
        dom::parser parser;
        const dom::object tests = parser.load(path.string());
        for (const auto [name, test] : tests) {
            for (const auto entry : dom::array(test["blocks"])) {
                dom::element header;
                if (entry["blockHeader"].get(header) != simdjson::SUCCESS) {
                    continue;  // An invalid block; whether it decodes is not said.
                }
                SCOPED_TRACE(path.filename().string() + " " + std::string(name));
                const auto bytes = from_hex(entry["rlp"].get_string().value());
                const auto block = decode_block(*bytes);
                ASSERT_TRUE(block.has_value()) << to_string(block.error());
                EXPECT_EQ(encode_block(*block), *bytes);
                EXPECT_EQ(to_hex0x(header_hash(block->header)),
                          header["hash"].get_string().value());
                ++blocks;
                size_t i = 0;
                for (const auto tx : dom::array(entry["transactions"])) {
                    std::string_view sender;
                    ASSERT_LT(i, block->transactions.size());
                    if (tx["sender"].get(sender) == simdjson::SUCCESS) {
                        const auto recovered = recover_sender(block->transactions[i]);
                        ASSERT_TRUE(recovered.has_value());
                        EXPECT_EQ(to_hex0x(*recovered), sender);
                    }
                    ++i;
                    ++transactions;
                }
                EXPECT_EQ(i, block->transactions.size());
            }
        }
    }
}

TEST(Vectors, blocks_of_the_paris_to_cancun_tests) {
    size_t blocks = 0;
    size_t transactions = 0;
    check_blocks("blockchain-paris-cancun", "blockchain-paris-cancun/ValidBlocks/bcEIP1559", blocks,
                 transactions);
    if (!IsSkipped()) {
        EXPECT_GT(blocks, 20U);
        EXPECT_GT(transactions, 20U);
    }
}

TEST(Vectors, blocks_of_the_proof_of_work_era) {
    size_t blocks = 0;
    size_t transactions = 0;
    check_blocks("blockchain-pow-era", "blockchain-pow-era/Cancun/ValidBlocks/bcValidBlockTest",
                 blocks, transactions);
    if (!IsSkipped()) {
        EXPECT_GT(blocks, 20U);
    }
}

TEST(Vectors, blocks_with_set_code_transactions) {
    size_t blocks = 0;
    size_t transactions = 0;
    check_blocks("blockchain-eest",
                 "blockchain-eest/prague/eip7702_set_code_tx/test_pointer_to_pointer.json", blocks,
                 transactions);
    if (!IsSkipped()) {
        EXPECT_GT(blocks, 0U);
        EXPECT_GT(transactions, 0U);
    }
}

TEST(Vectors, quorum_chain_decodes_and_encodes_byte_for_byte) {
    const auto folder = crypto::testing::VECTORS / "quorum24-chain-a";
    if (!std::filesystem::exists(folder / "chain.rlp.gz")) {
        GTEST_SKIP() << "no vectors";
    }
    const std::string chain = output_of("gzip -dc '" + (folder / "chain.rlp.gz").string() + "'");
    const std::string lines =
        output_of("gzip -dc '" + (folder / "receipts.jsonl.gz").string() + "'");
    dom::parser facts_parser;
    const dom::element facts = facts_parser.load((folder / "facts.json").string());
    dom::parser receipts_parser;
    const simdjson::padded_string padded_lines(lines);
    dom::document_stream receipts = receipts_parser.parse_many(padded_lines);
    auto receipt = receipts.begin();

    rlp::Reader reader(bytes_of(chain));
    size_t transactions = 0;
    for (const auto fact : dom::array(facts["blocks"])) {
        const auto bytes = reader.read_raw();
        ASSERT_TRUE(bytes.has_value());
        const auto block = decode_block(*bytes, {.quorum_private = true});
        ASSERT_TRUE(block.has_value()) << to_string(block.error());
        EXPECT_TRUE(equal(encode_block(*block), *bytes));
        EXPECT_EQ(to_hex0x(header_hash(block->header)), fact["hash"].get_string().value());
        EXPECT_EQ(block->transactions.size(), fact["txs"].get_uint64().value());
        for (const Transaction& tx : block->transactions) {
            ASSERT_NE(receipt, receipts.end());
            const dom::element line = *receipt;
            EXPECT_EQ(to_hex0x(transaction_hash(tx)), line["transactionHash"].get_string().value());
            EXPECT_EQ(to_hex0x(recover_sender(tx).value_or(Address{})),
                      line["from"].get_string().value());
            ++receipt;
            ++transactions;
        }
    }
    EXPECT_TRUE(reader.at_end());
    EXPECT_EQ(transactions, facts["txCount"].get_uint64().value());
}

}  // namespace
}  // namespace otento::types
