#include <otento/base/hex.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace otento::config {
namespace {

using namespace literals;
using types::Genesis;
using types::RuleSet;

/// A document whose `config` is given, the rest minimal.
std::string with_config(const std::string& config) {
    return fmt::format(
        R"({{"config": {}, "difficulty": "0x0", "gasLimit": "0x1000", "alloc": {{}}}})", config);
}

std::string error_of(const std::string& json) {
    const auto genesis = parse_genesis(json);
    return genesis ? "none" : genesis.error().message;
}

void expect_same(const Genesis& a, const Genesis& b) {
    EXPECT_EQ(a.config.chain_id, b.config.chain_id);
    EXPECT_EQ(a.config.forks, b.config.forks);
    EXPECT_EQ(a.config.rule_set, b.config.rule_set);
    EXPECT_EQ(a.config.code_size_max, b.config.code_size_max);
    EXPECT_EQ(a.config.tx_size_max, b.config.tx_size_max);
    EXPECT_EQ(a.config.fee_market, b.config.fee_market);
    EXPECT_EQ(a.config.blob_schedule, b.config.blob_schedule);
    EXPECT_EQ(a.config.code_size_steps, b.config.code_size_steps);
    EXPECT_EQ(a.config.classic, b.config.classic);
    EXPECT_EQ(a.nonce, b.nonce);
    EXPECT_EQ(a.timestamp, b.timestamp);
    EXPECT_EQ(a.extra_data, b.extra_data);
    EXPECT_EQ(a.gas_limit, b.gas_limit);
    EXPECT_EQ(a.difficulty, b.difficulty);
    EXPECT_EQ(a.prev_randao, b.prev_randao);
    EXPECT_EQ(a.coinbase, b.coinbase);
    EXPECT_EQ(a.base_fee_per_gas, b.base_fee_per_gas);
    ASSERT_EQ(a.alloc.size(), b.alloc.size());
    for (auto i = a.alloc.begin(), j = b.alloc.begin(); i != a.alloc.end(); ++i, ++j) {
        EXPECT_EQ(i->first, j->first);
        EXPECT_EQ(i->second.nonce, j->second.nonce);
        EXPECT_EQ(i->second.balance, j->second.balance);
        EXPECT_EQ(i->second.code, j->second.code);
        EXPECT_EQ(i->second.storage, j->second.storage);
    }
}

constexpr const char* QUORUM = R"({
  "config": { "chainId": 10, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0,
              "eip158Block": 0, "byzantiumBlock": 3, "isQuorum": true, "maxCodeSize": 32, "txnSizeLimit": 64 },
  "difficulty": "0x0", "gasLimit": "0xE0000000", "nonce": "0x42", "timestamp": "0x00",
  "mixhash": "0x00000000000000000000000000000000000000647572616c65787365646c6578",
  "coinbase": "0x0000000000000000000000000000000000000001",
  "parentHash": "0x0000000000000000000000000000000000000000000000000000000000000000",
  "extraData": "0x0102",
  "alloc": {
    "7e5f4552091a69125d5dfcb7b8c2659029395bdf": { "balance": "1000000000000000000000000000" },
    "0x00000000000000000000000000000000000000Ee": { "balance": "0x0", "nonce": "0x1", "code": "0x6001",
      "storage": { "0x01": "0x2a", "0000000000000000000000000000000000000000000000000000000000000002": "0x3" } }
  }
})";

