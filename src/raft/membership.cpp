// Single-server membership changes: Raft dissertation 4.1 and 4.2, with the correction of 2015 (no
// change before an entry of the current term is committed).
#include <otento/raft/configuration.hpp>
#include <otento/raft/engine.hpp>

namespace otento::raft {
namespace {

/// How long a removed peer is still told about it, in election timeouts.
constexpr uint64_t FAREWELL_TIMEOUTS = 8;

}  // namespace

Outcome Raft::Impl::on(SubmitConfiguration& event) {
    if (role_ != Role::leader) {
        return Err(StepError::not_leader);
    }
    if (transfer_) {
        return Err(StepError::transferring);
    }
    const bool early =
        !committed_in_term() && !mutated(Mutation::change_before_current_term_commit);
    const bool pending =
        configurations_.newest_index() > commit_index_ && !mutated(Mutation::overlapping_changes);
    if (early || pending) {
        return Err(StepError::change_in_progress);
    }
    TRY(Configuration next, next_configuration(configuration(), std::move(event.configuration)));
    const Index index = log_.last() + 1;
    auto payload = std::make_shared<const Bytes>(encode_configuration(next));
    append_entry({.index = index,
                  .term = term_,
                  .type = EntryType::configuration,
                  .payload = std::move(payload)});
    // "The new configuration takes effect on each server as soon as it is added to that
    // server's log."
    configurations_.append(index, std::move(next));
    sync_peers();
    replicate_to_all();
    return {};
}

void Raft::Impl::sync_peers() {
    for (const Member& member : configuration().members) {
        if (member.id == options_.id || peers_.contains(member.id)) {
            continue;
        }
        Progress& peer = peers_[member.id];
        peer.next_index = log_.last() + 1;
        peer.last_heard_ms = now_ms_;
    }
    for (auto& [id, peer] : peers_) {
        if (peer.leaving == 0 && configuration().find(id) == nullptr) {
            peer.leaving = configurations_.newest_index();
            peer.leaving_deadline_ms =
                now_ms_ + FAREWELL_TIMEOUTS * options_.election_timeout_max_ms;
        }
    }
}

void Raft::Impl::drop_leaving_peers() {
    std::erase_if(peers_, [this](const auto& item) {
        const Progress& peer = item.second;
        return peer.leaving != 0 && now_ms_ >= peer.leaving_deadline_ms;
    });
}

/// Dissertation 4.2.2: a leader that its configuration does not count leads on until that
/// configuration is committed, without counting itself, and steps down then. It asks the best
/// successor to stand at once, which saves everybody an election timeout.
void Raft::Impl::leave_if_removed() {
    if (role_ != Role::leader || is_voter() || configurations_.newest_index() > commit_index_) {
        return;
    }
    const NodeId successor = best_successor();
    if (successor != 0) {
        send(successor, TimeoutNow{.term = term_});
    }
    become_follower(term_, 0);
}

}  // namespace otento::raft
