// The flat state at the committed head: bounded caches that commits keep in step, the committed
// blocks that wait for a flush, and the key-value store below.
#pragma once

#include <otento/state/columns.hpp>
#include <otento/state/generation_cache.hpp>
#include <otento/state/key_hasher.hpp>
#include <otento/state/layer_data.hpp>

namespace otento::state {

/// Belongs to the ledger thread.
class BaseState {
  public:
    BaseState(const storage::KeyValueStore& kv, Columns columns, size_t cache_bytes);

    [[nodiscard]] std::optional<AccountRecord> account(const Address& address);
    [[nodiscard]] Hash slot(const Address& address, const Hash& key);
    /// Never null; empty and failed() if the store does not have it.
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash);

    /// Puts the head: what the store holds.
    void set_number(uint64_t number) noexcept;
    /// The head moves on by a committed block, which waits for a flush.
    void adopt(LayerPtr layer);
    /// What waited is in the store now.
    void finish_flush() noexcept { waiting_.clear(); }

    /// False until there is a head.
    [[nodiscard]] bool initialized() const noexcept { return initialized_; }
    [[nodiscard]] uint64_t number() const noexcept { return number_; }
    /// Committed blocks that wait for a flush, oldest first.
    [[nodiscard]] const std::vector<LayerPtr>& waiting() const noexcept { return waiting_; }

    /// True after a failed read, until clear_failure().
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    void clear_failure() noexcept { failed_ = false; }
    [[nodiscard]] size_t cache_bytes() const noexcept;

  private:
    /// Most accounts have neither code nor storage; what the others have besides is in
    /// `contracts_`.
    struct PlainAccount {
        uint64_t nonce = 0;
        uint256 balance;
        bool exists = false;
        bool contract = false;
    };
    struct ContractPart {
        Hash code_hash;
        Hash storage_root;
        uint64_t storage_epoch = 0;
        Hash area;  ///< Zero until somebody asked.
    };
    struct SlotKey {
        Hash area;
        Hash key;
        friend bool operator==(const SlotKey&, const SlotKey&) = default;
    };
    class SlotKeyHasher {
      public:
        [[nodiscard]] uint64_t operator()(const SlotKey& key) const noexcept {
            return hasher_(key.key, hasher_(key.area));
        }

      private:
        KeyHasher hasher_;
    };

    [[nodiscard]] std::optional<AccountRecord> read_account(const Address& address);
    [[nodiscard]] Hash read_slot(const Hash& area, const Hash& key);
    /// Storage area of an account that has storage.
    [[nodiscard]] Hash area(const Address& address, const AccountRecord& record);
    void put_account(const Address& address, const std::optional<AccountRecord>& record);
    void put_code(const Hash& code_hash, std::shared_ptr<const Bytes> code);

    const storage::KeyValueStore& kv_;
    Columns columns_;
    GenerationCache<Address, PlainAccount, KeyHasher> accounts_;
    GenerationCache<Address, ContractPart, KeyHasher> contracts_;
    GenerationCache<SlotKey, Hash, SlotKeyHasher> slots_;
    GenerationCache<Hash, std::shared_ptr<const Bytes>, KeyHasher> code_;
    std::vector<LayerPtr> waiting_;
    uint64_t number_ = 0;
    bool initialized_ = false;
    bool failed_ = false;
};

/// The one empty code.
[[nodiscard]] const std::shared_ptr<const Bytes>& empty_code();

}  // namespace otento::state
