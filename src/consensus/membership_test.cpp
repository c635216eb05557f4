#include <otento/consensus/membership.hpp>

#include <gtest/gtest.h>

namespace otento::consensus {
namespace {

using raft::Configuration;

MemberAddress address_of(uint8_t n, uint64_t raft_id = 0) {
    MemberAddress out;
    out.raft_id = raft_id;
    out.node_key.bytes.fill(n);
    out.host = "10.0.0." + std::to_string(n);
    out.p2p_port = 30303;
    out.raft_port = 50400;
    return out;
}

raft::Member member(uint8_t n, bool voter) {
    return {.id = n, .voter = voter, .address = encode_member(address_of(n, n))};
}

constexpr uint64_t NOW = 1000;

/// A leader 1 of voters 1 to `voters` which all answer.
ordering::Status cluster(uint8_t voters) {
    ordering::Status out;
    out.self = 1;
    out.leadership = {.role = raft::Role::leader, .term = 2, .leader = 1};
    out.last_index = 500;
    for (uint8_t n = 1; n <= voters; ++n) {
        out.configuration.members.push_back(member(n, true));
        if (n != 1) {
            out.progress.push_back({.id = n, .match_index = 500, .last_heard_ms = NOW});
        }
    }
    return out;
}

constexpr Viewpoint LEADER{.self = 1, .heard_since_ms = NOW};

MemberRequest add(const MemberAddress& address, MemberAction action = MemberAction::add_peer) {
    return {.action = action, .asker = 1, .address = address};
}
MemberRequest about(MemberAction action, uint64_t raft_id) {
    return {.action = action, .asker = 1, .raft_id = raft_id, .address = {}};
}

std::string refusal(const MemberPlan& planned) {
    const auto* nothing = std::get_if<NothingToDo>(&planned);
    return nothing != nullptr && nothing->answer.kind == MemberAnswer::refused
               ? nothing->answer.text
               : "not refused";
}
uint64_t answered(const MemberPlan& planned) {
    const auto* nothing = std::get_if<NothingToDo>(&planned);
    return nothing != nullptr && nothing->answer.kind == MemberAnswer::done
               ? nothing->answer.raft_id
               : 0;
}

TEST(Membership, a_new_node_is_a_learner_under_an_id_never_used) {
    ordering::Status status = cluster(3);
    status.configuration.removed = {4, 9};
    const MemberPlan planned = plan(add(address_of(7)), status, LEADER);
    const auto& change = std::get<Change>(planned);
    EXPECT_EQ(change.answer.raft_id, 10u);
    const raft::Member* added = change.configuration.find(10);
    ASSERT_NE(added, nullptr);
    EXPECT_FALSE(added->voter);
    EXPECT_TRUE(decode_member(added->address)->wants_vote);
    const MemberPlan learner = plan(add(address_of(7), MemberAction::add_learner), status, LEADER);
    EXPECT_FALSE(
        decode_member(std::get<Change>(learner).configuration.find(10)->address)->wants_vote);
}

TEST(Membership, adding_twice_gives_the_same_id) {
    const ordering::Status status = cluster(3);
    EXPECT_EQ(answered(plan(add(address_of(3)), status, LEADER)), 3u);
    MemberAddress moved = address_of(3);
    moved.raft_port = 1;
    EXPECT_NE(refusal(plan(add(moved), status, LEADER)).find("already been added"),
              std::string::npos);
}

TEST(Membership, adding_a_learner_as_peer_makes_it_want_a_vote) {
    ordering::Status status = cluster(3);
    status.configuration.members.push_back(member(4, false));
    const MemberPlan planned = plan(add(address_of(4)), status, LEADER);
    const auto& change = std::get<Change>(planned);
    EXPECT_EQ(change.answer.raft_id, 4u);
    EXPECT_TRUE(decode_member(change.configuration.find(4)->address)->wants_vote);
}

TEST(Membership, a_place_belongs_to_one_node) {
    const ordering::Status status = cluster(3);
    MemberAddress clash = address_of(7);
    clash.host = "10.0.0.2";
    EXPECT_NE(refusal(plan(add(clash), status, LEADER))
                  .find("with raft ID 2 is already using eth p2p at 10.0.0.2:30303"),
              std::string::npos);
    clash.p2p_port = 1;
    EXPECT_NE(refusal(plan(add(clash), status, LEADER))
                  .find("with raft ID 2 is already using raft at 10.0.0.2:50400"),
              std::string::npos);
}

TEST(Membership, a_learner_that_lags_is_promoted_only_by_force) {
    ordering::Status status = cluster(3);
    status.configuration.members.push_back(member(4, false));
    status.progress.push_back({.id = 4, .match_index = 100, .last_heard_ms = NOW});
    EXPECT_NE(refusal(plan(about(MemberAction::promote, 4), status, LEADER))
                  .find("has 100 of 500 log entries"),
              std::string::npos);
    MemberRequest forced = about(MemberAction::promote, 4);
    forced.force = true;
    EXPECT_TRUE(std::holds_alternative<Change>(plan(forced, status, LEADER)));
    status.progress.back().match_index = 490;
    EXPECT_TRUE(
        std::holds_alternative<Change>(plan(about(MemberAction::promote, 4), status, LEADER)));
    status.progress.back().last_heard_ms = NOW - 1;
    EXPECT_NE(refusal(plan(about(MemberAction::promote, 4), status, LEADER)).find("not answer"),
              std::string::npos);
}

TEST(Membership, promoting_a_voter_is_an_error_unless_it_was_asked_before) {
    const ordering::Status status = cluster(3);
    EXPECT_EQ(refusal(plan(about(MemberAction::promote, 2), status, LEADER)),
              "2 is not a learner. only learner can be promoted to peer");
    MemberRequest again = about(MemberAction::promote, 2);
    again.repeated = true;
    EXPECT_EQ(answered(plan(again, status, LEADER)), 2u);
}

TEST(Membership, no_change_leaves_fewer_reachable_voters_than_a_majority) {
    ordering::Status status = cluster(3);
    status.progress[1].last_heard_ms = NOW - 1;  // 3 is down.
    EXPECT_NE(refusal(plan(about(MemberAction::remove, 2), status, LEADER)).find("quorum"),
              std::string::npos);
    EXPECT_TRUE(
        std::holds_alternative<Change>(plan(about(MemberAction::remove, 3), status, LEADER)))
        << "the dead can go";
    status = cluster(2);
    status.configuration.members.push_back(member(4, false));
    status.progress[0].last_heard_ms = NOW - 1;
    MemberRequest forced = about(MemberAction::promote, 4);
    forced.force = true;
    EXPECT_NE(refusal(plan(forced, status, LEADER)).find("quorum"), std::string::npos);
}

TEST(Membership, the_last_voter_stays) {
    const ordering::Status status = cluster(1);
    EXPECT_NE(refusal(plan(about(MemberAction::remove, 1), status, LEADER)).find("last voter"),
              std::string::npos);
}

TEST(Membership, a_leader_hands_over_before_it_is_removed) {
    EXPECT_TRUE(
        std::holds_alternative<HandOver>(plan(about(MemberAction::remove, 1), cluster(3), LEADER)));
}

TEST(Membership, removing_again_is_fine_and_removing_nobody_is_not) {
    ordering::Status status = cluster(3);
    status.configuration.removed = {4};
    EXPECT_EQ(answered(plan(about(MemberAction::remove, 4), status, LEADER)), 4u);
    EXPECT_EQ(refusal(plan(about(MemberAction::remove, 5), status, LEADER)),
              "no member has raft ID 5");
}

TEST(Membership, only_a_learner_that_wants_it_is_promoted_by_itself) {
    ordering::Status status = cluster(1);
    status.configuration.members.push_back(member(4, false));
    status.progress.push_back({.id = 4, .match_index = 500, .last_heard_ms = NOW});
    EXPECT_FALSE(due_promotion(status, LEADER));
    MemberAddress willing = address_of(4, 4);
    willing.wants_vote = true;
    status.configuration.members[1].address = encode_member(willing);
    ASSERT_TRUE(due_promotion(status, LEADER));
    EXPECT_TRUE(due_promotion(status, LEADER)->is_voter(4));
    status.progress[0].match_index = 3;
    EXPECT_FALSE(due_promotion(status, LEADER));
}

TEST(Membership, a_member_moves_with_a_newer_version_only) {
    const ordering::Status status = cluster(3);
    MemberAddress moved = address_of(2);
    moved.host = "new.example";
    MemberRequest request = add(moved, MemberAction::move);
    EXPECT_NE(refusal(plan(request, status, LEADER)).find("nobody else's"), std::string::npos);
    request.asker = 2;
    EXPECT_EQ(answered(plan(request, status, LEADER)), 2u) << "version 0 is not newer";
    request.address.version = 1;
    const MemberPlan planned = plan(request, status, LEADER);
    const auto stored = decode_member(std::get<Change>(planned).configuration.find(2)->address);
    EXPECT_EQ(stored->host, "new.example");
    EXPECT_EQ(stored->version, 1u);
    EXPECT_TRUE(std::get<Change>(planned).configuration.is_voter(2));
}

TEST(Membership, members_may_exchange_their_places) {
    const ordering::Status status = cluster(3);
    MemberAddress moved = address_of(3);
    moved.node_key = address_of(2).node_key;
    moved.version = 1;
    MemberRequest request = add(moved, MemberAction::move);
    request.asker = 2;
    const MemberPlan planned = plan(request, status, LEADER);
    ASSERT_TRUE(std::holds_alternative<Change>(planned))
        << "each would wait for the other's old place for ever";
    const raft::Configuration& next = std::get<Change>(planned).configuration;
    EXPECT_EQ(decode_member(next.find(2)->address)->host, address_of(3).host);
    EXPECT_EQ(decode_member(next.find(2)->address)->node_key, address_of(2).node_key);
    EXPECT_EQ(decode_member(next.find(3)->address)->node_key, address_of(3).node_key);
}

TEST(Membership, calls_on_learners_and_strangers_are_refused_in_quorums_words) {
    Configuration configuration = cluster(3).configuration;
    configuration.members.push_back(member(4, false));
    const auto at = [&](const MemberRequest& request, uint64_t self) {
        return refused_at_once(request, configuration, self);
    };
    EXPECT_EQ(at(add(address_of(7)), 4), "learner node can't add peer or learner");
    EXPECT_EQ(at(about(MemberAction::promote, 4), 4), "learner node can't promote to peer");
    EXPECT_EQ(at(about(MemberAction::remove, 2), 4), "learner node can't remove other peer");
    EXPECT_EQ(at(about(MemberAction::remove, 4), 4), "");
    EXPECT_EQ(at(about(MemberAction::remove, 2), 9),
              "node not part of raft cluster. operations not allowed");
    EXPECT_EQ(at(add(address_of(2)), 2).rfind("enode is this enode (self): enode://", 0), 0u);
}

TEST(Membership, requests_and_answers_survive_the_wire) {
    MemberRequest request = add(address_of(7));
    request.force = true;
    request.repeated = true;
    request.address.version = 5;
    const auto decoded = decode_request(encode_request(42, request));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->ticket, 42u);
    EXPECT_EQ(decoded->request, request);
    const MemberAnswer answer{.kind = MemberAnswer::refused, .raft_id = 3, .text = "why"};
    const auto back = decode_answer(encode_answer(7, answer));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->answer, answer);
    Bytes frame = encode_request(42, request);
    for (size_t cut = 0; cut < frame.size(); ++cut) {
        EXPECT_FALSE(decode_request(BytesView(frame).first(cut)));
    }
}

}  // namespace
}  // namespace otento::consensus
