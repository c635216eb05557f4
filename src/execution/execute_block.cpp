#include <otento/base/hex.hpp>
#include <otento/execution/block_roots.hpp>
#include <otento/execution/execute_block.hpp>

#include <fmt/core.h>

namespace otento::execution {

std::string_view to_string(BlockError error) noexcept {
    switch (error) {
        case BlockError::transactions_root:
            return "transactions root mismatch";
        case BlockError::ommers_hash:
            return "ommers hash mismatch";
        case BlockError::withdrawals_root:
            return "withdrawals root mismatch";
        case BlockError::invalid_transaction:
            return "invalid transaction";
        case BlockError::system_call:
            return "system call failed";
        case BlockError::gas_used:
            return "gas used mismatch";
        case BlockError::blob_gas_used:
            return "blob gas used mismatch";
        case BlockError::logs_bloom:
            return "logs bloom mismatch";
        case BlockError::receipts_root:
            return "receipts root mismatch";
        case BlockError::requests_hash:
            return "requests hash mismatch";
        case BlockError::state_root:
            return "state root mismatch";
        case BlockError::state_unreadable:
            return "state cannot be read";
        case BlockError::header:
            return "invalid header";
        case BlockError::unknown_parent:
            return "unknown parent";
        case BlockError::senders:
            return "invalid sender";
    }
    return "invalid block";
}

namespace {

template <typename T>
[[nodiscard]] Result<void, BlockFault> expect_equal(BlockError error, const T& computed,
                                                    const T& claimed) {
    if (computed == claimed) {
        return {};
    }
    BlockFault fault{.error = error};
    if constexpr (std::is_integral_v<T>) {
        fault.detail = fmt::format("header says {}, computed {}", claimed, computed);
    } else {
        fault.detail =
            fmt::format("header says {}, computed {}", to_hex0x(claimed), to_hex0x(computed));
    }
    return Err(std::move(fault));
}

[[nodiscard]] BlockFault system_fault(SystemCallError error) {
    switch (error) {
        case SystemCallError::contract_missing:
            return {.error = BlockError::system_call, .detail = "request contract without code"};
        case SystemCallError::call_failed:
            return {.error = BlockError::system_call, .detail = "request contract call failed"};
        case SystemCallError::bad_deposit:
            return {.error = BlockError::system_call, .detail = "malformed deposit event"};
    }
    return {.error = BlockError::system_call};
}

[[nodiscard]] Result<void, BlockFault> check_outcome(const BlockOutcome& outcome,
                                                     const types::Header& header,
                                                     const Rules& rules) {
    TRY_VOID(expect_equal(BlockError::gas_used, outcome.gas_used, header.gas_used));
    TRY_VOID(
        expect_equal(BlockError::logs_bloom, receipts_bloom(outcome.receipts), header.logs_bloom));
    TRY_VOID(expect_equal(BlockError::receipts_root, receipts_root(outcome.receipts),
                          header.receipts_root));
    if (header.blob_gas_used) {
        TRY_VOID(
            expect_equal(BlockError::blob_gas_used, outcome.blob_gas_used, *header.blob_gas_used));
    }
    if (rules.at_least(evm::Fork::prague)) {
        TRY_VOID(expect_equal(BlockError::requests_hash, requests_hash(outcome.requests),
                              header.requests_hash.value_or(Hash{})));
    }
    return {};
}

}  // namespace

Result<void, BlockFault> check_body(const types::Block& block) {
    const types::Header& header = block.header;
    TRY_VOID(expect_equal(BlockError::transactions_root, transactions_root(block.transactions),
                          header.transactions_root));
    TRY_VOID(expect_equal(BlockError::ommers_hash, ommers_hash(block.ommers), header.ommers_hash));
    if (header.withdrawals_root.has_value() != block.withdrawals.has_value()) {
        return Err(BlockFault{.error = BlockError::withdrawals_root,
                              .detail = "header and body disagree about withdrawals"});
    }
    if (block.withdrawals) {
        TRY_VOID(expect_equal(BlockError::withdrawals_root, withdrawals_root(*block.withdrawals),
                              *header.withdrawals_root));
    }
    return {};
}

Result<BlockOutcome, BlockFault> execute_block(const state::StateView& parent, const Rules& rules,
                                               const types::Block& block,
                                               std::span<const Address> senders,
                                               const BlockHashes* hashes,
                                               RootFunction intermediate_root,
                                               evm::CodeCache* code_cache) {
    ASSERT(senders.size() == block.transactions.size());
    TRY_VOID(check_body(block));
    BlockExecutor executor(parent, rules, context_of(block.header, rules, hashes),
                           std::move(intermediate_root), code_cache);
    executor.begin();
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        const auto result = executor.add(block.transactions[i], senders[i]);
        if (!result) {
            return Err(BlockFault{
                .error = executor.failed() ? BlockError::state_unreadable
                                           : BlockError::invalid_transaction,
                .detail = fmt::format("transaction {}: {}", i, to_string(result.error())),
                .tx_error = result.error()});
        }
    }
    static const std::vector<types::Withdrawal> none;
    auto outcome = executor.finish(block.withdrawals ? *block.withdrawals : none, block.ommers);
    if (executor.failed()) {
        return Err(BlockFault{.error = BlockError::state_unreadable});
    }
    if (!outcome) {
        return Err(system_fault(outcome.error()));
    }
    TRY_VOID(check_outcome(*outcome, block.header, rules));
    return *std::move(outcome);
}

}  // namespace otento::execution
