// The world while a block executes: a journaled overlay on the parent's StateView. It offers
// everything evm::Host asks of a state (execution writes the adapter), collects the changes of all
// transactions, and gives them out as a StateDiff at the end.
//
// Life of a block: State(parent); for each transaction begin_transaction, calls, take_logs,
// end_transaction; then diff(). System calls and rewards are bracketed the same way.
#pragma once

#include <otento/state/hash_index.hpp>
#include <otento/state/key_hasher.hpp>
#include <otento/state/segmented_vector.hpp>
#include <otento/state/state_view.hpp>

#include <vector>

namespace otento::state {

/// Code of an account with its hash; `bytes` is never null.
struct Code {
    Hash hash;
    std::shared_ptr<const Bytes> bytes;
};

/// A slot at the start of the transaction and now (EIP-1283, EIP-2200, EIP-3529).
struct SlotValue {
    Hash original;
    Hash current;
};

/// A slot as SLOAD and SSTORE meet it under EIP-2929.
struct SlotAccess {
    bool was_warm = false;
    SlotValue value;
};

/// One owner; not thread-safe. The parent view must outlive it.
class State {
  public:
    explicit State(const StateView& parent);
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Transaction boundaries.

    /// Forgets access lists, transient storage, refunds, logs, original values and the journal.
    void begin_transaction();
    /// Deletes self-destructed accounts and, if `clear_empty` (EIP-158), touched empty ones. No
    /// checkpoint is valid afterwards. To drop a transaction instead, call rollback(0) first.
    void end_transaction(bool clear_empty);

    // Accounts. Absent accounts read as empty.

    [[nodiscard]] bool exists(const Address& address);
    [[nodiscard]] bool is_empty(const Address& address);  ///< EIP-161; true if absent.
    [[nodiscard]] uint256 balance(const Address& address);
    [[nodiscard]] uint64_t nonce(const Address& address);
    [[nodiscard]] Hash code_hash(const Address& address);  ///< Zero if absent.
    [[nodiscard]] Code code(const Address& address);
    /// True if the account has a non-zero slot: in the parent state (EIP-7610), or written since.
    [[nodiscard]] bool has_storage(const Address& address);

    /// Creates the account if absent and marks it as touched.
    void touch(const Address& address);
    /// Touches; the sum is modulo 2^256 (the caller has checked supply).
    void add_balance(const Address& address, const uint256& value);
    /// Touches; the caller has checked that the balance suffices.
    void subtract_balance(const Address& address, const uint256& value);
    void set_balance(const Address& address, const uint256& value);
    void set_nonce(const Address& address, uint64_t nonce);
    void set_code(const Address& address, Bytes code);
    /// A new contract account: nonce 0, no code, empty storage, balance kept.
    void create_contract(const Address& address);
    [[nodiscard]] bool created_in_tx(const Address& address);
    /// Schedules deletion at the end of the transaction; true the first time. Whether EIP-6780
    /// forbids it is the caller's business; so is moving the balance.
    bool self_destruct(const Address& address);
    /// Drops all slots (state overrides of eth_call).
    void clear_storage(const Address& address);

    // Storage.

    [[nodiscard]] Hash storage(const Address& address, const Hash& key);
    [[nodiscard]] SlotValue storage_value(const Address& address, const Hash& key);
    void set_storage(const Address& address, const Hash& key, const Hash& value);
    [[nodiscard]] Hash transient_storage(const Address& address, const Hash& key) const;
    void set_transient_storage(const Address& address, const Hash& key, const Hash& value);

    // Access list (EIP-2929): true if it was warm already; warms it.

    bool access_account(const Address& address);
    bool access_storage(const Address& address, const Hash& key);
    /// access_storage and storage_value in one look-up.
    SlotAccess touch_storage(const Address& address, const Hash& key);
    [[nodiscard]] bool is_warm(const Address& address);

    // Logs and refunds of the transaction.

    void emit_log(const Address& address, std::vector<Hash> topics, BytesView data);
    [[nodiscard]] const std::vector<types::Log>& logs() const noexcept { return logs_; }
    [[nodiscard]] std::vector<types::Log> take_logs() noexcept { return std::move(logs_); }
    void add_refund(int64_t gas);
    [[nodiscard]] int64_t refund() const noexcept { return refund_; }

    // Revert points within the transaction: all of the above is undone, warming included.

    [[nodiscard]] size_t checkpoint() noexcept { return last_checkpoint_ = journal_.size(); }
    void rollback(size_t checkpoint);

    /// Everything that changed since construction, net of values that came back. May be taken after
    /// any transaction (receipts before Byzantium carry a state root) and leaves the State usable.
    [[nodiscard]] StateDiff diff() const;
    /// True if the parent view failed during a read: throw the block away.
    [[nodiscard]] bool failed() const noexcept { return parent_.failed(); }

  private:
    /// An account touched by the block: as the parent has it, and now. The stamps say in which
    /// transaction something last happened, so that a new transaction resets nothing.
    struct AccountEntry {
        Address address;
        uint64_t nonce = 0;
        uint256 balance;
        Hash code_hash;
        std::shared_ptr<const Bytes> code;  ///< Null: not read yet.
        uint32_t generation = 0;     ///< 0: unread slots come from the parent; else they are zero.
        uint32_t nonzero_slots = 0;  ///< Among the slots read or written in this generation.
        uint32_t balance_undo = 0;   ///< Where the journal may hold the last undo of the balance.
        bool exists = false;
        bool dirty = false;  ///< Was changed at some time; diff() compares.

