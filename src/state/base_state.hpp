// The flat state at the committed head, read through bounded caches that commits keep in step.
#pragma once

#include <otento/state/columns.hpp>
#include <otento/state/generation_cache.hpp>
#include <otento/state/record.hpp>

namespace otento::state {

/// Belongs to the ledger thread.
class BaseState {
  public:
    BaseState(const storage::KeyValueStore& kv, Columns columns, size_t cache_bytes);

    [[nodiscard]] std::optional<AccountRecord> account(const Address& address);
    /// Storage area of an account that has storage.
    [[nodiscard]] Hash area(const Address& address, const AccountRecord& record);
    [[nodiscard]] Hash slot(const Hash& area, const Hash& key);
    /// Never null; empty and failed() if the store does not have it.
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash);

    // What a commit changed.
    void put_account(const Address& address, const std::optional<AccountRecord>& record);
    void put_slot(const Hash& area, const Hash& key, const Hash& value);
    void put_code(const Hash& code_hash, std::shared_ptr<const Bytes> code);

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
    struct SlotKeyHash {
        [[nodiscard]] size_t operator()(const SlotKey& key) const noexcept {
            const FixedBytesHash<32> hash;
            const uint64_t h = (hash(key.key) ^ hash(key.area)) * 0x9e3779b97f4a7c15ULL;
            return h ^ (h >> 32);
        }
    };

    [[nodiscard]] std::optional<AccountRecord> read_account(const Address& address);

    const storage::KeyValueStore& kv_;
    Columns columns_;
    GenerationCache<Address, PlainAccount, FixedBytesHash<20>> accounts_;
    GenerationCache<Address, ContractPart, FixedBytesHash<20>> contracts_;
    GenerationCache<SlotKey, Hash, SlotKeyHash> slots_;
    GenerationCache<Hash, std::shared_ptr<const Bytes>, FixedBytesHash<32>> code_;
    bool failed_ = false;
};

/// The one empty code.
[[nodiscard]] const std::shared_ptr<const Bytes>& empty_code();

}  // namespace otento::state
