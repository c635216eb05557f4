#include <otento/state/state.hpp>

#include <otento/crypto/keccak.hpp>

#include <algorithm>

namespace otento::state {

namespace {

/// A touch of RIPEMD-160's account outlives a rollback: mainnet block 2 675 119, Yellow Paper
/// appendix K.1.
constexpr Address RIPEMD_ADDRESS{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}};

const std::shared_ptr<const Bytes>& empty_code() {
    static const auto EMPTY = std::make_shared<const Bytes>();
    return EMPTY;
}

}  // namespace

State::State(const StateView& parent) : parent_(parent) {}

void State::begin_transaction() {
    ++tx_;
    journal_.clear();
    last_checkpoint_ = 0;
    saved_.clear();
    saved_slots_.clear();
    touched_.clear();
    destructed_.clear();
    logs_.clear();
    transient_.clear();
    transient_index_.clear();
    refund_ = 0;
}

void State::end_transaction(bool clear_empty) {
    for (const uint32_t index : destructed_) {
        AccountEntry& entry = accounts_[index];
        if (entry.destructed_tx == tx_ && entry.exists) {
            delete_account(entry);
        }
    }
    if (clear_empty) {
        for (const uint32_t index : touched_) {
            AccountEntry& entry = accounts_[index];
            if (entry.touched_tx == tx_ && entry.exists && entry.nonce == 0 &&
                entry.balance.is_zero() && entry.code_hash == types::EMPTY_CODE_HASH) {
                delete_account(entry);
            }
        }
    }
    begin_transaction();
}

// ---- Entries

uint32_t State::find_account(const Address& address) {
    if (!accounts_.empty() && accounts_[recent_account_].address == address) {
        return recent_account_;
    }
    const uint64_t hash = hasher_(address);
    const uint32_t found = account_index_.find(
        hash, [&](uint32_t position) { return accounts_[position].address == address; });
    if (found != HashIndex::NONE) {
        return recent_account_ = found;
    }
    const auto position = static_cast<uint32_t>(accounts_.size());
    AccountEntry& entry = accounts_.emplace_back();
    entry.address = address;
    if (const auto account = parent_.account(address)) {
        entry.exists = entry.parent_exists = true;
        entry.nonce = entry.parent_nonce = account->nonce;
        entry.balance = entry.parent_balance = account->balance;
        entry.code_hash = entry.parent_code_hash = account->code_hash;
    } else {
        entry.code_hash = types::EMPTY_CODE_HASH;
    }
    account_index_.insert(hash, position);
    return recent_account_ = position;
}

uint32_t State::find_slot(uint32_t account, const Hash& key) {
    const auto is_wanted = [&](uint32_t position) {
        const SlotEntry& slot = slots_[position];
        return slot.account == account && slot.key == key;
    };
    uint32_t index = recent_slot_;
    if (slots_.empty() || !is_wanted(index)) {
        const uint64_t hash = hasher_(key, account);
        index = slot_index_.find(hash, is_wanted);
        if (index == HashIndex::NONE) {
            return recent_slot_ = add_slot(account, key, hash);
        }
        recent_slot_ = index;
    }
    if (slots_[index].generation != accounts_[account].generation) {
        const SlotEntry& slot = slots_[index];
        saved_slots_.push_back({slot.generation, slot.original_tx, slot.current, slot.original});
        push_undo(UndoKind::slot_generation, index);
        renew_slot(index);
    }
    SlotEntry& slot = slots_[index];
    if (slot.original_tx != tx_) {
        slot.original = slot.current;
        slot.original_tx = tx_;
    }
    return index;
}

uint32_t State::add_slot(uint32_t account, const Hash& key, uint64_t hash) {
    const auto index = static_cast<uint32_t>(slots_.size());
    SlotEntry& slot = slots_.emplace_back();
    slot.account = account;
    slot.key = key;
    slot_index_.insert(hash, index);
    renew_slot(index);
    return index;
}

