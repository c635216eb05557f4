// Elections: who may win, who must not vote, and what gets a stuck cluster going again.
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

TEST(Election, three_voters_elect_one_leader_and_commit) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(2);
    EXPECT_EQ(cluster.raft(2).role(), Role::leader);
    EXPECT_EQ(cluster.raft(1).leader(), 2U);
    ASSERT_TRUE(cluster.submit(2, "a").has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(2).commit_index(), 2U);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST(Election, nodes_with_the_same_seed_time_out_at_different_moments) {
    Cluster cluster;
    cluster.add_all(THREE);
    EXPECT_NE(cluster.raft(1).next_timeout_ms(), cluster.raft(2).next_timeout_ms());
    EXPECT_NE(cluster.raft(2).next_timeout_ms(), cluster.raft(3).next_timeout_ms());
}

TEST(Election, single_voter_leads_at_once_in_a_new_term) {
    Solo solo(1, voters({1}), {.term = 4});
    solo.pass(300);
    const Update update = solo.must(Tick{});
    EXPECT_EQ(update.role, Role::leader);
    EXPECT_TRUE(update.hard_state_changed);
    EXPECT_EQ(update.term, 5U);
    EXPECT_EQ(update.voted_for, 1U);
    ASSERT_EQ(update.entries.size(), 1U);
    EXPECT_EQ(update.entries[0].type, EntryType::noop);
    EXPECT_EQ(update.commit_index, 0U) << "not durable yet";
    EXPECT_EQ(solo.persist().commit_index, 1U);
}

TEST(Election, failed_pre_vote_leaves_the_term_alone) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    const Term term = cluster.raft(1).term();
    cluster.isolate(3);
    cluster.run(3000);
    EXPECT_EQ(cluster.raft(3).role(), Role::pre_candidate);
    EXPECT_EQ(cluster.raft(3).term(), term);
    cluster.heal();
    cluster.run(500);
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    EXPECT_EQ(cluster.raft(1).term(), term);
    EXPECT_EQ(cluster.raft(3).leader(), 1U);
}

TEST(Election, follower_that_hears_a_leader_neither_votes_nor_raises_its_term) {
    Solo solo(1, THREE);
    (void)solo.append(2, 1, 0, 0, {noop(1, 1)});
    solo.pass(149);
    const RequestVote request{.term = 9, .last_log_index = 9, .last_log_term = 8};
    const auto refused = only<RequestVoteReply>(solo.must_receive(3, request));
    EXPECT_FALSE(refused.granted);
    EXPECT_EQ(refused.term, 1U);
    solo.pass(1);
    const Update update = solo.must_receive(3, request);
    EXPECT_TRUE(only<RequestVoteReply>(update).granted);
    EXPECT_EQ(update.voted_for, 3U);
}

TEST(Election, leader_without_a_majority_steps_down_within_an_election_timeout) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster.read(1, 7).has_value());
    cluster.network().clear();
    cluster.isolate(1);
    cluster.run(250);
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    cluster.run(120);
    EXPECT_NE(cluster.raft(1).role(), Role::leader);
    EXPECT_EQ(cluster.submit(1, "x").error(), StepError::not_leader);
}

TEST(Election, leader_that_is_heard_but_hears_nobody_gives_way) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    cluster.block_one_way(2, 1);
    cluster.block_one_way(3, 1);
    cluster.run(2000);
    EXPECT_NE(cluster.raft(1).role(), Role::leader);
    EXPECT_TRUE(cluster.current_leader() == 2 || cluster.current_leader() == 3);
}

