// Configuration changes: one voter at a time, one after the other, and back again when the log is
// cut.
#include <otento/raft/configuration.hpp>
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

// S1: libraft let the survivor of a shrink to one lead without raising the term.
TEST(Membership, S1_two_voters_shrink_to_one_without_two_leaders_in_a_term) {
    Cluster cluster;
    cluster.add_all(voters({1, 2}));
    cluster.elect(1);
    const Term term = cluster.raft(1).term();
    ASSERT_TRUE(cluster.change(1, voters({2})).has_value());
    cluster.deliver_if(to(2));
    // 2 has the change, 1 still leads.
    EXPECT_TRUE(cluster.raft(2).configuration() == cluster.raft(1).configuration());
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    cluster.network().clear();
    cluster.isolate(1);
    cluster.tick(2);
    EXPECT_EQ(cluster.raft(2).role(), Role::leader);
    EXPECT_GT(cluster.raft(2).term(), term);
    ASSERT_TRUE(cluster.submit(2, "a").has_value());
    cluster.heal();
    cluster.run(1000);
    EXPECT_NE(cluster.raft(1).role(), Role::leader);
    EXPECT_EQ(cluster.current_leader(), 2U);
}

TEST(Membership, S1_two_voters_shrink_to_one_also_through_a_restart) {
    Cluster cluster;
    cluster.add_all(voters({1, 2}));
    cluster.elect(1);
    const Term term = cluster.raft(1).term();
    ASSERT_TRUE(cluster.change(1, with(voters({1, 2}), 1, false)).has_value());
    cluster.deliver_if(to(2));
    cluster.network().clear();
    cluster.crash_and_restart(2);
    EXPECT_EQ(cluster.raft(2).role(), Role::follower) << "not the leader of the old term";
    cluster.tick(2);
    EXPECT_EQ(cluster.raft(2).role(), Role::leader);
    EXPECT_GT(cluster.raft(2).term(), term);
    cluster.run(1000);
    EXPECT_EQ(cluster.raft(1).role(), Role::learner);
    EXPECT_TRUE(cluster.agreed({1, 2}));
}

TEST(Membership, demoted_leader_does_not_count_itself) {
    Cluster cluster;
    cluster.add_all(voters({1, 2}));
    cluster.elect(1);
    ASSERT_TRUE(cluster.change(1, with(voters({1, 2}), 1, false)).has_value());
    EXPECT_EQ(cluster.raft(1).persisted_index(), 2U);
    EXPECT_EQ(cluster.raft(1).commit_index(), 1U) << "server 2 is the majority";
    cluster.deliver();
    EXPECT_GE(cluster.raft(1).commit_index(), 2U);
    EXPECT_EQ(cluster.raft(1).role(), Role::learner);
    EXPECT_EQ(cluster.current_leader(), 2U) << "asked to stand at once";
}

// S2: the flaw of single-server changes found in 2015. Four servers; the leader of term 1 adds a
// fifth, the leader of term 2 removes the first, and both think they have a majority.
TEST(Membership, S2_change_waits_for_a_commit_in_the_current_term) {
    Cluster cluster;
    const Configuration four = with(voters({1, 2, 3, 4}), 5, false);
    cluster.add_all(four);
    cluster.elect(1);
    ASSERT_TRUE(cluster.change(1, with(four, 5, true)).has_value());
    cluster.deliver_only(between({1, 5}));
    cluster.network().clear();
    // 2 leads term 2 with the votes of 3 and 4, of whom it cannot reach anybody with its entries.
    cluster.isolate(1);
    cluster.isolate(5);
    cluster.pass(300);
    cluster.tick(2);
    cluster.deliver_only([](const Message& m) { return !is<AppendEntries>(m); });
    ASSERT_EQ(cluster.raft(2).role(), Role::leader);
    const Index last = cluster.raft(2).last_index();
    EXPECT_EQ(cluster.change(2, without(cluster.raft(2).configuration(), 1)).error(),
              StepError::change_in_progress);
    EXPECT_EQ(cluster.raft(2).last_index(), last);
    cluster.network().clear();
    // 1 may come back with 4 and 5, and its change stands.
    cluster.isolate(2);
    cluster.isolate(3);
    cluster.run(10);
    cluster.heal();
    cluster.isolate(2);
    cluster.isolate(3);
    cluster.run(3000);
    EXPECT_NE(cluster.current_leader(), 0U);
    cluster.heal();
    cluster.run(2000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3, 4, 5}));
    EXPECT_EQ(cluster.raft(2).configuration().voters(), 5U);
}

