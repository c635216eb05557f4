#include <otento/consensus/membership.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/keccak.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::consensus {
namespace {

using raft::Configuration;
using raft::Member;

/// Entries a learner may lack and still count as in sync: what is in flight under load.
constexpr uint64_t SYNC_LAG_MAX = 64;
/// Most members that ever were: what the log's base record can hold.
constexpr size_t IDS_MAX = 4000;

NothingToDo refuse(std::string text) {
    return {{.kind = MemberAnswer::refused, .raft_id = 0, .text = std::move(text)}};
}

NothingToDo done(uint64_t raft_id) {
    return {{.kind = MemberAnswer::done, .raft_id = raft_id, .text = {}}};
}

bool same_place(const MemberAddress& a, const MemberAddress& b) {
    return a.host == b.host && a.p2p_port == b.p2p_port && a.raft_port == b.raft_port;
}

const raft::PeerProgress* progress_of(const ordering::Status& status, uint64_t id) {
    const auto found = std::ranges::find(status.progress, id, &raft::PeerProgress::id);
    return found == status.progress.end() ? nullptr : &*found;
}

bool reachable(const ordering::Status& status, uint64_t id, const Viewpoint& from) {
    const raft::PeerProgress* progress = progress_of(status, id);
    return id == from.self ||
           (progress != nullptr && progress->last_heard_ms >= from.heard_since_ms);
}

NothingToDo refuse_for_want_of_answers(std::string text) {
    NothingToDo out = refuse(std::move(text));
    out.for_want_of_answers = true;
    return out;
}

/// Empty if the voters of `next` that answer are a majority of them.
std::string quorum_problem(const Configuration& next, const ordering::Status& status,
                           const Viewpoint& from) {
    size_t up = 0;
    for (const Member& member : next.members) {
        up += member.voter && reachable(status, member.id, from) ? 1 : 0;
    }
    const size_t voters = next.voters();
    const size_t majority = voters / 2 + 1;
    if (voters == 0 || up >= majority) {
        return {};
    }
    return fmt::format(
        "this would cost the quorum: of the {} voters it leaves, {} can be reached and {} are "
        "needed; start or remove the ones that are down first",
        voters, up, majority);
}

/// GoQuorum names a node by the hash of its key in these texts.
std::string id_hash(const crypto::PublicKey& key) {
    return to_hex(crypto::keccak256(key));
}

std::string place_problem(const Configuration& configuration, const MemberAddress& wanted) {
    for (const Member& member : configuration.members) {
        const auto address = decode_member(member.address);
        if (!address || address->node_key == wanted.node_key || address->host != wanted.host) {
            continue;
        }
        const auto clash = [&](std::string_view what, uint16_t port) {
            return fmt::format("existing node {} with raft ID {} is already using {} at {}:{}",
                               id_hash(address->node_key), member.id, what, wanted.host, port);
        };
        if (address->p2p_port == wanted.p2p_port) {
            return clash("eth p2p", wanted.p2p_port);
        }
        if (address->raft_port == wanted.raft_port) {
            return clash("raft", wanted.raft_port);
        }
    }
    return {};
}

Configuration with_member(const Configuration& configuration, Member changed) {
    Configuration next = configuration;
    const auto found = std::ranges::find(next.members, changed.id, &Member::id);
    if (found == next.members.end()) {
        next.members.push_back(std::move(changed));
    } else {
        *found = std::move(changed);
    }
    return next;
}

MemberPlan plan_known(const MemberRequest& request, const Configuration& configuration,
                      const MemberAddress& known) {
    const Member* member = configuration.find(known.raft_id);
    if (member == nullptr || !same_place(known, request.address)) {
        return refuse("node with this enode has already been added to the cluster: " +
                      id_hash(known.node_key) + " as raft ID " + std::to_string(known.raft_id) +
                      " at " + enode_text(known));
    }
    // The same call again, by a client that missed the answer.
    if (request.action == MemberAction::add_peer && !member->voter && !known.wants_vote) {
        MemberAddress willing = known;
        willing.wants_vote = true;
        return Change{
            with_member(configuration,
                        {.id = member->id, .voter = false, .address = encode_member(willing)}),
            done(member->id).answer};
    }
    return done(member->id);
}

MemberPlan plan_add(const MemberRequest& request, const ordering::Status& status) {
    const Configuration& configuration = status.configuration;
    if (const auto known = find_member(configuration, request.address.node_key)) {
        return plan_known(request, configuration, *known);
    }
    if (std::string problem = place_problem(configuration, request.address); !problem.empty()) {
        return refuse(std::move(problem));
    }
    if (configuration.members.size() + configuration.removed.size() >= IDS_MAX) {
        return refuse(
            fmt::format("{} raft IDs have been given out, which is all there are", IDS_MAX));
    }
    MemberAddress address = request.address;
    address.raft_id = highest_id(configuration) + 1;
    address.wants_vote = request.action == MemberAction::add_peer;
    address.version = 0;
    return Change{
        with_member(configuration,
                    {.id = address.raft_id, .voter = false, .address = encode_member(address)}),
        done(address.raft_id).answer};
}

std::string no_such_member(uint64_t raft_id) {
    return fmt::format("no member has raft ID {}", raft_id);
}

MemberPlan plan_promote(const MemberRequest& request, const ordering::Status& status,
                        const Viewpoint& from) {
    const Member* member = status.configuration.find(request.raft_id);
    if (member == nullptr) {
        return refuse(no_such_member(request.raft_id));
    }
    if (member->voter) {
        return request.repeated
                   ? done(member->id)
                   : refuse(fmt::format("{} is not a learner. only learner can be promoted to peer",
                                        member->id));
    }
    const raft::PeerProgress* progress = progress_of(status, member->id);
    const uint64_t match = progress == nullptr ? 0 : progress->match_index;
    const bool active = reachable(status, member->id, from);
    if (!request.force && (!active || match + SYNC_LAG_MAX < status.last_index)) {
        return refuse_for_want_of_answers(fmt::format(
            "learner {} is not in sync: it {} and has {} of {} log entries; wait, or force it "
            "with true as second parameter",
            member->id, active ? "answers" : "does not answer", match, status.last_index));
    }
    Member voter = *member;
    voter.voter = true;
    Configuration next = with_member(status.configuration, std::move(voter));
    if (std::string problem = quorum_problem(next, status, from); !problem.empty()) {
        return refuse_for_want_of_answers(std::move(problem));
    }
    return Change{std::move(next), done(member->id).answer};
}

MemberPlan plan_remove(const MemberRequest& request, const ordering::Status& status,
                       const Viewpoint& from) {
    const Configuration& configuration = status.configuration;
    const Member* member = configuration.find(request.raft_id);
    if (member == nullptr) {
        const bool was_removed = std::ranges::binary_search(configuration.removed, request.raft_id);
        return was_removed ? done(request.raft_id) : refuse(no_such_member(request.raft_id));
    }
    Configuration next = configuration;
    std::erase_if(next.members, [&](const Member& m) { return m.id == request.raft_id; });
    if (member->voter) {
        if (next.voters() == 0) {
            return refuse("the last voter cannot be removed: there would be no cluster left");
        }
        if (std::string problem = quorum_problem(next, status, from); !problem.empty()) {
            return refuse_for_want_of_answers(std::move(problem));
        }
    }
    if (request.raft_id == from.self) {
        return HandOver{};
    }
    return Change{std::move(next), done(request.raft_id).answer};
}

MemberPlan plan_hand_over(const MemberRequest& request, const ordering::Status& status,
                          const Viewpoint& from) {
    if (request.raft_id == from.self) {
        return done(from.self);
    }
    if (request.raft_id == 0) {
        return request.repeated ? MemberPlan(done(from.self)) : MemberPlan(HandOver{});
    }
    if (!status.configuration.is_voter(request.raft_id)) {
        return refuse(fmt::format("{} is not a voter and cannot lead", request.raft_id));
    }
    if (!reachable(status, request.raft_id, from)) {
        return refuse_for_want_of_answers(
            fmt::format("member {} does not answer", request.raft_id));
    }
    return HandOver{request.raft_id};
}

MemberPlan plan_move(const MemberRequest& request, const Configuration& configuration) {
    const auto known = find_member(configuration, request.address.node_key);
    const Member* member = known ? configuration.find(known->raft_id) : nullptr;
    if (member == nullptr || known->raft_id != request.asker) {
        return refuse("a member changes its own address, and nobody else's");
    }
    if (request.address.version <= known->version || same_place(*known, request.address)) {
        return done(known->raft_id);
    }
    // Where it says it is, it is: another member that the log still has there has moved, too, and
    // could be waiting for this one's old place.
    MemberAddress moved = *known;
    moved.host = request.address.host;
    moved.p2p_port = request.address.p2p_port;
    moved.raft_port = request.address.raft_port;
    moved.version = request.address.version;
    Member changed = *member;
    changed.address = encode_member(moved);
    return Change{with_member(configuration, std::move(changed)), done(known->raft_id).answer};
}

}  // namespace