TEST(Genesis, reads_a_quorum_document) {
    const auto genesis = parse_genesis(QUORUM);
    ASSERT_TRUE(genesis) << genesis.error().message;
    EXPECT_EQ(genesis->config.rule_set, RuleSet::classic);
    EXPECT_EQ(genesis->config.chain_id, 10u);
    EXPECT_EQ(genesis->config.forks.byzantium_block, 3u);
    EXPECT_FALSE(genesis->config.forks.constantinople_block);
    EXPECT_EQ(genesis->config.code_size_max, 32u * 1024);
    EXPECT_EQ(genesis->config.tx_size_max, 64u * 1024);
    EXPECT_EQ(genesis->gas_limit, 0xE0000000u);
    EXPECT_EQ(genesis->difficulty, uint256{0});
    EXPECT_EQ(genesis->nonce[7], 0x42);
    EXPECT_EQ(genesis->extra_data, "0x0102"_hex);
    EXPECT_EQ(genesis->prev_randao,
              "0x00000000000000000000000000000000000000647572616c65787365646c6578"_hash);
    EXPECT_EQ(genesis->coinbase[19], 1);
    ASSERT_EQ(genesis->alloc.size(), 2u);
    const auto& rich = genesis->alloc.at("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"_address);
    EXPECT_EQ(rich.balance.to_decimal(), "1000000000000000000000000000");
    const auto& contract = genesis->alloc.at("0x00000000000000000000000000000000000000ee"_address);
    EXPECT_EQ(contract.nonce, 1u);
    EXPECT_EQ(contract.code, "0x6001"_hex);
    ASSERT_EQ(contract.storage.size(), 2u);
    EXPECT_EQ(contract.storage.begin()->first[31], 1);
    EXPECT_EQ(contract.storage.begin()->second[31], 0x2a);
    EXPECT_TRUE(validate_genesis(*genesis));
}

TEST(Genesis, prints_what_it_reads) {
    for (const std::string& text :
         {std::string(QUORUM), with_config(R"({"chainId": 7, "otento": {"feeMarket": true}})"),
          with_config(R"({"chainId": 7, "londonBlock": 5, "shanghaiTime": 12, "otento": {}})")}) {
        auto genesis = parse_genesis(text);
        ASSERT_TRUE(genesis) << genesis.error().message;
        genesis->base_fee_per_gas = 5;
        const auto again = parse_genesis(print_genesis(*genesis));
        ASSERT_TRUE(again) << again.error().message;
        expect_same(*genesis, *again);
    }
}

TEST(Genesis, new_chain_has_all_forks_up_to_the_default_from_block_0) {
    const auto genesis = parse_genesis(with_config(R"({"chainId": 7, "otento": {}})"));
    ASSERT_TRUE(genesis) << genesis.error().message;
    EXPECT_EQ(genesis->config.rule_set, RuleSet::otento);
    EXPECT_FALSE(genesis->config.fee_market);
    EXPECT_EQ(genesis->config.tx_size_max, 131072u);
    EXPECT_EQ(genesis->config.code_size_max, 24576u);
    const auto& forks = genesis->config.forks;
    EXPECT_EQ(forks.homestead_block, 0u);
    EXPECT_EQ(forks.paris_block, 0u);
    EXPECT_EQ(forks.shanghai_time, 0u);
    EXPECT_EQ(forks.cancun_time, 0u);
    EXPECT_EQ(forks.osaka_time, 0u);
    EXPECT_TRUE(validate_genesis(*genesis));
}

TEST(Genesis, new_chain_may_name_its_newest_fork) {
    const auto berlin =
        parse_genesis(with_config(R"({"chainId": 7, "otento": {"fork": "berlin"}})"));
    ASSERT_TRUE(berlin);
    EXPECT_EQ(berlin->config.forks.berlin_block, 0u);
    EXPECT_FALSE(berlin->config.forks.london_block);
    EXPECT_EQ(error_of(with_config(R"({"chainId": 7, "otento": {"fork": "moon"}})")),
              "config.otento.fork: \"moon\" is no fork we know");
    EXPECT_EQ(
        error_of(with_config(R"({"chainId": 7, "berlinBlock": 0, "otento": {"fork": "berlin"}})")),
        "config.otento.fork: forks are scheduled by their own keys as well");
    EXPECT_EQ(error_of(with_config(R"({"chainId": 7, "otento": {"feemarkt": true}})")),
              "config.otento.feemarkt: unknown key");
}

TEST(Genesis, documents_of_public_clients_are_told_apart) {
    const auto genesis =
        parse_genesis(with_config(R"({"chainId": 7, "londonBlock": 4, "terminalTotalDifficulty": 9,
        "mergeNetsplitBlock": 6, "shanghaiTime": 10, "cancunTime": 20, "bpo1Time": 30, "blobSchedule": {
        "bpo1": {"target": 10, "max": 15, "baseFeeUpdateFraction": 3},
        "cancun": {"target": 3, "max": 6, "baseFeeUpdateFraction": 2},
        "osaka": {"target": 6, "max": 9, "baseFeeUpdateFraction": 2}}})"));
    ASSERT_TRUE(genesis) << genesis.error().message;
    EXPECT_EQ(genesis->config.rule_set, RuleSet::ethereum);
    EXPECT_EQ(genesis->config.forks.paris_block, 6u);
    ASSERT_EQ(genesis->config.blob_schedule.size(), 2u);  // Osaka is not scheduled.
    EXPECT_EQ(genesis->config.blob_schedule[0].time, 20u);
    EXPECT_EQ(genesis->config.blob_schedule[0].max, 6u);
    EXPECT_EQ(genesis->config.blob_schedule[1].time, 30u);
    EXPECT_EQ(genesis->config.blob_schedule[1].max, 15u);
    EXPECT_FALSE(validate_genesis(*genesis));
    const auto again = parse_genesis(print_genesis(*genesis));
    ASSERT_TRUE(again) << again.error().message;
    expect_same(*genesis, *again);
}