// L2: with refusals that echo the asker's term, the only node that can win would never learn that
// its term is too low.
TEST(Election, L2_longest_log_with_the_lowest_term_wins_after_all) {
    Cluster cluster;
    Disk longest{.term = 1, .snapshot = {.configuration = THREE, .data = {}}};
    for (Index i = 1; i <= 5; ++i) {
        longest.log[i] = normal(i, 1, "x");
    }
    Disk shorter = longest;
    shorter.log.erase(5);
    shorter.term = 7;
    cluster.add(1, longest);
    cluster.add(2, shorter);
    shorter.term = 9;
    shorter.log.erase(4);
    cluster.add(3, shorter);
    // Only node 2 is missing: 1 and 3 must do it, so 1 has to.
    cluster.isolate(2);
    cluster.run(3000);
    EXPECT_EQ(cluster.current_leader(), 1U);
    EXPECT_GE(cluster.raft(1).term(), 10U);
    cluster.heal();
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

/// L6: node 3 holds its own removal, uncommitted; node 4 has not heard of its promotion.
void add_l6_nodes(Cluster& cluster) {
    const Configuration old = with(THREE, 4, false);
    const Configuration promoted = with(THREE, 4, true);
    Disk disk{.term = 2, .snapshot = {.configuration = old, .data = {}}};
    disk.log[1] = noop(1, 1);
    cluster.add(4, disk);
    disk.log[2] = change(2, 1, promoted);
    disk.log[3] = noop(3, 2);
    cluster.add(1, disk);
    cluster.add(2, disk);
    disk.log[4] = change(4, 2, without(promoted, 3));
    cluster.add(3, disk);
}

TEST(Election, L6_non_voters_by_their_own_configuration_still_vote) {
    Cluster cluster;
    add_l6_nodes(cluster);
    EXPECT_EQ(cluster.raft(3).role(), Role::learner);
    EXPECT_EQ(cluster.raft(4).role(), Role::learner);
    // 3 is away, so that 1 and 2 need the vote of 4, which thinks itself a learner.
    cluster.isolate(3);
    cluster.run(3000);
    ASSERT_NE(cluster.current_leader(), 0U);
    EXPECT_TRUE(cluster.agreed({1, 2, 4}));
    cluster.heal();
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3, 4})) << "its removal was overwritten";
}

TEST(Election, L6_server_with_its_own_uncommitted_removal_stands) {
    Cluster cluster;
    add_l6_nodes(cluster);
    // 4 is away: 1 and 2 are two of their four voters and need 3, whose log is the longest.
    cluster.isolate(4);
    cluster.run(5000);
    ASSERT_NE(cluster.current_leader(), 0U);
    cluster.heal();
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 4}));
    EXPECT_FALSE(cluster.raft(1).configuration().is_voter(3)) << "3 led until it was out";
}

// L7: "may disrupt the leader" belongs to the election that TimeoutNow began.
TEST(Election, L7_disrupt_flag_lives_for_one_election) {
    Solo solo(3, THREE);
    (void)solo.append(1, 1, 0, 0, {noop(1, 1)});
    (void)solo.persist();
    const Update first = solo.must_receive(1, TimeoutNow{.term = 1});
    EXPECT_EQ(first.term, 2U);
    for (const Message& message : first.messages) {
        EXPECT_TRUE(std::get<RequestVote>(message.body).disrupt_leader);
    }
    solo.pass(300);
    const Update second = solo.must(Tick{});
    ASSERT_EQ(second.messages.size(), 2U);
    for (const Message& message : second.messages) {
        EXPECT_TRUE(std::get<RequestVote>(message.body).pre_vote);
        EXPECT_FALSE(std::get<RequestVote>(message.body).disrupt_leader);
    }
    const Update third = solo.must_receive(
        2, RequestVoteReply{.pre_vote = true, .granted = true, .term = 2, .request_term = 3});
    EXPECT_EQ(third.term, 3U);
    for (const Message& message : third.messages) {
        EXPECT_FALSE(std::get<RequestVote>(message.body).pre_vote);
        EXPECT_FALSE(std::get<RequestVote>(message.body).disrupt_leader);
    }
}

TEST(Election, L7_removed_transferee_does_not_depose_leaders) {
    Cluster cluster;
    cluster.add_all(voters({1, 2, 3, 4}));
    cluster.elect(1);
    ASSERT_TRUE(cluster.step(1, TransferLeadership{4}).has_value());
    cluster.isolate(4);
    // TimeoutNow arrives, nothing comes back.
    cluster.heal();
    cluster.deliver_if(to(4));
    cluster.isolate(4);
    cluster.network().clear();
    EXPECT_EQ(cluster.raft(4).role(), Role::candidate);
    cluster.run(400);
    ASSERT_EQ(cluster.raft(1).role(), Role::leader);
    const Term term = cluster.raft(1).term();
    ASSERT_TRUE(cluster.change(1, voters({1, 2, 3})).has_value());
    cluster.run(200);
    cluster.heal();
    cluster.run(5000);
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    EXPECT_EQ(cluster.raft(1).term(), term);
}