uint64_t highest_id(const Configuration& configuration) noexcept {
    const uint64_t member = configuration.members.empty() ? 0 : configuration.members.back().id;
    const uint64_t removed = configuration.removed.empty() ? 0 : configuration.removed.back();
    return std::max(member, removed);
}

std::optional<MemberAddress> find_member(const Configuration& configuration,
                                         const crypto::PublicKey& node_key) {
    for (const Member& member : configuration.members) {
        auto address = decode_member(member.address);
        if (address && address->node_key == node_key) {
            address->raft_id = member.id;
            return *std::move(address);
        }
    }
    return std::nullopt;
}

std::string enode_text(const MemberAddress& member) {
    const bool v6 = member.host.find(':') != std::string::npos;
    return fmt::format("enode://{}@{}{}{}:{}?discport=0&raftport={}", to_hex(member.node_key),
                       v6 ? "[" : "", member.host, v6 ? "]" : "", member.p2p_port,
                       member.raft_port);
}

std::string refused_at_once(const MemberRequest& request, const Configuration& configuration,
                            uint64_t self) {
    const Member* member = configuration.find(self);
    if (member == nullptr) {
        return "node not part of raft cluster. operations not allowed";
    }
    const bool learner = !member->voter;
    switch (request.action) {
        case MemberAction::add_peer:
        case MemberAction::add_learner: {
            if (learner) {
                return "learner node can't add peer or learner";
            }
            const auto own = decode_member(member->address);
            if (own && own->node_key == request.address.node_key) {
                return "enode is this enode (self): " + enode_text(request.address);
            }
            return {};
        }
        case MemberAction::promote:
            return learner ? "learner node can't promote to peer" : "";
        case MemberAction::remove:
            return learner && request.raft_id != self ? "learner node can't remove other peer" : "";
        case MemberAction::hand_over:
            return learner ? "learner node can't transfer leadership" : "";
        case MemberAction::move:
            return {};
    }
    return "unknown request";
}

