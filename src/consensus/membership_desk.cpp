#include <otento/consensus/membership_desk.hpp>

#include <otento/base/logger.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::consensus {
namespace {

/// How often the leader looks for learners to promote.
constexpr uint64_t PROMOTE_EVERY_MS = 100;

bool leads(const ordering::Status& status) {
    return status.leadership.role == raft::Role::leader && status.failed.empty();
}

MemberAnswer refusal(std::string text) {
    return {.kind = MemberAnswer::refused, .raft_id = 0, .text = std::move(text)};
}

}  // namespace

void MembershipDesk::ask(MemberRequest request, Done done, uint64_t now_ms) {
    const ordering::Status& status = port_.current();
    request.asker = status.self;
    if (stopped_) {
        done(refusal("the node is shutting down"));
        return;
    }
    if (std::string why = refused_at_once(request, status.configuration, status.self);
        !why.empty()) {
        done(refusal(std::move(why)));
        return;
    }
    if (asked_.size() >= options_.waiting_max) {
        done(refusal("too many membership requests are waiting"));
        return;
    }
    asked_[next_ticket_++] = {.request = std::move(request),
                              .done = std::move(done),
                              .deadline_ms = now_ms + options_.deadline_ms,
                              .sent_to = 0,
                              .sent_term = 0,
                              .send_at_ms = now_ms};
    next_deadline_ms_ = now_ms;
}

void MembershipDesk::on_request(uint64_t from, BytesView frame, uint64_t now_ms) {
    auto decoded = decode_request(frame);
    if (!decoded || stopped_) {
        return;
    }
    decoded->request.asker = from;
    enqueue(from, decoded->ticket, std::move(decoded->request), now_ms);
    next_deadline_ms_ = now_ms;
}

void MembershipDesk::on_answer(uint64_t from, BytesView frame) {
    auto decoded = decode_answer(frame);
    const auto found = decoded ? asked_.find(decoded->ticket) : asked_.end();
    if (found == asked_.end() || found->second.sent_to != from) {
        return;
    }
    answer(port_.current().self, decoded->ticket, std::move(decoded->answer), from);
}

void MembershipDesk::enqueue(uint64_t from, uint64_t ticket, MemberRequest request,
                             uint64_t now_ms) {
    for (Queued& known : queue_) {
        if (known.from == from && known.ticket == ticket) {
            return;  // Sent again while it waits.
        }
    }
    if (queue_.size() >= options_.waiting_max) {
        answer(from, ticket, refusal("too many membership requests are waiting"),
               port_.current().self);
        return;
    }
    queue_.push_back({.from = from,
                      .ticket = ticket,
                      .request = std::move(request),
                      .deadline_ms = now_ms + options_.deadline_ms});
}

// --- At the node that was asked

void MembershipDesk::send_asked(const ordering::Status& status, uint64_t now_ms) {
    const uint64_t leader = status.leadership.leader;
    std::vector<uint64_t> expired;
    for (auto& [ticket, asked] : asked_) {
        if (now_ms >= asked.deadline_ms) {
            expired.push_back(ticket);
            continue;
        }
        retry_at(asked.deadline_ms);
        const bool moved = asked.sent_to != 0 &&
                           (leader != asked.sent_to || status.leadership.term != asked.sent_term);
        if (leader == 0 || (now_ms < asked.send_at_ms && !moved)) {
            retry_at(leader == 0 ? now_ms + options_.retry_ms : asked.send_at_ms);
            continue;
        }
        asked.request.repeated = asked.request.repeated || asked.sent_to != 0;
        asked.sent_to = leader;
        asked.sent_term = status.leadership.term;
        asked.send_at_ms = now_ms + options_.resend_ms;
        retry_at(asked.send_at_ms);
        if (leader == status.self) {
            enqueue(leader, ticket, asked.request, now_ms);
        } else {
            port_.send_request(leader, encode_request(ticket, asked.request));
        }
    }
    for (const uint64_t ticket : expired) {
        const bool unsent = asked_.at(ticket).sent_to == 0;
        answer(status.self, ticket,
               refusal(unsent ? "no leader is currently elected"
                              : fmt::format("not committed within {} s: a majority of the members "
                                            "does not answer. It may still happen; raft_cluster "
                                            "tells",
                                            options_.deadline_ms / 1000)),
               status.self);
    }
}