TEST(Election, log_up_to_date_check_compares_last_term_then_length) {
    DurableState durable{.term = 3};
    durable.entries = {{.term = 1}, {.term = 3}};
    Solo solo(1, THREE, durable);
    const auto granted = [&](Index index, Term term) {
        return only<RequestVoteReply>(solo.must_receive(2, RequestVote{.pre_vote = true,
                                                                       .term = 4,
                                                                       .last_log_index = index,
                                                                       .last_log_term = term}))
            .granted;
    };
    EXPECT_FALSE(granted(9, 2));
    EXPECT_FALSE(granted(1, 3));
    EXPECT_TRUE(granted(2, 3));
    EXPECT_TRUE(granted(1, 4));
}

TEST(Election, pre_vote_is_granted_to_several_and_changes_nothing) {
    Solo solo(1, THREE);
    for (const NodeId candidate : {2U, 3U}) {
        const Update update =
            solo.must_receive(candidate, RequestVote{.pre_vote = true, .term = 1});
        EXPECT_TRUE(only<RequestVoteReply>(update).granted);
        EXPECT_FALSE(update.hard_state_changed);
    }
    EXPECT_EQ(solo->term(), 0U);
}

TEST(Election, unknown_server_may_get_a_vote) {
    Solo solo(1, THREE);
    EXPECT_TRUE(only<RequestVoteReply>(solo.must_receive(77, RequestVote{.term = 1})).granted);
}

TEST(Election, votes_of_non_voters_and_of_other_terms_do_not_count) {
    Solo solo(1, voters({1, 2, 3, 4, 5}));
    solo.pass(300);
    (void)solo.must(Tick{});
    const auto reply = [&](NodeId from, bool pre_vote, Term request_term) {
        (void)solo.must_receive(from, RequestVoteReply{.pre_vote = pre_vote,
                                                       .granted = true,
                                                       .term = solo->term(),
                                                       .request_term = request_term});
    };
    reply(2, true, 1);
    reply(2, true, 1);   // twice
    reply(99, true, 1);  // nobody
    reply(3, true, 7);   // another election
    reply(3, false, 1);  // another kind
    EXPECT_EQ(solo->role(), Role::pre_candidate);
    reply(3, true, 1);
    EXPECT_EQ(solo->role(), Role::candidate);
}

TEST(Election, distrusted_log_bars_from_voting_until_it_is_whole_again) {
    DurableState durable{.term = 3};
    durable.entries = {{.term = 1}};
    durable.distrusted_until = 3;
    Solo solo(1, THREE, durable);
    const RequestVote request{.term = 4, .last_log_index = 9, .last_log_term = 3};
    EXPECT_FALSE(only<RequestVoteReply>(solo.must_receive(2, request)).granted);
    solo.pass(1000);
    EXPECT_TRUE(solo.must(Tick{}).messages.empty()) << "nor does it stand";
    (void)solo.append(3, 4, 1, 1, {normal(2, 1, "a"), normal(3, 2, "b")}, 2);
    (void)solo.persist();
    EXPECT_FALSE(solo->trusted()) << "commit index 2";
    (void)solo.append(3, 4, 3, 2, {noop(4, 4)}, 3);
    EXPECT_TRUE(solo->trusted());
    solo.pass(1000);
    EXPECT_TRUE(
        only<RequestVoteReply>(
            solo.must_receive(2, RequestVote{.term = 5, .last_log_index = 4, .last_log_term = 4}))
            .granted);
}

TEST(Election, learner_and_unjoined_node_never_stand) {
    Solo learner(4, with(THREE, 4, false));
    Solo unjoined(4, {});
    for (int i = 0; i < 10; ++i) {
        learner.pass(300);
        unjoined.pass(300);
        EXPECT_TRUE(learner.must(Tick{}).messages.empty());
        EXPECT_TRUE(unjoined.must(Tick{}).messages.empty());
    }
    EXPECT_EQ(learner->role(), Role::learner);
    EXPECT_EQ(unjoined->role(), Role::learner);
    EXPECT_EQ(unjoined->term(), 0U);
}

TEST(Election, candidate_whose_term_ran_ahead_is_taken_back) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    // A disrupting election of which nobody hears.
    ASSERT_TRUE(cluster.step(1, TransferLeadership{3}).has_value());
    cluster.deliver_if(to(3));
    cluster.network().clear();
    ASSERT_EQ(cluster.raft(3).term(), cluster.raft(1).term() + 1);
    cluster.run(1500);
    EXPECT_NE(cluster.current_leader(), 0U);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

}  // namespace
}  // namespace otento::raft
