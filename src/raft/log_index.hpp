// What the engine remembers of the log: the term and size of every entry behind the compaction
// point. Payloads stay with the driver. Terms are kept as runs, sizes as running totals.
#pragma once

#include <otento/raft/raft.hpp>

#include <deque>

namespace otento::raft {

class LogIndex {
  public:
    /// An empty log that starts behind `base`, the last entry that was compacted away (0: none).
    void reset(Index base, Term base_term) noexcept;

    [[nodiscard]] Index base() const noexcept { return base_; }
    [[nodiscard]] Index first() const noexcept { return base_ + 1; }
    [[nodiscard]] Index last() const noexcept { return base_ + totals_.size(); }
    [[nodiscard]] Term last_term() const noexcept {
        return runs_.empty() ? base_term_ : runs_.back().term;
    }

    /// Term of the entry at `index`, the compaction point included; 0 if it is not known.
    [[nodiscard]] Term term_at(Index index) const noexcept;
    /// True if our entry at `index` has `term`, which makes it and all before it equal to the
    /// asker's (Log Matching, Raft 5.3).
    [[nodiscard]] bool holds(Index index, Term term) const noexcept {
        return index >= base_ && index <= last() && term_at(index) == term;
    }
    /// First kept index of the term that the entry at `index` has.
    [[nodiscard]] Index first_of_term_at(Index index) const noexcept;
    /// Largest index in [base, limit] whose term is at most `term`; nothing if there is none.
    [[nodiscard]] std::optional<Index> last_of_term_at_most(Index limit, Term term) const noexcept;
    /// Payload bytes of the entries in (after, upto], both within [base, last].
    [[nodiscard]] uint64_t bytes_between(Index after, Index upto) const noexcept;

    void append(Term term, uint32_t bytes);
    /// Drops the entries from `index` on; base < index.
    void truncate_from(Index index) noexcept;
    /// Drops the entries up to `index`; base <= index <= last.
    void compact_to(Index index) noexcept;

  private:
    struct Run {
        Index first;
        Term term;
    };

    /// The run that holds `index`, which must be in [first, last].
    [[nodiscard]] size_t run_of(Index index) const noexcept;
    [[nodiscard]] uint64_t total_at(Index index) const noexcept;

    Index base_ = 0;
    Term base_term_ = 0;
    uint64_t base_total_ = 0;
    std::deque<Run> runs_;
    std::deque<uint64_t> totals_;  ///< Bytes of all entries ever appended, up to each index.
};

}  // namespace otento::raft
