// Snapshots: compaction, chunks, resumption, and what a crash leaves behind.
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

Cluster::Settings small_chunks() {
    Cluster::Settings settings;
    settings.options.snapshot_chunk_bytes = 30;
    settings.snapshot_bytes = 100;
    return settings;
}

/// Server 3 misses twenty entries that the others then compact away.
struct Behind : ::testing::Test {
    Behind() : cluster(small_chunks()) {
        cluster.add_all(THREE);
        cluster.elect(1);
        cluster.isolate(3);
        for (int i = 0; i < 20; ++i) {
            EXPECT_TRUE(cluster.submit(1, "x").has_value());
        }
        cluster.run(100);
        cluster.take_snapshot(1);
        cluster.take_snapshot(2);
        EXPECT_EQ(cluster.raft(1).first_index(), 22U);
    }

    Cluster cluster;
};

TEST_F(Behind, gets_the_snapshot_in_chunks_and_then_the_log) {
    ASSERT_TRUE(cluster.submit(1, "behind the snapshot").has_value());
    cluster.heal();
    cluster.run(500);
    EXPECT_EQ(cluster.raft(3).snapshot_index(), 21U);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Behind, lost_and_doubled_chunks_do_no_harm) {
    cluster.heal();
    size_t seen = 0;
    for (int round = 0; round < 100 && !cluster.agreed({1, 2, 3}); ++round) {
        cluster.pass(50);
        cluster.tick(1);
        for (int i = 0; i < 1000 && !cluster.network().empty(); ++i) {
            const Message message = cluster.network().front();
            cluster.network().pop_front();
            const bool chunk = is<InstallSnapshot>(message) || is<InstallSnapshotReply>(message);
            if (chunk && ++seen % 3 == 0) {
                continue;
            }
            cluster.deliver_message(message);
            if (chunk && seen % 4 == 0) {
                cluster.deliver_message(message);
            }
        }
    }
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
    EXPECT_GT(seen, 8U);
}

TEST_F(Behind, resumes_from_the_beginning_after_a_crash_in_the_middle) {
    cluster.heal();
    cluster.tick(1);
    cluster.deliver_only([](const Message& m) {
        const auto* chunk = std::get_if<InstallSnapshot>(&m.body);
        return chunk == nullptr || chunk->offset < 60;
    });
    cluster.network().clear();
    EXPECT_EQ(cluster.node(3).incoming_snapshot.size(), 60U);
    cluster.crash_and_restart(3);
    cluster.run(1500);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Behind, second_snapshot_during_the_installation_is_harmless) {
    cluster.heal();
    cluster.set_persist_at_once(false);
    cluster.tick(1);
    cluster.deliver();
    ASSERT_TRUE(cluster.node(3).installing);
    const Index commit = cluster.raft(3).commit_index();
    // The leader asks again, and a new leader with a newer snapshot of its own does too.
    for (int i = 0; i < 20; ++i) {
        cluster.run(50);
        EXPECT_EQ(cluster.raft(3).commit_index(), commit) << "nothing is committed beyond our data";
    }
    ASSERT_TRUE(cluster.node(3).installing);
    cluster.persist(1);
    cluster.persist(2);
    EXPECT_TRUE(cluster.submit(1, "y").has_value());
    cluster.persist(1);
    cluster.deliver();
    cluster.persist(2);
    cluster.deliver();
    cluster.take_snapshot(1);
    EXPECT_GT(cluster.raft(1).snapshot_index(), 21U);
    cluster.run(300);
    ASSERT_TRUE(cluster.node(3).installing);
    cluster.set_persist_at_once(true);
    cluster.persist(3);
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Behind, node_that_is_installing_does_not_stand) {
    cluster.heal();
    cluster.set_persist_at_once(false);
    cluster.tick(1);
    cluster.deliver();
    ASSERT_TRUE(cluster.node(3).installing);
    cluster.isolate(3);
    cluster.run(2000);
    EXPECT_EQ(cluster.raft(3).role(), Role::follower);
    cluster.set_persist_at_once(true);
}

