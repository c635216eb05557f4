// The leader's side of log replication: Raft 5.3, 5.4.2 and Figure 2, rules for leaders. Fast
// backtracking as sketched at the end of Raft 5.3.
#include <otento/raft/engine.hpp>

namespace otento::raft {

void Raft::Impl::leader_tick() {
    // "A leader steps down if an election timeout elapses without a successful round of heartbeats
    // to a majority of its cluster" (dissertation 6.2).
    const uint64_t heard =
        majority_value(now_ms_, [](const Progress& peer) { return peer.last_heard_ms; });
    if (now_ms_ - heard >= options_.election_timeout_max_ms) {
        become_follower(term_, 0);
        return;
    }
    if (transfer_ && now_ms_ >= transfer_->deadline_ms) {
        transfer_.reset();
    }
    if (now_ms_ < heartbeat_deadline_ms_) {
        return;
    }
    heartbeat_deadline_ms_ = now_ms_ + options_.heartbeat_ms;
    drop_leaving_peers();
    broadcast_heartbeat();
    continue_transfer();
}

bool Raft::Impl::recently_active(const Progress& peer) const noexcept {
    return peer.heard && now_ms_ - peer.last_heard_ms < options_.election_timeout_max_ms;
}

/// Heartbeats ignore the limits of flow control. They name the last entry that was sent, so that a
/// peer which missed one says so.
void Raft::Impl::broadcast_heartbeat() {
    for (auto& [id, peer] : peers_) {
        const bool hide = mutated(Mutation::heartbeat_hides_gap);
        switch (peer.state) {
            case ProgressState::probe:
            case ProgressState::replicate:
                send_empty(id, peer, hide ? peer.match_index : peer.next_index - 1);
                break;
            case ProgressState::snapshot:
                send_empty(id, peer, peer.match_index);
                if (recently_active(peer) &&
                    now_ms_ - peer.snapshot_sent_ms >= options_.election_timeout_min_ms) {
                    send_chunk(id, peer);
                }
                break;
        }
    }
}

void Raft::Impl::replicate_to_all() {
    for (auto& [id, peer] : peers_) {
        replicate_to(id, peer);
    }
}

Index Raft::Impl::last_for(const Progress& peer) const noexcept {
    return peer.leaving == 0 ? log_.last() : std::min(peer.leaving, log_.last());
}

uint32_t Raft::Impl::batch_size(const Progress& peer) const noexcept {
    const Index prev = peer.next_index - 1;
    const Index last = std::min(last_for(peer), prev + options_.message_entries_max);
    Index upto = prev;
    while (upto < last &&
           (upto == prev || log_.bytes_between(prev, upto + 1) <= options_.message_bytes_max)) {
        ++upto;
    }
    return static_cast<uint32_t>(upto - prev);
}

void Raft::Impl::replicate_to(NodeId id, Progress& peer) {
    if (peer.state == ProgressState::snapshot) {
        return;
    }
    if (peer.next_index <= log_.base()) {
        start_snapshot(id, peer);
        return;
    }
    if (peer.state == ProgressState::probe) {
        if (!peer.probe_sent) {
            peer.probe_sent = true;
            send_append(id, peer, peer.next_index - 1, batch_size(peer));
        }
        return;
    }
    while (peer.next_index <= last_for(peer) && peer.has_room(options_)) {
        const Index prev = peer.next_index - 1;
        const uint32_t count = batch_size(peer);
        send_append(id, peer, prev, count);
        peer.sent(prev + count, log_.bytes_between(prev, prev + count));
    }
}

/// A heartbeat, a probe or news of the commit index. Where we no longer know the term at `prev`, 0
/// serves: it matches every log and confirms nothing.
void Raft::Impl::send_empty(NodeId id, Progress& peer, Index prev) {
    send_append(id, peer, prev < log_.base() ? 0 : prev, 0);
}

void Raft::Impl::send_append(NodeId id, Progress& peer, Index prev, uint32_t count) {
    ++peer.last_request;
    const Index known_after = std::min(commit_index_, prev + count);
    peer.commit_sent = std::max(peer.commit_sent, known_after);
    if (peer.leaving != 0 && peer.leaving_request == 0 && known_after >= peer.leaving) {
        peer.leaving_request = peer.last_request;
    }
    send(id, AppendEntries{.term = term_,
                           .request = peer.last_request,
                           .prev_log_index = prev,
                           .prev_log_term = prev == 0 ? 0 : log_.term_at(prev),
                           .leader_commit = commit_index_,
                           .read_round = round_reads_.empty() ? 0 : read_round_,
                           .entry_count = count,
                           .entries = {}});
}

/// Tells those who have an entry that it is committed now, instead of at the next heartbeat.
void Raft::Impl::notify_commit() {
    for (auto& [id, peer] : peers_) {
        notify_commit(id, peer);
    }
}

void Raft::Impl::notify_commit(NodeId id, Progress& peer) {
    const Index usable = std::min(commit_index_, peer.match_index);
    if (peer.state == ProgressState::replicate && usable > peer.commit_sent &&
        peer.match_index >= log_.base()) {
        send_empty(id, peer, peer.match_index);
    }
}

/// "If RPC response contains term T > currentTerm: convert to follower" (Raft 5.1), but not for the
/// sake of one that was removed and whose term ran ahead before it learnt so.
void Raft::Impl::hear_later_term(NodeId from, Term term) {
    const auto found = peers_.find(from);
    if (found != peers_.end() && found->second.leaving != 0) {
        peers_.erase(found);
        return;
    }
    become_follower(term, 0);
}

Outcome Raft::Impl::receive(NodeId from, AppendEntriesReply& message) {
    if (message.term > term_) {
        hear_later_term(from, message.term);
        return {};
    }
    const auto found = peers_.find(from);
    if (message.term < term_ || role_ != Role::leader || found == peers_.end()) {
        return {};
    }
    Progress& peer = found->second;
    if (message.request == 0) {
        return {};  // Refuses a message of an earlier term of ours.
    }
    const bool conflict_fits = message.success || (message.conflict_index > 0 &&
                                                   message.conflict_index <= message.match_index);
    if (message.request > peer.last_request || message.match_index > log_.last() ||
        message.read_round > read_round_ || !conflict_fits) {
        return Err(StepError::malformed_message);
    }
    peer.heard = true;
    peer.last_heard_ms = now_ms_;
    if (message.read_round > peer.read_round) {
        peer.read_round = message.read_round;
        finish_read_round();
    }
    if (message.success) {
        accepted_by(from, peer, message);
    } else {
        rejected_by(from, peer, message);
    }
    return {};
}

void Raft::Impl::accepted_by(NodeId id, Progress& peer, const AppendEntriesReply& reply) {
    if (reply.request < peer.successes_from) {
        return;
    }
    if (peer.leaving_request != 0 && reply.request >= peer.leaving_request &&
        reply.match_index >= peer.leaving) {
        peers_.erase(id);
        return;
    }
    peer.matched(reply.match_index);
    // A snapshot is superfluous as soon as the log alone will do.
    const bool log_will_do =
        peer.state == ProgressState::snapshot && peer.match_index >= log_.base();
    const bool found_common =
        peer.state == ProgressState::probe &&
        (reply.request >= peer.rejections_from || peer.match_index + 1 == peer.next_index);
    if (log_will_do) {
        peer.next_index = peer.match_index + 1;
    }
    if (log_will_do || found_common) {
        peer.to_replicate();
    }
    if (peer.state == ProgressState::snapshot && peer.snapshot_request == 0) {
        send_chunk(id, peer);
    }
    maybe_commit();
    if (role_ != Role::leader) {
        return;
    }
    replicate_to(id, peer);
    notify_commit(id, peer);
    continue_transfer();
}

void Raft::Impl::rejected_by(NodeId id, Progress& peer, const AppendEntriesReply& reply) {
    const Index refused = reply.match_index;
    if (peer.state == ProgressState::snapshot || reply.request < peer.rejections_from) {
        return;
    }
    if (refused <= peer.match_index) {
        // An old or doubled reply, unless we asked after the peer had acknowledged this very entry:
        // then its log was damaged and cut.
        if (reply.request < peer.match_from) {
            return;
        }
        peer.forget_match();
    }
    peer.to_probe(std::min(next_probe(reply), peer.next_index));
    replicate_to(id, peer);
}

/// Where the peer's log may agree with ours, given its term and the first index of that term where
/// it disagreed. Everything of a later term than the peer's cannot be there; if we have its term,
/// our last entry of it is the candidate, else the entry before its first one.
Index Raft::Impl::next_probe(const AppendEntriesReply& reply) const noexcept {
    const Index refused = reply.match_index;
    if (reply.conflict_term == 0 || refused <= log_.base()) {
        return reply.conflict_index;
    }
    const auto ours = log_.last_of_term_at_most(refused - 1, reply.conflict_term);
    if (!ours) {
        return std::min(reply.conflict_index, log_.base());
    }
    return log_.term_at(*ours) == reply.conflict_term ? *ours + 1
                                                      : std::min(*ours + 1, reply.conflict_index);
}

/// Raft 5.4.2: "only log entries from the leader's current term are committed by counting
/// replicas". Our own entries count when they are durable, like everybody's.
void Raft::Impl::maybe_commit() {
    const Index own = mutated(Mutation::count_unpersisted_entries) ? log_.last() : persisted_;
    const Index agreed = majority_value(own, [](const Progress& peer) { return peer.match_index; });
    if (agreed <= commit_index_) {
        return;
    }
    if (log_.term_at(agreed) != term_ && !mutated(Mutation::commit_old_term_entries)) {
        return;
    }
    advance_commit(agreed);
    notify_commit();
    start_read_round();
    leave_if_removed();
}

std::vector<PeerProgress> Raft::Impl::progress() const {
    std::vector<PeerProgress> out;
    out.reserve(peers_.size());
    for (const auto& [id, peer] : peers_) {
        out.push_back({.id = id,
                       .match_index = peer.match_index,
                       .next_index = peer.next_index,
                       .last_heard_ms = peer.heard ? peer.last_heard_ms : 0,
                       .recently_active = recently_active(peer),
                       .snapshotting = peer.state == ProgressState::snapshot});
    }
    return out;
}

}  // namespace otento::raft
