// The follower's side of log replication: Raft 5.3 and Figure 2, AppendEntries RPC, receiver.
#include <otento/raft/engine.hpp>

namespace otento::raft {

/// Election Safety (Raft 5.2): a second leader of a term is a lie.
bool Raft::Impl::contradicts_leader(NodeId from, Term term) const noexcept {
    return term == term_ && (role_ == Role::leader || (leader_ != 0 && leader_ != from));
}

void Raft::Impl::hear_leader(NodeId from, Term term) {
    become_follower(term, from);
    leader_heard_ms_ = now_ms_;
    reset_election_timer();
}

/// Decides without changing anything. `impossible` are messages that contradict what is committed,
/// or what this leader itself has said.
Raft::Impl::AppendPlan Raft::Impl::plan_append(const AppendEntries& message) const {
    using Verdict = AppendPlan::Verdict;
    const Index prev = message.prev_log_index;
    // Committed entries never change, and within a term neither does what was found equal.
    const Index settled = std::max(commit_index_, message.term == term_ ? verified_ : Index{0});
    AppendPlan plan;
    if (prev > log_.last()) {
        plan.verdict = Verdict::rejected;
        plan.conflict_index = log_.last() + 1;
        return plan;
    }
    if (mutated(Mutation::prev_below_snapshot_rejected) && prev != 0 && prev < log_.base()) {
        plan.verdict = Verdict::rejected;
        plan.conflict_index = prev;
        return plan;
    }
    // What we compacted away is committed and therefore equal in the log of any later leader.
    if (prev >= log_.base() && log_.term_at(prev) != message.prev_log_term &&
        !mutated(Mutation::skip_prev_check)) {
        if (prev <= settled) {
            return plan;
        }
        plan.verdict = Verdict::rejected;
        plan.conflict_term = log_.term_at(prev);
        plan.conflict_index = log_.first_of_term_at(prev);
        return plan;
    }
    // 3. "If an existing entry conflicts with a new one (same index but different terms), delete
    //    the existing entry and all that follow it." Entries that agree stay, however old the
    //    message is.
    for (const Entry& entry : message.entries) {
        if (entry.index > log_.last()) {
            break;
        }
        const bool same = entry.index < log_.base() || log_.term_at(entry.index) == entry.term ||
                          mutated(Mutation::keep_conflicting_suffix);
        if (!same) {
            if (entry.index <= settled) {
                return plan;
            }
            plan.truncate_from = entry.index;
            break;
        }
        ++plan.known;
    }
    // 4. "Append any new entries not already in the log."
    for (size_t i = plan.known; i < message.entries.size(); ++i) {
        const Entry& entry = message.entries[i];
        if (entry.type == EntryType::configuration) {
            auto configuration = decode_configuration(*entry.payload);
            if (!configuration || configuration->voters() == 0) {
                return plan;
            }
            plan.configurations.emplace_back(entry.index, *std::move(configuration));
        }
    }
    plan.verdict = Verdict::accepted;
    return plan;
}

Outcome Raft::Impl::receive(NodeId from, AppendEntries& message) {
    // 1. "Reply false if term < currentTerm." Our term is in the reply, so that its sender steps
    //    down; this also brings back a leader for a candidate whose term ran ahead. The request's
    //    number is not: should the sender lead our term by now, it has started to count anew.
    if (message.term < term_) {
        send(from, AppendEntriesReply{.term = term_});
        return {};
    }
    AppendPlan plan = plan_append(message);
    if (contradicts_leader(from, message.term) || plan.verdict == AppendPlan::Verdict::impossible) {
        return Err(StepError::malformed_message);
    }
    hear_leader(from, message.term);

    // 2. "Reply false if log doesn't contain an entry at prevLogIndex whose term matches
    //    prevLogTerm."
    if (plan.verdict == AppendPlan::Verdict::rejected) {
        send(from, AppendEntriesReply{.term = term_,
                                      .request = message.request,
                                      .success = false,
                                      .match_index = message.prev_log_index,
                                      .conflict_index = plan.conflict_index,
                                      .conflict_term = plan.conflict_term,
                                      .read_round = message.read_round});
        return {};
    }
    apply_append(message, plan);
    return {};
}

void Raft::Impl::apply_append(AppendEntries& message, AppendPlan& plan) {
    const bool news = plan.known < message.entries.size();
    if (news && installing()) {
        // The log is about to be replaced by a snapshot. Nothing may be added to it, and the leader
        // will find out by its heartbeats what is missing afterwards.
        return;
    }
    Index upto = message.prev_log_index + message.entries.size();
    if (installing()) {
        upto = std::min(upto, receiving_->index - 1);  // What the snapshot brings is not here yet.
    }
    if (plan.truncate_from != 0) {
        log_.truncate_from(plan.truncate_from);
        if (!mutated(Mutation::keep_configuration_on_truncation)) {
            configurations_.truncate_from(plan.truncate_from);
        }
        persisted_ = std::min(persisted_, plan.truncate_from - 1);
        update_.truncate_from = plan.truncate_from;
        ++log_epoch_;
    }
    for (size_t i = plan.known; i < message.entries.size(); ++i) {
        append_entry(std::move(message.entries[i]));
    }
    for (auto& [index, configuration] : plan.configurations) {
        if (index > configurations_.newest_index()) {
            configurations_.append(index, std::move(configuration));
        }
    }
    verified_ = std::max(verified_, upto);
    accepted_request_ = std::max(accepted_request_, message.request);
    // 5. "If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new
    //    entry)."
    const Index sure = mutated(Mutation::commit_beyond_verified) ? log_.last()
                       : mutated(Mutation::commit_backwards)     ? upto
                                                                 : verified_;
    advance_commit(std::min({message.leader_commit, sure, log_.last()}));
    check_trust();
    // New entries are acknowledged when they are durable (Persisted); everything else at once.
    const bool wait = news && message.read_round == 0 && !mutated(Mutation::ack_before_persist);
    if (!wait) {
        acknowledge(message.read_round);
    }
}

/// Success for the part of the log that is both equal to the leader's and durable. Everything
/// behind our compaction point is.
void Raft::Impl::acknowledge(uint64_t read_round) {
    Index match = std::min(persisted_, verified_);
    if (mutated(Mutation::ack_before_persist)) {
        match = verified_;
    }
    if (mutated(Mutation::ack_unverified_suffix)) {
        match = persisted_;
    }
    send(leader_, AppendEntriesReply{.term = term_,
                                     .request = accepted_request_,
                                     .success = true,
                                     .match_index = std::max(match, log_.base()),
                                     .read_round = read_round});
}

/// Whatever we may have acknowledged and lost is back.
void Raft::Impl::check_trust() {
    if (distrusted() && commit_index_ >= distrusted_until_ && persisted_ >= distrusted_until_) {
        distrusted_until_ = 0;
    }
}

}  // namespace otento::raft