TEST(Genesis, zero_gas_limit_and_null_difficulty_are_replaced) {
    const auto genesis = parse_genesis(
        R"({"config": {"chainId": 10}, "gasLimit": "0x0", "difficulty": null, "alloc": {}})");
    ASSERT_TRUE(genesis);
    EXPECT_EQ(genesis->gas_limit, 800'000'000u);
    EXPECT_EQ(genesis->difficulty, uint256{131072});
}

TEST(Genesis, errors_say_which_field) {
    EXPECT_EQ(error_of("[]"), "want an object, got an array");
    EXPECT_EQ(error_of("{}"), "missing required field 'gasLimit' for Genesis");
    EXPECT_EQ(error_of(R"({"gasLimit": 1})"), "missing required field 'alloc' for Genesis");
    EXPECT_EQ(error_of(R"({"gasLimit": 1, "alloc": {}})"),
              "missing required field 'difficulty' for Genesis");
    EXPECT_EQ(error_of(R"({"gasLimit": "0x1g"})"),
              "gasLimit: \"0x1g\" is no decimal or 0x-prefixed number below 2^256");
    EXPECT_EQ(error_of(R"({"gasLimit": "0x10000000000000000"})"),
              "gasLimit: \"0x10000000000000000\" is above 2^64 - 1");
    EXPECT_EQ(error_of(R"({"gasLimit": 1.5})"),
              "gasLimit: \"1.5\" is no decimal or 0x-prefixed number below 2^256");
    EXPECT_EQ(error_of(R"({"alloc": {"0x12": {"balance": "1"}}})"),
              "alloc.0x12: the key is no address of 20 bytes in hex");
    EXPECT_EQ(error_of(R"({"alloc": {"0x0000000000000000000000000000000000000001": {}}})"),
              "alloc.0x0000000000000000000000000000000000000001: missing required field 'balance'");
    EXPECT_EQ(
        error_of(R"({"alloc": {"0x0000000000000000000000000000000000000001": {"balance": "x"}}})"),
        "alloc.0x0000000000000000000000000000000000000001.balance: \"x\" is no decimal or "
        "0x-prefixed "
        "number below 2^256");
    EXPECT_EQ(error_of(R"({"alloc": {"0x0000000000000000000000000000000000000001": {"balance": "1"},
                                     "0000000000000000000000000000000000000001": {"balance": "1"}}})"),
              "alloc.0000000000000000000000000000000000000001: the address stands in alloc twice");
    EXPECT_EQ(error_of(R"({"extraData": "0x1"})"),
              "extraData: want 0x and an even number of hexadecimal digits");
    EXPECT_EQ(error_of(R"({"mixHash": "0x1"})"), "mixHash: want 32 bytes in hex");
    EXPECT_EQ(error_of(R"({"number": 5})"), "number: must be 0");
    EXPECT_EQ(error_of(R"({"config": []})"), "config: want an object, got an array");
    EXPECT_EQ(error_of(with_config(R"({"chainId": "x"})")),
              "config.chainId: \"x\" is no decimal or 0x-prefixed number below 2^256");
    EXPECT_EQ(error_of(with_config(R"({"homesteadBlock": true})")),
              "config.homesteadBlock: want a number, got a boolean");
}

