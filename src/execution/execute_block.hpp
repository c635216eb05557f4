// Checking a block by executing it: every field of the header that execution decides.
#pragma once

#include <otento/execution/block_executor.hpp>

#include <span>
#include <string>

namespace otento::execution {

enum class BlockError : uint8_t {
    transactions_root,
    ommers_hash,
    withdrawals_root,
    invalid_transaction,
    system_call,
    gas_used,
    blob_gas_used,
    logs_bloom,
    receipts_root,
    requests_hash,
    state_root,
    state_unreadable,  ///< Our disk, not their block.
    header,            ///< Header rules, chain/header_rules.hpp.
    unknown_parent,
    senders,  ///< A signature recovers to nobody.
};
[[nodiscard]] std::string_view to_string(BlockError error) noexcept;

/// What is wrong with a block, with the two values that differ or the transaction at fault in
/// words.
struct BlockFault {
    BlockError error = BlockError::header;
    std::string detail{};
    std::optional<TxError> tx_error{};
};

/// Checks body hashes of the header, executes, and checks gas used, bloom, receipts root, blob gas
/// and requests hash. The state root is left to the caller, who owns the trie.
/// @param senders  One for each transaction.
[[nodiscard]] Result<BlockOutcome, BlockFault> execute_block(
    const state::StateView& parent, const Rules& rules, const types::Block& block,
    std::span<const Address> senders, const BlockHashes* hashes,
    RootFunction intermediate_root = {}, evm::CodeCache* code_cache = nullptr);

/// The checks on the body alone: transactions root, ommers hash, withdrawals root.
[[nodiscard]] Result<void, BlockFault> check_body(const types::Block& block);

}  // namespace otento::execution
