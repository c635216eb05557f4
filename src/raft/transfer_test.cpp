// Leadership transfer and linearizable reads.
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

struct Led : ::testing::Test {
    Led() {
        cluster.add_all(THREE);
        cluster.elect(1);
    }
    Cluster cluster;
};

using Transfer = Led;
using Reads = Led;

TEST_F(Transfer, hands_over_without_an_election_timeout) {
    const uint64_t before = cluster.now_ms();
    ASSERT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(3).role(), Role::leader);
    EXPECT_EQ(cluster.raft(1).role(), Role::follower);
    EXPECT_EQ(cluster.now_ms(), before);
}

TEST_F(Transfer, chooses_the_most_up_to_date_voter) {
    cluster.block(1, 2);
    ASSERT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver();
    ASSERT_TRUE(cluster.step(1, TransferLeadership{0}).has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(3).role(), Role::leader);
}

TEST_F(Transfer, refuses_submits_meanwhile_and_ends_after_an_election_timeout) {
    cluster.crash(3);
    ASSERT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    EXPECT_EQ(cluster.submit(1, "a").error(), StepError::transferring);
    EXPECT_EQ(cluster.change(1, with(THREE, 4, false)).error(), StepError::transferring);
    EXPECT_EQ(cluster.step(1, TransferLeadership{2}).error(), StepError::transferring);
    EXPECT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    cluster.run(400);
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    EXPECT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(1).commit_index(), 2U);
}

TEST_F(Transfer, to_a_lagging_server_waits_until_it_has_caught_up) {
    cluster.isolate(3);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.deliver();
    cluster.heal();
    ASSERT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    EXPECT_EQ(cluster.drop_if([](const Message& m) { return is<TimeoutNow>(m); }), 0U);
    cluster.run(300);
    EXPECT_EQ(cluster.raft(3).role(), Role::leader);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Transfer, to_a_server_too_far_behind_ends_without_harm) {
    cluster.isolate(3);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.deliver();
    ASSERT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    cluster.run(500);
    cluster.heal();
    cluster.run(500);
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Transfer, lost_timeout_now_is_repeated) {
    ASSERT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    EXPECT_EQ(cluster.drop_if([](const Message& m) { return is<TimeoutNow>(m); }), 1U);
    cluster.run(100);
    EXPECT_EQ(cluster.raft(3).role(), Role::leader);
}

TEST_F(Transfer, only_a_voter_may_be_the_target_and_only_a_leader_the_source) {
    EXPECT_EQ(cluster.step(1, TransferLeadership{9}).error(), StepError::unknown_member);
    EXPECT_EQ(cluster.step(2, TransferLeadership{3}).error(), StepError::not_leader);
    EXPECT_TRUE(cluster.step(1, TransferLeadership{1}).has_value());
    EXPECT_TRUE(cluster.submit(1, "a").has_value()) << "nothing to hand over";
}

TEST_F(Transfer, late_timeout_now_of_an_old_leader_is_ignored) {
    const Term term = cluster.raft(1).term();
    cluster.elect(2);
    ASSERT_EQ(cluster.raft(2).role(), Role::leader);
    cluster.deliver_message({.from = 1, .to = 3, .body = TimeoutNow{.term = term}});
    EXPECT_EQ(cluster.raft(3).role(), Role::follower);
}

// --- Reads

TEST_F(Reads, are_answered_after_a_round_of_heartbeats) {
    ASSERT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver();
    ASSERT_TRUE(cluster.read(1, 5).has_value());
    EXPECT_TRUE(cluster.node(1).reads.empty()) << "not before a majority has confirmed";
    cluster.deliver();
    ASSERT_EQ(cluster.node(1).reads.size(), 1U);
    EXPECT_TRUE(cluster.node(1).reads[0].ok);
    EXPECT_EQ(cluster.node(1).reads[0].id, 5U);
    EXPECT_EQ(cluster.node(1).reads[0].index, 2U);
}

TEST_F(Reads, share_rounds) {
    for (uint64_t id = 0; id < 100; ++id) {
        ASSERT_TRUE(cluster.read(1, id).has_value());
    }
    EXPECT_EQ(cluster.network().size(), 2U) << "one heartbeat per peer for all that wait";
    cluster.deliver();
    EXPECT_EQ(cluster.node(1).reads.size(), 100U);
}

TEST_F(Reads, survive_the_loss_of_a_round) {
    ASSERT_TRUE(cluster.read(1, 5).has_value());
    cluster.network().clear();
    cluster.run(100);
    ASSERT_EQ(cluster.node(1).reads.size(), 1U);
    EXPECT_TRUE(cluster.node(1).reads[0].ok);
}

TEST_F(Reads, on_a_deposed_leader_are_never_answered_from_its_stale_state) {
    cluster.isolate(1);
    cluster.pass(300);
    cluster.tick(2);
    cluster.deliver();
    ASSERT_EQ(cluster.raft(2).role(), Role::leader);
    ASSERT_TRUE(cluster.submit(2, "newer").has_value());
    cluster.deliver();
    ASSERT_EQ(cluster.raft(1).role(), Role::leader) << "it does not know yet";
    ASSERT_TRUE(cluster.read(1, 5).has_value());
    cluster.deliver();
    EXPECT_TRUE(cluster.node(1).reads.empty());
    cluster.heal();
    cluster.run(100);
    ASSERT_EQ(cluster.node(1).reads.size(), 1U);
    EXPECT_FALSE(cluster.node(1).reads[0].ok) << "ask the new leader";
}

TEST_F(Reads, of_an_isolated_leader_fail_when_it_steps_down) {
    cluster.isolate(1);
    ASSERT_TRUE(cluster.read(1, 5).has_value());
    cluster.run(400);
    ASSERT_EQ(cluster.node(1).reads.size(), 1U);
    EXPECT_FALSE(cluster.node(1).reads[0].ok);
    EXPECT_EQ(cluster.read(1, 6).error(), StepError::not_leader);
}

TEST_F(Reads, wait_for_a_commit_in_the_leaders_term) {
    ASSERT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver_only(between({1, 2}));
    // 2 knows entry 2 but not that it is committed, and becomes leader.
    cluster.network().clear();
    cluster.crash(1);
    cluster.set_persist_at_once(false);
    cluster.pass(300);
    cluster.tick(2);
    cluster.deliver();
    ASSERT_EQ(cluster.raft(2).role(), Role::leader);
    ASSERT_TRUE(cluster.read(2, 5).has_value());
    cluster.run(100);
    EXPECT_TRUE(cluster.node(2).reads.empty());
    cluster.set_persist_at_once(true);
    cluster.persist(2);
    cluster.persist(3);
    cluster.run(100);
    ASSERT_EQ(cluster.node(2).reads.size(), 1U);
    EXPECT_GE(cluster.node(2).reads[0].index, 2U);
}

TEST(ReadsAlone, single_voter_answers_at_once) {
    Cluster cluster;
    cluster.add_all(voters({1}));
    cluster.tick(1);
    ASSERT_TRUE(cluster.read(1, 5).has_value());
    ASSERT_EQ(cluster.node(1).reads.size(), 1U);
    EXPECT_TRUE(cluster.node(1).reads[0].ok);
}

}  // namespace
}  // namespace otento::raft