TEST(Genesis, quorum_limits_keep_their_bounds_and_words) {
    EXPECT_EQ(error_of(with_config(R"({"txnSizeLimit": 31})")),
              "config.txnSizeLimit: Genesis transaction size limit must be between 32 and 128");
    EXPECT_EQ(error_of(with_config(R"({"maxCodeSize": 129})")),
              "config.maxCodeSize: Genesis max code size must be between 24 and 128");
    const auto one =
        parse_genesis(with_config(R"({"maxCodeSizeConfig": [{"block": 0, "size": 35}]})"));
    ASSERT_TRUE(one);
    EXPECT_EQ(one->config.code_size_max, 35u * 1024);
    EXPECT_TRUE(
        error_of(with_config(R"({"isQuorum": false})")).starts_with("config.isQuorum: false"));
    // 0 stands for "not given", as some tools write it.
    const auto zero = parse_genesis(with_config(R"({"maxCodeSize": 0, "txnSizeLimit": 0})"));
    ASSERT_TRUE(zero);
    EXPECT_EQ(zero->config.code_size_max, 24u * 1024);
    EXPECT_EQ(zero->config.tx_size_max, 64u * 1024);
}

TEST(Genesis, code_sizes_of_all_versions_become_one_schedule) {
    const auto sizes = [](const std::string& config) {
        const auto genesis = parse_genesis(with_config(config));
        EXPECT_TRUE(genesis) << genesis.error().message;
        std::vector<uint64_t> out;
        for (const uint64_t number : {0U, 8U, 9U, 20U}) {
            out.push_back(genesis->config.code_size_at(number) / 1024);
        }
        return out;
    };
    using Sizes = std::vector<uint64_t>;
    EXPECT_EQ(sizes(R"({"maxCodeSize": 35})"), (Sizes{35, 35, 35, 35}));
    EXPECT_EQ(sizes(R"({"maxCodeSize": 35, "maxCodeSizeChangeBlock": 9})"),
              (Sizes{24, 24, 35, 35}));
    EXPECT_EQ(sizes(R"({"maxCodeSize": 35, "maxCodeSizeConfig":
                        [{"block": 0, "size": 24}, {"block": 9, "size": 32}]})"),
              (Sizes{24, 24, 32, 32}));
    EXPECT_EQ(sizes(R"({"transitions": [{"block": 9, "contractsizelimit": 48}]})"),
              (Sizes{24, 24, 48, 48}));
    EXPECT_EQ(
        error_of(with_config(
            R"({"maxCodeSizeConfig": [{"block": 9, "size": 24}, {"block": 9, "size": 32}]})")),
        "config.maxCodeSizeConfig[1]: blocks must ascend");
}

TEST(Genesis, what_the_chain_does_not_say_stands_in_config_otento) {
    const auto plain = parse_genesis(with_config(R"({"chainId": 10, "isQuorum": true})"));
    ASSERT_TRUE(plain);
    EXPECT_FALSE(plain->config.classic.upgrade_block);
    EXPECT_FALSE(plain->config.classic.upgrade_known);
    // Keys that only 2.6 and later read.
    const auto later = parse_genesis(with_config(
        R"({"chainId": 10, "isQuorum": true, "constantinopleBlock": 0, "istanbulBlock": 7})"));
    ASSERT_TRUE(later);
    EXPECT_EQ(later->config.classic.upgrade_block, 7u);
    EXPECT_FALSE(later->config.classic.upgrade_known);
    const auto full = parse_genesis(with_config(
        R"({"chainId": 10, "byzantiumBlock": 0, "enableGasPriceBlock": 50,
            "maxCodeSizeConfig": [{"block": 5, "size": 40}],
            "otento": {"quorumUpgradeBlock": 12, "switchBlock": 90, "fork": "shanghai"}})"));
    ASSERT_TRUE(full) << full.error().message;
    EXPECT_EQ(full->config.rule_set, RuleSet::classic);
    EXPECT_EQ(full->config.classic.upgrade_block, 12u);
    EXPECT_EQ(full->config.classic.switch_block, 90u);
    EXPECT_EQ(full->config.classic.gas_price_block, 50u);
    EXPECT_EQ(full->config.classic.switch_forks.shanghai_time, 0u);
    EXPECT_FALSE(full->config.classic.switch_forks.cancun_time);
    const auto never = parse_genesis(with_config(R"({"chainId": 10, "petersburgBlock": 0, "otento":
                                      {"quorumUpgradeBlock": null}})"));
    ASSERT_TRUE(never) << never.error().message;
    EXPECT_TRUE(never->config.classic.upgrade_known);
    EXPECT_FALSE(never->config.classic.upgrade_block);
    for (const auto* genesis : {&*plain, &*later, &*full, &*never}) {
        const auto again = parse_genesis(print_genesis(*genesis));
        ASSERT_TRUE(again) << again.error().message;
        expect_same(*genesis, *again);
    }
    EXPECT_EQ(error_of(with_config(R"({"otento": {"switchBlock": 0}})")),
              "config.otento.switchBlock: must be above 0: leave it out for a new chain");
}