TEST_F(Behind, crash_between_snapshot_store_and_log_drop_is_survived) {
    cluster.heal();
    cluster.set_persist_at_once(false);
    cluster.tick(1);
    cluster.deliver();
    ASSERT_TRUE(cluster.node(3).installing);
    EXPECT_FALSE(cluster.node(3).disk.log.empty());
    cluster.set_persist_at_once(true);
    cluster.crash(3, Crash::before_log_drop);
    EXPECT_FALSE(cluster.node(3).disk.log.empty()) << "the old log is still there";
    cluster.restart(3);
    EXPECT_EQ(cluster.raft(3).last_index(), 21U);
    EXPECT_EQ(cluster.raft(3).commit_index(), 21U);
    cluster.run(500);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Behind, crash_before_the_snapshot_is_stored_keeps_the_old_log) {
    cluster.heal();
    cluster.set_persist_at_once(false);
    cluster.tick(1);
    cluster.deliver();
    ASSERT_TRUE(cluster.node(3).installing);
    cluster.set_persist_at_once(true);
    cluster.crash(3, Crash::lose_unsynced);
    cluster.restart(3);
    EXPECT_EQ(cluster.raft(3).last_index(), 1U);
    cluster.run(1500);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST_F(Behind, leader_takes_a_newer_snapshot_in_the_middle) {
    cluster.heal();
    cluster.tick(1);
    cluster.deliver_only([](const Message& m) {
        const auto* chunk = std::get_if<InstallSnapshot>(&m.body);
        return chunk == nullptr || chunk->offset == 0;
    });
    ASSERT_TRUE(cluster.submit(1, "y").has_value());
    cluster.deliver_only(between({1, 2}));
    cluster.take_snapshot(1);
    cluster.deliver();
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
    EXPECT_EQ(cluster.raft(3).snapshot_index(), 22U);
}

TEST_F(Behind, dead_peer_is_not_sent_chunks) {
    cluster.pass(50);
    cluster.tick(1);
    for (int i = 0; i < 30; ++i) {
        cluster.run(50);
        EXPECT_EQ(cluster.drop_if([](const Message& m) { return is<InstallSnapshot>(m); }), 0U);
    }
}

TEST(Snapshot, covered_by_our_commit_index_is_answered_as_installed) {
    Solo solo(3, THREE);
    (void)solo.append(1, 1, 0, 0, {noop(1, 1), normal(2, 1, "a")}, 2);
    const InstallSnapshot message{.term = 1,
                                  .request = 9,
                                  .last_included_index = 2,
                                  .last_included_term = 1,
                                  .configuration = THREE,
                                  .offset = 0,
                                  .data = {1, 2, 3}};
    const Update update = solo.must_receive(1, message);
    EXPECT_FALSE(update.snapshot_chunk.has_value());
    const auto reply = only<InstallSnapshotReply>(update);
    EXPECT_TRUE(reply.installed);
    EXPECT_EQ(reply.request, 9U);
}

TEST(Snapshot, chunk_of_an_earlier_term_is_refused_without_its_number) {
    Solo solo(3, THREE, {.term = 7});
    const auto reply =
        only<InstallSnapshotReply>(solo.must_receive(1, InstallSnapshot{.term = 6,
                                                                        .request = 900,
                                                                        .last_included_index = 5,
                                                                        .last_included_term = 6,
                                                                        .configuration = THREE}));
    EXPECT_EQ(reply.term, 7U);
    EXPECT_EQ(reply.request, 0U);
    // Its sender may lead term 7 by now.
    Solo leader(1, THREE, {.term = 6});
    leader.lead({2});
    EXPECT_TRUE(leader.must_receive(3, reply).messages.empty());
    EXPECT_EQ(leader->role(), Role::leader);
}

TEST(Snapshot, of_entries_we_have_is_not_installed_but_commits_them) {
    Solo solo(3, THREE);
    (void)solo.append(1, 1, 0, 0, {noop(1, 1), normal(2, 1, "a"), normal(3, 1, "b")}, 0);
    const Update update = solo.must_receive(1, InstallSnapshot{.term = 1,
                                                               .request = 9,
                                                               .last_included_index = 2,
                                                               .last_included_term = 1,
                                                               .configuration = THREE,
                                                               .data = {1, 2, 3}});
    EXPECT_FALSE(update.snapshot_chunk.has_value());
    EXPECT_TRUE(only<InstallSnapshotReply>(update).installed);
    EXPECT_EQ(update.commit_index, 2U);
    EXPECT_EQ(solo->last_index(), 3U) << "what follows is kept";
}

TEST(Snapshot, replaces_a_log_that_contradicts_it) {
    DurableState durable{.term = 3};
    durable.entries.resize(8, {.term = 2});
    Solo solo(3, THREE, durable);
    const Configuration four = with(THREE, 4, true);
    const Update update = solo.must_receive(1, InstallSnapshot{.term = 4,
                                                               .request = 1,
                                                               .last_included_index = 5,
                                                               .last_included_term = 3,
                                                               .configuration = four,
                                                               .done = true,
                                                               .data = {1, 2, 3}});
    ASSERT_TRUE(update.snapshot_chunk.has_value());
    EXPECT_TRUE(update.messages.empty()) << "answered when it is installed";
    // New entries must wait, and late completions of the old log mean nothing.
    EXPECT_TRUE(solo.append(1, 4, 8, 2, {noop(9, 4)}).entries.empty());
    const Update installed = solo.must(SnapshotInstalled{.index = 5, .term = 3});
    EXPECT_TRUE(only<InstallSnapshotReply>(installed).installed);
    EXPECT_EQ(solo->last_index(), 5U);
    EXPECT_EQ(solo->commit_index(), 5U);
    EXPECT_EQ(solo->persisted_index(), 5U);
    EXPECT_EQ(solo->configuration(), four);
    (void)solo.must(Persisted{.index = 8, .term = 2});
    EXPECT_EQ(solo->persisted_index(), 5U);
}

TEST(Snapshot, compaction_keeps_what_trails_and_forgets_the_rest) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.run(100);
    cluster.take_snapshot(1, 5);
    EXPECT_EQ(cluster.raft(1).snapshot_index(), 21U);
    EXPECT_EQ(cluster.raft(1).first_index(), 17U);
    EXPECT_EQ(cluster.raft(1).term_at(16), 1U);
    EXPECT_EQ(cluster.raft(1).term_at(15), 0U);
}

