// The facade, the dispatch of events, and what every update has in common.
#include <otento/raft/engine.hpp>

#include <otento/raft/validation.hpp>

namespace otento::raft {

Raft::Impl::Impl(const Options& options, DurableState durable, uint64_t now_ms)
    : options_(options),
      // Nodes that are given the same seed must still time out at different moments.
      random_(options.seed ^ (options.id * 0x9e3779b97f4a7c15ULL)),
      now_ms_(now_ms) {
    ASSERT(options.id != 0);
    ASSERT(options.election_timeout_min_ms > 0);
    ASSERT(options.election_timeout_min_ms <= options.election_timeout_max_ms);
    ASSERT(options.heartbeat_ms > 0);
    ASSERT(options.message_entries_max > 0);
    ASSERT(options.inflight_messages_max > 0);
    ASSERT(validate(durable).has_value());
    term_ = durable.term;
    voted_for_ = durable.voted_for;
    snapshot_index_ = durable.snapshot_index;
    snapshot_term_ = durable.snapshot_term;
    snapshot_bytes_ = durable.snapshot_bytes;
    commit_index_ = durable.snapshot_index;
    log_.reset(durable.snapshot_index, durable.snapshot_term);
    configurations_.reset(durable.snapshot_index, std::move(durable.configuration));
    for (const EntryInfo& entry : durable.entries) {
        log_.append(entry.term, entry.bytes);
        if (entry.type == EntryType::configuration) {
            configurations_.append(log_.last(), decode_configuration(*entry.configuration).value());
        }
    }
    persisted_ = log_.last();
    // A committed snapshot that covers the damage makes it harmless.
    distrusted_until_ = durable.distrusted_until > snapshot_index_ ? durable.distrusted_until : 0;
    reset_election_timer();
    shown_role_ = role();
    shown_term_ = term_;
}

Role Raft::Impl::role() const noexcept {
    return role_ == Role::follower && !is_voter() ? Role::learner : role_;
}

Result<Update, StepError> Raft::Impl::step(Event event) {
    now_ms_ = std::max(now_ms_, event.now_ms);
    const Term term_before = term_;
    const NodeId voted_before = voted_for_;
    update_ = Update{};
    TRY_VOID(std::visit([this](auto& body) { return on(body); }, event.body));
    finish(term_before, voted_before);
    return std::move(update_);
}

void Raft::Impl::finish(Term term_before, NodeId voted_before) {
    update_.hard_state_changed = term_ != term_before || voted_for_ != voted_before;
    update_.term = term_;
    update_.voted_for = mutated(Mutation::forget_vote) ? 0 : voted_for_;
    update_.log_epoch = log_epoch_;
    update_.commit_index = commit_index_;
    update_.role = role();
    update_.leader = leader_;
    update_.role_changed =
        update_.role != shown_role_ || leader_ != shown_leader_ || term_ != shown_term_;
    shown_role_ = update_.role;
    shown_leader_ = leader_;
    shown_term_ = term_;
    update_.next_timeout_ms = next_timeout_ms();
}

uint64_t Raft::Impl::next_timeout_ms() const noexcept {
    return role_ == Role::leader ? heartbeat_deadline_ms_ : election_deadline_ms_;
}

void Raft::Impl::send(NodeId to, decltype(Message::body) body) {
    update_.messages.push_back({.from = options_.id, .to = to, .body = std::move(body)});
}

void Raft::Impl::append_entry(Entry entry) {
    log_.append(entry.term,
                entry.payload == nullptr ? 0 : static_cast<uint32_t>(entry.payload->size()));
    ASSERT(entry.index == log_.last());
    update_.entries.push_back(std::move(entry));
}

void Raft::Impl::advance_commit(Index index) {
    if (mutated(Mutation::commit_backwards)) {
        commit_index_ = index;
    }
    commit_index_ = std::max(commit_index_, index);
}

Outcome Raft::Impl::on(Receive& event) {
    Message& message = event.message;
    TRY_VOID(check_message(message, options_.id));
    return std::visit([&](auto& body) { return receive(message.from, body); }, message.body);
}

Outcome Raft::Impl::on(Tick& /*event*/) {
    if (role_ == Role::leader) {
        leader_tick();
        return {};
    }
    if (now_ms_ < election_deadline_ms_) {
        return {};
    }
    if (may_stand()) {
        start_pre_vote();
    } else {
        leader_ = 0;
        role_ = Role::follower;
        reset_election_timer();
    }
    return {};
}

Outcome Raft::Impl::on(Submit& event) {
    if (role_ != Role::leader || (event.term != 0 && event.term != term_)) {
        return Err(StepError::not_leader);
    }
    if (transfer_) {
        return Err(StepError::transferring);
    }
    uint64_t bytes = 0;
    for (const Payload& payload : event.payloads) {
        const size_t size = payload == nullptr ? 0 : payload->size();
        ASSERT(size <= UINT32_MAX);
        bytes += size;
    }
    // One submission may exceed the limit, or an entry of such a size could never be appended.
    const uint64_t uncommitted = log_.bytes_between(commit_index_, log_.last());
    if (uncommitted != 0 && uncommitted + bytes > options_.uncommitted_bytes_max) {
        return Err(StepError::busy);
    }
    for (Payload& payload : event.payloads) {
        append_entry({.index = log_.last() + 1,
                      .term = term_,
                      .type = EntryType::normal,
                      .payload = std::move(payload)});
    }
    if (!update_.entries.empty()) {
        replicate_to_all();
    }
    return {};
}

Outcome Raft::Impl::on(Persisted& event) {
    const bool foreign_epoch = event.log_epoch != 0 && event.log_epoch != log_epoch_;
    const bool ours = log_.holds(event.index, event.term) && !foreign_epoch;
    const bool trusted = mutated(Mutation::trust_stale_completion) && event.index <= log_.last();
    if ((!ours && !trusted) || event.index <= persisted_) {
        return {};
    }
    persisted_ = event.index;
    if (role_ == Role::leader) {
        maybe_commit();
        return {};
    }
    check_trust();
    if (leader_ != 0 && role_ == Role::follower && accepted_request_ != 0) {
        acknowledge(0);
    }
    return {};
}

// --- Facade

Raft::Raft(const Options& options, DurableState durable, uint64_t now_ms)
    : impl_(std::make_unique<Impl>(options, std::move(durable), now_ms)) {}
Raft::~Raft() = default;
Raft::Raft(Raft&&) noexcept = default;
Raft& Raft::operator=(Raft&&) noexcept = default;

Result<Update, StepError> Raft::step(Event event) {
    return impl_->step(std::move(event));
}
Role Raft::role() const noexcept {
    return impl_->role();
}
NodeId Raft::leader() const noexcept {
    return impl_->leader();
}
Term Raft::term() const noexcept {
    return impl_->term();
}
Index Raft::commit_index() const noexcept {
    return impl_->commit_index();
}
Index Raft::first_index() const noexcept {
    return impl_->log().first();
}
Index Raft::last_index() const noexcept {
    return impl_->log().last();
}
Index Raft::persisted_index() const noexcept {
    return impl_->persisted_index();
}
Term Raft::term_at(Index index) const noexcept {
    return impl_->log().term_at(index);
}
const Configuration& Raft::configuration() const noexcept {
    return impl_->configurations().newest();
}
const Configuration& Raft::configuration_at(Index index) const noexcept {
    return impl_->configurations().at(index);
}
Index Raft::configuration_index() const noexcept {
    return impl_->configurations().newest_index();
}
Index Raft::snapshot_index() const noexcept {
    return impl_->snapshot_index();
}
bool Raft::trusted() const noexcept {
    return impl_->trusted();
}
std::vector<PeerProgress> Raft::progress() const {
    return impl_->progress();
}
uint64_t Raft::next_timeout_ms() const noexcept {
    return impl_->next_timeout_ms();
}

}  // namespace otento::raft