/// Gives a slot the value it has when first read in its account's generation.
void State::renew_slot(uint32_t index) {
    SlotEntry& slot = slots_[index];
    AccountEntry& owner = accounts_[slot.account];
    slot.generation = owner.generation;
    slot.current = {};
    if (owner.generation == 0 && owner.parent_exists) {
        slot.current = slot.parent = parent_.storage(owner.address, slot.key);
        owner.nonzero_slots += slot.current.is_zero() ? 0 : 1;
    }
    slot.original = slot.current;
    slot.original_tx = tx_;
}

uint32_t State::find_transient(const Address& address, const Hash& key) const {
    return transient_index_.find(hasher_(key, hasher_(address)), [&](uint32_t position) {
        const TransientEntry& entry = transient_[position];
        return entry.key == key && entry.address == address;
    });
}

// ---- Accounts

bool State::exists(const Address& address) {
    return account(address).exists;
}

bool State::is_empty(const Address& address) {
    const AccountEntry& entry = account(address);
    return !entry.exists || (entry.nonce == 0 && entry.balance.is_zero() &&
                             entry.code_hash == types::EMPTY_CODE_HASH);
}

uint256 State::balance(const Address& address) {
    return account(address).balance;
}

uint64_t State::nonce(const Address& address) {
    return account(address).nonce;
}

Hash State::code_hash(const Address& address) {
    const AccountEntry& entry = account(address);
    return entry.exists ? entry.code_hash : Hash{};
}

Code State::code(const Address& address) {
    AccountEntry& entry = account(address);
    if (!entry.code) {
        entry.code = entry.code_hash == types::EMPTY_CODE_HASH ? empty_code()
                                                               : parent_.code(entry.code_hash);
    }
    return {entry.code_hash, entry.code};
}

bool State::has_storage(const Address& address) {
    const AccountEntry& entry = account(address);
    if (entry.nonzero_slots != 0) {
        return true;
    }
    return entry.generation == 0 && entry.parent_exists && parent_.has_storage(address);
}

uint32_t State::touched_account(const Address& address) {
    const uint32_t index = find_account(address);
    AccountEntry& entry = accounts_[index];
    if (!entry.exists) {
        entry.exists = true;
        entry.dirty = true;
        push_undo(UndoKind::existence, index);
    }
    if (entry.touched_tx != tx_) {
        entry.touched_tx = tx_;
        touched_.push_back(index);
        push_undo(UndoKind::touch, index);
    }
    return index;
}

void State::touch(const Address& address) {
    touched_account(address);
}

void State::add_balance(const Address& address, const uint256& value) {
    const uint32_t index = touched_account(address);
    if (!value.is_zero()) {
        AccountEntry& entry = accounts_[index];
        note(entry.balance_undo, UndoKind::balance, index, &entry.balance, sizeof entry.balance);
        entry.balance += value;
        entry.dirty = true;
    }
}

void State::subtract_balance(const Address& address, const uint256& value) {
    const uint32_t index = touched_account(address);
    if (!value.is_zero()) {
        AccountEntry& entry = accounts_[index];
        ASSERT(entry.balance >= value);
        note(entry.balance_undo, UndoKind::balance, index, &entry.balance, sizeof entry.balance);
        entry.balance -= value;
        entry.dirty = true;
    }
}

void State::set_balance(const Address& address, const uint256& value) {
    const uint32_t index = touched_account(address);
    AccountEntry& entry = accounts_[index];
    note(entry.balance_undo, UndoKind::balance, index, &entry.balance, sizeof entry.balance);
    entry.balance = value;
    entry.dirty = true;
}

void State::set_nonce(const Address& address, uint64_t nonce) {
    const uint32_t index = touched_account(address);
    AccountEntry& entry = accounts_[index];
    push_undo(UndoKind::nonce, index, &entry.nonce, sizeof entry.nonce);
    entry.nonce = nonce;
    entry.dirty = true;
}

