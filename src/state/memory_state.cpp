#include <otento/state/memory_state.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/record.hpp>
#include <otento/trie/ordered_root.hpp>

#include <algorithm>

namespace otento::state {

namespace {

struct HashedEntry {
    Hash key;
    Bytes value;
};

/// Root over entries whose keys are hashes already.
Hash root_of_hashed(std::vector<HashedEntry>& entries) {
    std::sort(entries.begin(), entries.end(),
              [](const HashedEntry& a, const HashedEntry& b) { return a.key < b.key; });
    std::vector<trie::KeyValue> sorted;
    sorted.reserve(entries.size());
    for (const HashedEntry& entry : entries) {
        sorted.push_back({entry.key, entry.value});
    }
    return trie::root_of_sorted(sorted);
}

/// Puts the Keccak-256 of the given inputs into the entries' keys.
void hash_keys(const std::vector<BytesView>& inputs, std::vector<HashedEntry>& entries) {
    std::vector<Hash> hashes(inputs.size());
    crypto::keccak256_many(inputs.data(), inputs.size(), hashes.data());
    for (size_t i = 0; i < hashes.size(); ++i) {
        entries[i].key = hashes[i];
    }
}

Hash storage_root(const std::map<Hash, Hash>& storage) {
    if (storage.empty()) {
        return types::EMPTY_TRIE_ROOT;
    }
    std::vector<BytesView> inputs;
    std::vector<HashedEntry> entries(storage.size());
    inputs.reserve(storage.size());
    for (const auto& [key, value] : storage) {
        append_slot_rlp(entries[inputs.size()].value, value);
        inputs.emplace_back(key);
    }
    hash_keys(inputs, entries);
    return root_of_hashed(entries);
}

const std::shared_ptr<const Bytes>& empty_code() {
    static const auto EMPTY = std::make_shared<const Bytes>();
    return EMPTY;
}

}  // namespace

void MemoryState::put(const Address& address, uint64_t nonce, const uint256& balance, Bytes code,
                      const std::map<Hash, Hash>& storage) {
    MemoryAccount& account = accounts_[address] = {};
    account.nonce = nonce;
    account.balance = balance;
    account.code = empty_code();
    if (!code.empty()) {
        account.code_hash = crypto::keccak256(code);
        account.code = std::make_shared<const Bytes>(std::move(code));
        code_[account.code_hash] = account.code;
    }
    for (const auto& [key, value] : storage) {
        if (!value.is_zero()) {
            account.storage.emplace(key, value);
        }
    }
}

void MemoryState::apply(const StateDiff& diff) {
    for (const auto& [address, change] : diff.accounts) {
        if (change.deleted) {
            accounts_.erase(address);
            continue;
        }
        MemoryAccount& account = accounts_[address];
        account.nonce = change.nonce;
        account.balance = change.balance;
        account.code_hash = change.code_hash;
        if (change.code) {
            code_[change.code_hash] = change.code;
        }
        account.code = code(change.code_hash);
        if (change.storage_cleared) {
            account.storage.clear();
        }
        for (const auto& [key, value] : change.storage) {
            if (value.is_zero()) {
                account.storage.erase(key);
            } else {
                account.storage[key] = value;
            }
        }
    }
}

Hash MemoryState::state_root() const {
    std::vector<BytesView> inputs;
    std::vector<HashedEntry> entries(accounts_.size());
    inputs.reserve(accounts_.size());
    for (const auto& [address, account] : accounts_) {
        const Hash root = storage_root(account.storage);
        append_account_rlp(entries[inputs.size()].value,
                           {account.nonce, account.balance, root, account.code_hash});
        inputs.emplace_back(address);
    }
    hash_keys(inputs, entries);
    return root_of_hashed(entries);
}

std::optional<Account> MemoryState::account(const Address& address) const {
    const auto found = accounts_.find(address);
    if (found == accounts_.end()) {
        return std::nullopt;
    }
    const MemoryAccount& account = found->second;
    return Account{account.nonce, account.balance, types::EMPTY_TRIE_ROOT, account.code_hash};
}

Hash MemoryState::storage(const Address& address, const Hash& key) const {
    const auto found = accounts_.find(address);
    if (found == accounts_.end()) {
        return {};
    }
    const auto slot = found->second.storage.find(key);
    return slot == found->second.storage.end() ? Hash{} : slot->second;
}

std::shared_ptr<const Bytes> MemoryState::code(const Hash& code_hash) const {
    const auto found = code_.find(code_hash);
    return found == code_.end() ? empty_code() : found->second;
}

bool MemoryState::has_storage(const Address& address) const {
    const auto found = accounts_.find(address);
    return found != accounts_.end() && !found->second.storage.empty();
}

}  // namespace otento::state