TEST(Genesis, the_fork_order_of_old_quorum_files_is_taken) {
    // The genesis of GoQuorum's own seven nodes example, as of 2.2.
    const auto genesis = parse_genesis(
        with_config(R"({"byzantiumBlock": 1, "chainId": 10, "eip150Block": 1, "eip155Block": 0,
            "eip150Hash": "0x0000000000000000000000000000000000000000000000000000000000000000",
            "eip158Block": 1, "isQuorum": true})"));
    ASSERT_TRUE(genesis) << genesis.error().message;
    EXPECT_TRUE(validate_genesis(*genesis));
}

TEST(Genesis, unknown_keys_are_noticed) {
    std::vector<std::string> notices;
    const auto genesis = parse_genesis(
        with_config(R"({"chainId": 10, "berlinblock": 4, "moonBlock": 0, "ethash": {}})"),
        &notices);
    ASSERT_TRUE(genesis);
    EXPECT_EQ(genesis->config.forks.berlin_block, 4u);
    EXPECT_EQ(notices, std::vector<std::string>{"genesis: config.moonBlock: unknown key, ignored"});
}

TEST(Genesis, validation_refuses_what_a_node_cannot_run) {
    const auto verdict = [](const std::string& config) {
        const auto genesis = parse_genesis(with_config(config));
        EXPECT_TRUE(genesis) << config;
        const auto valid = validate_genesis(*genesis);
        return valid ? std::string("none") : valid.error().message;
    };
    EXPECT_EQ(verdict(R"({"chainId": 1})"),
              "config.chainId: Cannot have chain id or network id as 1.");
    EXPECT_EQ(verdict(R"({"otento": {}})"), "config.chainId: a new chain needs one above 0");
    EXPECT_TRUE(verdict(R"({"chainId": 10, "isQuorum": true, "londonBlock": 0})")
                    .starts_with("config.londonBlock: the rules"));
    EXPECT_TRUE(verdict(R"({"chainId": 10, "londonBlock": 0})")
                    .starts_with("config: a genesis of Ethereum's public clients"));
    EXPECT_EQ(verdict(R"({"chainId": 10, "homesteadBlock": 0, "eip158Block": 0})"),
              "config.eip158Block: the fork before it (eip150Block) is not scheduled");
    EXPECT_EQ(verdict(R"({"chainId": 10, "eip150Block": 5, "eip158Block": 4})"),
              "config.eip158Block: the fork before it (eip150Block) is later");
    EXPECT_EQ(verdict(R"({"chainId": 10, "homesteadBlock": 5, "eip150Block": 4, "otento": {}})"),
              "config.eip150Block: the fork before it (homesteadBlock) is later");
    EXPECT_EQ(verdict(R"({"chainId": 10, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0,
                          "eip158Block": 0, "byzantiumBlock": 0, "constantinopleBlock": 0, "istanbulBlock": 9})"),
              "none");
}

TEST(Genesis, reads_the_documents_of_real_chains) {
    for (const char* name :
         {"/vectors/quorum24-chain-a/genesis.json", "/spec/vectors/public-and-private.genesis.json",
          "/spec/vectors/constantinople-eip1283.genesis.json",
          "/spec/vectors/staticcall-empty-account.genesis.json"}) {
        const std::string path = std::string(OTENTO_SHARED_DIR) + name;
        if (!file_exists(path)) {
            GTEST_SKIP() << path << " is absent";
        }
        std::vector<std::string> notices;
        const auto genesis = load_genesis(path, &notices);
        ASSERT_TRUE(genesis) << genesis.error().message;
        EXPECT_TRUE(validate_genesis(*genesis)) << path;
        EXPECT_TRUE(notices.empty()) << notices.front();
        const auto again = parse_genesis(print_genesis(*genesis));
        ASSERT_TRUE(again);
        expect_same(*genesis, *again);
    }
}

}  // namespace
}  // namespace otento::config
