// Linearizable reads without log entries: Raft dissertation 6.4.
#include <otento/raft/engine.hpp>

namespace otento::raft {
namespace {

/// Reads that wait for a confirmation; more are turned away.
constexpr size_t READS_MAX = 1 << 16;

}  // namespace

Outcome Raft::Impl::on(ReadIndex& event) {
    if (role_ != Role::leader) {
        return Err(StepError::not_leader);
    }
    if (waiting_reads_.size() + round_reads_.size() >= READS_MAX) {
        return Err(StepError::busy);
    }
    if (mutated(Mutation::read_without_confirmation)) {
        update_.reads.push_back({.id = event.id, .ok = true, .index = commit_index_});
        return {};
    }
    waiting_reads_.push_back(event.id);
    start_read_round();
    return {};
}

/// One round at a time; reads that come meanwhile share the next one.
void Raft::Impl::start_read_round() {
    // 1. "If the leader has not yet marked an entry from its current term committed, it waits until
    //    it has done so": only then does it know what is committed.
    const bool ready = committed_in_term() || mutated(Mutation::read_before_term_commit);
    if (role_ != Role::leader || waiting_reads_.empty() || !round_reads_.empty() || !ready) {
        return;
    }
    // 2. "The leader saves its current commit index in a local variable readIndex."
    ++read_round_;
    round_index_ = commit_index_;
    round_reads_.swap(waiting_reads_);
    // 3. "It issues a new round of heartbeats and waits for their acknowledgments from a majority."
    for (auto& [id, peer] : peers_) {
        if (configuration().is_voter(id)) {
            send_empty(
                id, peer,
                peer.state == ProgressState::snapshot ? peer.match_index : peer.next_index - 1);
        }
    }
    finish_read_round();
}

void Raft::Impl::finish_read_round() {
    const uint64_t confirmed =
        majority_value(read_round_, [](const Progress& peer) { return peer.read_round; });
    if (round_reads_.empty() || confirmed < read_round_) {
        return;
    }
    for (const uint64_t id : round_reads_) {
        update_.reads.push_back({.id = id, .ok = true, .index = round_index_});
    }
    round_reads_.clear();
    start_read_round();
}

void Raft::Impl::fail_reads() {
    for (const auto* reads : {&round_reads_, &waiting_reads_}) {
        for (const uint64_t id : *reads) {
            update_.reads.push_back({.id = id, .ok = false});
        }
    }
    round_reads_.clear();
    waiting_reads_.clear();
}

}  // namespace otento::raft