        uint32_t warm_tx = 0;
        uint32_t touched_tx = 0;
        uint32_t created_tx = 0;
        uint32_t destructed_tx = 0;

        bool parent_exists = false;
        bool parent_has_storage = false;  ///< Known only when generation is not 0.
        uint64_t parent_nonce = 0;
        uint256 parent_balance;
        Hash parent_code_hash;
    };

    /// A slot read or written. One entry for all generations, since warmth does not depend on them;
    /// values of another generation than the account's are void.
    struct SlotEntry {
        uint32_t account = 0;
        uint32_t generation = 0;
        Hash key;
        Hash current;
        Hash original;  ///< At the start of transaction `original_tx`.
        Hash parent;    ///< In the parent state; known only in generation 0.
        uint32_t original_tx = 0;
        uint32_t warm_tx = 0;
        uint32_t undo = 0;  ///< Where the journal may hold the last undo of `current`.
    };

    struct TransientEntry {
        Address address;
        Hash key;
        Hash value;
        uint32_t undo = 0;  ///< As in SlotEntry.
    };

    /// What rollback restores when an account changes as a whole.
    struct SavedAccount {
        uint64_t nonce;
        Hash code_hash;
        std::shared_ptr<const Bytes> code;
        uint32_t generation;
        uint32_t nonzero_slots;
        uint32_t created_tx;
    };

    /// What rollback restores when a slot's values become void.
    struct SavedSlot {
        uint32_t generation;
        uint32_t original_tx;
        Hash current;
        Hash original;
    };

    enum class UndoKind : uint8_t {
        balance,
        nonce,
        existence,
        touch,
        account,
        slot,
        slot_generation,
        transient,
        warm_account,
        warm_slot,
        self_destruct,
        log,
        refund,
    };

    struct Undo {
        UndoKind kind;
        uint32_t index;  ///< Of the account, slot or transient entry.
        Hash word;       ///< Previous value; integers in native byte order.
    };

    [[nodiscard]] uint32_t find_account(const Address& address);
    [[nodiscard]] AccountEntry& account(const Address& address) {
        return accounts_[find_account(address)];
    }
    [[nodiscard]] uint32_t find_slot(uint32_t account, const Hash& key);
    [[nodiscard]] uint32_t add_slot(uint32_t account, const Hash& key, uint64_t hash);
    [[nodiscard]] uint32_t find_transient(const Address& address, const Hash& key) const;
    uint32_t touched_account(const Address& address);
    void renew_slot(uint32_t index);
    void save_account(uint32_t index);
    void drop_storage(AccountEntry& entry);
    void delete_account(AccountEntry& entry);
    void write_slot(SlotEntry& slot, const Hash& value);
    void undo(const Undo& record);
    void push_undo(UndoKind kind, uint32_t index, const void* value = nullptr, size_t size = 0);
    /// As above for a value of which one undo since the last checkpoint is enough.
    /// @param place  Where the last one went; updated.
    void note(uint32_t& place, UndoKind kind, uint32_t index, const void* value, size_t size);

    [[nodiscard]] static bool has_new_code(const AccountEntry& entry) noexcept {
        return entry.code_hash !=
               (entry.parent_exists ? entry.parent_code_hash : types::EMPTY_CODE_HASH);
    }
    /// The parent's slots are gone.
    [[nodiscard]] static bool is_cleared(const AccountEntry& entry) noexcept {
        return entry.generation != 0 && entry.parent_has_storage;
    }
    /// Against the parent state, slots aside.
    [[nodiscard]] bool differs(const AccountEntry& entry) const;
    [[nodiscard]] bool differs(const SlotEntry& slot) const;
    [[nodiscard]] AccountDiff diff_of(const AccountEntry& entry) const;

    const StateView& parent_;
    const KeyHasher hasher_;
    SegmentedVector<AccountEntry> accounts_;
    uint32_t recent_account_ = 0;  ///< Looked up last.
    HashIndex account_index_;
    SegmentedVector<SlotEntry> slots_;
    uint32_t recent_slot_ = 0;  ///< Looked up last.
    HashIndex slot_index_;
    SegmentedVector<TransientEntry> transient_;
    HashIndex transient_index_;
    SegmentedVector<Undo> journal_;
    size_t last_checkpoint_ = 0;  ///< No live checkpoint is above.
    std::vector<SavedAccount> saved_;
    std::vector<SavedSlot> saved_slots_;
    std::vector<uint32_t> touched_;  ///< Accounts touched in this transaction; may repeat.
    std::vector<uint32_t>
        destructed_;  ///< Accounts self-destructed in this transaction; may repeat.
    std::vector<types::Log> logs_;
    int64_t refund_ = 0;
    uint32_t refund_undo_ = 0;
    uint32_t tx_ = 1;               ///< Stamp of the current transaction.
    uint32_t last_generation_ = 0;  ///< Highest generation handed out.
};

}  // namespace otento::state