// S3: a change in the middle of a batch has its own index, not that of the batch.
TEST(Membership, S3_change_inside_a_batch_survives_a_cut_behind_it_and_not_one_before_it) {
    const Configuration four = with(THREE, 4, true);
    for (const Index cut : {Index{2}, Index{3}}) {
        Solo solo(3, THREE);
        (void)solo.append(1, 1, 0, 0, {normal(1, 1, "a"), change(2, 1, four), normal(3, 1, "b")});
        EXPECT_EQ(solo->configuration_index(), 2U);
        EXPECT_EQ(solo->configuration().voters(), 4U);
        (void)solo.append(2, 2, cut - 1, 1, {noop(cut, 2)});
        EXPECT_EQ(solo->configuration().voters(), cut == 2 ? 3U : 4U);
        EXPECT_EQ(solo->configuration_index(), cut == 2 ? 0U : 2U);
    }
}

TEST(Membership, S3_two_changes_in_one_message_roll_back_one_by_one) {
    const Configuration four = with(THREE, 4, true);
    const Configuration five = with(four, 5, true);
    Solo solo(3, THREE);
    (void)solo.append(1, 1, 0, 0, {change(1, 1, four), normal(2, 1, "a"), change(3, 1, five)});
    EXPECT_EQ(solo->configuration().voters(), 5U);
    (void)solo.append(2, 2, 2, 1, {noop(3, 2)});
    EXPECT_EQ(solo->configuration().voters(), 4U);
    EXPECT_EQ(solo->configuration_index(), 1U);
    (void)solo.append(1, 3, 0, 0, {noop(1, 3)});
    EXPECT_EQ(solo->configuration(), THREE);
    EXPECT_EQ(solo->configuration_index(), 0U);
}

TEST(Membership, change_takes_effect_when_appended_and_again_after_a_restart) {
    DurableState durable{.term = 1};
    const Configuration four = with(THREE, 4, true);
    const Bytes encoded = encode_configuration(four);
    durable.entries = {{.term = 1},
                       {.term = 1,
                        .type = EntryType::configuration,
                        .bytes = static_cast<uint32_t>(encoded.size()),
                        .configuration = std::make_shared<const Bytes>(encoded)}};
    Solo solo(1, THREE, durable);
    EXPECT_EQ(solo->configuration(), four);
    EXPECT_EQ(solo->configuration_index(), 2U);
    EXPECT_EQ(solo->configuration_at(1), THREE);
}

TEST(Membership, one_change_at_a_time) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster.change(1, with(THREE, 4, false)).has_value());
    EXPECT_EQ(cluster.change(1, with(THREE, 5, false)).error(), StepError::change_in_progress);
    cluster.deliver();
    EXPECT_TRUE(cluster.change(1, with(cluster.raft(1).configuration(), 5, false)).has_value());
}