MemberPlan plan(const MemberRequest& request, const ordering::Status& status,
                const Viewpoint& from) {
    switch (request.action) {
        case MemberAction::add_peer:
        case MemberAction::add_learner:
            return plan_add(request, status);
        case MemberAction::promote:
            return plan_promote(request, status, from);
        case MemberAction::remove:
            return plan_remove(request, status, from);
        case MemberAction::hand_over:
            return plan_hand_over(request, status, from);
        case MemberAction::move:
            return plan_move(request, status.configuration);
    }
    return refuse("unknown request");
}

std::optional<Configuration> due_promotion(const ordering::Status& status, const Viewpoint& from) {
    for (const Member& member : status.configuration.members) {
        if (member.voter) {
            continue;
        }
        const auto address = decode_member(member.address);
        if (!address || !address->wants_vote) {
            continue;
        }
        const MemberPlan planned = plan_promote({.action = MemberAction::promote,
                                                 .asker = from.self,
                                                 .raft_id = member.id,
                                                 .address = {}},
                                                status, from);
        if (const auto* change = std::get_if<Change>(&planned)) {
            return change->configuration;
        }
    }
    return std::nullopt;
}

// --- On the wire

namespace {

void write_address(rlp::Writer& out, const MemberAddress& address) {
    out.string(encode_member(address));
}

}  // namespace

Bytes encode_request(uint64_t ticket, const MemberRequest& request) {
    rlp::Writer out;
    out.begin_list()
        .uint(ticket)
        .uint(static_cast<uint64_t>(request.action))
        .uint(request.asker)
        .uint(request.raft_id)
        .uint(uint64_t{request.force})
        .uint(uint64_t{request.repeated});
    write_address(out, request.address);
    return out.end_list().take();
}

Bytes encode_answer(uint64_t ticket, const MemberAnswer& answer) {
    rlp::Writer out;
    out.begin_list()
        .uint(ticket)
        .uint(static_cast<uint64_t>(answer.kind))
        .uint(answer.raft_id)
        .string(bytes_of(answer.text));
    return out.end_list().take();
}

Result<TicketedRequest, rlp::Error> decode_request(BytesView in) {
    if (in.size() > MEMBER_FRAME_BYTES_MAX) {
        return Err(rlp::Error::unexpected_length);
    }
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    TicketedRequest out;
    TRY(out.ticket, items.read_uint64());
    TRY(const uint64_t action, items.read_uint64());
    TRY(out.request.asker, items.read_uint64());
    TRY(out.request.raft_id, items.read_uint64());
    TRY(const uint64_t force, items.read_uint64());
    TRY(const uint64_t repeated, items.read_uint64());
    TRY(const BytesView address, items.read_string());
    TRY_VOID(items.finish());
    if (action < 1 || action > static_cast<uint64_t>(MemberAction::move)) {
        return Err(rlp::Error::overflow);
    }
    TRY(out.request.address, decode_member(address));
    out.request.action = static_cast<MemberAction>(action);
    out.request.force = force != 0;
    out.request.repeated = repeated != 0;
    return out;
}

Result<TicketedAnswer, rlp::Error> decode_answer(BytesView in) {
    if (in.size() > MEMBER_FRAME_BYTES_MAX) {
        return Err(rlp::Error::unexpected_length);
    }
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    TicketedAnswer out;
    TRY(out.ticket, items.read_uint64());
    TRY(const uint64_t kind, items.read_uint64());
    TRY(out.answer.raft_id, items.read_uint64());
    TRY(const BytesView text, items.read_string());
    TRY_VOID(items.finish());
    if (kind > MemberAnswer::elsewhere) {
        return Err(rlp::Error::overflow);
    }
    out.answer.kind = static_cast<MemberAnswer::Kind>(kind);
    out.answer.text = as_text(text);
    return out;
}

}  // namespace otento::consensus
