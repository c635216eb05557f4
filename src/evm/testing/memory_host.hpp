// A world in memory for tests and benches: accounts in a hash map, every change in a journal.
#pragma once

#include <otento/evm/host.hpp>

#include <map>
#include <unordered_map>

namespace otento::evm::testing {

struct MemorySlot {
    Hash original;  ///< At the start of the transaction.
    Hash current;
    bool warm = false;
};

struct MemoryAccount {
    bool exists = false;
    uint256 balance;
    uint64_t nonce = 0;
    CodeRef code;
    std::unordered_map<Hash, MemorySlot> storage;
    std::unordered_map<Hash, Hash> transient;
    bool warm = false;
    bool touched = false;
    bool created_in_tx = false;
    bool self_destructed = false;
};

struct MemoryLog {
    Address address;
    std::vector<Hash> topics;
    Bytes data;
};

class MemoryHost final : public Host {
  public:
    MemoryHost();

    // Building the world; not journaled.
    MemoryAccount& make_account(const Address& address, const uint256& balance = {},
                                uint64_t nonce = 0);
    MemoryAccount& make_contract(const Address& address, Bytes code, const uint256& balance = {});
    void put_storage(const Address& address, const Hash& key, const Hash& value);

    /// As at the end of a transaction: what the journal holds becomes the new past, self-destructed
    /// and touched empty accounts disappear (the latter if `state_clearing`).
    void end_transaction(bool state_clearing);

    [[nodiscard]] const MemoryAccount* find(const Address& address) const;
    [[nodiscard]] const std::vector<MemoryLog>& logs() const noexcept { return logs_; }
    [[nodiscard]] int64_t refund() const noexcept { return refund_; }
    /// keccak256(rlp(list of logs)), as test vectors give it.
    [[nodiscard]] Hash logs_hash() const;
    /// Hash of everything a later transaction could see, for comparing two runs.
    [[nodiscard]] Hash digest() const;

    TxContext context;
    std::map<uint64_t, Hash> block_hashes;

    // Host.
    [[nodiscard]] bool exists(const Address& address) override;
    [[nodiscard]] bool is_empty(const Address& address) override;
    [[nodiscard]] uint256 balance(const Address& address) override;
    [[nodiscard]] uint64_t nonce(const Address& address) override;
    [[nodiscard]] Hash code_hash(const Address& address) override;
    [[nodiscard]] CodeRef code(const Address& address) override;
    [[nodiscard]] bool has_storage(const Address& address) override;
    void touch(const Address& address) override;
    void add_balance(const Address& address, const uint256& value) override;
    void subtract_balance(const Address& address, const uint256& value) override;
    void set_nonce(const Address& address, uint64_t nonce) override;
    void set_code(const Address& address, Bytes code) override;
    void create_contract(const Address& address) override;
    [[nodiscard]] bool created_in_tx(const Address& address) override;
    [[nodiscard]] bool self_destruct(const Address& address) override;
    [[nodiscard]] Hash storage(const Address& address, const Hash& key) override;
    [[nodiscard]] StorageValue storage_value(const Address& address, const Hash& key) override;
    void set_storage(const Address& address, const Hash& key, const Hash& value) override;
    [[nodiscard]] Hash transient_storage(const Address& address, const Hash& key) override;
    void set_transient_storage(const Address& address, const Hash& key, const Hash& value) override;
    bool access_account(const Address& address) override;
    bool access_storage(const Address& address, const Hash& key) override;
    [[nodiscard]] bool is_warm(const Address& address) override;
    [[nodiscard]] StorageAccess touch_storage(const Address& address, const Hash& key) override;
    void emit_log(const Address& address, std::vector<Hash> topics, BytesView data) override;
    void add_refund(int64_t gas) override;
    [[nodiscard]] size_t checkpoint() override { return journal_.size(); }
    void rollback(size_t checkpoint) override;
    [[nodiscard]] const TxContext& tx_context() override { return context; }
    [[nodiscard]] Hash block_hash(uint64_t number) override;

  private:
    struct Change {
        enum class What : uint8_t {
            account,  ///< Balance, nonce and flags as they were.
            code,
            slot,
            transient,
            log,
            refund,
        } what = What::account;
        bool exists = false;
        bool warm = false;
        bool touched = false;
        bool created_in_tx = false;
        bool self_destructed = false;
        MemoryAccount* account = nullptr;
        MemorySlot* slot = nullptr;
        Hash key;
        Hash word;  ///< Slot or transient value.
        uint256 balance;
        uint64_t nonce = 0;
        int64_t refund = 0;
        CodeRef code;
    };

    [[nodiscard]] MemoryAccount* live(const Address& address);
    /// The account, made if absent, with its scalar fields noted in the journal.
    MemoryAccount& change(const Address& address);
    /// Notes the slot as it is before a change.
    void note(MemorySlot& slot);
    void undo(Change& change);

    std::unordered_map<Address, MemoryAccount> accounts_;
    std::vector<Change> journal_;
    std::vector<MemoryLog> logs_;
    int64_t refund_ = 0;
    CodeRef no_code_;
};

}  // namespace otento::evm::testing
