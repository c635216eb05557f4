// The promises, checked from outside after every step of every node. The judge sees logs, messages
// and applied entries, never the engine's inside. The first broken promise is the verdict.
#pragma once

#include <otento/ordering/orderer.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace otento::sim {

using raft::Index;
using raft::NodeId;
using raft::Term;

class Judge {
  public:
    struct EntryFacts {
        Index index = 0;
        Term term = 0;
        Term previous_term = 0;  ///< 0: unknown, compacted away.
        uint64_t digest = 0;     ///< Of type and payload.
    };

    /// Log Matching (Raft 5.3): index and term determine the entry and the term of the one before.
    void saw_entry(NodeId node, const EntryFacts& entry);
    /// The digest of an entry seen before; empty if none was.
    [[nodiscard]] std::optional<uint64_t> digest_of(Index index, Term term) const;
    /// Nobody truncates what it knows to be committed.
    void saw_truncation(NodeId node, Index from, Index commit_index);
    /// Commit indexes never fall while a node runs.
    void saw_commit_index(NodeId node, Index before, Index now);
    /// One entry per index is committed. `commit_term`: the node's term at that moment.
    void saw_committed(NodeId node, Index index, Term term, uint64_t digest, Term commit_term);
    /// State Machine Safety: the same entries in the same order, and only committed ones, give the
    /// same state.
    void saw_applied(NodeId node, Index index, Term term, uint64_t digest, uint64_t state);
    /// A state that came by snapshot is the one that others reached by entries.
    void saw_installed(NodeId node, Index index, uint64_t state);
    /// Election Safety: at most one leader per term.
    void saw_leader(NodeId node, Term term);
    /// Leader Completeness: what was committed in earlier terms is in a new leader's log. The last
    /// such entry stands for all before it, by Log Matching.
    /// @return  The entry a leader of `term` must have; index 0: none.
    [[nodiscard]] EntryFacts must_have(Term term) const;
    void missing_entry(NodeId node, Term term, const EntryFacts& entry, Term found);
    /// One vote per node and term, over all its lives.
    void saw_vote(NodeId node, Term term, NodeId candidate);
    /// Nothing is acknowledged that would not survive a power loss.
    void saw_acknowledgement(NodeId node, Index match, Index durable);
    /// A read reflects all that clients knew to be committed when they asked.
    void saw_read(NodeId node, Index answered, Index acknowledged_when_asked);

    [[nodiscard]] Index committed_until() const noexcept {
        return committed_.empty() ? 0 : committed_.size() - 1;
    }
    [[nodiscard]] std::optional<uint64_t> state_at(Index index) const;

    void accuse(std::string what);
    /// Empty while all is well.
    [[nodiscard]] const std::optional<std::string>& verdict() const noexcept { return verdict_; }

  private:
    struct Known {
        Term term = 0;
        Term previous_term = 0;
        uint64_t digest = 0;
    };
    struct Committed {
        bool known = false;
        Term term = 0;
        uint64_t digest = 0;
        Term commit_term = 0;
        bool has_state = false;
        uint64_t state = 0;
    };

    std::vector<std::vector<Known>> entries_;  // By index.
    std::vector<Committed> committed_;         // By index; [0] is unused.
    std::map<Term, NodeId> leaders_;
    std::map<std::pair<NodeId, Term>, NodeId> votes_;
    std::optional<std::string> verdict_;
};

}  // namespace otento::sim
