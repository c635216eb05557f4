// World: messages on their way.
#include "world.hpp"

#include <otento/raft/codec.hpp>

#include <fmt/core.h>

namespace otento::sim {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
    using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

}  // namespace

/// What a message promises is checked when it is sent, whether or not it arrives.
void World::look_at(const Node& from, const raft::Message& message) {
    if (const auto* vote = std::get_if<raft::RequestVoteReply>(&message.body)) {
        if (vote->granted && !vote->pre_vote) {
            judge_.saw_vote(from.id, vote->term, message.to);
        }
    } else if (const auto* request = std::get_if<raft::RequestVote>(&message.body)) {
        if (!request->pre_vote) {
            judge_.saw_vote(from.id, request->term, from.id);  // A candidate votes for itself.
        }
    } else if (const auto* reply = std::get_if<raft::AppendEntriesReply>(&message.body)) {
        if (reply->success) {
            judge_.saw_acknowledgement(from.id, reply->match_index,
                                       from.replica->log().durable_index());
        } else if (reply->conflict_index != 0 && reply->match_index <= from.commit_seen) {
            judge_.accuse(fmt::format("node {} rejects index {} although {} is committed", from.id,
                                      reply->match_index, from.commit_seen));
        }
    }
}

void World::send(Node& from, raft::Message message) {
    look_at(from, message);
    const bool lost = !healed() && random_.chance(profile_.loss_per_mille);
    note("n{} -> n{} {}{}", message.from, message.to, describe(message), lost ? "  (lost)" : "");
    crash_after_promise(from, message);
    if (lost) {
        return;
    }
    if (!healed() && random_.chance(profile_.duplicate_per_mille)) {
        put_on_wire(message);
    }
    put_on_wire(std::move(message));
}

/// Promises are broken by those who forget them: a vote or an acknowledgement leaves, and the power
/// goes.
void World::crash_after_promise(Node& node, const raft::Message& message) {
    if (healed() || profile_.crash_every_ms == 0) {
        return;
    }
    const bool vote = std::holds_alternative<raft::RequestVoteReply>(message.body) ||
                      std::holds_alternative<raft::RequestVote>(message.body);
    const bool acknowledgement = std::holds_alternative<raft::AppendEntriesReply>(message.body);
    if ((vote && random_.chance(20)) || (acknowledgement && random_.chance(1))) {
        node.crash_soon = true;
    }
}

void World::put_on_wire(raft::Message message) {
    uint64_t delay_us = random_.between(profile_.delay_min_us, profile_.delay_max_us);
    if (profile_.ordered_links) {
        uint64_t& busy_until = link_busy_until_us_[{message.from, message.to}];
        busy_until = std::max(busy_until + 1, now_us_ + delay_us);
        delay_us = busy_until - now_us_;
    }
    uint64_t slot = wire_.size();
    if (free_slots_.empty()) {
        wire_.push_back(std::move(message));
    } else {
        slot = free_slots_.back();
        free_slots_.pop_back();
        wire_[slot] = std::move(message);
    }
    events_.push(
        {.at_us = now_us_ + delay_us, .order = order_++, .kind = Kind::deliver, .detail = slot});
}

void World::deliver(uint64_t slot) {
    const auto to = nodes_.find(wire_[slot].to);
    if (to != nodes_.end() && to->second.replica != nullptr &&
        to->second.paused_until_us > now_us_) {
        const uint64_t delay_us = to->second.paused_until_us - now_us_ + order_ % 3;
        events_.push({.at_us = now_us_ + delay_us,
                      .order = order_++,
                      .kind = Kind::deliver,
                      .detail = slot});
        return;
    }
    raft::Message message = std::move(wire_[slot]);
    free_slots_.push_back(slot);
    if (to == nodes_.end() || to->second.replica == nullptr ||
        blocked_.contains({message.from, message.to})) {
        return;
    }
    Node& node = to->second;
    const NodeId from = message.from;
    node.replica->set_time(now_us_ / 1000);
    if (order_ % 16 == 0) {  // Now and then as bytes, as in life.
        const auto decoded = node.replica->receive_frame(from, raft::encode_message(message));
        if (!decoded) {
            judge_.accuse(fmt::format("a message of node {} cannot be decoded", from));
        }
    } else {
        node.replica->receive(from, std::move(message));
    }
    poke(node);
}

std::string World::describe(const raft::Message& message) const {
    return std::visit(
        Overloaded{
            [](const raft::RequestVote& m) {
                return fmt::format("{} term {} last ({}, {}){}",
                                   m.pre_vote ? "PreVote" : "RequestVote", m.term, m.last_log_index,
                                   m.last_log_term, m.disrupt_leader ? " disrupt" : "");
            },
            [](const raft::RequestVoteReply& m) {
                return fmt::format("{} {} term {} asked {}",
                                   m.pre_vote ? "PreVoteReply" : "VoteReply",
                                   m.granted ? "yes" : "no", m.term, m.request_term);
            },
            [](const raft::AppendEntries& m) {
                return fmt::format("Append term {} #{} prev ({}, {}) +{} commit {}", m.term,
                                   m.request, m.prev_log_index, m.prev_log_term, m.entries.size(),
                                   m.leader_commit);
            },
            [](const raft::AppendEntriesReply& m) {
                return fmt::format("AppendReply {} term {} #{} match {} conflict ({}, {})",
                                   m.success ? "ok" : "no", m.term, m.request, m.match_index,
                                   m.conflict_index, m.conflict_term);
            },
            [](const raft::InstallSnapshot& m) {
                return fmt::format("Snapshot term {} #{} last ({}, {}) offset {} +{}{}", m.term,
                                   m.request, m.last_included_index, m.last_included_term, m.offset,
                                   m.data.size(), m.done ? " done" : "");
            },
            [](const raft::InstallSnapshotReply& m) {
                return fmt::format("SnapshotReply term {} #{} last {} next {}{}", m.term, m.request,
                                   m.last_included_index, m.next_offset,
                                   m.installed ? " installed" : "");
            },
            [](const raft::TimeoutNow& m) { return fmt::format("TimeoutNow term {}", m.term); },
        },
        message.body);
}

}  // namespace otento::sim