void State::set_code(const Address& address, Bytes code) {
    const uint32_t index = touched_account(address);
    save_account(index);
    AccountEntry& entry = accounts_[index];
    entry.code_hash = crypto::keccak256(code);
    entry.code = code.empty() ? empty_code() : std::make_shared<const Bytes>(std::move(code));
}

void State::create_contract(const Address& address) {
    const uint32_t index = touched_account(address);
    save_account(index);
    AccountEntry& entry = accounts_[index];
    entry.nonce = 0;
    entry.code_hash = types::EMPTY_CODE_HASH;
    entry.code = empty_code();
    entry.created_tx = tx_;
    drop_storage(entry);
}

bool State::created_in_tx(const Address& address) {
    return account(address).created_tx == tx_;
}

bool State::self_destruct(const Address& address) {
    const uint32_t index = find_account(address);
    AccountEntry& entry = accounts_[index];
    if (entry.destructed_tx == tx_) {
        return false;
    }
    entry.destructed_tx = tx_;
    destructed_.push_back(index);
    push_undo(UndoKind::self_destruct, index);
    return true;
}

void State::clear_storage(const Address& address) {
    const uint32_t index = touched_account(address);
    save_account(index);
    drop_storage(accounts_[index]);
}

void State::drop_storage(AccountEntry& entry) {
    entry.dirty = true;
    if (entry.generation == 0) {
        entry.parent_has_storage = entry.parent_exists && parent_.has_storage(entry.address);
    }
    entry.generation = ++last_generation_;
    entry.nonzero_slots = 0;
}

void State::delete_account(AccountEntry& entry) {
    drop_storage(entry);
    entry.exists = false;
    entry.nonce = 0;
    entry.balance = {};
    entry.code_hash = types::EMPTY_CODE_HASH;
    entry.code = empty_code();
}

// ---- Storage

Hash State::storage(const Address& address, const Hash& key) {
    return slots_[find_slot(find_account(address), key)].current;
}

SlotValue State::storage_value(const Address& address, const Hash& key) {
    const SlotEntry& slot = slots_[find_slot(find_account(address), key)];
    return {slot.original, slot.current};
}

void State::write_slot(SlotEntry& slot, const Hash& value) {
    uint32_t& nonzero = accounts_[slot.account].nonzero_slots;
    nonzero += (value.is_zero() ? 0U : 1U) - (slot.current.is_zero() ? 0U : 1U);
    slot.current = value;
}

void State::set_storage(const Address& address, const Hash& key, const Hash& value) {
    const uint32_t owner = find_account(address);
    const uint32_t index = find_slot(owner, key);
    SlotEntry& slot = slots_[index];
    if (slot.current == value) {
        return;
    }
    note(slot.undo, UndoKind::slot, index, &slot.current, sizeof slot.current);
    write_slot(slot, value);
    accounts_[owner].dirty = true;
}

Hash State::transient_storage(const Address& address, const Hash& key) const {
    const uint32_t index = find_transient(address, key);
    return index == HashIndex::NONE ? Hash{} : transient_[index].value;
}

void State::set_transient_storage(const Address& address, const Hash& key, const Hash& value) {
    uint32_t index = find_transient(address, key);
    if (index == HashIndex::NONE) {
        index = static_cast<uint32_t>(transient_.size());
        TransientEntry& fresh = transient_.emplace_back();
        fresh.address = address;
        fresh.key = key;
        transient_index_.insert(hasher_(key, hasher_(address)), index);
    }
    TransientEntry& entry = transient_[index];
    note(entry.undo, UndoKind::transient, index, &entry.value, sizeof entry.value);
    entry.value = value;
}

// ---- Access list, logs, refunds

bool State::access_account(const Address& address) {
    const uint32_t index = find_account(address);
    AccountEntry& entry = accounts_[index];
    if (entry.warm_tx == tx_) {
        return true;
    }
    entry.warm_tx = tx_;
    push_undo(UndoKind::warm_account, index);
    return false;
}