TEST(Membership, impossible_changes_are_refused_and_leave_no_trace) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster.change(1, with(THREE, 4, false)).has_value());
    cluster.deliver();
    ASSERT_TRUE(cluster.change(1, THREE).has_value());
    cluster.deliver();
    const Index last = cluster.raft(1).last_index();
    const auto refused = [&](const Configuration& configuration) {
        const auto outcome = cluster.change(1, configuration);
        return !outcome && outcome.error() == StepError::bad_change &&
               cluster.raft(1).last_index() == last;
    };
    EXPECT_TRUE(refused(with(with(THREE, 5, true), 6, true))) << "two voters more";
    EXPECT_TRUE(refused(voters({1}))) << "two voters less";
    EXPECT_TRUE(refused(with(voters({1, 2}), 5, true))) << "one replaced by another";
    EXPECT_TRUE(refused(with(THREE, 4, false))) << "4 was removed";
    EXPECT_TRUE(refused(with(THREE, 0, false))) << "nobody";
    Configuration twice = THREE;
    twice.members.push_back(twice.members.front());
    EXPECT_TRUE(refused(twice)) << "twice the same";
    EXPECT_EQ(cluster.raft(1).configuration().removed, std::vector<NodeId>{4});
    EXPECT_EQ(cluster.change(2, THREE).error(), StepError::not_leader);
}

TEST(Membership, last_voter_cannot_be_removed) {
    Cluster cluster;
    cluster.add_all(voters({1}));
    cluster.tick(1);
    EXPECT_EQ(cluster.change(1, {}).error(), StepError::bad_change);
    EXPECT_EQ(cluster.change(1, with(voters({1}), 1, false)).error(), StepError::bad_change);
}

TEST(Membership, single_voter_grows_to_three) {
    Cluster cluster;
    cluster.add_all(voters({1}));
    cluster.tick(1);
    for (const NodeId id : {2U, 3U}) {
        cluster.add(id, Configuration{});
        ASSERT_TRUE(
            cluster.change(1, with(cluster.raft(1).configuration(), id, false)).has_value());
        cluster.run(200);
        EXPECT_EQ(cluster.raft(id).role(), Role::learner);
        ASSERT_TRUE(cluster.change(1, with(cluster.raft(1).configuration(), id, true)).has_value());
        cluster.run(200);
        EXPECT_EQ(cluster.raft(id).role(), Role::follower);
    }
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST(Membership, learner_gets_the_log_and_does_not_count) {
    Cluster cluster;
    const Configuration configuration = with(THREE, 4, false);
    cluster.add_all(configuration);
    cluster.elect(1);
    cluster.block(1, 2);
    cluster.block(1, 3);
    ASSERT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(4).last_index(), 2U);
    EXPECT_EQ(cluster.raft(1).commit_index(), 1U);
}

TEST(Membership, removed_leader_leads_until_the_change_is_committed) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster.change(1, voters({2, 3})).has_value());
    ASSERT_TRUE(cluster.submit(1, "still served").has_value());
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    cluster.deliver();
    EXPECT_EQ(cluster.raft(1).role(), Role::learner);
    cluster.run(1000);
    const NodeId leader = cluster.current_leader();
    EXPECT_TRUE(leader == 2 || leader == 3);
    const Term term = cluster.raft(leader).term();
    cluster.run(3000);
    EXPECT_EQ(cluster.raft(leader).term(), term) << "the removed server disturbs nobody";
    EXPECT_TRUE(cluster.agreed({2, 3}));
}

TEST(Membership, removed_peer_learns_of_it) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster.change(1, voters({1, 2})).has_value());
    cluster.run(200);
    EXPECT_EQ(cluster.raft(3).role(), Role::learner);
    EXPECT_GE(cluster.raft(3).commit_index(), cluster.raft(3).configuration_index());
    EXPECT_EQ(cluster.raft(1).progress().size(), 1U) << "and is let go then";
    // Nothing that comes later is for it.
    ASSERT_TRUE(cluster.submit(1, "private").has_value());
    cluster.run(200);
    EXPECT_EQ(cluster.raft(3).last_index(), 2U);
}

TEST(Membership, removed_peer_that_never_answers_is_let_go_as_well) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    cluster.isolate(3);
    ASSERT_TRUE(cluster.change(1, voters({1, 2})).has_value());
    cluster.run(5000);
    EXPECT_EQ(cluster.raft(1).progress().size(), 1U);
}

