// Elections: Raft 5.2 and 5.4.1, PreVote (dissertation 9.6), leader stickiness (4.2.3).
#include <otento/raft/engine.hpp>

namespace otento::raft {

void Raft::Impl::reset_election_timer() {
    election_deadline_ms_ = now_ms_ + random_.between(options_.election_timeout_min_ms,
                                                      options_.election_timeout_max_ms);
}

/// A server that its own newest configuration does not count still stands while that configuration
/// is uncommitted: its log may be the only one that can win (dissertation 4.2.2). One that is
/// outside for good never stands.
bool Raft::Impl::may_stand() const noexcept {
    return !distrusted() && !installing() && configuration().voters() > 0 &&
           configurations_.may_be_voter(options_.id, commit_index_);
}

/// "If a server receives a RequestVote request within the minimum election timeout of hearing from
/// a current leader, it does not update its term or grant its vote" (4.2.3). A leader hears itself:
/// it steps down by itself when a majority no longer does.
bool Raft::Impl::hears_leader() const noexcept {
    return role_ == Role::leader ||
           (leader_ != 0 && now_ms_ - leader_heard_ms_ < options_.election_timeout_min_ms);
}

/// Raft 5.4.1: the later last term wins, then the longer log.
bool Raft::Impl::up_to_date(Index last_log_index, Term last_log_term) const noexcept {
    if (mutated(Mutation::ignore_log_up_to_date_check)) {
        return true;
    }
    return last_log_term != log_.last_term() ? last_log_term > log_.last_term()
                                             : last_log_index >= log_.last();
}

/// Deliberately not asked: whether the candidate or we are voters in our configuration. "Servers
/// accept RequestVote requests irrespective of their own configuration" (4.1).
bool Raft::Impl::grants(NodeId from, const RequestVote& message) const noexcept {
    if (distrusted() && !mutated(Mutation::vote_while_distrusted)) {
        return false;
    }
    if (mutated(Mutation::non_voter_refuses_votes) && !is_voter()) {
        return false;
    }
    if (!up_to_date(message.last_log_index, message.last_log_term)) {
        return false;
    }
    if (message.pre_vote) {
        return message.term > term_ && !hears_leader();
    }
    const bool free =
        voted_for_ == 0 || voted_for_ == from || mutated(Mutation::vote_twice_in_term);
    return message.term == term_ && free && (leader_ == 0 || voted_for_ == from);
}

Outcome Raft::Impl::receive(NodeId from, RequestVote& message) {
    const bool sticky = hears_leader() && !message.disrupt_leader;
    if (!message.pre_vote && message.term > term_ && !sticky) {
        become_follower(message.term, 0);
    }
    const bool granted = grants(from, message);
    if (granted && !message.pre_vote) {
        voted_for_ = from;
        reset_election_timer();
    }
    // The real term, also in a refused pre-vote: an asker that is behind must learn of it or could
    // ask in vain for ever.
    const bool hide = mutated(Mutation::pre_vote_hides_term) && message.pre_vote;
    send(from, RequestVoteReply{.pre_vote = message.pre_vote,
                                .granted = granted,
                                .term = hide ? std::min(term_, message.term - 1) : term_,
                                .request_term = message.term});
    return {};
}

Outcome Raft::Impl::receive(NodeId from, RequestVoteReply& message) {
    if (message.term > term_) {
        become_follower(message.term, 0);
        return {};
    }
    if (!message.granted) {
        return {};
    }
    const bool for_pre_vote =
        role_ == Role::pre_candidate && message.pre_vote && message.request_term == term_ + 1;
    const bool for_vote = role_ == Role::candidate && !message.pre_vote &&
                          message.request_term == term_ && message.term == term_;
    if (for_pre_vote || for_vote) {
        count_vote(from);
    }
    return {};
}

void Raft::Impl::adopt_term(Term term) {
    if (term <= term_) {
        return;
    }
    term_ = term;
    voted_for_ = 0;
    leader_ = 0;
    // What we know of the old term's leader says nothing about the next one's log.
    verified_ = 0;
    accepted_request_ = 0;
    if (receiving_ && !receiving_->installing) {
        receiving_.reset();
    }
}

void Raft::Impl::become_follower(Term term, NodeId leader) {
    if (role_ == Role::leader) {
        resign();
    }
    adopt_term(term);
    role_ = Role::follower;
    leader_ = leader;
    votes_.clear();
}

void Raft::Impl::start_pre_vote() {
    role_ = Role::pre_candidate;
    leader_ = 0;
    votes_.clear();
    reset_election_timer();
    ask_for_votes({.pre_vote = true, .term = term_ + 1});
    count_vote(options_.id);
}

/// `disrupt_leader` belongs to this election alone; the next one is preceded by a pre-vote again.
void Raft::Impl::start_election(bool disrupt_leader) {
    // Raft 5.2: "a follower increments its current term", also where it is the only voter.
    if (!mutated(Mutation::elect_without_new_term) || configuration().voters() > 1) {
        adopt_term(term_ + 1);
    }
    role_ = Role::candidate;
    leader_ = 0;
    voted_for_ = options_.id;
    votes_.clear();
    reset_election_timer();
    ask_for_votes({.disrupt_leader = disrupt_leader, .term = term_});
    count_vote(options_.id);
}

void Raft::Impl::ask_for_votes(const RequestVote& request) {
    RequestVote filled = request;
    filled.last_log_index = log_.last();
    filled.last_log_term = log_.last_term();
    for (const Member& member : configuration().members) {
        if (member.voter && member.id != options_.id) {
            send(member.id, filled);
        }
    }
}

void Raft::Impl::count_vote(NodeId voter) {
    if (configuration().is_voter(voter)) {
        votes_.insert(voter);
    }
    if (!won()) {
        return;
    }
    if (role_ == Role::pre_candidate) {
        start_election(false);
    } else {
        become_leader();
    }
}

bool Raft::Impl::won() const noexcept {
    return votes_.size() > configuration().voters() / 2;
}

void Raft::Impl::become_leader() {
    ASSERT(role_ == Role::candidate);
    ASSERT(peers_.empty());
    role_ = Role::leader;
    leader_ = options_.id;
    votes_.clear();
    receiving_.reset();
    sync_peers();
    // A no-op at once: only entries of this term can be counted (Raft 5.4.2), and what was
    // committed before is known only when one of them is (Raft 8).
    term_start_ = log_.last() + 1;
    if (!mutated(Mutation::skip_noop)) {
        append_entry(
            {.index = log_.last() + 1, .term = term_, .type = EntryType::noop, .payload = nullptr});
    }
    heartbeat_deadline_ms_ = now_ms_ + options_.heartbeat_ms;
    replicate_to_all();
}

void Raft::Impl::resign() {
    role_ = Role::follower;
    leader_ = 0;
    peers_.clear();
    transfer_.reset();
    fail_reads();
    reset_election_timer();
}

}  // namespace otento::raft
