// Chains that real GoQuorum 2.4 clusters minted, imported as `otento import` does it, against what
// their own nodes said about them.
#include <otento/base/hex.hpp>
#include <otento/base/rlp.hpp>
#include <otento/chain/testing/fixture.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/text_file.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/precompiles.hpp>
#include <otento/migrate/export.hpp>
#include <otento/migrate/testing/chain_files.hpp>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <simdjson.h>

namespace otento::migrate {
namespace {

namespace dom = simdjson::dom;
using testing::World;

const std::string CHAIN_A = std::string(OTENTO_SHARED_DIR) + "/vectors/quorum24-chain-a";
const std::string SMALL = std::string(OTENTO_SHARED_DIR) + "/spec/vectors/";

std::string_view text(dom::element from) {
    return from.get_string();
}

std::string receipt_line(const chain::ExecutedBlock& block, size_t i) {
    const types::Receipt& receipt = block.receipts[i];
    std::string logs;
    for (const types::Log& log : receipt.logs) {
        std::string topics;
        for (const Hash& topic : log.topics) {
            topics += (topics.empty() ? "" : "+") + to_hex0x(topic);
        }
        logs += fmt::format("{}{}~{}~{}", logs.empty() ? "" : ";", to_hex0x(log.address), topics,
                            to_hex0x(log.data));
    }
    return fmt::format("{}|{}|{}|{}|{}|{}|{}", to_hex0x(block.tx_hashes[i]),
                       receipt.post_state ? "" : (receipt.success ? "0x1" : "0x0"),
                       receipt.post_state ? to_hex0x(*receipt.post_state) : "",
                       receipt.cumulative_gas_used, receipt.gas_used,
                       receipt.contract_address ? to_hex0x(*receipt.contract_address) : "", logs);
}

std::string sha256_hex(const std::string& content) {
    return to_hex(crypto::sha256(bytes_of(content)));
}

TEST(ChainFacts, every_header_and_receipt_of_chain_a_is_as_quorum_had_it) {
    dom::parser parser;
    dom::element facts;
    if (parser.load(CHAIN_A + "/facts.json").get(facts) != simdjson::SUCCESS) {
        GTEST_SKIP() << "no " << CHAIN_A;
    }
    World world(CHAIN_A + "/genesis.json");
    const auto report = world.import({CHAIN_A + "/chain.rlp.gz"});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->progress.imported, 341U);
    EXPECT_EQ(report->progress.transactions, uint64_t{facts["txCount"].get_uint64()});
    const auto view = world.chain->view();
    ASSERT_EQ(view->head_number(), uint64_t{facts["height"].get_uint64()});
    EXPECT_EQ(to_hex0x(view->head()->block->header.state_root), text(facts["finalStateRoot"]));
    size_t compared = 0;
    for (const dom::element fact : facts["blocks"].get_array()) {
        const auto block = view->block(fact["n"].get_uint64());
        ASSERT_NE(block, nullptr);
        const types::Header& header = block->block->header;
        EXPECT_EQ(to_hex0x(block->hash), text(fact["hash"]));
        EXPECT_EQ(to_hex0x(header.state_root), text(fact["stateRoot"]));
        EXPECT_EQ(to_hex0x(header.receipts_root), text(fact["receiptsRoot"]));
        EXPECT_EQ(to_hex0x(header.transactions_root), text(fact["transactionsRoot"]));
        EXPECT_EQ(header.gas_used, uint64_t{fact["gasUsed"].get_uint64()});
        EXPECT_EQ(header.difficulty.to_quantity(), text(fact["difficulty"]));
        EXPECT_EQ(std::to_string(header.timestamp), text(fact["timestamp"]));
        if (header.number == 0) {
            continue;
        }
        std::string lines;
        for (size_t i = 0; i < block->receipts.size(); ++i) {
            lines += (i == 0 ? "" : "\n") + receipt_line(*block, i);
        }
        EXPECT_EQ(sha256_hex(lines), text(fact["receiptsDigest"])) << "block " << header.number;
        ++compared;
        // A producer that goes on with this chain would have chosen the same.
        const types::Header parent = *view->header(header.number - 1);
        EXPECT_EQ(chain::next_difficulty(view->config().forks, parent, header.timestamp),
                  header.difficulty);
        EXPECT_EQ(chain::quorum_gas_limit(parent, 700'000'000, 800'000'000), header.gas_limit);
    }
    EXPECT_EQ(compared, 341U);
}

TEST(ChainFacts, accounts_storage_and_history_of_chain_a_are_as_quorum_had_them) {
    dom::parser parser;
    dom::element facts;
    if (parser.load(CHAIN_A + "/facts.json").get(facts) != simdjson::SUCCESS) {
        GTEST_SKIP() << "no " << CHAIN_A;
    }
    World world(CHAIN_A + "/genesis.json");
    ASSERT_TRUE(world.import({CHAIN_A + "/chain.rlp.gz"}));
    world.reopen();  // From disk, too.
    const auto view = world.chain->view();
    const auto state = view->state_at(view->head_number());
    for (const auto& [address, fact] : facts["accounts"].get_object()) {
        const auto account = state->account(*fixed_from_hex<20>(address));
        ASSERT_TRUE(account.has_value());
        EXPECT_EQ(account->balance.to_decimal(), text(fact["balance"]));
        EXPECT_EQ(account->nonce, uint64_t{fact["nonce"].get_uint64()});
        EXPECT_EQ(to_hex0x(account->code_hash), text(fact["codeHash"]));
    }
    for (const auto& [address, slots] : facts["storage"].get_object()) {
        for (const auto& [slot, value] : slots.get_object()) {
            Hash key;
            uint256::parse(slot).value().store_be32(key.data());
            EXPECT_EQ(to_hex0x(state->storage(*fixed_from_hex<20>(address), key)), text(value));
        }
    }
    for (const dom::element fact : facts["historic"].get_array()) {
        const auto past = view->state_at(fact["block"].get_uint64());
        ASSERT_NE(past, nullptr);
        const auto account = past->account(*fixed_from_hex<20>(text(fact["address"])));
        EXPECT_EQ(account ? account->balance.to_decimal() : "0", text(fact["balance"]));
        EXPECT_EQ(account ? account->nonce : 0, uint64_t{fact["nonce"].get_uint64()});
    }
}

TEST(ChainFacts, the_whole_final_state_of_chain_a_is_as_quorum_dumped_it) {
    const std::string packed = CHAIN_A + "/state-final.json.gz";
    if (!config::file_exists(packed)) {
        GTEST_SKIP() << "no " << packed;
    }
    World world(CHAIN_A + "/genesis.json");
    ASSERT_TRUE(world.import({CHAIN_A + "/chain.rlp.gz"}));
    const auto state = world.chain->view()->state_at(world.chain->head_number());
    const std::string json = testing::gunzip(packed);
    dom::parser parser;
    const dom::element dump = parser.parse(json);
    size_t slots = 0;
    for (const auto& [address, fact] : dump["accounts"].get_object()) {
        const Address at = *fixed_from_hex<20>(address);
        const auto account = state->account(at);
        ASSERT_TRUE(account.has_value()) << address;
        EXPECT_EQ(account->balance.to_decimal(), text(fact["balance"])) << address;
        EXPECT_EQ(account->nonce, uint64_t{fact["nonce"].get_uint64()}) << address;
        EXPECT_EQ(to_hex(account->storage_root), text(fact["root"])) << address;
        EXPECT_EQ(to_hex(account->code_hash), text(fact["codeHash"])) << address;
        EXPECT_EQ(to_hex(*state->code(account->code_hash)), text(fact["code"])) << address;
        for (const auto& [key, value] : fact["storage"].get_object()) {
            const Bytes item = *from_hex(text(value));
            rlp::Reader reader(item);
            const auto word = reader.read_uint256();
            ASSERT_TRUE(word);
            Hash expected;
            word->store_be32(expected.data());
            EXPECT_EQ(state->storage(at, *fixed_from_hex<32>(key)), expected) << address;
            ++slots;
        }
    }
    EXPECT_GT(slots, 100U);
}

TEST(ChainFacts, the_export_of_chain_a_is_the_file_it_came_from) {
    const std::string file = CHAIN_A + "/chain.rlp.gz";
    if (!config::file_exists(file)) {
        GTEST_SKIP() << "no " << file;
    }
    World world(CHAIN_A + "/genesis.json");
    ASSERT_TRUE(world.import({file}));
    const std::string out = world.folder.path("again.rlp");
    const auto view = world.chain->view();
    ASSERT_TRUE(export_blocks(*view, out, {.first = 0, .last = 341}, false));
    const std::string original = testing::gunzip(file);
    EXPECT_EQ(*config::read_text_file(out), original);
    // Two ranges one after another are the whole; packed ones, too.
    const std::string parts = world.folder.path("parts.rlp.gz");
    ASSERT_TRUE(export_blocks(*view, parts, {.first = 0, .last = 100}, true));
    ASSERT_TRUE(export_blocks(*view, parts, {.first = 101, .last = 341}, true));
    EXPECT_EQ(testing::gunzip(parts), original);
    World second(CHAIN_A + "/genesis.json");
    const auto report = second.import({parts});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(second.chain->head()->hash, world.chain->head()->hash);
    EXPECT_FALSE(export_blocks(*view, parts, {.first = 300, .last = 342}, true));
}

TEST(ChainFacts, small_chains_import_with_their_hashes_and_gas) {
    for (const char* name :
         {"public-and-private", "constantinople-eip1283", "staticcall-empty-account"}) {
        const std::string base = SMALL + name;
        dom::parser parser;
        dom::element expected;
        if (parser.load(base + ".expected.json").get(expected) != simdjson::SUCCESS) {
            GTEST_SKIP() << "no " << base;
        }
        World world(base + ".genesis.json");
        const auto report = world.import({base + ".rlp"});
        ASSERT_TRUE(report) << name << ": " << report.error().message;
        // No other rules were needed: these chains were made by 2.4.
        EXPECT_EQ(world.found, std::vector<std::string>{});
        size_t blocks = 0;
        for (const dom::element fact : expected.get_array()) {
            const auto block = world.chain->view()->block(fact["number"].get_uint64());
            ASSERT_NE(block, nullptr);
            EXPECT_EQ(to_hex0x(block->hash), text(fact["hash"]));
            EXPECT_EQ(to_hex0x(block->block->header.state_root), text(fact["stateRoot"]));
            EXPECT_EQ(to_hex0x(block->block->header.receipts_root), text(fact["receiptsRoot"]));
            EXPECT_EQ(block->block->header.gas_used, uint64_t{fact["gasUsed"].get_uint64()});
            ++blocks;
        }
        EXPECT_EQ(world.chain->head_number() + 1, blocks);
    }
}

// The negative cross-check of spec/quorum-raft.md 2.13: GoQuorum 2.7 refuses two of the chains.
TEST(ChainFacts, the_rules_of_later_versions_refuse_what_later_versions_refused) {
    struct Case {
        const char* name;
        bool fits;
    };
    for (const Case& item : {Case{"public-and-private", true},
                             {"constantinople-eip1283", false},
                             {"staticcall-empty-account", false}}) {
        const std::string base = SMALL + item.name;
        if (!config::file_exists(base + ".rlp")) {
            GTEST_SKIP() << "no " << base;
        }
        types::Genesis genesis = *config::load_genesis(base + ".genesis.json");
        genesis.config.classic.upgrade_block = 0;
        genesis.config.classic.upgrade_known = true;
        World world(genesis);
        ImportOptions options;
        options.detect_rules = false;
        EXPECT_EQ(world.import({base + ".rlp"}, options).has_value(), item.fits) << item.name;
    }
}

}  // namespace
}  // namespace otento::migrate
