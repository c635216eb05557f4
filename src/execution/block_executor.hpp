// A block's transactions one after another, on the parent's state: used by the leader, who does not
// know yet which they will be, and by everybody who checks a block.
#pragma once

#include <otento/execution/execute_transaction.hpp>
#include <otento/execution/system_calls.hpp>

#include <functional>

namespace otento::execution {

/// State root after a diff on the parent state. Needed for receipts before Byzantium only.
using RootFunction = std::function<Hash(const state::StateDiff&)>;

struct BlockOutcome {
    std::vector<types::Receipt> receipts;
    state::StateDiff diff;
    uint64_t gas_used = 0;
    uint64_t blob_gas_used = 0;
    std::vector<Bytes> requests;
};

/// One owner; the parent view, the rules' block and its hashes outlive it.
class BlockExecutor {
  public:
    /// @param intermediate_root  May be empty from Byzantium on.
    /// @param code_cache  Of this thread, for code analysed in one block to be there in the next;
    ///                    outlives the executor. Null: a private one.
    BlockExecutor(const state::StateView& parent, const Rules& rules, const BlockContext& block,
                  RootFunction intermediate_root = {}, evm::CodeCache* code_cache = nullptr);

    /// Calls of the protocol before the first transaction. Once, first.
    void begin();

    /// Validates and runs one transaction. On an error nothing has changed and the block can go on.
    /// @param sender  Recovered from the signature.
    /// @param tracer  Observes this transaction; may be null.
    [[nodiscard]] Result<TxResult, TxError> add(const types::Transaction& tx, const Address& sender,
                                                evm::Tracer* tracer = nullptr);

    /// Requests, withdrawals and rewards; gives out everything. The executor is used up.
    [[nodiscard]] Result<BlockOutcome, SystemCallError> finish(
        const std::vector<types::Withdrawal>& withdrawals = {},
        const std::vector<types::Header>& ommers = {});

    [[nodiscard]] uint64_t gas_used() const noexcept { return gas_used_; }
    [[nodiscard]] uint64_t gas_left() const noexcept { return block_.gas_limit - gas_reserved_; }
    [[nodiscard]] uint64_t blob_gas_used() const noexcept { return blob_gas_used_; }
    [[nodiscard]] const std::vector<types::Receipt>& receipts() const noexcept { return receipts_; }
    /// Between transactions; for calls on top of a partly executed block.
    [[nodiscard]] state::State& state() noexcept { return state_; }
    /// The parent state could not be read: the outcome is worthless.
    [[nodiscard]] bool failed() const noexcept { return state_.failed(); }

  private:
    [[nodiscard]] Environment environment() noexcept {
        return {.state = state_, .host = host_, .evm = evm_, .rules = rules_, .block = block_};
    }
    void add_receipt(const types::Transaction& tx, TxResult& result);
    [[nodiscard]] Result<TxResult, TxError> add_private(const types::Transaction& tx,
                                                        const Address& sender,
                                                        const Validated& validated);
    void credit(const Address& address, const uint256& wei);

    const Rules rules_;
    const BlockContext block_;
    RootFunction intermediate_root_;
    state::State state_;
    StateHost host_;
    evm::Evm evm_;
    std::vector<types::Receipt> receipts_;
    uint64_t gas_used_ = 0;  ///< Cumulative, as receipts count it.
    uint64_t gas_reserved_ =
        0;  ///< Taken from the block's gas pool (GoQuorum's private ones take more).
    uint64_t blob_gas_used_ = 0;
};

}  // namespace otento::execution
