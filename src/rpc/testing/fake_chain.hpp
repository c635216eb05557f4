// A chain in memory for tests: blocks are executed for real, on copies of the state, one for each
// block.
#pragma once

#include <otento/chain/chain_view.hpp>
#include <otento/execution/execute_block.hpp>
#include <otento/state/memory_state.hpp>

#include <string>

namespace otento::rpc::testing {

/// Changed by the test between requests only.
class FakeChain final : public chain::ChainView, private execution::BlockHashes {
  public:
    explicit FakeChain(const types::Genesis& genesis);

    /// Executes transactions on the head and appends a block made of them. They must be valid.
    void mine(std::vector<types::Transaction> transactions, uint64_t timestamp_step = 1);
    /// Executes a foreign block and compares every root; returns what is wrong, or nothing.
    [[nodiscard]] std::string import(const types::Block& block);
    /// Forgets the state of a block.
    void prune_state(uint64_t number) { states_[number].reset(); }

    [[nodiscard]] const types::ChainConfig& config() const override { return config_; }
    [[nodiscard]] uint64_t head_number() const override { return blocks_.size() - 1; }
    [[nodiscard]] std::shared_ptr<const chain::ExecutedBlock> head() const override {
        return blocks_.back();
    }
    [[nodiscard]] std::shared_ptr<const chain::ExecutedBlock> block(uint64_t number) const override;
    [[nodiscard]] std::optional<uint64_t> number_of(const Hash& block_hash) const override;
    [[nodiscard]] std::optional<types::Header> header(uint64_t number) const override;
    [[nodiscard]] std::optional<Hash> hash_of(uint64_t number) const override;
    [[nodiscard]] std::optional<chain::TxLocation> find_transaction(
        const Hash& tx_hash) const override;
    [[nodiscard]] std::shared_ptr<const state::StateView> state_at(uint64_t number) const override;
    [[nodiscard]] uint64_t applied_index() const override { return blocks_.size(); }

  private:
    [[nodiscard]] Hash block_hash(uint64_t number) const override {
        return hash_of(number).value_or(Hash{});
    }
    void append(types::Block block, std::vector<Address> senders,
                std::vector<types::Receipt> receipts,
                std::shared_ptr<const state::MemoryState> state);

    types::ChainConfig config_;
    std::vector<std::shared_ptr<const chain::ExecutedBlock>> blocks_;
    std::vector<std::shared_ptr<const state::MemoryState>> states_;
};

}  // namespace otento::rpc::testing
