#include <otento/node/frame_router.hpp>

#include <otento/base/logger.hpp>
#include <otento/consensus/membership.hpp>
#include <otento/node/answers.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace otento::node {
namespace {

bool equal_in_constant_time(BytesView a, BytesView b) {
    uint8_t difference = a.size() == b.size() ? 0 : 1;
    for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
        difference |= static_cast<uint8_t>(a[i] ^ b[i]);
    }
    return difference == 0;
}

/// `address:port` or `[address]:port`.
std::string host_of(const std::string& remote) {
    std::string host = remote.substr(0, remote.rfind(':'));
    if (host.size() > 2 && host.front() == '[') {
        host = host.substr(1, host.size() - 2);
    }
    return host;
}

}  // namespace

void FrameRouter::on_raft_frame(uint64_t from, Bytes frame) {
    parts_.raft.receive(from, std::move(frame));
}

void FrameRouter::on_frame(uint64_t from, p2p::Channel channel, Bytes frame) {
    switch (channel) {
        case p2p::Channel::transactions:
            parts_.ledger.forwarded(std::move(frame));
            return;
        case p2p::Channel::request:
            parts_.raft.receive_request(from, std::move(frame));
            return;
        case p2p::Channel::response:
            parts_.raft.receive_answer(from, std::move(frame));
            return;
    }
}

void FrameRouter::on_peer(uint64_t raft_id, bool connected) {
    told_twice_ = told_twice_ && !connected;
    logger::info("p2p", "member {} is {}", raft_id, connected ? "connected" : "gone");
}

bool FrameRouter::admit(uint64_t raft_id, uint64_t log_birth) {
    const bool admitted = acquaintances_.admit(raft_id, log_birth);
    if (!admitted && std::exchange(strange_logs_[raft_id], log_birth) != log_birth) {
        logger::warn("p2p",
                     "member {} came with another raft log than before: it lost its log, or its "
                     "node key is used twice. Remove raft ID {} and add the node again",
                     raft_id, raft_id);
    }
    return admitted;
}

void FrameRouter::on_refused(uint64_t raft_id, p2p::Refusal reason) {
    if (reason == p2p::Refusal::not_member || reason == p2p::Refusal::raft_id) {
        parts_.maybe_removed();
    }
    if (reason == p2p::Refusal::used_twice && !std::exchange(told_twice_, true)) {
        logger::error("p2p",
                      "another process with this node's key is connected to member {}: stop one of "
                      "the two; this one takes no part as long as the other runs",
                      raft_id);
    }
    if (reason != p2p::Refusal::other_log) {
        return;
    }
    parts_.raft.expel(fmt::format(
        "member {} knows this raft ID with another raft log: ours was lost, or another node uses "
        "our key. This node does not vote. On a member run raft_removePeer({}), move the raft log "
        "away, start with --join, and add the node again",
        raft_id, parts_.raft.status()->self));
}

void FrameRouter::on_question(p2p::Question question) {
    p2p::Network* const network = network_.load();
    auto decoded = decode_question(question.body);
    if (network == nullptr || !decoded) {
        return;
    }
    const auto answer = [network, conversation = question.conversation](Bytes body) {
        network->answer(conversation, std::make_shared<const Bytes>(std::move(body)));
    };
    if (const auto* who = std::get_if<WhoAmI>(&*decoded)) {
        answer_who(question, *who, answer);
    } else if (auto* given = std::get_if<HandOn>(&*decoded)) {
        if (question.raft_id != 0 || was_member(question.node_key)) {
            answer_hand_on(std::move(*given), answer);
        } else {
            answer(encode_texts({}));
        }
    } else if (question.raft_id != 0) {
        answer_member(*decoded, answer);
    } else if (std::holds_alternative<OpenState>(*decoded)) {
        answer(encode_state_offer({}));  // Not a member, or we have not heard of it yet.
    } else {
        answer(encode_anchor({}));
    }
}

void FrameRouter::answer_who(const p2p::Question& question, const WhoAmI& who,
                             const Answer& answer) {
    const auto describe = [this, key = question.node_key, host = host_of(question.remote)] {
        YouAre out =
            describe_asker(key, *parts_.raft.status(), *parts_.ledger.status()->member_keys);
        out.seen_host = host;
        return out;
    };
    const YouAre known = describe();
    const BytesView wanted = bytes_of(parts_.join_token);
    if (known.raft_id != 0 || wanted.empty() || !equal_in_constant_time(who.token, wanted)) {
        answer(encode_you_are(known));
        return;
    }
    consensus::MemberRequest request{.action = consensus::MemberAction::add_peer,
                                     .asker = 0,
                                     .raft_id = 0,
                                     .address = who.address};
    request.address.node_key = question.node_key;  // What it has proven, whatever it says.
    if (request.address.host.empty()) {
        request.address.host = known.seen_host;
    }
    logger::info("p2p", "{} joins with the token", consensus::enode_text(request.address));
    parts_.raft.change_membership(std::move(request),
                                  [describe, answer](const consensus::MemberAnswer& outcome) {
                                      YouAre told = describe();
                                      told.text = outcome.text;
                                      answer(encode_you_are(told));
                                  });
}

bool FrameRouter::permits(const p2p::NodeKey& node_key) {
    return parts_.permissions.permits(node_key);
}

bool FrameRouter::was_member(const p2p::NodeKey& node_key) {
    const auto status = parts_.ledger.status();
    return std::ranges::any_of(*status->member_keys,
                               [&](const auto& entry) { return entry.second == node_key; });
}

void FrameRouter::answer_hand_on(HandOn given, const Answer& answer) {
    const size_t count = given.transactions.size();
    const bool taken = parts_.take_over(
        std::move(given),
        [answer](const std::vector<std::string>& texts) { answer(encode_texts(texts)); });
    if (!taken) {
        answer(encode_texts(std::vector<std::string>(count, "the member is busy")));
    }
}

void FrameRouter::answer_member(const QuestionBody& question, Answer answer) {
    if (std::holds_alternative<OpenState>(question)) {
        parts_.state.open(std::move(answer));
    } else if (const auto* read = std::get_if<ReadState>(&question)) {
        parts_.state.read(*read, std::move(answer));
    } else if (const auto* anchor = std::get_if<AskAnchor>(&question)) {
        answer_anchor(*anchor, std::move(answer));
    } else if (const auto* hold = std::get_if<HoldLog>(&question)) {
        parts_.raft.hold_log(hold->index);
        answer(encode_anchor({.ok = true}));
    }
}

void FrameRouter::answer_anchor(const AskAnchor& question, Answer answer) {
    const Hash hash = parts_.chain.view()->hash_of(question.number).value_or(Hash{});
    parts_.raft.describe(question.index, [hash, answer = std::move(answer)](
                                             const std::optional<ordering::SnapshotMeta>& meta) {
        Anchor anchor{.block_hash = hash};
        if (meta) {
            anchor.ok = true;
            anchor.term = meta->term;
            anchor.configuration = raft::encode_configuration(meta->configuration);
        }
        answer(encode_anchor(anchor));
    });
}

}  // namespace otento::node
