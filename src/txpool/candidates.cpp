#include <otento/txpool/account_queue.hpp>
#include <otento/txpool/tx_pool.hpp>

#include <algorithm>

namespace otento::txpool {

std::unique_ptr<TxPool::Candidates> TxPool::candidates() {
    return std::make_unique<Candidates>(*this);
}

bool TxPool::Candidates::Offer::operator<(const Offer& other) const noexcept {
    return tip != other.tip ? tip < other.tip : arrival > other.arrival;
}

TxPool::Candidates::Candidates(TxPool& pool)
    : pool_(pool), by_tip_(pool.head_.rules.fee_market), at_(pool.ready_.begin()) {
    if (!by_tip_) {
        return;
    }
    // The first of each account: the one whose predecessor is not a candidate itself.
    for (const auto& [place, entry] : pool_.ready_) {
        const Account& account = pool_.accounts_.at(entry->tx->sender);
        const uint64_t nonce = entry->tx->tx->nonce;
        const auto before = nonce == 0 ? account.txs.end() : account.txs.find(nonce - 1);
        if (before == account.txs.end() || before->second.proposed) {
            offer(entry);
        }
    }
}

TxPool::Candidates::~Candidates() {
    for (const auto& failure : failures_) {
        if (execution::is_permanent(failure.error)) {
            pool_.drop(failure.sender, failure.nonce);
        } else if (const auto found = pool_.accounts_.find(failure.sender);
                   found != pool_.accounts_.end()) {
            pool_.stall(found->second);
        }
    }
    pool_.index_->set_counts(pool_.counts_);
}

void TxPool::Candidates::offer(const Entry* entry) {
    const Transaction& tx = *entry->tx->tx;
    const uint256& base_fee = pool_.head_.base_fee;
    if (tx.max_fee_per_gas < base_fee) {
        return;
    }
    offers_.push_back({.tip = std::min(tx.max_priority_fee_per_gas, tx.max_fee_per_gas - base_fee),
                       .arrival = entry->place.second,
                       .entry = entry});
    std::push_heap(offers_.begin(), offers_.end());
}

const TxPool::Entry* TxPool::Candidates::successor(const Entry& entry) const {
    const Account& account = pool_.accounts_.at(entry.tx->sender);
    const uint64_t nonce = entry.tx->tx->nonce + 1;
    const auto next = account.txs.find(nonce);
    const bool ready =
        next != account.txs.end() && nonce < account.executable_end && !next->second.proposed;
    return ready ? &next->second : nullptr;
}

const TxPool::Entry* TxPool::Candidates::next_by_turn() {
    while (at_ != pool_.ready_.end()) {
        const Entry* entry = at_->second;
        ++at_;
        if (!skipped_.contains(entry->tx->sender)) {
            return entry;
        }
    }
    return nullptr;
}

const TxPool::Entry* TxPool::Candidates::next_by_tip() {
    if (last_ != nullptr && !skipped_.contains(last_->tx->sender)) {
        if (const Entry* next = successor(*last_)) {
            offer(next);
        }
    }
    last_ = nullptr;
    if (offers_.empty()) {
        return nullptr;
    }
    std::pop_heap(offers_.begin(), offers_.end());
    last_ = offers_.back().entry;
    offers_.pop_back();
    return last_;
}

std::optional<execution::Candidate> TxPool::Candidates::next() {
    const Entry* entry = by_tip_ ? next_by_tip() : next_by_turn();
    if (entry == nullptr) {
        return std::nullopt;
    }
    const PooledTx& pooled = *entry->tx;
    return execution::Candidate{.tx = pooled.tx,
                                .hash = pooled.hash,
                                .sender = pooled.sender,
                                .encoded_size = pooled.encoded_size};
}

void TxPool::Candidates::refused(const execution::Candidate& candidate, TxError error) {
    switch (error) {
        case TxError::nonce_too_low:
            return;  // Overtaken by an uncommitted block; its commit will clear it away.
        case TxError::nonce_too_high:
        case TxError::block_gas_exhausted:
        case TxError::blob_gas_exhausted:
        case TxError::fee_cap_below_base_fee:
        case TxError::blob_fee_cap_too_low:
            break;  // Better luck in another block.
        default:
            failures_.push_back(
                {.sender = candidate.sender, .nonce = candidate.tx->nonce, .error = error});
            break;
    }
    skipped_.insert(candidate.sender);
}

}  // namespace otento::txpool
