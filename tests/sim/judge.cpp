#include "judge.hpp"

#include <fmt/core.h>

namespace otento::sim {

void Judge::accuse(std::string what) {
    if (!verdict_) {
        verdict_ = std::move(what);
    }
}

void Judge::saw_entry(NodeId node, const EntryFacts& entry) {
    if (entries_.size() <= entry.index) {
        entries_.resize(entry.index + 1);
    }
    for (Known& known : entries_[entry.index]) {
        if (known.term != entry.term) {
            continue;
        }
        if (known.digest != entry.digest) {
            accuse(fmt::format("log matching: node {} has another entry at index {} term {}", node,
                               entry.index, entry.term));
        }
        if (known.previous_term != 0 && entry.previous_term != 0 &&
            known.previous_term != entry.previous_term) {
            accuse(fmt::format(
                "log matching: node {} has term {} before index {} term {}, others have {}", node,
                entry.previous_term, entry.index, entry.term, known.previous_term));
        }
        if (known.previous_term == 0) {
            known.previous_term = entry.previous_term;
        }
        return;
    }
    entries_[entry.index].push_back({entry.term, entry.previous_term, entry.digest});
}

std::optional<uint64_t> Judge::digest_of(Index index, Term term) const {
    if (index < entries_.size()) {
        for (const Known& known : entries_[index]) {
            if (known.term == term) {
                return known.digest;
            }
        }
    }
    return std::nullopt;
}

void Judge::saw_truncation(NodeId node, Index from, Index commit_index) {
    if (from <= commit_index) {
        accuse(fmt::format("node {} truncated its log from {} although {} was committed", node,
                           from, commit_index));
    }
}

void Judge::saw_commit_index(NodeId node, Index before, Index now) {
    if (now < before) {
        accuse(fmt::format("node {} took back its commit index from {} to {}", node, before, now));
    }
}

void Judge::saw_committed(NodeId node, Index index, Term term, uint64_t digest, Term commit_term) {
    if (committed_.size() <= index) {
        committed_.resize(index + 1);
    }
    Committed& known = committed_[index];
    if (!known.known) {
        known = {.known = true, .term = term, .digest = digest, .commit_term = commit_term};
        return;
    }
    known.commit_term = std::min(known.commit_term, commit_term);
    if (known.term != term || known.digest != digest) {
        accuse(fmt::format(
            "state machine safety: node {} committed index {} of term {}, others of term {}", node,
            index, term, known.term));
    }
}

void Judge::saw_applied(NodeId node, Index index, Term term, uint64_t digest, uint64_t state) {
    if (index >= committed_.size() || !committed_[index].known) {
        accuse(fmt::format("node {} applied index {}, which nobody committed", node, index));
        return;
    }
    Committed& known = committed_[index];
    if (known.term != term || known.digest != digest) {
        accuse(fmt::format("state machine safety: node {} applied another entry at index {}", node,
                           index));
    }
    if (known.has_state && known.state != state) {
        accuse(fmt::format("state machine safety: node {} has another state after index {}", node,
                           index));
    }
    known.has_state = true;
    known.state = state;
}

void Judge::saw_installed(NodeId node, Index index, uint64_t state) {
    const auto known = state_at(index);
    if (!known || *known != state) {
        accuse(fmt::format("node {} installed a snapshot of index {} that nobody's state was", node,
                           index));
    }
}

std::optional<uint64_t> Judge::state_at(Index index) const {
    if (index >= committed_.size() || !committed_[index].has_state) {
        return std::nullopt;
    }
    return committed_[index].state;
}

void Judge::saw_leader(NodeId node, Term term) {
    const auto [known, added] = leaders_.emplace(term, node);
    if (!added && known->second != node) {
        accuse(fmt::format("election safety: nodes {} and {} both lead term {}", known->second,
                           node, term));
    }
}

Judge::EntryFacts Judge::must_have(Term term) const {
    // Indexes are committed in order of term, so the last that qualifies is what counts.
    for (Index index = committed_until(); index > 0; --index) {
        const Committed& entry = committed_[index];
        if (entry.known && entry.commit_term < term) {
            return {.index = index, .term = entry.term, .previous_term = 0, .digest = entry.digest};
        }
    }
    return {};
}

void Judge::missing_entry(NodeId node, Term term, const EntryFacts& entry, Term found) {
    accuse(
        fmt::format("leader completeness: node {} leads term {} without committed index {} term {} "
                    "(it has term {} there)",
                    node, term, entry.index, entry.term, found));
}

void Judge::saw_vote(NodeId node, Term term, NodeId candidate) {
    const auto [known, added] = votes_.emplace(std::pair{node, term}, candidate);
    if (!added && known->second != candidate) {
        accuse(fmt::format("node {} voted twice in term {}: for {} and {}", node, term,
                           known->second, candidate));
    }
}

void Judge::saw_acknowledgement(NodeId node, Index match, Index durable) {
    if (match > durable) {
        accuse(fmt::format("node {} acknowledged index {} and only {} is durable", node, match,
                           durable));
    }
}

void Judge::saw_read(NodeId node, Index answered, Index acknowledged_when_asked) {
    if (answered < acknowledged_when_asked) {
        accuse(
            fmt::format("stale read: node {} answered index {} although {} was acknowledged before",
                        node, answered, acknowledged_when_asked));
    }
}

}  // namespace otento::sim
