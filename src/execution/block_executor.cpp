#include <otento/execution/block_executor.hpp>

namespace otento::execution {

using evm::Fork;

namespace {

constexpr uint64_t WEI_PER_GWEI = 1'000'000'000;

}  // namespace

BlockExecutor::BlockExecutor(const state::StateView& parent, const Rules& rules,
                             const BlockContext& block, RootFunction intermediate_root,
                             evm::CodeCache* code_cache)
    : rules_(rules),
      block_(block),
      intermediate_root_(std::move(intermediate_root)),
      state_(parent),
      host_(state_, rules_, block_),
      evm_(host_, rules_.evm, nullptr, code_cache) {}

void BlockExecutor::begin() {
    Environment env = environment();
    begin_block_calls(env);
}

Result<TxResult, TxError> BlockExecutor::add(const types::Transaction& tx, const Address& sender,
                                             evm::Tracer* tracer) {
    const BlockRoom room{
        .base_fee = block_.base_fee,
        .blob_base_fee = block_.blob_base_fee,
        .block_gas_limit = block_.gas_limit,
        .gas = gas_left(),
        .blob_gas = rules_.blob.max * GAS_PER_BLOB - blob_gas_used_,
    };
    TRY(const Validated validated,
        validate_transaction(tx, rules_, sender_state(state_, sender), room));
    if (tx.quorum_private) {
        return add_private(tx, sender, validated);
    }
    Environment env = environment();
    TxResult result;
    if (tracer == nullptr) {
        result = execute_transaction(env, tx, sender, validated);
    } else {
        evm::Evm traced(host_, rules_.evm, tracer);
        Environment observed{
            .state = state_, .host = host_, .evm = traced, .rules = rules_, .block = block_};
        result = execute_transaction(observed, tx, sender, validated);
    }
    gas_reserved_ += result.gas_used;
    blob_gas_used_ += validated.blob_gas;
    add_receipt(tx, result);
    return result;
}

// The public side of a private transaction, spec/quorum-raft.md 2.9: the nonce moves and nothing
// else; the intrinsic gas is taken from the block's pool, yet counts as zero gas used.
Result<TxResult, TxError> BlockExecutor::add_private(const types::Transaction& tx,
                                                     const Address& sender,
                                                     const Validated& validated) {
    state_.begin_transaction();
    const uint64_t nonce = state_.nonce(sender);
    state_.set_nonce(sender, nonce + 1);
    state_.end_transaction(rules_.at_least(Fork::spurious_dragon));
    gas_reserved_ += validated.intrinsic.gas;
    TxResult result;
    if (!tx.to) {
        result.created = creation_address(sender, nonce);
    }
    add_receipt(tx, result);
    return result;
}

void BlockExecutor::add_receipt(const types::Transaction& tx, TxResult& result) {
    gas_used_ += result.gas_used;
    types::Receipt receipt;
    receipt.type = tx.type;
    receipt.success = result.status == evm::Status::success;
    if (!rules_.at_least(Fork::byzantium)) {
        ASSERT(intermediate_root_);
        receipt.post_state = intermediate_root_(state_.diff());
    }
    receipt.cumulative_gas_used = gas_used_;
    receipt.logs_bloom = types::logs_bloom(result.logs);
    receipt.logs = std::move(result.logs);
    receipt.gas_used = result.gas_used;
    receipt.contract_address = result.created;
    receipts_.push_back(std::move(receipt));
}

void BlockExecutor::credit(const Address& address, const uint256& wei) {
    state_.begin_transaction();
    state_.add_balance(address, wei);
    state_.end_transaction(rules_.at_least(Fork::spurious_dragon));
}

Result<BlockOutcome, SystemCallError> BlockExecutor::finish(
    const std::vector<types::Withdrawal>& withdrawals, const std::vector<types::Header>& ommers) {
    Environment env = environment();
    BlockOutcome out;
    for (const auto& withdrawal : withdrawals) {
        credit(withdrawal.address, uint256{withdrawal.amount_gwei} * uint256{WEI_PER_GWEI});
    }
    TRY(out.requests, collect_requests(env, receipts_));
    if (!rules_.block_reward.is_zero()) {
        // Yellow Paper 11.3: each ommer gives its miner (8 - distance) / 8 and the block 1 / 32 of
        // the reward.
        uint256 reward = rules_.block_reward;
        for (const auto& ommer : ommers) {
            reward += rules_.block_reward / uint256{32};
            credit(ommer.coinbase,
                   uint256{ommer.number + 8 - block_.number} * rules_.block_reward / uint256{8});
        }
        credit(block_.coinbase, reward);
    }
    out.receipts = std::move(receipts_);
    out.diff = state_.diff();
    out.gas_used = gas_used_;
    out.blob_gas_used = blob_gas_used_;
    return out;
}

}  // namespace otento::execution
