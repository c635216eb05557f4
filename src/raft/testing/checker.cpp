#include <otento/raft/testing/checker.hpp>

namespace otento::raft::testing {
namespace {

constexpr size_t VIOLATIONS_MAX = 20;

std::string name(NodeId id) {
    return "node " + std::to_string(id);
}

Bytes bytes_of_payload(const Payload& payload) {
    return payload == nullptr ? Bytes{} : *payload;
}

}  // namespace

void Checker::violation(std::string text) {
    if (violations_.size() < VIOLATIONS_MAX) {
        violations_.push_back(std::move(text));
    }
}

void Checker::saw_leader(NodeId id, Term term) {
    const auto [it, first] = leaders_.emplace(term, id);
    if (!first && it->second != id) {
        violation("election safety: " + name(id) + " and " + name(it->second) + " lead term " +
                  std::to_string(term));
    }
}

void Checker::saw_vote(NodeId id, Term term, NodeId voted_for) {
    const auto [it, first] = votes_.emplace(std::pair{id, term}, voted_for);
    if (!first && it->second != voted_for) {
        violation("one vote per term: " + name(id) + " voted twice in term " +
                  std::to_string(term));
    }
}

void Checker::saw_entry(NodeId id, const Entry& entry, Term previous_term) {
    const Seen seen{previous_term, entry.type, bytes_of_payload(entry.payload)};
    const auto [it, first] = entries_.emplace(std::pair{entry.index, entry.term}, seen);
    if (!first && (it->second.previous_term != previous_term || it->second.type != entry.type ||
                   it->second.payload != seen.payload)) {
        violation("log matching: " + name(id) + " has another entry " +
                  std::to_string(entry.index) + " of term " + std::to_string(entry.term));
    }
}

void Checker::saw_committed(NodeId id, const Entry& entry) {
    std::pair<Term, Bytes> value{entry.term, bytes_of_payload(entry.payload)};
    const auto [it, first] = committed_.emplace(entry.index, value);
    committed_up_to_ = std::max(committed_up_to_, entry.index);
    if (!first && it->second != value) {
        violation("state machine safety: " + name(id) + " commits another entry " +
                  std::to_string(entry.index));
    }
}

void Checker::saw_new_leader(NodeId id, Index first, const std::function<Term(Index)>& term_at) {
    for (auto it = committed_.lower_bound(first); it != committed_.end(); ++it) {
        if (term_at(it->first) != it->second.first) {
            violation("leader completeness: " + name(id) + " lacks committed entry " +
                      std::to_string(it->first));
            return;
        }
    }
}

void Checker::saw_truncation(NodeId id, bool as_leader, Index from, Index commit_index) {
    if (as_leader) {
        violation("leader append-only: " + name(id) + " truncates");
    }
    if (from <= commit_index) {
        violation(name(id) + " truncates committed entry " + std::to_string(from));
    }
}

void Checker::saw_commit_index(NodeId id, Index before, Index now) {
    if (now < before) {
        violation("commit index of " + name(id) + " fell");
    }
}

void Checker::saw_read(NodeId id, Index answered, Index committed_when_asked) {
    if (answered < committed_when_asked) {
        violation("stale read at " + name(id) + ": " + std::to_string(answered) + " before " +
                  std::to_string(committed_when_asked));
    }
}

Term Checker::committed_term(Index index) const {
    const auto it = committed_.find(index);
    return it == committed_.end() ? 0 : it->second.first;
}

}  // namespace otento::raft::testing
