// Calls and estimates on a state in memory.
#include <otento/base/hex.hpp>
#include <otento/execution/call.hpp>
#include <otento/state/memory_state.hpp>

#include <gtest/gtest.h>

namespace otento::execution {
namespace {

using namespace literals;
using evm::Fork;

const Address ALICE = "0x00000000000000000000000000000000000a11ce"_address;
const Address BOB = "0x0000000000000000000000000000000000000b0b"_address;
const Address CONTRACT = "0x00000000000000000000000000000000c0ffee00"_address;

class CallTest : public ::testing::Test {
  protected:
    state::MemoryState world;
    Rules rules;
    BlockContext block;
    CallRequest request;

    void SetUp() override {
        rules.evm.fork = Fork::osaka;
        block.gas_limit = 30'000'000;
        block.base_fee = 7;
        world.put(ALICE, 5, 1'000'000, {}, {});
        request.from = ALICE;
        request.tx.to = CONTRACT;
        request.tx.gas_limit = 1'000'000;
    }
    void deploy(Bytes code) { world.put(CONTRACT, 1, 0, std::move(code), {}); }
};

TEST_F(CallTest, needs_no_nonce_no_price_and_leaves_no_trace) {
    // SSTORE(0, 1), return BASEFEE, which is 0 for callers who name no price.
    deploy("0x60015f55485f5260205ff3"_hex);
    const auto result = call(world, rules, block, request);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, evm::Status::success);
    EXPECT_EQ(to_hex(result->output), std::string(64, '0'));
    EXPECT_EQ(world.storage(CONTRACT, Hash{}), Hash{});
    request.tx.max_fee_per_gas = 7;
    request.tx.gas_limit = 100'000;
    EXPECT_EQ(call(world, rules, block, request)->output.back(), 7);
}

TEST_F(CallTest, a_price_must_be_affordable_and_cover_the_base_fee) {
    request.tx.max_fee_per_gas = 6;
    EXPECT_EQ(call(world, rules, block, request).error(), TxError::fee_cap_below_base_fee);
    request.tx.max_fee_per_gas = 8;
    EXPECT_EQ(call(world, rules, block, request).error(), TxError::insufficient_funds);
    request.tx.max_fee_per_gas = 0;
    request.tx.value = 1'000'001;
    EXPECT_EQ(call(world, rules, block, request).error(), TxError::insufficient_funds);
}

TEST_F(CallTest, gives_back_revert_data) {
    deploy("0x60aa5f5260205ffd"_hex);
    const auto result = call(world, rules, block, request);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, evm::Status::revert);
    EXPECT_EQ(result->output.back(), 0xaa);
}

TEST_F(CallTest, runs_init_code_where_there_is_no_target) {
    request.tx.to.reset();
    request.tx.data = "0x60aa5f5260205ff3"_hex;
    const auto result = call(world, rules, block, request);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->output.size(), 32U);
    EXPECT_EQ(result->created, creation_address(ALICE, 5));
}

TEST_F(CallTest, a_plain_transfer_is_estimated_exactly) {
    request.tx.to = BOB;
    request.tx.value = 1;
    request.tx.gas_limit = 0;
    EXPECT_EQ(estimate_gas(world, rules, block, request, 50'000'000).value(), 21'000U);
}

TEST_F(CallTest, an_estimate_suffices_and_is_close) {
    // Writes five slots, then clears them: needs more on the way than it uses in the end.
    deploy(
        "0x6001600155600160025560016003556001600455600160055560006001556000600255600060035560006004556000600555"_hex);
    request.tx.gas_limit = 0;
    const auto estimate = estimate_gas(world, rules, block, request, 50'000'000);
    ASSERT_TRUE(estimate);
    request.tx.gas_limit = *estimate;
    EXPECT_EQ(call(world, rules, block, request)->status, evm::Status::success);
    request.tx.gas_limit = *estimate * 98 / 100;
    EXPECT_NE(call(world, rules, block, request)->status, evm::Status::success);
}

TEST_F(CallTest, estimates_say_why_they_fail) {
    deploy("0x60aa5f5260205ffd"_hex);
    request.tx.gas_limit = 0;
    auto failed = estimate_gas(world, rules, block, request, 50'000'000);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, EstimateFailure::reverted);
    EXPECT_EQ(failed.error().output.back(), 0xaa);
    deploy("0x5b5f56"_hex);  // Loops for ever.
    failed = estimate_gas(world, rules, block, request, 100'000);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, EstimateFailure::exceeds_allowance);
    EXPECT_EQ(failed.error().allowance, 100'000U);
    deploy("0xfe"_hex);
    failed = estimate_gas(world, rules, block, request, 100'000);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, EstimateFailure::failed);
    request.tx.max_fee_per_gas =
        10;  // 1'000'000 wei buy 100'000 gas, less than the intrinsic part of this:
    request.tx.data = Bytes(10'000, 1);
    failed = estimate_gas(world, rules, block, request, 50'000'000);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().kind, EstimateFailure::exceeds_allowance);
    EXPECT_EQ(failed.error().allowance, 100'000U);
}

TEST_F(CallTest, an_executor_applies_what_add_accepts_and_nothing_else) {
    BlockExecutor executor(world, rules, block);
    types::Transaction tx;
    tx.chain_id = 1;
    tx.to = BOB;
    tx.gas_limit = 21'000;
    tx.nonce = 5;
    EXPECT_EQ(executor.add(tx, ALICE).error(), TxError::fee_cap_below_base_fee);
    tx.nonce = 4;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 10;
    EXPECT_EQ(executor.add(tx, ALICE).error(), TxError::nonce_too_low);
    tx.nonce = 5;
    tx.value = 100;
    ASSERT_TRUE(executor.add(tx, ALICE));
    EXPECT_EQ(executor.gas_used(), 21'000U);
    const auto outcome = executor.finish();
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->diff.accounts.at(BOB).balance, uint256{100});
    EXPECT_EQ(outcome->diff.accounts.at(ALICE).nonce, 6U);
    EXPECT_EQ(outcome->diff.accounts.at(ALICE).balance, uint256{1'000'000 - 100 - 210'000});
    EXPECT_EQ(outcome->diff.accounts.at(Address{}).balance, uint256{21'000 * 3});
    EXPECT_EQ(outcome->receipts.size(), 1U);
}

}  // namespace
}  // namespace otento::execution
