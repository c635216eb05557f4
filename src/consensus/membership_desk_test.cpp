// Desks of several nodes joined by hand: frames travel when the test says so.
#include <otento/consensus/membership_desk.hpp>

#include <gtest/gtest.h>

#include <deque>

namespace otento::consensus {
namespace {

MemberAddress address_of(uint8_t n) {
    MemberAddress out;
    out.raft_id = n;
    out.node_key.bytes.fill(n);
    out.host = "10.0.0." + std::to_string(n);
    out.p2p_port = 30303;
    out.raft_port = 50400;
    return out;
}

/// One node: what it proposes is committed when the test calls commit().
class Node final : public MembershipPort {
  public:
    explicit Node(uint64_t self) : desk({}, *this) {
        status_.self = self;
        status_.leadership = {.role = raft::Role::follower, .term = 1, .leader = 1};
        status_.commit_term = 1;
        for (uint8_t n = 1; n <= 3; ++n) {
            status_.configuration.members.push_back(
                {.id = n, .voter = true, .address = encode_member(address_of(n))});
            status_.progress.push_back({.id = n, .last_heard_ms = UINT64_MAX});
        }
    }
    void lead(uint64_t term) {
        status_.leadership = {.role = raft::Role::leader, .term = term, .leader = status_.self};
        status_.commit_term = term;
    }
    void follow(uint64_t leader, uint64_t term) {
        status_.leadership = {.role = raft::Role::follower, .term = term, .leader = leader};
    }
    void commit() { status_.commit_index = status_.configuration_index; }

    [[nodiscard]] const ordering::Status& current() const override { return status_; }
    [[nodiscard]] Result<void, raft::StepError> change(raft::Configuration next) override {
        if (refuse) {
            return Err(*refuse);
        }
        ++changes;
        status_.configuration = std::move(next);
        ++status_.configuration_index;
        return {};
    }
    [[nodiscard]] Result<void, raft::StepError> transfer(uint64_t to) override {
        transfers.push_back(to);
        return {};
    }
    void send_request(uint64_t to, Bytes frame) override { requests.emplace_back(to, frame); }
    void send_answer(uint64_t to, Bytes frame) override { answers.emplace_back(to, frame); }

    void ask(const MemberRequest& request, uint64_t now_ms = 0) {
        desk.ask(request, [this](MemberAnswer got) { heard.push_back(std::move(got)); }, now_ms);
    }