TEST(Snapshot, carries_the_configuration_of_its_index) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    cluster.take_snapshot(1);
    ASSERT_TRUE(cluster.change(1, with(THREE, 4, false)).has_value());
    EXPECT_EQ(cluster.raft(1).configuration_at(1), THREE);
    EXPECT_EQ(cluster.raft(1).configuration_at(2).members.size(), 4U);
    EXPECT_EQ(cluster.node(1).disk.snapshot.configuration, THREE);
    // Restarted from there, the change is found in the log again.
    cluster.crash_and_restart(1, Crash::keep_unsynced);
    EXPECT_EQ(cluster.raft(1).configuration().members.size(), 4U);
}

TEST(Snapshot, slow_learner_catches_up_or_is_given_up) {
    Cluster cluster(small_chunks());
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 50; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.run(100);
    cluster.take_snapshot(1);
    cluster.add(4, Configuration{});
    ASSERT_TRUE(cluster.change(1, with(THREE, 4, false)).has_value());
    cluster.isolate(4);
    cluster.run(500);
    const auto progress = cluster.raft(1).progress();
    ASSERT_EQ(progress.size(), 3U);
    EXPECT_EQ(progress[2].match_index, 0U);
    EXPECT_FALSE(progress[2].recently_active) << "what an operator sees before giving it up";
    // Given up: the id is burnt, and the next one makes it.
    ASSERT_TRUE(cluster.change(1, THREE).has_value());
    cluster.run(100);
    cluster.add(5, Configuration{});
    ASSERT_TRUE(cluster.change(1, with(cluster.raft(1).configuration(), 5, false)).has_value());
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3, 5}));
}

// The commit index is volatile and starts at the snapshot; the application may be further.
TEST(Snapshot, restart_with_applied_state_ahead_of_the_commit_index) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.run(200);
    cluster.crash_and_restart(2);
    EXPECT_EQ(cluster.raft(2).commit_index(), 0U);
    EXPECT_EQ(cluster.node(2).applied, 11U);
    cluster.take_snapshot(2);
    EXPECT_EQ(cluster.raft(2).commit_index(), 11U) << "what was applied was committed";
    EXPECT_EQ(cluster.raft(2).snapshot_index(), 11U);
    cluster.run(300);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST(Snapshot, taken_of_something_unknown_is_ignored) {
    Solo solo(1, THREE);
    (void)solo.append(2, 1, 0, 0, {noop(1, 1)}, 1);
    (void)solo.must(SnapshotTaken{.index = 7, .compact_to = 7});
    EXPECT_EQ(solo->snapshot_index(), 0U);
    (void)solo.must(SnapshotInstalled{.index = 7, .term = 1});
    EXPECT_EQ(solo->last_index(), 1U);
    // Compaction stops at what is durable.
    (void)solo.must(SnapshotTaken{.index = 1, .compact_to = 1});
    EXPECT_EQ(solo->first_index(), 1U);
}

}  // namespace
}  // namespace otento::raft
