#include <otento/raft/log_index.hpp>

namespace otento::raft {

void LogIndex::reset(Index base, Term base_term) noexcept {
    base_ = base;
    base_term_ = base_term;
    base_total_ = 0;
    runs_.clear();
    totals_.clear();
}

size_t LogIndex::run_of(Index index) const noexcept {
    ASSERT(index > base_);
    ASSERT(index <= last());
    const auto behind = std::upper_bound(runs_.begin(), runs_.end(), index,
                                         [](Index i, const Run& run) { return i < run.first; });
    return static_cast<size_t>(behind - runs_.begin()) - 1;
}

Term LogIndex::term_at(Index index) const noexcept {
    if (index == base_) {
        return base_term_;
    }
    if (index < base_ || index > last()) {
        return 0;
    }
    return runs_[run_of(index)].term;
}

Index LogIndex::first_of_term_at(Index index) const noexcept {
    return runs_[run_of(index)].first;
}

std::optional<Index> LogIndex::last_of_term_at_most(Index limit, Term term) const noexcept {
    ASSERT(limit >= base_);
    const auto behind = std::upper_bound(runs_.begin(), runs_.end(), term,
                                         [](Term t, const Run& run) { return t < run.term; });
    if (behind == runs_.begin()) {
        return base_term_ <= term ? std::optional<Index>{base_} : std::nullopt;
    }
    // Everything before `behind` has a term of at most `term`.
    const Index end = behind == runs_.end() ? last() : behind->first - 1;
    return std::min(limit, end);
}

uint64_t LogIndex::total_at(Index index) const noexcept {
    ASSERT(index >= base_);
    ASSERT(index <= last());
    return index == base_ ? base_total_ : totals_[static_cast<size_t>(index - base_ - 1)];
}

uint64_t LogIndex::bytes_between(Index after, Index upto) const noexcept {
    return upto <= after ? 0 : total_at(upto) - total_at(after);
}

void LogIndex::append(Term term, uint32_t bytes) {
    ASSERT(term >= last_term());
    const uint64_t total = total_at(last());
    if (runs_.empty() || runs_.back().term != term) {
        runs_.push_back({last() + 1, term});
    }
    totals_.push_back(total + bytes);
}

void LogIndex::truncate_from(Index index) noexcept {
    ASSERT(index > base_);
    while (last() >= index) {
        totals_.pop_back();
    }
    while (!runs_.empty() && runs_.back().first >= index) {
        runs_.pop_back();
    }
}

void LogIndex::compact_to(Index index) noexcept {
    ASSERT(index >= base_);
    ASSERT(index <= last());
    const Term term = term_at(index);
    const uint64_t total = total_at(index);
    while (base_ < index) {
        totals_.pop_front();
        ++base_;
    }
    while (runs_.size() > 1 && runs_[1].first <= index + 1) {
        runs_.pop_front();
    }
    if (totals_.empty()) {
        runs_.clear();
    } else {
        runs_.front().first = std::max(runs_.front().first, index + 1);
    }
    base_term_ = term;
    base_total_ = total;
}

}  // namespace otento::raft