TEST(Membership, removed_server_with_its_old_log_disturbs_nobody) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    cluster.isolate(3);
    ASSERT_TRUE(cluster.change(1, voters({1, 2})).has_value());
    cluster.run(5000);
    const Term term = cluster.raft(1).term();
    cluster.heal();
    cluster.crash_and_restart(3);
    EXPECT_EQ(cluster.raft(3).configuration(), THREE) << "it thinks itself a voter";
    cluster.run(5000);
    EXPECT_EQ(cluster.raft(1).role(), Role::leader);
    EXPECT_EQ(cluster.raft(1).term(), term);
}

TEST(Membership, server_rejoins_with_a_new_id_and_its_old_log) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(3);
    // 3 has entries that nobody else got.
    cluster.isolate(3);
    ASSERT_TRUE(cluster.submit(3, "lost 1").has_value());
    ASSERT_TRUE(cluster.submit(3, "lost 2").has_value());
    cluster.run(1000);
    const NodeId leader = cluster.current_leader();
    ASSERT_NE(leader, 3U);
    ASSERT_TRUE(cluster.change(leader, voters({1, 2})).has_value());
    cluster.run(300);
    cluster.crash(3);
    const Disk disk = cluster.node(3).disk;
    cluster.heal();
    cluster.add(9, disk);
    ASSERT_TRUE(cluster.change(leader, with(cluster.raft(leader).configuration(), 9, false)));
    cluster.run(500);
    ASSERT_TRUE(cluster.change(leader, with(cluster.raft(leader).configuration(), 9, true)));
    cluster.run(500);
    EXPECT_TRUE(cluster.agreed({1, 2, 9}));
    EXPECT_EQ(cluster.raft(9).role(), Role::follower);
}

TEST(Membership, address_of_a_member_may_change_without_touching_voters) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    Configuration moved = THREE;
    moved.members[1].address = {1, 2, 3};
    ASSERT_TRUE(cluster.change(1, moved).has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(3).configuration().find(2)->address, (Bytes{1, 2, 3}));
}

// --- Configurations as such

TEST(Configuration, round_trips_and_refuses_anything_else) {
    Configuration configuration = with(THREE, 7, false);
    configuration.members[0].address = to_bytes(bytes_of("enode://…"));
    configuration.removed = {4, 5};
    const Bytes encoded = encode_configuration(configuration);
    const auto decoded = decode_configuration(encoded);
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(*decoded, configuration);
    for (size_t size = 0; size < encoded.size(); ++size) {
        EXPECT_FALSE(decode_configuration(BytesView{encoded}.first(size)).has_value());
    }
    Bytes longer = encoded;
    longer.push_back(0);
    EXPECT_FALSE(decode_configuration(longer).has_value());
    Bytes huge = encoded;
    huge[1] = 0xff;  // A count that the bytes do not bear out.
    EXPECT_FALSE(decode_configuration(huge).has_value());
    EXPECT_TRUE(decode_configuration(encode_configuration({})).has_value());
}

TEST(Configuration, is_well_formed_only_in_order_and_without_contradiction) {
    EXPECT_TRUE(well_formed({}));
    EXPECT_TRUE(well_formed(THREE));
    Configuration wrong = THREE;
    std::swap(wrong.members[0], wrong.members[1]);
    EXPECT_FALSE(well_formed(wrong));
    wrong = THREE;
    wrong.removed = {2};
    EXPECT_FALSE(well_formed(wrong));
    wrong.removed = {5, 5};
    EXPECT_FALSE(well_formed(wrong));
    wrong.removed = {0};
    EXPECT_FALSE(well_formed(wrong));
    wrong = THREE;
    wrong.members[0].id = 0;
    EXPECT_FALSE(well_formed(wrong));
}

}  // namespace
}  // namespace otento::raft