    ordering::Status status_;
    MembershipDesk desk;
    std::optional<raft::StepError> refuse;
    int changes = 0;
    std::vector<uint64_t> transfers;
    std::deque<std::pair<uint64_t, Bytes>> requests;
    std::deque<std::pair<uint64_t, Bytes>> answers;
    std::vector<MemberAnswer> heard;
};

void deliver(Node& from, Node& to, uint64_t now_ms) {
    for (; !from.requests.empty(); from.requests.pop_front()) {
        to.desk.on_request(from.status_.self, from.requests.front().second, now_ms);
    }
    for (; !from.answers.empty(); from.answers.pop_front()) {
        to.desk.on_answer(from.status_.self, from.answers.front().second);
    }
}

MemberRequest add(uint8_t n) {
    return {.action = MemberAction::add_learner, .asker = 0, .address = address_of(n)};
}

TEST(MembershipDesk, answers_after_the_commit_and_not_before) {
    Node leader(1);
    leader.lead(1);
    leader.ask(add(7));
    leader.desk.run(1);
    EXPECT_EQ(leader.changes, 1);
    EXPECT_TRUE(leader.heard.empty());
    leader.commit();
    leader.desk.run(2);
    ASSERT_EQ(leader.heard.size(), 1u);
    EXPECT_EQ(leader.heard[0].kind, MemberAnswer::done);
    EXPECT_EQ(leader.heard[0].raft_id, 4u);
}

TEST(MembershipDesk, serves_one_after_the_other_and_gives_no_id_twice) {
    Node leader(1);
    leader.lead(1);
    leader.ask(add(7));
    leader.ask(add(8));
    leader.desk.run(1);
    leader.desk.run(2);
    EXPECT_EQ(leader.changes, 1);
    leader.commit();
    leader.desk.run(3);
    EXPECT_EQ(leader.changes, 2);
    leader.commit();
    leader.desk.run(4);
    ASSERT_EQ(leader.heard.size(), 2u);
    EXPECT_EQ(leader.heard[0].raft_id, 4u);
    EXPECT_EQ(leader.heard[1].raft_id, 5u);
}

TEST(MembershipDesk, a_follower_sends_to_the_leader_and_relays_the_answer) {
    Node leader(1);
    leader.lead(1);
    Node follower(2);
    follower.ask(add(7));
    follower.desk.run(1);
    deliver(follower, leader, 1);
    leader.desk.run(1);
    leader.commit();
    leader.desk.run(2);
    deliver(leader, follower, 2);
    ASSERT_EQ(follower.heard.size(), 1u);
    EXPECT_EQ(follower.heard[0].raft_id, 4u);
}

TEST(MembershipDesk, asks_the_next_leader_when_one_is_lost) {
    Node old_leader(1);
    old_leader.lead(1);
    Node next(3);
    Node follower(2);
    follower.ask(add(7));
    follower.desk.run(1);
    deliver(follower, old_leader, 1);
    old_leader.desk.run(1);
    // It was committed, but the leader died before it could say so.
    next.status_.configuration = old_leader.status_.configuration;
    next.lead(2);
    follower.follow(3, 2);
    follower.desk.run(5);
    deliver(follower, next, 5);
    next.desk.run(5);
    EXPECT_EQ(next.changes, 0);
    deliver(next, follower, 6);
    ASSERT_EQ(follower.heard.size(), 1u);
    EXPECT_EQ(follower.heard[0].raft_id, 4u) << "the id it was given in the first place";
}

TEST(MembershipDesk, a_deposed_leader_sends_its_clients_on) {
    Node leader(1);
    leader.lead(1);
    leader.ask(add(7));
    leader.desk.run(1);
    leader.follow(3, 2);
    leader.desk.run(2);
    EXPECT_TRUE(leader.heard.empty());
    leader.desk.run(3);
    ASSERT_EQ(leader.requests.size(), 1u);
    EXPECT_EQ(leader.requests[0].first, 3u);
}

TEST(MembershipDesk, waits_while_the_engine_takes_no_change) {
    Node leader(1);
    leader.lead(1);
    leader.refuse = raft::StepError::change_in_progress;
    leader.ask(add(7));
    leader.desk.run(1);
    EXPECT_TRUE(leader.heard.empty());
    EXPECT_LT(leader.desk.next_deadline_ms(), 100u);
    leader.refuse.reset();
    leader.desk.run(leader.desk.next_deadline_ms());
    EXPECT_EQ(leader.changes, 1);
}

TEST(MembershipDesk, nothing_is_planned_on_a_configuration_that_is_not_committed) {
    Node leader(1);
    leader.lead(1);
    leader.status_.configuration_index = 9;
    leader.ask(add(7));
    leader.desk.run(1);
    EXPECT_EQ(leader.changes, 0);
    leader.commit();
    leader.desk.run(50);
    EXPECT_EQ(leader.changes, 1);
}

TEST(MembershipDesk, every_request_has_an_answer_in_the_end) {
    Node lonely(2);
    lonely.follow(0, 1);
    lonely.ask(add(7), 0);
    lonely.desk.run(1);
    lonely.desk.run(10'000);
    ASSERT_EQ(lonely.heard.size(), 1u);
    EXPECT_EQ(lonely.heard[0].text, "no leader is currently elected");

    Node cut_off(1);
    cut_off.lead(1);
    cut_off.ask(add(7), 0);
    cut_off.desk.run(1);
    cut_off.desk.run(10'000);
    ASSERT_EQ(cut_off.heard.size(), 1u);
    EXPECT_NE(cut_off.heard[0].text.find("not committed within 10 s"), std::string::npos);

    Node stopping(1);
    stopping.lead(1);
    stopping.ask(add(7), 0);
    stopping.desk.run(1);
    stopping.desk.stop();
    ASSERT_EQ(stopping.heard.size(), 1u);
    stopping.ask(add(8), 0);
    EXPECT_EQ(stopping.heard.size(), 2u);
}

TEST(MembershipDesk, silent_voters_get_time_to_answer) {
    Node leader(1);
    leader.lead(1);
    leader.status_.progress[1].last_heard_ms = 0;
    leader.status_.progress[2].last_heard_ms = 0;
    leader.ask({.action = MemberAction::remove, .asker = 0, .raft_id = 3, .address = {}}, 1);
    leader.desk.run(1);
    EXPECT_TRUE(leader.heard.empty());
    leader.status_.progress[1].last_heard_ms = 40;
    leader.desk.run(40);
    EXPECT_EQ(leader.changes, 1);
}

TEST(MembershipDesk, a_leader_that_is_to_go_hands_over_and_its_successor_removes_it) {
    Node leader(1);
    leader.lead(1);
    Node next(2);
    leader.ask({.action = MemberAction::remove, .asker = 0, .raft_id = 1, .address = {}}, 1);
    leader.desk.run(1);
    EXPECT_EQ(leader.transfers, std::vector<uint64_t>{0});
    EXPECT_EQ(leader.changes, 0);
    next.lead(2);
    leader.follow(2, 2);
    leader.desk.run(5);
    leader.desk.run(6);
    deliver(leader, next, 6);
    next.desk.run(7);
    EXPECT_EQ(next.status_.configuration.find(1), nullptr);
    next.commit();
    next.desk.run(8);
    deliver(next, leader, 8);
    ASSERT_EQ(leader.heard.size(), 1u);
    EXPECT_EQ(leader.heard[0].kind, MemberAnswer::done);
}

}  // namespace
}  // namespace otento::consensus
