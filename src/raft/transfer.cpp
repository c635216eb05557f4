// Leadership transfer: Raft dissertation 3.10.
#include <otento/raft/engine.hpp>

namespace otento::raft {

NodeId Raft::Impl::best_successor() const noexcept {
    NodeId best = 0;
    Index best_match = 0;
    for (const auto& [id, peer] : peers_) {
        const bool candidate = configuration().is_voter(id) && recently_active(peer);
        if (candidate && (best == 0 || peer.match_index > best_match)) {
            best = id;
            best_match = peer.match_index;
        }
    }
    return best;
}

Outcome Raft::Impl::on(TransferLeadership& event) {
    if (role_ != Role::leader) {
        return Err(StepError::not_leader);
    }
    const NodeId to = event.to != 0 ? event.to : best_successor();
    if (to == 0 || !configuration().is_voter(to)) {
        return Err(StepError::unknown_member);
    }
    if (to == options_.id) {
        return {};
    }
    if (transfer_) {
        return transfer_->to == to ? Outcome{} : Outcome{Err(StepError::transferring)};
    }
    // 1. "The prior leader stops accepting new client requests."
    transfer_ = Transfer{.to = to, .deadline_ms = now_ms_ + options_.election_timeout_max_ms};
    continue_transfer();
    return {};
}

/// 2. "The prior leader fully updates the target server's log to match its own." 3. "The prior
/// leader sends a TimeoutNow request to the target server"; again at every heartbeat, since it may
/// get lost.
void Raft::Impl::continue_transfer() {
    if (!transfer_) {
        return;
    }
    const auto found = peers_.find(transfer_->to);
    if (found == peers_.end() || !configuration().is_voter(transfer_->to)) {
        transfer_.reset();
        return;
    }
    if (found->second.match_index == log_.last()) {
        send(transfer_->to, TimeoutNow{.term = term_});
    }
}

Outcome Raft::Impl::receive(NodeId from, TimeoutNow& message) {
    if (message.term < term_) {
        return {};
    }
    if (contradicts_leader(from, message.term)) {
        return Err(StepError::malformed_message);
    }
    if (message.term > term_) {
        become_follower(message.term, 0);
    }
    if (role_ == Role::follower && may_stand()) {
        start_election(true);
    }
    return {};
}

}  // namespace otento::raft