/// To a member, or to our own client.
void MembershipDesk::answer(uint64_t to, uint64_t ticket, MemberAnswer answer, uint64_t by) {
    const uint64_t self = port_.current().self;
    if (to != self) {
        port_.send_answer(to, encode_answer(ticket, answer));
        return;
    }
    const auto found = asked_.find(ticket);
    if (found == asked_.end()) {
        return;
    }
    if (answer.kind == MemberAnswer::elsewhere && !stopped_) {
        if (by != found->second.sent_to) {
            return;  // It has been sent on already.
        }
        found->second.sent_to = 0;
        found->second.request.repeated = true;
        found->second.send_at_ms = 0;
        next_deadline_ms_ = 0;
        return;
    }
    const Done done = std::move(found->second.done);
    asked_.erase(found);
    done(std::move(answer));
}

// --- At the leader

void MembershipDesk::answer_front(MemberAnswer reply) {
    const Queued front = std::move(queue_.front());
    queue_.pop_front();
    proposed_.reset();
    answer(front.from, front.ticket, std::move(reply), port_.current().self);
}

bool MembershipDesk::carry_out(Change change, uint64_t now_ms) {
    const auto taken = port_.change(std::move(change.configuration));
    if (taken) {
        proposed_ = {.index = port_.current().configuration_index,
                     .answer = std::move(change.answer)};
        return true;
    }
    if (taken.error() == raft::StepError::bad_change) {
        answer_front(refusal("the change is not allowed: one voter at a time, ids used once"));
        return true;
    }
    retry_at(now_ms + options_.retry_ms);
    return false;
}

/// False: nothing more can be done now.
bool MembershipDesk::serve_front(const ordering::Status& status, uint64_t now_ms) {
    Queued& front = queue_.front();
    if (proposed_) {
        if (status.commit_index < proposed_->index) {
            return false;  // The commit wakes us.
        }
        answer_front(proposed_->answer);
        return true;
    }
    if (now_ms >= front.deadline_ms) {
        answer_front(refusal("not served in time"));
        return true;
    }
    retry_at(front.deadline_ms);
    // What is answered or decided must be committed, by this leader.
    if (status.configuration_index > status.commit_index ||
        status.commit_term != status.leadership.term) {
        retry_at(now_ms + options_.retry_ms);
        return false;
    }
    if (front.front_since_ms == 0) {
        front.front_since_ms = now_ms;
    }
    MemberPlan planned =
        plan(front.request, status, {.self = status.self, .heard_since_ms = front.front_since_ms});
    if (auto* nothing = std::get_if<NothingToDo>(&planned)) {
        if (nothing->for_want_of_answers && now_ms < front.front_since_ms + options_.patience_ms) {
            retry_at(now_ms + options_.retry_ms);
            return false;
        }
        answer_front(std::move(nothing->answer));
        return true;
    }
    if (auto* change = std::get_if<Change>(&planned)) {
        return carry_out(std::move(*change), now_ms);
    }
    // Once it has worked we do not lead and answer `elsewhere`.
    static_cast<void>(port_.transfer(std::get<HandOver>(planned).to).has_value());
    retry_at(now_ms + options_.retry_ms);
    return false;
}

void MembershipDesk::serve(uint64_t now_ms) {
    for (;;) {
        const ordering::Status& status = port_.current();
        if (!leads(status)) {
            while (!queue_.empty()) {
                answer_front({.kind = MemberAnswer::elsewhere, .raft_id = 0, .text = {}});
            }
            return;
        }
        if (queue_.empty()) {
            promote(status, now_ms);
            return;
        }
        if (!serve_front(status, now_ms)) {
            return;
        }
    }
}

void MembershipDesk::promote(const ordering::Status& status, uint64_t now_ms) {
    if (status.configuration.voters() == status.configuration.members.size()) {
        return;
    }
    if (now_ms >= promote_at_ms_) {
        // Whoever answered since the last look is there.
        const uint64_t since = now_ms > PROMOTE_EVERY_MS ? now_ms - PROMOTE_EVERY_MS : 0;
        auto next = due_promotion(status, {.self = status.self, .heard_since_ms = since});
        if (next && port_.change(*std::move(next))) {
            logger::info("raft", "a member that has caught up becomes a voter");
        }
        promote_at_ms_ = now_ms + PROMOTE_EVERY_MS;
    }
    retry_at(promote_at_ms_);
}

void MembershipDesk::run(uint64_t now_ms) {
    next_deadline_ms_ = UINT64_MAX;
    send_asked(port_.current(), now_ms);
    serve(now_ms);
}

void MembershipDesk::stop() {
    stopped_ = true;
    while (!queue_.empty()) {
        answer_front({.kind = MemberAnswer::elsewhere, .raft_id = 0, .text = {}});
    }
    while (!asked_.empty()) {
        const uint64_t self = port_.current().self;
        answer(self, asked_.begin()->first, refusal("the node is shutting down"), self);
    }
}

}  // namespace otento::consensus
