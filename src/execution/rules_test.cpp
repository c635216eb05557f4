#include <otento/execution/fees.hpp>
#include <otento/execution/validate.hpp>

#include <gtest/gtest.h>

namespace otento::execution {
namespace {

using evm::Fork;

TEST(Rules, forks_go_by_number_and_then_by_time) {
    types::ForkSchedule forks;
    EXPECT_EQ(fork_at(forks, 0, 0), Fork::frontier);
    forks.homestead_block = 0;
    forks.byzantium_block = 10;
    forks.london_block = 20;
    forks.paris_block = 30;
    forks.cancun_time = 1000;
    EXPECT_EQ(fork_at(forks, 9, 5000), Fork::homestead);
    EXPECT_EQ(fork_at(forks, 10, 0), Fork::byzantium);
    EXPECT_EQ(fork_at(forks, 30, 999), Fork::paris);
    EXPECT_EQ(fork_at(forks, 30, 1000), Fork::cancun);
    EXPECT_EQ(fork_numbers(forks), (std::vector<uint64_t>{10, 20, 30}));
    EXPECT_EQ(fork_times(forks), (std::vector<uint64_t>{1000}));
}

TEST(Rules, rule_sets_differ_in_fees_rewards_and_quirks) {
    types::ChainConfig config;
    config.forks.byzantium_block = 0;
    config.rule_set = types::RuleSet::otento;
    EXPECT_EQ(rules_at(config, 1, 0).block_reward, uint256{});
    EXPECT_FALSE(rules_at(config, 1, 0).price_must_be_zero);
    config.rule_set = types::RuleSet::classic;
    EXPECT_EQ(rules_at(config, 1, 0).block_reward.to_decimal(), "3000000000000000000");
    EXPECT_TRUE(rules_at(config, 1, 0).price_must_be_zero);
    EXPECT_TRUE(rules_at(config, 1, 0).evm.quorum_no_touch_on_staticcall);
    config.classic.upgrade_block = 1;
    EXPECT_FALSE(rules_at(config, 1, 0).evm.quorum_no_touch_on_staticcall);
    EXPECT_TRUE(rules_at(config, 0, 0).evm.quorum_no_touch_on_staticcall);
    config.rule_set = types::RuleSet::ethereum;
    EXPECT_TRUE(rules_at(config, 1, 0).system_calls);
    EXPECT_FALSE(rules_at(config, 1, 0).evm.quorum_no_touch_on_zero_value);
}

TEST(Rules, classic_forks_are_those_that_the_nodes_of_the_time_knew) {
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    config.forks.constantinople_block = 5;
    config.forks.petersburg_block = config.forks.istanbul_block = 10;
    config.forks.berlin_block = 30;
    config.classic.upgrade_block = 20;
    EXPECT_EQ(rules_at(config, 15, 0).fork(), Fork::constantinople);  // With EIP-1283.
    EXPECT_EQ(rules_at(config, 20, 0).fork(), Fork::istanbul);
    EXPECT_EQ(rules_at(config, 30, 0).fork(), Fork::berlin);
    config.forks.petersburg_block.reset();
    config.forks.istanbul_block.reset();
    EXPECT_EQ(rules_at(config, 19, 0).fork(), Fork::constantinople);
    EXPECT_EQ(rules_at(config, 20, 0).fork(), Fork::petersburg);
}

TEST(Rules, classic_chains_may_miss_homestead_and_have_eip155_where_they_like) {
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    config.forks.eip155_block = 0;
    config.forks.eip150_block = config.forks.eip158_block = config.forks.byzantium_block = 5;
    EXPECT_TRUE(rules_at(config, 1, 0).eip155());
    EXPECT_FALSE(rules_at(config, 5, 0).homestead());
    types::Transaction creation;
    EXPECT_EQ(intrinsic_gas(creation, rules_at(config, 5, 0)).gas, 21'000U);
    config.forks.homestead_block = 6;
    EXPECT_EQ(intrinsic_gas(creation, rules_at(config, 6, 0)).gas, 53'000U);
}

TEST(Rules, a_classic_chain_switches_at_its_block) {
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    config.forks.byzantium_block = 0;
    config.classic.switch_block = 7;
    config.classic.switch_forks.london_block = 0;
    config.classic.switch_forks.shanghai_time = 0;
    config.code_size_steps = {{.block = 3, .bytes_max = 32768}};
    EXPECT_EQ(rules_at(config, 6, 1'700'000'000'000'000'000).fork(), Fork::byzantium);
    EXPECT_EQ(rules_at(config, 7, 1'700'000'000).fork(), Fork::shanghai);
    EXPECT_TRUE(rules_at(config, 7, 0).block_reward.is_zero());
    EXPECT_FALSE(rules_at(config, 7, 0).price_must_be_zero);
    EXPECT_EQ(config.time_units_at(6), 1'000'000'000U);
    EXPECT_EQ(config.time_units_at(7), 1U);
    EXPECT_EQ(rules_at(config, 2, 0).evm.code_size_max, 24576U);
    EXPECT_EQ(rules_at(config, 7, 0).evm.code_size_max, 32768U);
}

TEST(Rules, blob_limits_follow_the_schedule) {
    types::ChainConfig config;
    config.rule_set = types::RuleSet::ethereum;
    config.forks.paris_block = 0;
    config.forks.cancun_time = 0;
    config.forks.prague_time = 100;
    EXPECT_EQ(rules_at(config, 1, 99).blob.max, 6U);
    EXPECT_EQ(rules_at(config, 1, 100).blob.max, 9U);
    config.blob_schedule = {{.time = 0, .target = 3, .max = 6, .update_fraction = 3338477},
                            {.time = 200, .target = 10, .max = 15, .update_fraction = 8346193}};
    EXPECT_EQ(rules_at(config, 1, 199).blob.max, 6U);
    EXPECT_EQ(rules_at(config, 1, 200).blob.max, 15U);
}

// EIP-1559's own example values: full, half full and empty parents.
TEST(Fees, the_base_fee_moves_by_an_eighth_at_most) {
    types::Header parent;
    parent.gas_limit = 20'000'000;
    parent.base_fee_per_gas = 1'000'000'000;
    parent.gas_used = 20'000'000;
    EXPECT_EQ(next_base_fee(parent), uint256{1'125'000'000});
    parent.gas_used = 10'000'000;
    EXPECT_EQ(next_base_fee(parent), uint256{1'000'000'000});
    parent.gas_used = 0;
    EXPECT_EQ(next_base_fee(parent), uint256{875'000'000});
    parent.base_fee_per_gas.reset();
    EXPECT_EQ(next_base_fee(parent), uint256{INITIAL_BASE_FEE});
}

// Values of the EIP-4844 specification tests: fake_exponential with Cancun's fraction.
TEST(Fees, the_blob_fee_grows_exponentially_and_saturates) {
    const auto cancun = default_blob_params(Fork::cancun);
    EXPECT_EQ(blob_base_fee(0, cancun), uint256{1});
    EXPECT_EQ(blob_base_fee(2'314'057, cancun), uint256{1});
    EXPECT_EQ(blob_base_fee(2'314'058, cancun), uint256{2});
    EXPECT_EQ(blob_base_fee(10 * 1024 * 1024, cancun), uint256{23});
    EXPECT_EQ(blob_base_fee(UINT64_MAX, cancun), ~uint256{});
}

}  // namespace
}  // namespace otento::execution