bool State::access_storage(const Address& address, const Hash& key) {
    const uint32_t index = find_slot(find_account(address), key);
    SlotEntry& slot = slots_[index];
    if (slot.warm_tx == tx_) {
        return true;
    }
    slot.warm_tx = tx_;
    push_undo(UndoKind::warm_slot, index);
    return false;
}

SlotAccess State::touch_storage(const Address& address, const Hash& key) {
    const uint32_t index = find_slot(find_account(address), key);
    SlotEntry& slot = slots_[index];
    const bool was_warm = slot.warm_tx == tx_;
    if (!was_warm) {
        slot.warm_tx = tx_;
        push_undo(UndoKind::warm_slot, index);
    }
    return {was_warm, {slot.original, slot.current}};
}

bool State::is_warm(const Address& address) {
    return account(address).warm_tx == tx_;
}

void State::emit_log(const Address& address, std::vector<Hash> topics, BytesView data) {
    push_undo(UndoKind::log, 0);
    logs_.push_back({address, std::move(topics), to_bytes(data)});
}

void State::add_refund(int64_t gas) {
    note(refund_undo_, UndoKind::refund, 0, &refund_, sizeof refund_);
    refund_ += gas;
}

// ---- Journal

void State::push_undo(UndoKind kind, uint32_t index, const void* value, size_t size) {
    Undo& record = journal_.emplace_back();
    record.kind = kind;
    record.index = index;
    if (size != 0) {
        std::memcpy(record.word.data(), value, size);
    }
}

void State::note(uint32_t& place, UndoKind kind, uint32_t index, const void* value, size_t size) {
    if (place >= last_checkpoint_ && place < journal_.size()) {
        const Undo& last = journal_[place];
        if (last.kind == kind && last.index == index) {
            return;  // Whoever rolls back, rolls back that one, too.
        }
    }
    place = static_cast<uint32_t>(journal_.size());
    push_undo(kind, index, value, size);
}

void State::save_account(uint32_t index) {
    AccountEntry& entry = accounts_[index];
    saved_.push_back({entry.nonce, entry.code_hash, entry.code, entry.generation,
                      entry.nonzero_slots, entry.created_tx});
    push_undo(UndoKind::account, index);
    entry.dirty = true;
}

void State::rollback(size_t checkpoint) {
    ASSERT(checkpoint <= journal_.size());
    while (journal_.size() > checkpoint) {
        undo(journal_.back());
        journal_.pop_back();
    }
    last_checkpoint_ = checkpoint;
}

void State::undo(const Undo& record) {
    switch (record.kind) {
        case UndoKind::balance:
            std::memcpy(&accounts_[record.index].balance, record.word.data(), sizeof(uint256));
            break;
        case UndoKind::nonce:
            std::memcpy(&accounts_[record.index].nonce, record.word.data(), sizeof(uint64_t));
            break;
        case UndoKind::existence:
            accounts_[record.index].exists = false;
            break;
        case UndoKind::touch:
            if (accounts_[record.index].address != RIPEMD_ADDRESS) {
                accounts_[record.index].touched_tx = 0;
            }
            break;
        case UndoKind::account: {
            AccountEntry& entry = accounts_[record.index];
            SavedAccount& saved = saved_.back();
            entry.nonce = saved.nonce;
            entry.code_hash = saved.code_hash;
            entry.code = std::move(saved.code);
            if (entry.generation != saved.generation) {
                entry.generation = saved.generation;
                entry.nonzero_slots = saved.nonzero_slots;
            }
            entry.created_tx = saved.created_tx;
            saved_.pop_back();
            break;
        }
        case UndoKind::slot:
            write_slot(slots_[record.index], record.word);
            break;
        case UndoKind::slot_generation: {
            SlotEntry& slot = slots_[record.index];
            const SavedSlot& saved = saved_slots_.back();
            AccountEntry& owner = accounts_[slot.account];
            if (slot.generation == owner.generation && !slot.current.is_zero()) {
                --owner.nonzero_slots;
            }
            slot.generation = saved.generation;
            slot.original_tx = saved.original_tx;
            slot.current = saved.current;
            slot.original = saved.original;
            saved_slots_.pop_back();
            break;
        }
        case UndoKind::transient:
            transient_[record.index].value = record.word;
            break;
        case UndoKind::warm_account:
            accounts_[record.index].warm_tx = 0;
            break;
        case UndoKind::warm_slot:
            slots_[record.index].warm_tx = 0;
            break;
        case UndoKind::self_destruct:
            accounts_[record.index].destructed_tx = 0;
            break;
        case UndoKind::log:
            logs_.pop_back();
            break;
        case UndoKind::refund:
            std::memcpy(&refund_, record.word.data(), sizeof refund_);
            break;
    }
}

