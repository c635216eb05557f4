// A crash between any two things that an update asks for.
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

TEST(Crash, term_and_vote_come_in_one_update) {
    Solo solo(1, THREE, {.term = 3, .voted_for = 2});
    const Update update = solo.must_receive(3, RequestVote{.term = 4});
    EXPECT_TRUE(update.hard_state_changed);
    EXPECT_EQ(update.term, 4U);
    EXPECT_EQ(update.voted_for, 3U);
    EXPECT_TRUE(only<RequestVoteReply>(update).granted);
}

TEST(Crash, raised_term_alone_comes_without_the_old_terms_vote) {
    DurableState durable{.term = 3, .voted_for = 2};
    durable.entries = {{.term = 3}};
    Solo solo(1, THREE, durable);
    const Update update = solo.must_receive(3, RequestVote{.term = 4});  // Its log is too short.
    EXPECT_TRUE(update.hard_state_changed);
    EXPECT_EQ(update.term, 4U);
    EXPECT_EQ(update.voted_for, 0U);
}

TEST(Crash, between_term_and_vote_allows_one_vote_only) {
    // Crash before the update of a granted vote was persisted: as if it had never been asked.
    {
        Solo lost(1, THREE, {.term = 3});
        (void)lost.must_receive(2, RequestVote{.term = 4});
    }
    Solo restarted(1, THREE, {.term = 3});
    EXPECT_TRUE(only<RequestVoteReply>(restarted.must_receive(3, RequestVote{.term = 4})).granted);
    // Crash after the raised term was persisted, without a vote.
    Solo raised(1, THREE, {.term = 4});
    EXPECT_TRUE(only<RequestVoteReply>(raised.must_receive(2, RequestVote{.term = 4})).granted);
    EXPECT_FALSE(only<RequestVoteReply>(raised.must_receive(3, RequestVote{.term = 4})).granted);
}

TEST(Crash, between_vote_and_reply_keeps_the_vote) {
    Solo solo(1, THREE, {.term = 4, .voted_for = 2});
    EXPECT_FALSE(only<RequestVoteReply>(solo.must_receive(3, RequestVote{.term = 4})).granted);
    EXPECT_TRUE(only<RequestVoteReply>(solo.must_receive(2, RequestVote{.term = 4})).granted)
        << "the same candidate may ask again";
}

TEST(Crash, candidate_does_not_lead_its_term_after_a_restart) {
    Solo solo(1, THREE, {.term = 4, .voted_for = 1});
    EXPECT_EQ(solo->role(), Role::follower);
    (void)solo.must_receive(2, RequestVoteReply{.granted = true, .term = 4, .request_term = 4});
    EXPECT_EQ(solo->role(), Role::follower);
    EXPECT_FALSE(only<RequestVoteReply>(solo.must_receive(3, RequestVote{.term = 4})).granted);
}

/// Server 3 has entries of a dead term that the new leader replaces, and stops in the middle of it.
struct Replaced : ::testing::TestWithParam<testing::Crash> {};

TEST_P(Replaced, between_truncate_and_append_is_survived) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(3);
    cluster.isolate(3);
    for (int i = 0; i < 6; ++i) {
        ASSERT_TRUE(cluster.submit(3, "lost").has_value());
    }
    cluster.run(1000);
    const NodeId leader = cluster.current_leader();
    ASSERT_NE(leader, 3U);
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(cluster.submit(leader, "kept").has_value());
    }
    cluster.deliver();
    cluster.set_persist_at_once(false);
    cluster.heal();
    for (int i = 0; i < 100 && cluster.node(3).writes.empty(); ++i) {
        cluster.run(10);
    }
    ASSERT_FALSE(cluster.node(3).writes.empty());
    EXPECT_NE(cluster.node(3).writes.front().truncate_from, 0U);
    cluster.set_persist_at_once(true);
    cluster.crash_and_restart(3, GetParam());
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
    EXPECT_EQ(cluster.raft(3).term_at(2), cluster.raft(leader).term_at(2));
}

INSTANTIATE_TEST_SUITE_P(Crash, Replaced,
                         ::testing::Values(testing::Crash::lose_unsynced,
                                           testing::Crash::keep_unsynced,
                                           testing::Crash::half_write));

TEST(Crash, leader_that_loses_unsynced_entries_finds_them_at_its_followers) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    cluster.set_persist_at_once(false);
    ASSERT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver();
    cluster.persist(2);
    cluster.persist(3);
    cluster.deliver();
    EXPECT_EQ(cluster.raft(1).commit_index(), 2U) << "two followers are a majority";
    EXPECT_EQ(cluster.raft(1).persisted_index(), 1U);
    cluster.set_persist_at_once(true);
    cluster.crash_and_restart(1);
    EXPECT_EQ(cluster.raft(1).last_index(), 1U);
    cluster.run(2000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST(Crash, all_at_once_loses_nothing_that_was_committed) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.deliver();
    ASSERT_EQ(cluster.raft(1).commit_index(), 6U);
    for (const NodeId id : {1U, 2U, 3U}) {
        cluster.crash(id);
    }
    for (const NodeId id : {1U, 2U, 3U}) {
        cluster.restart(id);
    }
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
    EXPECT_GE(cluster.raft(1).commit_index(), 7U);
}

TEST(Crash, damaged_durable_state_is_recognised) {
    DurableState durable{.term = 3};
    durable.entries = {{.term = 1}, {.term = 3}};
    EXPECT_TRUE(validate(durable).has_value());
    durable.term = 2;
    EXPECT_FALSE(validate(durable).has_value()) << "an entry of a later term than ours";
    durable.term = 3;
    durable.entries = {{.term = 2}, {.term = 1}};
    EXPECT_FALSE(validate(durable).has_value()) << "terms fall";
    durable.entries = {{.term = 1, .type = EntryType::configuration}};
    EXPECT_FALSE(validate(durable).has_value()) << "a configuration without one";
    durable.entries.clear();
    durable.snapshot_index = 5;
    EXPECT_FALSE(validate(durable).has_value()) << "a snapshot without a term";
}

}  // namespace
}  // namespace otento::raft
