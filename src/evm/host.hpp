// The world as the EVM sees it: journaled account and storage primitives, logs, block context. The
// EVM itself implements message calls (transfer, checkpoint, precompiles, code deposit) on top of
// these.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/uint256.hpp>

#include <memory>

namespace otento::evm {

/// Code of an account; shared, never copied per call. `bytes` is never null.
struct CodeRef {
    Hash hash;
    std::shared_ptr<const Bytes> bytes;
};

/// Block and transaction values of the opcodes.
struct TxContext {
    Address origin;
    uint256 gas_price;  ///< Effective.
    Address coinbase;
    uint64_t number = 0;
    uint64_t timestamp = 0;
    uint64_t gas_limit = 0;
    uint256 difficulty;  ///< Before Paris.
    Hash prev_randao;    ///< Paris on.
    uint64_t chain_id = 0;
    uint256 base_fee;
    uint256 blob_base_fee;
    std::vector<Hash> blob_hashes;
};

/// Storage values for the gas rules of EIP-1283/2200/3529: at the start of the transaction, and
/// now.
struct StorageValue {
    Hash original;
    Hash current;
};

/// A storage slot as SLOAD and SSTORE meet it under EIP-2929.
struct StorageAccess {
    bool was_warm = false;
    StorageValue value;
};

class Host {
  public:
    Host() = default;
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    virtual ~Host() = default;

    // Accounts. Absent accounts read as empty.
    [[nodiscard]] virtual bool exists(const Address& address) = 0;
    [[nodiscard]] virtual bool is_empty(const Address& address) = 0;  ///< EIP-161; true if absent.
    [[nodiscard]] virtual uint256 balance(const Address& address) = 0;
    [[nodiscard]] virtual uint64_t nonce(const Address& address) = 0;
    [[nodiscard]] virtual Hash code_hash(const Address& address) = 0;  ///< Zero if absent.
    [[nodiscard]] virtual CodeRef code(const Address& address) = 0;
    [[nodiscard]] virtual bool has_storage(
        const Address& address) = 0;  ///< EIP-7610 creation collision.

    /// Touches the account (EIP-158 clearing), creating it if absent.
    virtual void touch(const Address& address) = 0;
    virtual void add_balance(const Address& address, const uint256& value) = 0;
    virtual void subtract_balance(const Address& address, const uint256& value) = 0;
    virtual void set_nonce(const Address& address, uint64_t nonce) = 0;
    virtual void set_code(const Address& address, Bytes code) = 0;
    /// Makes a new contract account with empty storage, keeping its balance; remembers that it was
    /// created in this transaction (EIP-6780).
    virtual void create_contract(const Address& address) = 0;
    [[nodiscard]] virtual bool created_in_tx(const Address& address) = 0;
    /// Schedules deletion at the end of the transaction; true the first time.
    virtual bool self_destruct(const Address& address) = 0;

    // Storage.
    [[nodiscard]] virtual Hash storage(const Address& address, const Hash& key) = 0;
    [[nodiscard]] virtual StorageValue storage_value(const Address& address, const Hash& key) = 0;
    virtual void set_storage(const Address& address, const Hash& key, const Hash& value) = 0;
    [[nodiscard]] virtual Hash transient_storage(const Address& address, const Hash& key) = 0;
    virtual void set_transient_storage(const Address& address, const Hash& key,
                                       const Hash& value) = 0;

    // Access list (EIP-2929): true if it was warm already; warms it.
    virtual bool access_account(const Address& address) = 0;
    virtual bool access_storage(const Address& address, const Hash& key) = 0;
    [[nodiscard]] virtual bool is_warm(const Address& address) = 0;
    /// access_storage and storage_value in one: SLOAD and SSTORE from Berlin on come here only.
    /// Worth overriding where it saves a look-up.
    [[nodiscard]] virtual StorageAccess touch_storage(const Address& address, const Hash& key) {
        const bool was_warm = access_storage(address, key);
        return {was_warm, storage_value(address, key)};
    }

    virtual void emit_log(const Address& address, std::vector<Hash> topics, BytesView data) = 0;
    /// Refund counter; may go below zero within a transaction (EIP-1283).
    virtual void add_refund(int64_t gas) = 0;

    // Revert points: everything above, refunds and logs included, but not "warm" before Berlin
    // semantics: rollback undoes warming too (EIP-2929).
    [[nodiscard]] virtual size_t checkpoint() = 0;
    virtual void rollback(size_t checkpoint) = 0;

    [[nodiscard]] virtual const TxContext& tx_context() = 0;
    /// Hash of an ancestor among the last 256, else zero; resolved through speculative parents too.
    [[nodiscard]] virtual Hash block_hash(uint64_t number) = 0;
};

}  // namespace otento::evm