// ---- Outcome

bool State::differs(const AccountEntry& entry) const {
    if (!entry.dirty || (!entry.exists && !entry.parent_exists)) {
        return false;
    }
    return !entry.exists || !entry.parent_exists || has_new_code(entry) || is_cleared(entry) ||
           entry.nonce != entry.parent_nonce || entry.balance != entry.parent_balance;
}

bool State::differs(const SlotEntry& slot) const {
    const AccountEntry& owner = accounts_[slot.account];
    const Hash before = owner.generation == 0 ? slot.parent : Hash{};
    return slot.generation == owner.generation && owner.exists && slot.current != before;
}

AccountDiff State::diff_of(const AccountEntry& entry) const {
    AccountDiff out;
    if (!entry.exists) {
        out.deleted = out.storage_cleared = true;
        return out;
    }
    out.nonce = entry.nonce;
    out.balance = entry.balance;
    out.code_hash = entry.code_hash;
    out.storage_cleared = is_cleared(entry);
    if (has_new_code(entry) && entry.code_hash != types::EMPTY_CODE_HASH) {
        out.code = entry.code;
    }
    return out;
}

// Sorts first and then appends to the maps, which saves them all searching.
StateDiff State::diff() const {
    std::vector<uint32_t> slots;
    std::vector<bool> in_diff(accounts_.size(), false);
    for (uint32_t index = 0; index < slots_.size(); ++index) {
        if (differs(slots_[index])) {
            slots.push_back(index);
            in_diff[slots_[index].account] = true;
        }
    }
    std::vector<std::pair<uint64_t, uint32_t>> order;  // First bytes of the address, to sort fast.
    for (uint32_t index = 0; index < accounts_.size(); ++index) {
        if (in_diff[index] || differs(accounts_[index])) {
            order.emplace_back(load_be<uint64_t>(accounts_[index].address.data()), index);
        }
    }
    std::ranges::sort(order, [&](const auto& a, const auto& b) {
        return a.first != b.first ? a.first < b.first
                                  : accounts_[a.second].address < accounts_[b.second].address;
    });
    std::ranges::sort(slots, [&](uint32_t left, uint32_t right) {
        const SlotEntry& a = slots_[left];
        const SlotEntry& b = slots_[right];
        return a.account != b.account ? a.account < b.account : a.key < b.key;
    });
    StateDiff out;
    for (const auto& [first_bytes, index] : order) {
        const AccountEntry& entry = accounts_[index];
        AccountDiff& diff =
            out.accounts.emplace_hint(out.accounts.end(), entry.address, diff_of(entry))->second;
        auto slot = std::ranges::lower_bound(slots, index, {},
                                             [&](uint32_t at) { return slots_[at].account; });
        for (; slot != slots.end() && slots_[*slot].account == index; ++slot) {
            diff.storage.emplace_hint(diff.storage.end(), slots_[*slot].key, slots_[*slot].current);
        }
    }
    return out;
}

}  // namespace otento::state
