// The promises of Raft (Figure 3 of the paper and what a ledger adds), checked after every step of
// every node of a test cluster from outside: the checker sees updates and disks, never the engine's
// inside.
#pragma once

#include <otento/raft/raft.hpp>

#include <functional>
#include <map>
#include <string>
#include <utility>

namespace otento::raft::testing {

class Checker {
  public:
    /// What went wrong, in order; empty if nothing did. Bounded.
    [[nodiscard]] const std::vector<std::string>& violations() const noexcept {
        return violations_;
    }

    /// Election Safety: at most one leader per term.
    void saw_leader(NodeId id, Term term);
    /// One vote per server and term, across crashes.
    void saw_vote(NodeId id, Term term, NodeId voted_for);
    /// Log Matching: index and term determine an entry and the one before it.
    void saw_entry(NodeId id, const Entry& entry, Term previous_term);
    /// State Machine Safety: whoever commits or applies an index means the same entry.
    void saw_committed(NodeId id, const Entry& entry);
    /// Leader Completeness: `term_at` of a new leader's log, which starts at `first`.
    void saw_new_leader(NodeId id, Index first, const std::function<Term(Index)>& term_at);
    /// Leader Append-Only, and nobody truncates what is committed.
    void saw_truncation(NodeId id, bool as_leader, Index from, Index commit_index);
    /// Commit indexes never fall while a node runs.
    void saw_commit_index(NodeId id, Index before, Index now);
    /// A linearizable read reflects all that was committed when it was asked for.
    void saw_read(NodeId id, Index answered, Index committed_when_asked);

    /// Highest index anybody has committed.
    [[nodiscard]] Index committed() const noexcept { return committed_up_to_; }
    [[nodiscard]] Term committed_term(Index index) const;

    void violation(std::string text);

  private:
    struct Seen {
        Term previous_term;
        EntryType type;
        Bytes payload;
    };

    std::vector<std::string> violations_;
    std::map<Term, NodeId> leaders_;
    std::map<std::pair<NodeId, Term>, NodeId> votes_;
    std::map<std::pair<Index, Term>, Seen> entries_;
    std::map<Index, std::pair<Term, Bytes>> committed_;
    Index committed_up_to_ = 0;
};

}  // namespace otento::raft::testing
