// Snapshots: Raft 7 and Figure 13, InstallSnapshot RPC, both sides; compaction of our own log.
#include <otento/raft/engine.hpp>

namespace otento::raft {

Outcome Raft::Impl::on(SnapshotTaken& event) {
    const bool useful = event.index > snapshot_index_ && event.index <= log_.last();
    if (!useful || installing()) {
        return {};
    }
    // Applied entries are committed. After a restart the application may know that before we do.
    if (event.index > commit_index_) {
        advance_commit(event.index);
        if (role_ == Role::leader) {
            notify_commit();
        }
    }
    snapshot_index_ = event.index;
    snapshot_term_ = log_.term_at(event.index);
    snapshot_bytes_ = event.bytes;
    // Not beyond what is durable: a log that ends before its own compaction point makes no sense.
    const Index compact_to = std::min({event.compact_to, event.index, persisted_});
    if (compact_to > log_.base()) {
        log_.compact_to(compact_to);
    }
    configurations_.compact_to(event.index);
    return {};
}

// --- Leader

void Raft::Impl::start_snapshot(NodeId id, Progress& peer) {
    peer.to_snapshot(snapshot_index_);
    // To a peer that does not answer, heartbeats are enough until it does.
    if (recently_active(peer)) {
        send_chunk(id, peer);
    }
}

void Raft::Impl::send_chunk(NodeId id, Progress& peer) {
    if (peer.snapshot_index != snapshot_index_) {
        peer.to_snapshot(snapshot_index_);
    }
    peer.snapshot_request = ++peer.last_request;
    peer.snapshot_sent_ms = now_ms_;
    const bool last_one = snapshot_bytes_ != 0 &&
                          peer.snapshot_offset + options_.snapshot_chunk_bytes >= snapshot_bytes_;
    send(id, InstallSnapshot{.term = term_,
                             .request = peer.snapshot_request,
                             .last_included_index = snapshot_index_,
                             .last_included_term = snapshot_term_,
                             .configuration = configurations_.at(snapshot_index_),
                             .offset = peer.snapshot_offset,
                             .done = last_one,
                             .data = {}});
}

Outcome Raft::Impl::receive(NodeId from, InstallSnapshotReply& message) {
    if (message.term > term_) {
        hear_later_term(from, message.term);
        return {};
    }
    const auto found = peers_.find(from);
    if (message.term < term_ || role_ != Role::leader || found == peers_.end()) {
        return {};
    }
    Progress& peer = found->second;
    if (message.request > peer.last_request) {
        return Err(StepError::malformed_message);
    }
    peer.heard = true;
    peer.last_heard_ms = now_ms_;
    const bool expected =
        peer.state == ProgressState::snapshot && message.last_included_index == peer.snapshot_index;
    if (!expected) {
        return {};  // A chunk of an earlier snapshot, or (request 0) of an earlier term.
    }
    if (message.installed) {
        // Only AppendEntries establishes what matches and is durable.
        peer.to_probe(peer.snapshot_index + 1);
        replicate_to(from, peer);
    } else if (message.request == peer.snapshot_request &&
               message.next_offset != peer.snapshot_offset) {
        peer.snapshot_offset = message.next_offset;
        send_chunk(from, peer);
    }
    // A chunk that brought no progress is repeated in its own time.
    return {};
}

// --- Follower

void Raft::Impl::reply_to_snapshot(const InstallSnapshot& message, uint64_t next_offset,
                                   bool installed) {
    send(leader_, InstallSnapshotReply{.term = term_,
                                       .request = message.request,
                                       .last_included_index = message.last_included_index,
                                       .next_offset = next_offset,
                                       .installed = installed});
}

Outcome Raft::Impl::receive(NodeId from, InstallSnapshot& message) {
    const Index index = message.last_included_index;
    // 1. "Reply immediately if term < currentTerm."
    if (message.term < term_) {
        send(from, InstallSnapshotReply{.term = term_, .last_included_index = index});
        return {};
    }
    const bool ours = log_.holds(index, message.last_included_term);
    const bool contradicts_commit = index <= commit_index_ && index >= log_.base() && !ours;
    if (contradicts_leader(from, message.term) || contradicts_commit) {
        return Err(StepError::malformed_message);
    }
    hear_leader(from, message.term);
    if (index <= commit_index_) {
        reply_to_snapshot(message, 0, true);
        return {};
    }
    // 6. "If existing log entry has same index and term as snapshot's last included entry, retain
    //    log entries following it and reply": we have all that the snapshot stands for, and it is
    //    committed.
    if (ours && !installing()) {
        verified_ = std::max(verified_, index);
        advance_commit(index);
        check_trust();
        receiving_.reset();
        reply_to_snapshot(message, 0, true);
        return {};
    }
    receive_chunk(message);
    return {};
}

void Raft::Impl::receive_chunk(InstallSnapshot& message) {
    const bool same = receiving_ && receiving_->index == message.last_included_index &&
                      receiving_->index_term == message.last_included_term;
    const bool same_sender = same && receiving_->from == leader_ && receiving_->term == term_;
    if (installing()) {
        // A second snapshot during an installation changes nothing; its sender asks again later.
        if (same) {
            receiving_->request =
                same_sender ? std::max(receiving_->request, message.request) : message.request;
            receiving_->from = leader_;
            receiving_->term = term_;
        }
        reply_to_snapshot(message, same ? receiving_->next_offset : message.offset, false);
        return;
    }
    if (!same_sender) {
        // 2. "Create new snapshot file if first chunk."
        receiving_ = Receiving{.from = leader_,
                               .term = term_,
                               .index = message.last_included_index,
                               .index_term = message.last_included_term,
                               .configuration = message.configuration};
    }
    receiving_->request = std::max(receiving_->request, message.request);
    const bool wanted =
        message.offset == receiving_->next_offset && (message.done || !message.data.empty());
    if (!wanted) {
        reply_to_snapshot(message, receiving_->next_offset, false);
        return;
    }
    // 3. "Write data into snapshot file at given offset."
    receiving_->next_offset += message.data.size();
    receiving_->installing = message.done;
    if (!message.done) {
        // 4. "Reply and wait for more data chunks if done is false."
        reply_to_snapshot(message, receiving_->next_offset, false);
    }
    update_.snapshot_chunk = std::move(message);
}

/// 7. "Discard the entire log." 8. "Reset state machine using snapshot contents (and load
/// snapshot's cluster configuration)."
Outcome Raft::Impl::on(SnapshotInstalled& event) {
    if (!installing() || event.index != receiving_->index || event.term != receiving_->index_term) {
        return {};
    }
    Receiving installed = *std::move(receiving_);
    receiving_.reset();
    ASSERT(installed.index > commit_index_);
    log_.reset(installed.index, installed.index_term);
    configurations_.reset(installed.index, std::move(installed.configuration));
    snapshot_index_ = installed.index;
    snapshot_term_ = installed.index_term;
    snapshot_bytes_ = installed.next_offset;
    persisted_ = installed.index;
    verified_ = std::min(verified_, installed.index);
    ++log_epoch_;
    advance_commit(installed.index);
    check_trust();
    if (leader_ != 0) {
        // A later leader has its own numbers.
        const bool same_sender = installed.from == leader_ && installed.term == term_;
        send(leader_, InstallSnapshotReply{.term = term_,
                                           .request = same_sender ? installed.request : 0,
                                           .last_included_index = installed.index,
                                           .next_offset = installed.next_offset,
                                           .installed = true});
    }
    return {};
}

}  // namespace otento::raft
