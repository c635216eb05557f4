#include <otento/execution/fees.hpp>

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
    config.forks.petersburg_block = 100;
    EXPECT_FALSE(rules_at(config, 1, 0).evm.quorum_no_touch_on_staticcall);
    config.rule_set = types::RuleSet::ethereum;
    EXPECT_TRUE(rules_at(config, 1, 0).system_calls);
    EXPECT_FALSE(rules_at(config, 1, 0).evm.quorum_no_touch_on_zero_value);
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
