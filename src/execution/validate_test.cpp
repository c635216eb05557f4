#include <otento/base/hex.hpp>
#include <otento/execution/fees.hpp>
#include <otento/execution/validate.hpp>

#include <gtest/gtest.h>

namespace otento::execution {
namespace {

using namespace literals;
using evm::Fork;
using types::Transaction;
using types::TxType;

const Address TO = "0x00000000000000000000000000000000000abcde"_address;

class ValidateTest : public ::testing::Test {
  protected:
    Rules rules;
    Transaction tx;
    SenderState sender{.nonce = 3, .balance = 1'000'000'000};
    BlockRoom room{.base_fee = {},
                   .blob_base_fee = 1,
                   .block_gas_limit = 30'000'000,
                   .gas = 30'000'000,
                   .blob_gas = 6 * GAS_PER_BLOB};

    void SetUp() override {
        rules.evm.fork = Fork::osaka;
        rules.chain_id = 1337;
        tx.chain_id = 1337;
        tx.nonce = 3;
        tx.gas_limit = 21'000;
        tx.to = TO;
    }
    [[nodiscard]] std::string check() const {
        const auto result = validate_transaction(tx, rules, sender, room);
        return result ? "ok" : std::string(to_string(result.error()));
    }
    void make_blob() {
        tx.type = TxType::blob;
        rules.blob_transactions = true;
        rules.blob = default_blob_params(Fork::osaka);
        tx.max_fee_per_blob_gas = 1;
        Hash hash;
        hash[0] = 1;
        tx.blob_versioned_hashes = {hash};
    }
};

TEST_F(ValidateTest, accepts_a_plain_transfer_of_zero_price) {
    EXPECT_EQ(check(), "ok");
}

TEST_F(ValidateTest, nonces_must_match) {
    sender.nonce = 4;
    EXPECT_EQ(check(), "nonce too low");
    sender.nonce = 2;
    EXPECT_EQ(check(), "nonce too high");
    sender.nonce = tx.nonce = UINT64_MAX;
    EXPECT_EQ(check(), "nonce has max value");
}

TEST_F(ValidateTest, the_chain_id_must_be_ours_where_there_is_one) {
    tx.chain_id = 1;
    EXPECT_EQ(check(), "invalid sender: invalid chain id for signer");
    tx.chain_id.reset();
    EXPECT_EQ(check(), "ok");
    tx.type = TxType::access_list;
    EXPECT_EQ(check(), "invalid sender: invalid chain id for signer");
}

TEST_F(ValidateTest, types_come_with_their_forks) {
    const struct {
        TxType type;
        Fork before;
    } cases[] = {{TxType::access_list, Fork::istanbul},
                 {TxType::dynamic_fee, Fork::berlin},
                 {TxType::blob, Fork::shanghai},
                 {TxType::set_code, Fork::cancun}};
    for (const auto& [type, before] : cases) {
        tx.type = type;
        rules.evm.fork = before;
        EXPECT_EQ(check(), "transaction type not supported");
    }
    tx.type = TxType::legacy;
    rules.evm.fork = Fork::tangerine_whistle;
    EXPECT_EQ(check(), "invalid sender: invalid chain id for signer");
}

TEST_F(ValidateTest, blobs_are_refused_on_our_chains_and_checked_on_others) {
    make_blob();
    EXPECT_EQ(check(), "ok");
    rules.blob_transactions = false;
    EXPECT_EQ(check(), "transaction type not supported: this chain carries no blobs");
    rules.blob_transactions = true;
    tx.max_fee_per_blob_gas = 0;
    EXPECT_EQ(check(), "max fee per blob gas less than block blob gas fee");
    tx.blob_versioned_hashes[0][0] = 2;
    EXPECT_EQ(check(), "blob has invalid hash version");
    tx.blob_versioned_hashes.resize(BLOBS_PER_TX_MAX + 1);
    EXPECT_EQ(check(), "blob transaction has too many blobs");
    tx.blob_versioned_hashes.clear();
    EXPECT_EQ(check(), "blob transaction missing blob hashes");
    tx.to.reset();
    EXPECT_EQ(check(), "blob transaction of type create");
    make_blob();
    tx.to = TO;
    room.blob_gas = 0;
    EXPECT_EQ(check(), "blob gas limit reached");
}

TEST_F(ValidateTest, fee_caps_must_cover_the_base_fee_and_the_tip) {
    tx.type = TxType::dynamic_fee;
    tx.max_fee_per_gas = 5;
    tx.max_priority_fee_per_gas = 6;
    EXPECT_EQ(check(), "max priority fee per gas higher than max fee per gas");
    tx.max_priority_fee_per_gas = 2;
    room.base_fee = 6;
    EXPECT_EQ(check(), "max fee per gas less than block base fee");
    room.base_fee = 4;
    const auto validated = validate_transaction(tx, rules, sender, room);
    ASSERT_TRUE(validated);
    EXPECT_EQ(validated->tip, uint256{1});
    EXPECT_EQ(validated->price, uint256{5});
}

TEST_F(ValidateTest, the_balance_must_cover_gas_at_the_cap_and_value) {
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 10;
    tx.value = 1'000'000'000 - 210'000;
    EXPECT_EQ(check(), "ok");
    tx.value += 1;
    EXPECT_EQ(check(), "insufficient funds for gas * price + value");
    sender.balance = ~uint256{};
    tx.max_fee_per_gas = ~uint256{};
    EXPECT_EQ(check(), "insufficient funds for gas * price + value");
}

TEST_F(ValidateTest, gas_must_fit_transaction_block_and_cap) {
    tx.gas_limit = 20'999;
    EXPECT_EQ(check(), "intrinsic gas too low");
    tx.gas_limit = TX_GAS_LIMIT_MAX + 1;
    EXPECT_EQ(check(), "transaction gas limit too high (cap: 16777216, EIP-7825)");
    rules.evm.fork = Fork::prague;
    EXPECT_EQ(check(), "ok");
    room.gas = 1'000'000;
    EXPECT_EQ(check(), "gas limit reached");
    tx.gas_limit = 30'000'001;
    EXPECT_EQ(check(), "exceeds block gas limit");
}

TEST_F(ValidateTest, calldata_has_a_floor_from_prague_on) {
    tx.data = Bytes(100, 1);
    tx.gas_limit = 21'000 + 1'600;
    EXPECT_EQ(check(), "insufficient gas for floor data gas cost");
    tx.gas_limit = 21'000 + 4'000;
    EXPECT_EQ(check(), "ok");
    rules.evm.fork = Fork::cancun;
    tx.gas_limit = 21'000 + 1'600;
    EXPECT_EQ(check(), "ok");
}

TEST_F(ValidateTest, code_holders_send_only_with_a_delegation) {
    sender.has_code = true;
    EXPECT_EQ(check(), "sender not an eoa");
}

TEST_F(ValidateTest, init_code_is_limited_from_shanghai_on) {
    tx.to.reset();
    tx.gas_limit = 10'000'000;
    tx.data = Bytes(49'153, 0);
    EXPECT_EQ(check(), "max initcode size exceeded");
    rules.evm.fork = Fork::paris;
    EXPECT_EQ(check(), "ok");
}

TEST_F(ValidateTest, delegations_need_a_target_and_authorizations) {
    tx.type = TxType::set_code;
    EXPECT_EQ(check(), "EIP-7702 transaction with empty auth list");
    tx.to.reset();
    EXPECT_EQ(check(), "EIP-7702 transaction cannot be used to create contract");
}

TEST_F(ValidateTest, quorum_takes_no_price) {
    rules.price_must_be_zero = true;
    tx.max_fee_per_gas = tx.max_priority_fee_per_gas = 1;
    EXPECT_EQ(check(), "Gas price not 0");
    tx.quorum_private = true;
    EXPECT_EQ(check(), "transaction type not supported: private transaction");
}

TEST(IntrinsicGas, follows_the_forks) {
    Transaction tx;
    tx.data = Bytes{0, 0, 1, 2, 3};
    EXPECT_EQ(intrinsic_gas(tx, Fork::frontier).gas, 21'000U + 2 * 4 + 3 * 68);
    EXPECT_EQ(intrinsic_gas(tx, Fork::homestead).gas, 53'000U + 2 * 4 + 3 * 68);
    EXPECT_EQ(intrinsic_gas(tx, Fork::istanbul).gas, 53'000U + 2 * 4 + 3 * 16);
    EXPECT_EQ(intrinsic_gas(tx, Fork::shanghai).gas, 53'000U + 2 * 4 + 3 * 16 + 2);
    tx.access_list = {{.address = TO, .storage_keys = {Hash{}, Hash{}}}};
    tx.authorization_list.resize(2);
    EXPECT_EQ(intrinsic_gas(tx, Fork::prague).gas, 53'058U + 2'400 + 2 * 1'900 + 2 * 25'000);
    EXPECT_EQ(intrinsic_gas(tx, Fork::prague).floor, 21'000U + 10 * (2 + 4 * 3));
    EXPECT_EQ(intrinsic_gas(tx, Fork::cancun).floor, 0U);
}

}  // namespace
}  // namespace otento::execution
