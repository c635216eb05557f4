#include <otento/txpool/tx_pool.hpp>

#include <otento/base/logger.hpp>
#include <otento/execution/execute_transaction.hpp>
#include <otento/txpool/account_queue.hpp>

namespace otento::txpool {

namespace {

constexpr size_t ENTRY_OVERHEAD_BYTES = 768;  // Maps, pointers, the decoded transaction itself.
constexpr uint64_t JOURNAL_SLACK_BYTES =
    1 << 20;  // History the journal may hold before it is rewritten.

[[nodiscard]] size_t memory_of(const PooledTx& tx) noexcept {
    return tx.encoded_size + ENTRY_OVERHEAD_BYTES;
}

[[nodiscard]] Err<Refusal> refuse(PoolError error) {
    return Err(Refusal{.error = error});
}
[[nodiscard]] Err<Refusal> refuse(TxError error) {
    return Err(Refusal{.error = PoolError::invalid, .tx_error = error});
}

}  // namespace

TxPool::TxPool(PoolLimits limits, PoolHead head, std::unique_ptr<Journal> journal)
    : limits_(limits),
      head_(std::move(head)),
      journal_(std::move(journal)),
      index_(std::make_shared<PoolIndex>()) {}

TxPool::~TxPool() = default;

// Coming in.

TxPool::Account TxPool::load_account(const Address& address) const {
    const execution::SenderState sender = execution::sender_state(*head_.state, address);
    Account account;
    account.nonce = sender.nonce;
    account.balance = sender.balance;
    account.has_code = sender.has_code;
    account.executable_end = sender.nonce;
    return account;
}

bool TxPool::outbids(const Transaction& fresh, const Transaction& old) const {
    const auto enough = [&](const uint256& now, const uint256& before) {
        const uint256 bumped = before + before * uint256{limits_.price_bump_percent} / uint256{100};
        return now > before && now >= bumped;
    };
    return enough(fresh.max_fee_per_gas, old.max_fee_per_gas) &&
           enough(fresh.max_priority_fee_per_gas, old.max_priority_fee_per_gas);
}

Result<void, Refusal> TxPool::check(const Submission& submission, const Account& account) const {
    const Transaction& tx = *submission.tx;
    if (const auto valid = execution::validate_stateless(tx, head_.rules); !valid) {
        return refuse(valid.error());
    }
    if (tx.gas_limit > head_.gas_limit) {
        return refuse(TxError::exceeds_block_gas_limit);
    }
    if (tx.nonce < account.nonce) {
        return refuse(TxError::nonce_too_low);
    }
    if (account.has_code) {
        return refuse(TxError::sender_not_eoa);
    }
    const auto cost = execution::cost_max(tx);
    uint256 all;
    uint256 others = account.cost;
    if (const auto old = account.txs.find(tx.nonce); old != account.txs.end()) {
        if (old->second.proposed || !outbids(tx, *old->second.tx->tx)) {
            return refuse(PoolError::replacement_underpriced);
        }
        others -= old->second.cost;
    }
    if (!cost || add_overflows(*cost, others, all) || all > account.balance) {
        return refuse(TxError::insufficient_funds);
    }
    return {};
}

Result<void, Refusal> TxPool::check_room(const Submission& submission,
                                         const Account& account) const {
    if (account.txs.contains(submission.tx->nonce)) {
        return {};  // Takes the place of another.
    }
    if (counts_.executable + counts_.queued >= limits_.count ||
        counts_.bytes + submission.encoded.size() + ENTRY_OVERHEAD_BYTES > limits_.bytes) {
        return refuse(PoolError::pool_full);
    }
    if (submission.tx->nonce == account.executable_end) {
        return account.executable() >= limits_.executable_per_account
                   ? refuse(PoolError::account_limit)
                   : Result<void, Refusal>{};
    }
    if (account.queued() >= limits_.queued_per_account) {
        return refuse(PoolError::account_limit);
    }
    return counts_.queued >= limits_.queued ? refuse(PoolError::pool_full)
                                            : Result<void, Refusal>{};
}

Result<PooledPtr, Refusal> TxPool::add(const Submission& submission) {
    if (submission.encoded.size() > limits_.tx_bytes) {
        return refuse(PoolError::oversized);
    }
    if (index_->find(submission.hash) != nullptr) {
        return refuse(PoolError::already_known);
    }
    auto found = accounts_.find(submission.sender);
    const bool fresh = found == accounts_.end();
    if (fresh) {
        found = accounts_.emplace(submission.sender, load_account(submission.sender)).first;
    }
    Account& account = found->second;
    auto allowed = check(submission, account);
    if (allowed) {
        allowed = check_room(submission, account);
    }
    if (!allowed) {
        forget_if_empty(submission.sender);
        return Err(std::move(allowed).error());
    }
    insert(account, submission, *execution::cost_max(*submission.tx));
    promote(account);
    publish_nonce(submission.sender, account);
    index_->set_counts(counts_);
    return account.txs.at(submission.tx->nonce).tx;
}

PooledPtr TxPool::adopt(const Hash& hash) {
    const PooledPtr known = index_->find(hash);
    if (!known || known->local) {
        return nullptr;
    }
    auto own = std::make_shared<PooledTx>(*known);
    own->local = true;
    if (journal_) {
        journal_->append(types::encode_transaction(*own->tx));
    }
    ++local_count_;
    PooledPtr adopted = std::move(own);
    accounts_.at(adopted->sender).txs.at(adopted->tx->nonce).tx = adopted;
    index_->insert(adopted);  // In place of the other's.
    return adopted;
}

void TxPool::insert(Account& account, const Submission& submission, const uint256& cost) {
    auto pooled =
        std::make_shared<const PooledTx>(PooledTx{.tx = submission.tx,
                                                  .hash = submission.hash,
                                                  .sender = submission.sender,
                                                  .encoded_size = submission.encoded.size(),
                                                  .local = submission.local});
    if (submission.local && journal_) {
        journal_->append(submission.encoded);
    }
    local_count_ += submission.local ? 1 : 0;
    counts_.bytes += memory_of(*pooled);
    account.cost += cost;
    const uint64_t nonce = submission.tx->nonce;
    const auto old = account.txs.find(nonce);
    if (old == account.txs.end()) {
        ++counts_.queued;
        account.txs.emplace(nonce,
                            Entry{.tx = pooled, .cost = cost, .arrived_ms = submission.now_ms});
    } else {
        // A replacement keeps its predecessor's place.
        Entry& entry = old->second;
        account.cost -= entry.cost;
        counts_.bytes -= memory_of(*entry.tx);
        local_count_ -= entry.tx->local ? 1 : 0;
        index_->erase(entry.tx->hash);
        entry.tx = pooled;
        entry.cost = cost;
        entry.arrived_ms = submission.now_ms;
    }
    index_->insert(std::move(pooled));
}

Result<void, DiskError> TxPool::flush_journal() {
    if (!journal_) {
        return {};
    }
    TRY_VOID(journal_->flush());
    compact_journal();
    return {};
}

void TxPool::compact_journal() {
    const uint64_t size = journal_->size_bytes();
    if (size < JOURNAL_SLACK_BYTES) {
        return;
    }
    std::vector<Bytes> live;
    uint64_t live_bytes = 0;
    if (local_count_ != 0) {
        if (size < JOURNAL_SLACK_BYTES + 4 * local_count_ * 256) {
            return;  // Not worth a walk: most of it is alive.
        }
        for (const auto& tx : local_transactions()) {
            live.push_back(types::encode_transaction(*tx->tx));
            live_bytes += live.back().size();
        }
    }
    if (size < JOURNAL_SLACK_BYTES + 2 * live_bytes) {
        return;
    }
    if (const auto done = journal_->rewrite(live); !done) {
        logger::warn("txpool", "journal was not rewritten: {}", done.error().text);
    }
}

TxPool::Restored TxPool::restore(uint64_t now_ms) {
    Restored out;
    if (!journal_) {
        return out;
    }
    for (const Bytes& encoded : journal_->take_loaded()) {
        auto decoded = types::decode_transaction(
            encoded, {.quorum_private = head_.rules.private_transactions});
        if (!decoded) {
            ++out.refused;
            continue;
        }
        const auto sender = execution::recover_sender(*decoded, head_.rules);
        const Hash hash = types::transaction_hash(*decoded);
        const auto tx = std::make_shared<const Transaction>(*std::move(decoded));
        const bool taken = sender && add({.tx = tx,
                                          .hash = hash,
                                          .sender = *sender,
                                          .encoded = encoded,
                                          .local = true,
                                          .now_ms = now_ms});
        ++(taken ? out.taken : out.refused);
    }
    // The file is made anew from what is still wanted.
    std::vector<Bytes> live;
    for (const auto& tx : local_transactions()) {
        live.push_back(types::encode_transaction(*tx->tx));
    }
    if (const auto done = journal_->rewrite(live); !done) {
        logger::warn("txpool", "journal was not rewritten: {}", done.error().text);
    }
    return out;
}

// Moving between queued, executable and proposed.

void TxPool::promote(Account& account) {
    for (auto at = account.txs.find(account.executable_end);
         at != account.txs.end() && at->first == account.executable_end; ++at) {
        account.last_turn = std::max(turn_, account.last_turn) + 1;
        at->second.place = {account.last_turn, ++arrivals_};
        if (!account.stalled && !at->second.proposed) {
            ready_.emplace(at->second.place, &at->second);
        }
        ++account.executable_end;
        --counts_.queued;
        ++counts_.executable;
    }
}

void TxPool::demote(Account& account, uint64_t from_nonce) {
    for (auto at = account.txs.lower_bound(from_nonce);
         at != account.txs.end() && at->first < account.executable_end; ++at) {
        ready_.erase(at->second.place);
        --counts_.executable;
        ++counts_.queued;
    }
    account.executable_end = std::min(account.executable_end, std::max(from_nonce, account.nonce));
}

void TxPool::remove(Account& account, uint64_t nonce) {
    const auto at = account.txs.find(nonce);
    Entry& entry = at->second;
    if (nonce < account.executable_end) {
        ready_.erase(entry.place);
        --counts_.executable;
    } else {
        --counts_.queued;
    }
    account.cost -= entry.cost;
    counts_.bytes -= memory_of(*entry.tx);
    local_count_ -= entry.tx->local ? 1 : 0;
    index_->erase(entry.tx->hash);
    account.txs.erase(at);
}

void TxPool::drop(const Address& sender, uint64_t nonce) {
    const auto found = accounts_.find(sender);
    if (found == accounts_.end() || !found->second.txs.contains(nonce)) {
        return;
    }
    Account& account = found->second;
    demote(account, nonce);
    remove(account, nonce);
    publish_nonce(sender, account);
    forget_if_empty(sender);
}

void TxPool::stall(Account& account) {
    account.stalled = true;
    for (auto& [nonce, entry] : account.txs) {
        if (nonce < account.executable_end) {
            ready_.erase(entry.place);
        }
    }
}

void TxPool::resume(Account& account) {
    if (!account.stalled) {
        return;
    }
    account.stalled = false;
    for (auto& [nonce, entry] : account.txs) {
        if (nonce < account.executable_end && !entry.proposed) {
            ready_.emplace(entry.place, &entry);
        }
    }
}

void TxPool::forget_if_empty(const Address& address) {
    const auto found = accounts_.find(address);
    if (found != accounts_.end() && found->second.txs.empty()) {
        accounts_.erase(found);
    }
}

void TxPool::publish_nonce(const Address& address, const Account& account) {
    index_->set_next_nonce(
        address, account.executable() == 0 ? std::nullopt : std::optional{account.executable_end});
}

void TxPool::set_proposed(const Hash& hash, bool proposed) {
    const PooledPtr tx = index_->find(hash);
    if (tx == nullptr) {
        return;
    }
    Account& account = accounts_.at(tx->sender);
    Entry& entry = account.txs.at(tx->tx->nonce);
    entry.proposed = proposed;
    if (proposed) {
        turn_ = std::max(turn_, entry.place.first);
        ready_.erase(entry.place);
    } else if (tx->tx->nonce < account.executable_end && !account.stalled) {
        ready_.emplace(entry.place, &entry);
    }
}

void TxPool::mark_proposed(std::span<const Hash> hashes) {
    for (const auto& hash : hashes) {
        set_proposed(hash, true);
    }
}

void TxPool::return_proposed(std::span<const Hash> hashes) {
    for (const auto& hash : hashes) {
        set_proposed(hash, false);
    }
}

void TxPool::return_all_proposed() {
    for (auto& [address, account] : accounts_) {
        for (auto& [nonce, entry] : account.txs) {
            if (entry.proposed) {
                set_proposed(entry.tx->hash, false);
            }
        }
    }
}

// Following the head.

void TxPool::on_committed(std::span<const Hash> hashes, const state::StateDiff& diff,
                          PoolHead head) {
    head_ = std::move(head);
    for (const auto& [address, change] : diff.accounts) {
        const auto found = accounts_.find(address);
        if (found == accounts_.end()) {
            continue;
        }
        Account& account = found->second;
        const Account now = load_account(address);
        while (!account.txs.empty() && account.txs.begin()->first < now.nonce) {
            remove(account, account.txs.begin()->first);
        }
        account.nonce = now.nonce;
        account.balance = now.balance;
        account.has_code = now.has_code;
        account.executable_end = std::max(account.executable_end, account.nonce);
        resume(account);
        promote(account);
        publish_nonce(address, account);
        forget_if_empty(address);
    }
    // Whatever of the block is still here had no account change: nothing of that kind is valid, but
    // a pool that kept it would offer it for ever.
    for (const auto& hash : hashes) {
        if (const PooledPtr tx = index_->find(hash)) {
            drop(tx->sender, tx->tx->nonce);
        }
    }
    index_->set_counts(counts_);
}

void TxPool::expire(uint64_t now_ms) {
    std::vector<std::pair<Address, uint64_t>> old;
    for (const auto& [address, account] : accounts_) {
        for (const auto& [nonce, entry] : account.txs) {
            const bool waits = nonce >= account.executable_end || account.stalled;
            if ((waits || !entry.tx->local) && !entry.proposed &&
                now_ms - std::min(now_ms, entry.arrived_ms) > limits_.lifetime_ms) {
                old.emplace_back(address, nonce);
            }
        }
    }
    for (const auto& [address, nonce] : old) {
        drop(address, nonce);
    }
    index_->set_counts(counts_);
}

// Looking.

uint64_t TxPool::next_nonce(const Address& address) const {
    const auto found = accounts_.find(address);
    return found == accounts_.end() ? load_account(address).nonce : found->second.executable_end;
}

std::vector<PooledPtr> TxPool::local_transactions() const {
    std::vector<PooledPtr> out;
    out.reserve(local_count_);
    for (const auto& [address, account] : accounts_) {
        for (const auto& [nonce, entry] : account.txs) {
            if (entry.tx->local) {
                out.push_back(entry.tx);
            }
        }
    }
    return out;
}

}  // namespace otento::txpool
