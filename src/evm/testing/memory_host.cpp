#include <otento/evm/testing/memory_host.hpp>

#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>

namespace otento::evm::testing {

MemoryHost::MemoryHost() : no_code_{crypto::keccak256({}), std::make_shared<const Bytes>()} {}

MemoryAccount& MemoryHost::make_account(const Address& address, const uint256& balance,
                                        uint64_t nonce) {
    MemoryAccount& account = accounts_[address];
    account.exists = true;
    account.balance = balance;
    account.nonce = nonce;
    account.code = no_code_;
    return account;
}

MemoryAccount& MemoryHost::make_contract(const Address& address, Bytes code,
                                         const uint256& balance) {
    MemoryAccount& account = make_account(address, balance, 1);
    const Hash hash = crypto::keccak256(code);
    account.code = {hash, std::make_shared<const Bytes>(std::move(code))};
    return account;
}

void MemoryHost::put_storage(const Address& address, const Hash& key, const Hash& value) {
    MemorySlot& slot = accounts_[address].storage[key];
    slot.original = value;
    slot.current = value;
}

void MemoryHost::end_transaction(bool state_clearing) {
    for (auto it = accounts_.begin(); it != accounts_.end();) {
        MemoryAccount& account = it->second;
        const bool cleared = state_clearing && account.touched && is_empty(it->first);
        if (!account.exists || account.self_destructed || cleared) {
            it = accounts_.erase(it);
            continue;
        }
        account.warm = account.touched = account.created_in_tx = false;
        account.transient.clear();
        for (auto& [key, slot] : account.storage) {
            slot.original = slot.current;
            slot.warm = false;
        }
        ++it;
    }
    journal_.clear();
    logs_.clear();
    refund_ = 0;
}

const MemoryAccount* MemoryHost::find(const Address& address) const {
    const auto it = accounts_.find(address);
    return it == accounts_.end() || !it->second.exists ? nullptr : &it->second;
}

Hash MemoryHost::logs_hash() const {
    rlp::Writer out;
    out.begin_list();
    for (const MemoryLog& log : logs_) {
        out.begin_list().string(log.address).begin_list();
        for (const Hash& topic : log.topics) {
            out.string(topic);
        }
        out.end_list().string(log.data).end_list();
    }
    out.end_list();
    return crypto::keccak256(out.take());
}

Hash MemoryHost::digest() const {
    rlp::Writer out;
    out.begin_list();
    for (const auto& [address, account] :
         std::map<Address, MemoryAccount>(accounts_.begin(), accounts_.end())) {
        if (!account.exists) {
            continue;
        }
        out.begin_list().string(address).uint(account.balance).uint(account.nonce);
        out.string(account.code.hash).uint(account.touched ? 1 : 0);
        out.uint(account.self_destructed ? 1 : 0).begin_list();
        for (const auto& [key, slot] :
             std::map<Hash, MemorySlot>(account.storage.begin(), account.storage.end())) {
            if (!slot.current.is_zero()) {
                out.string(key).string(slot.current);
            }
        }
        out.end_list().end_list();
    }
    out.end_list();
    return crypto::keccak256(out.take());
}

MemoryAccount* MemoryHost::live(const Address& address) {
    const auto it = accounts_.find(address);
    return it == accounts_.end() || !it->second.exists ? nullptr : &it->second;
}

MemoryAccount& MemoryHost::change(const Address& address) {
    MemoryAccount& account = accounts_[address];
    Change& note = journal_.emplace_back();
    note.account = &account;
    note.exists = account.exists;
    note.warm = account.warm;
    note.touched = account.touched;
    note.created_in_tx = account.created_in_tx;
    note.self_destructed = account.self_destructed;
    note.balance = account.balance;
    note.nonce = account.nonce;
    return account;
}

void MemoryHost::note(MemorySlot& slot) {
    Change& note = journal_.emplace_back();
    note.what = Change::What::slot;
    note.slot = &slot;
    note.word = slot.current;
    note.warm = slot.warm;
}

void MemoryHost::undo(Change& change) {
    switch (change.what) {
        case Change::What::account: {
            MemoryAccount& account = *change.account;
            account.exists = change.exists;
            account.warm = change.warm;
            account.touched = change.touched;
            account.created_in_tx = change.created_in_tx;
            account.self_destructed = change.self_destructed;
            account.balance = change.balance;
            account.nonce = change.nonce;
            break;
        }
        case Change::What::code:
            change.account->code = std::move(change.code);
            break;
        case Change::What::slot:
            change.slot->current = change.word;
            change.slot->warm = change.warm;
            break;
        case Change::What::transient:
            change.account->transient[change.key] = change.word;
            break;
        case Change::What::log:
            logs_.pop_back();
            break;
        case Change::What::refund:
            refund_ = change.refund;
            break;
    }
}

void MemoryHost::rollback(size_t checkpoint) {
    while (journal_.size() > checkpoint) {
        undo(journal_.back());
        journal_.pop_back();
    }
}

bool MemoryHost::exists(const Address& address) {
    return live(address) != nullptr;
}

bool MemoryHost::is_empty(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account == nullptr ||
           (account->balance.is_zero() && account->nonce == 0 && account->code.bytes->empty());
}

uint256 MemoryHost::balance(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account == nullptr ? uint256{} : account->balance;
}

uint64_t MemoryHost::nonce(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account == nullptr ? 0 : account->nonce;
}

Hash MemoryHost::code_hash(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account == nullptr ? Hash{} : account->code.hash;
}

CodeRef MemoryHost::code(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account == nullptr ? no_code_ : account->code;
}

bool MemoryHost::has_storage(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account != nullptr &&
           std::any_of(account->storage.begin(), account->storage.end(),
                       [](const auto& entry) { return !entry.second.original.is_zero(); });
}

void MemoryHost::touch(const Address& address) {
    MemoryAccount& account = change(address);
    if (!account.exists) {
        account.exists = true;
        account.code = no_code_;
    }
    account.touched = true;
}

void MemoryHost::add_balance(const Address& address, const uint256& value) {
    touch(address);
    accounts_[address].balance += value;
}

void MemoryHost::subtract_balance(const Address& address, const uint256& value) {
    touch(address);
    accounts_[address].balance -= value;
}

void MemoryHost::set_nonce(const Address& address, uint64_t nonce) {
    touch(address);
    accounts_[address].nonce = nonce;
}

void MemoryHost::set_code(const Address& address, Bytes code) {
    MemoryAccount& account = accounts_[address];
    Change& note = journal_.emplace_back();
    note.what = Change::What::code;
    note.account = &account;
    const Hash hash = crypto::keccak256(code);
    note.code = std::exchange(account.code, {hash, std::make_shared<const Bytes>(std::move(code))});
}

void MemoryHost::create_contract(const Address& address) {
    touch(address);
    accounts_[address].created_in_tx = true;
}

bool MemoryHost::created_in_tx(const Address& address) {
    const MemoryAccount* const account = live(address);
    return account != nullptr && account->created_in_tx;
}

bool MemoryHost::self_destruct(const Address& address) {
    MemoryAccount& account = change(address);
    return !std::exchange(account.self_destructed, true);
}

Hash MemoryHost::storage(const Address& address, const Hash& key) {
    const MemoryAccount* const account = live(address);
    if (account == nullptr) {
        return {};
    }
    const auto it = account->storage.find(key);
    return it == account->storage.end() ? Hash{} : it->second.current;
}

StorageValue MemoryHost::storage_value(const Address& address, const Hash& key) {
    const MemoryAccount* const account = live(address);
    if (account == nullptr) {
        return {};
    }
    const auto it = account->storage.find(key);
    return it == account->storage.end() ? StorageValue{}
                                        : StorageValue{it->second.original, it->second.current};
}

void MemoryHost::set_storage(const Address& address, const Hash& key, const Hash& value) {
    MemorySlot& slot = accounts_[address].storage[key];
    note(slot);
    slot.current = value;
}

Hash MemoryHost::transient_storage(const Address& address, const Hash& key) {
    const MemoryAccount* const account = live(address);
    if (account == nullptr) {
        return {};
    }
    const auto it = account->transient.find(key);
    return it == account->transient.end() ? Hash{} : it->second;
}

void MemoryHost::set_transient_storage(const Address& address, const Hash& key, const Hash& value) {
    MemoryAccount& account = accounts_[address];
    Change& note = journal_.emplace_back();
    note.what = Change::What::transient;
    note.account = &account;
    note.key = key;
    note.word = std::exchange(account.transient[key], value);
}

bool MemoryHost::access_account(const Address& address) {
    MemoryAccount& account = accounts_[address];
    if (account.warm) {
        return true;
    }
    change(address).warm = true;
    return false;
}

bool MemoryHost::access_storage(const Address& address, const Hash& key) {
    return touch_storage(address, key).was_warm;
}

StorageAccess MemoryHost::touch_storage(const Address& address, const Hash& key) {
    MemorySlot& slot = accounts_[address].storage[key];
    const StorageAccess access{slot.warm, {slot.original, slot.current}};
    if (!slot.warm) {
        note(slot);
        slot.warm = true;
    }
    return access;
}

bool MemoryHost::is_warm(const Address& address) {
    const auto it = accounts_.find(address);
    return it != accounts_.end() && it->second.warm;
}

void MemoryHost::emit_log(const Address& address, std::vector<Hash> topics, BytesView data) {
    logs_.push_back({address, std::move(topics), to_bytes(data)});
    journal_.emplace_back().what = Change::What::log;
}

void MemoryHost::add_refund(int64_t gas) {
    Change& note = journal_.emplace_back();
    note.what = Change::What::refund;
    note.refund = refund_;
    refund_ += gas;
}

Hash MemoryHost::block_hash(uint64_t number) {
    if (const auto it = block_hashes.find(number); it != block_hashes.end()) {
        return it->second;
    }
    // As state tests want it: the hash of the decimal digits.
    return crypto::keccak256(bytes_of(std::to_string(number)));
}

}  // namespace otento::evm::testing
