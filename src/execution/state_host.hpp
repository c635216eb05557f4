// The EVM's world on top of state::State: forwards account and storage primitives, knows the block,
// and counts precompiles as warm.
#pragma once

#include <otento/evm/host.hpp>
#include <otento/execution/block_context.hpp>
#include <otento/state/state.hpp>

namespace otento::execution {

/// Lives as long as the block's State. One owner.
class StateHost final : public evm::Host {
  public:
    StateHost(state::State& state, const Rules& rules, const BlockContext& block);

    /// Values of the transaction about to run. `blob_hashes` are copied.
    void begin_transaction(const Address& origin, const uint256& price,
                           const std::vector<Hash>& blob_hashes);

    [[nodiscard]] bool exists(const Address& address) override;
    [[nodiscard]] bool is_empty(const Address& address) override;
    [[nodiscard]] uint256 balance(const Address& address) override;
    [[nodiscard]] uint64_t nonce(const Address& address) override;
    [[nodiscard]] Hash code_hash(const Address& address) override;
    [[nodiscard]] evm::CodeRef code(const Address& address) override;
    [[nodiscard]] bool has_storage(const Address& address) override;

    void touch(const Address& address) override;
    void add_balance(const Address& address, const uint256& value) override;
    void subtract_balance(const Address& address, const uint256& value) override;
    void set_nonce(const Address& address, uint64_t nonce) override;
    void set_code(const Address& address, Bytes code) override;
    void create_contract(const Address& address) override;
    [[nodiscard]] bool created_in_tx(const Address& address) override;
    bool self_destruct(const Address& address) override;

    [[nodiscard]] Hash storage(const Address& address, const Hash& key) override;
    [[nodiscard]] evm::StorageValue storage_value(const Address& address, const Hash& key) override;
    void set_storage(const Address& address, const Hash& key, const Hash& value) override;
    [[nodiscard]] Hash transient_storage(const Address& address, const Hash& key) override;
    void set_transient_storage(const Address& address, const Hash& key, const Hash& value) override;

    bool access_account(const Address& address) override;
    bool access_storage(const Address& address, const Hash& key) override;
    [[nodiscard]] bool is_warm(const Address& address) override;
    [[nodiscard]] evm::StorageAccess touch_storage(const Address& address,
                                                   const Hash& key) override;

    void emit_log(const Address& address, std::vector<Hash> topics, BytesView data) override;
    void add_refund(int64_t gas) override;

    [[nodiscard]] size_t checkpoint() override;
    void rollback(size_t checkpoint) override;

    [[nodiscard]] const evm::TxContext& tx_context() override;
    [[nodiscard]] Hash block_hash(uint64_t number) override;

  private:
    state::State& state_;
    evm::Fork fork_;
    const BlockHashes* hashes_;
    Hash parent_hash_;
    evm::TxContext context_;
};

}  // namespace otento::execution
