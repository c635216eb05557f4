// Replication: what is committed, what is acknowledged, how a leader finds common ground, and that
// no late, doubled or lost message stalls a peer.
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

/// Figure 8 of the Raft paper up to (c): entry 2 of term 1 is on servers 1, 2 and 3 of five, its
/// leader of term 3 has an own entry that nobody else has yet. Server 5 holds an entry 2 of term 2.
struct Figure8 : ::testing::Test {
    Figure8() : cluster(settings()) {
        cluster.add_all(voters({1, 2, 3, 4, 5}));
        cluster.elect(1);
        // (a)
        EXPECT_TRUE(cluster.submit(1, "a").has_value());
        cluster.deliver_only(between({1, 2}));
        cluster.network().clear();
        EXPECT_EQ(cluster.raft(2).last_index(), 2U);
        // (b)
        cluster.crash(1);
        cluster.isolate(2);
        cluster.pass(300);
        cluster.tick(5);
        cluster.deliver_only([](const Message& m) { return !is<AppendEntries>(m); });
        EXPECT_EQ(cluster.raft(5).role(), Role::leader);
        cluster.network().clear();
        cluster.heal();
        cluster.crash(5);
        // (c)
        cluster.restart(1);
        cluster.pass(300);
        cluster.tick(1);
        cluster.deliver_only([](const Message& m) { return !is<AppendEntries>(m); });
        if (cluster.raft(1).role() != Role::leader) {  // its first term was taken by 5
            cluster.tick(1);
            cluster.deliver_only([](const Message& m) { return !is<AppendEntries>(m); });
        }
        EXPECT_EQ(cluster.raft(1).role(), Role::leader);
        cluster.isolate(4);
        cluster.deliver_only([](const Message& m) {
            const auto* append = std::get_if<AppendEntries>(&m.body);
            return append == nullptr || append->prev_log_index < 2;
        });
        cluster.network().clear();
        // The probe at 2 got lost; heartbeats bring 3 up to entry 2.
        cluster.tick(1);
        cluster.deliver_only([](const Message& m) {
            const auto* append = std::get_if<AppendEntries>(&m.body);
            return append == nullptr || append->prev_log_index < 2 || append->entry_count == 0;
        });
        cluster.network().clear();
        EXPECT_EQ(cluster.raft(3).term_at(2), 1U);
        EXPECT_EQ(cluster.raft(1).last_index(), 3U);
    }

    static Cluster::Settings settings() {
        Cluster::Settings settings;
        settings.options.message_entries_max = 1;
        return settings;
    }

    Cluster cluster;
};

TEST_F(Figure8, entry_of_an_old_term_on_a_majority_is_not_committed) {
    EXPECT_LT(cluster.raft(1).commit_index(), 2U);
    // (d) Server 5 may still win and overwrite it.
    cluster.crash(1);
    cluster.restart(5);
    cluster.heal();
    for (int i = 0; i < 10 && cluster.raft(5).role() != Role::leader; ++i) {
        cluster.elect(5);
    }
    ASSERT_EQ(cluster.raft(5).role(), Role::leader);
    cluster.deliver();
    cluster.restart(1);
    cluster.run(1000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3, 4, 5}));
    EXPECT_EQ(cluster.raft(1).term_at(2), 2U);
}

TEST_F(Figure8, entry_of_an_old_term_is_committed_with_one_of_the_current_term) {
    // (e)
    cluster.tick(1);
    cluster.deliver();
    EXPECT_EQ(cluster.raft(1).commit_index(), 3U);
    cluster.crash(1);
    cluster.restart(5);
    cluster.heal();
    cluster.elect(5);
    EXPECT_NE(cluster.raft(5).role(), Role::leader);
    cluster.restart(1);
    cluster.run(2000);
    EXPECT_TRUE(cluster.agreed({1, 2, 3, 4, 5}));
    EXPECT_EQ(cluster.raft(5).term_at(2), 1U);
}

TEST(Replication, leader_appends_a_noop_in_its_new_term) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    EXPECT_EQ(cluster.node(2).log.at(1).type, EntryType::noop);
    EXPECT_EQ(cluster.raft(1).commit_index(), 1U) << "without anybody submitting anything";
}

TEST(Replication, follower_acknowledges_only_what_is_durable) {
    Solo solo(2, THREE);
    const Update taken = solo.append(1, 1, 0, 0, {noop(1, 1), normal(2, 1, "a")}, 2);
    EXPECT_TRUE(taken.messages.empty()) << "no success before Persisted";
    EXPECT_EQ(taken.commit_index, 2U) << "may be reported before";
    const auto heartbeat = only<AppendEntriesReply>(solo.append(1, 1, 2, 1, {}, 2));
    EXPECT_TRUE(heartbeat.success);
    EXPECT_EQ(heartbeat.match_index, 0U);
    const auto reply = only<AppendEntriesReply>(solo.must(Persisted{.index = 1, .term = 1}));
    EXPECT_EQ(reply.match_index, 1U);
    EXPECT_EQ(only<AppendEntriesReply>(solo.persist()).match_index, 2U);
}

TEST(Replication, follower_acknowledges_only_what_this_leader_has) {
    DurableState durable{.term = 2};
    durable.entries = {{.term = 1}, {.term = 2}, {.term = 2}};
    Solo solo(2, THREE, durable);
    // The leader of term 3 shares entry 1 only; 2 and 3 are durable here but none of its business.
    const auto reply = only<AppendEntriesReply>(solo.append(1, 3, 1, 1, {}, 1));
    EXPECT_TRUE(reply.success);
    EXPECT_EQ(reply.match_index, 1U);
    EXPECT_EQ(solo->commit_index(), 1U);
}

TEST(Replication, leader_counts_its_own_entries_only_when_durable) {
    Solo solo(1, THREE);
    solo.lead({2});
    const auto ack = [&](NodeId from, Index match) {
        return solo
            .must_receive(
                from,
                AppendEntriesReply{.term = 1, .request = 1, .success = true, .match_index = match})
            .commit_index;
    };
    EXPECT_EQ(ack(2, 1), 0U);
    EXPECT_EQ(solo.persist().commit_index, 1U);
    (void)solo.must(Submit{.payloads = {payload("a")}});
    EXPECT_EQ(ack(2, 2), 1U);
    EXPECT_EQ(ack(3, 2), 2U) << "two followers are a majority of three";
}

TEST(Replication, lost_messages_are_found_out_by_heartbeats) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.drop_if(to(3));
    cluster.run(200);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST(Replication, full_pipe_stops_entries_but_not_heartbeats) {
    Cluster::Settings settings;
    settings.options.inflight_messages_max = 2;
    settings.options.message_entries_max = 1;
    Cluster cluster(settings);
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    EXPECT_EQ(cluster.drop_if(to(3)), 2U);
    cluster.tick(1);
    EXPECT_EQ(cluster.drop_if([](const Message& m) { return m.to == 3 && is<AppendEntries>(m); }),
              1U);
    cluster.deliver();
    EXPECT_EQ(cluster.raft(1).commit_index(), 11U) << "server 2 suffices";
    cluster.run(300);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

TEST(Replication, messages_respect_the_limits_in_bytes_and_entries) {
    Cluster::Settings settings;
    settings.options.message_bytes_max = 10;
    settings.options.message_entries_max = 3;
    Cluster cluster(settings);
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster
                    .step(1, Submit{.payloads = {payload("1"), payload("2"), payload("3"),
                                                 payload("456789ab"), payload("cde"),
                                                 payload("too large for any message")}})
                    .has_value());
    std::vector<uint32_t> counts;
    for (const Message& message : cluster.network()) {
        if (message.to == 2) {
            counts.push_back(std::get<AppendEntries>(message.body).entry_count);
        }
    }
    EXPECT_EQ(counts, (std::vector<uint32_t>{3, 1, 1, 1}));
    cluster.deliver();
    EXPECT_TRUE(cluster.raft(1).commit_index() == 7U);
}

TEST(Replication, inflight_bytes_are_bounded) {
    Cluster::Settings settings;
    settings.options.inflight_bytes_max = 8;
    settings.options.message_bytes_max = 4;
    Cluster cluster(settings);
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster
                    .step(1, Submit{.payloads = {payload("1234"), payload("1234"), payload("1234"),
                                                 payload("1234")}})
                    .has_value());
    EXPECT_EQ(cluster.drop_if(to(3)), 2U);
    cluster.deliver();
    EXPECT_EQ(cluster.raft(2).last_index(), 5U);
}

TEST(Replication, submit_is_refused_while_too_much_is_uncommitted) {
    Options options;
    options.uncommitted_bytes_max = 10;
    Solo solo(1, THREE, {}, options);
    solo.lead({2});
    ASSERT_TRUE(solo.step(Submit{.payloads = {payload("larger than the limit")}}).has_value());
    const Index last = solo->last_index();
    EXPECT_EQ(solo.step(Submit{.payloads = {payload("x")}}).error(), StepError::busy);
    EXPECT_EQ(solo->last_index(), last);
    (void)solo.persist();
    (void)solo.must_receive(
        2, AppendEntriesReply{.term = 1, .request = 1, .success = true, .match_index = last});
    EXPECT_TRUE(solo.step(Submit{.payloads = {payload("x")}}).has_value());
}

TEST(Replication, submit_for_another_term_is_refused) {
    Solo solo(1, voters({1}));
    solo.lead({});
    EXPECT_EQ(solo.step(Submit{.payloads = {payload("x")}, .term = 9}).error(),
              StepError::not_leader);
    EXPECT_TRUE(solo.step(Submit{.payloads = {payload("x")}, .term = solo->term()}).has_value());
    Solo follower(1, THREE);
    EXPECT_EQ(follower.step(Submit{.payloads = {payload("x")}}).error(), StepError::not_leader);
}

TEST(Replication, conflict_is_found_with_one_probe_per_term) {
    // The peer has a hundred entries of term 2 that the leader of term 3 never saw.
    Cluster cluster;
    Disk disk{.term = 3, .snapshot = {.configuration = THREE, .data = {}}};
    for (Index i = 1; i <= 10; ++i) {
        disk.log[i] = normal(i, 1, "a");
    }
    Disk other = disk;
    for (Index i = 11; i <= 110; ++i) {
        other.log[i] = normal(i, 2, "b");
    }
    for (Index i = 11; i <= 150; ++i) {
        disk.log[i] = normal(i, 3, "c");
    }
    cluster.add(1, disk);
    cluster.add(2, disk);
    cluster.add(3, other);
    cluster.pass(300);
    cluster.tick(1);
    size_t rejections = 0;
    while (!cluster.network().empty()) {
        const Message message = cluster.network().front();
        cluster.network().pop_front();
        if (const auto* reply = std::get_if<AppendEntriesReply>(&message.body)) {
            rejections += reply->success ? 0 : 1;
        }
        cluster.deliver_message(message);
    }
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
    EXPECT_LE(rejections, 2U);
}

// S4: an old message from the beginning of the log to a follower that has compacted it.
TEST(Replication, S4_prev_of_zero_after_compaction_takes_only_what_is_new) {
    DurableState durable{.term = 1, .snapshot_index = 20, .snapshot_term = 1};
    durable.entries.resize(10, {.term = 1});
    Solo solo(2, THREE, durable);
    std::vector<Entry> three = {noop(1, 1), normal(2, 1, "a"), normal(3, 1, "b")};
    const Update old = solo.append(1, 1, 0, 0, three, 3);
    EXPECT_EQ(old.truncate_from, 0U);
    EXPECT_TRUE(old.entries.empty());
    EXPECT_EQ(solo->last_index(), 30U);
    EXPECT_EQ(only<AppendEntriesReply>(old).match_index, 20U)
        << "behind the compaction point we are equal";

    std::vector<Entry> longer = {noop(1, 1)};
    for (Index i = 2; i <= 32; ++i) {
        longer.push_back(normal(i, 1, "x"));
    }
    const Update news = solo.append(1, 1, 0, 0, longer, 3);
    EXPECT_EQ(news.truncate_from, 0U);
    ASSERT_EQ(news.entries.size(), 2U);
    EXPECT_EQ(news.entries[0].index, 31U);
    EXPECT_EQ(solo->last_index(), 32U);
}

// L3: a probe below the compaction point asks for what is committed.
TEST(Replication, L3_prev_below_compaction_counts_as_matching) {
    DurableState durable{.term = 1, .snapshot_index = 20, .snapshot_term = 1};
    Solo solo(2, THREE, durable);
    const auto reply = only<AppendEntriesReply>(solo.append(1, 1, 7, 1, {}, 0));
    EXPECT_TRUE(reply.success);
    EXPECT_EQ(reply.match_index, 20U);
}

TEST(Replication, L3_leader_catches_up_a_follower_that_compacted_further) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.run(200);
    cluster.take_snapshot(3);
    ASSERT_GT(cluster.raft(3).first_index(), 15U);
    cluster.crash_and_restart(3);
    cluster.crash_and_restart(1);
    cluster.elect(2);
    ASSERT_TRUE(cluster.submit(cluster.current_leader(), "y").has_value());
    cluster.run(300);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

// L1: a late or doubled rejection at the match index.
TEST(Replication, L1_rejection_equal_to_match_is_ignored_twice) {
    Solo solo(1, THREE);
    solo.lead({2, 3});
    (void)solo.persist();
    // Server 2 refuses the first probe (prev 0 cannot be, so let it be a later one).
    (void)solo.must(Submit{.payloads = {payload("a"), payload("b")}});
    (void)solo.must_receive(
        2, AppendEntriesReply{.term = 1, .request = 1, .success = true, .match_index = 1});
    (void)solo.must_receive(
        2, AppendEntriesReply{.term = 1, .request = 2, .success = true, .match_index = 3});
    const auto progress = [&] { return solo->progress().front(); };
    ASSERT_EQ(progress().match_index, 3U);
    const AppendEntriesReply late{
        .term = 1, .request = 1, .success = false, .match_index = 3, .conflict_index = 1};
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(solo.must_receive(2, late).messages.empty());
        EXPECT_EQ(progress().match_index, 3U);
        EXPECT_EQ(progress().next_index, 4U);
    }
    // The peer is still served.
    const Update update = solo.must(Submit{.payloads = {payload("c")}});
    EXPECT_EQ(std::count_if(update.messages.begin(), update.messages.end(), to(2)), 1);
}

TEST(Replication, peer_that_lost_acknowledged_entries_is_filled_up_again) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    for (int i = 0; i < 10; ++i) {
        ASSERT_TRUE(cluster.submit(1, "x").has_value());
    }
    cluster.deliver();
    const Term term = cluster.raft(1).term();
    cluster.crash(3);
    cluster.lose_log_from(3, 4);
    cluster.restart(3);
    EXPECT_EQ(cluster.raft(3).last_index(), 3U);
    EXPECT_FALSE(cluster.raft(3).trusted());
    cluster.run(300);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
    EXPECT_TRUE(cluster.raft(3).trusted());
    EXPECT_EQ(cluster.raft(1).term(), term) << "by the same leader";
}

// L4: neither an old message nor a shorter one takes anything back.
TEST(Replication, L4_commit_index_never_falls) {
    Solo solo(2, THREE);
    std::vector<Entry> entries;
    for (Index i = 1; i <= 5; ++i) {
        entries.push_back(normal(i, 1, "x"));
    }
    (void)solo.append(1, 1, 0, 0, entries, 4);
    EXPECT_EQ(solo->commit_index(), 4U);
    (void)solo.append(1, 1, 0, 0, {entries[0]}, 1);
    EXPECT_EQ(solo->commit_index(), 4U);
    EXPECT_EQ(solo->last_index(), 5U) << "an old message does not truncate either";
    (void)solo.append(1, 1, 5, 1, {}, 100);
    EXPECT_EQ(solo->commit_index(), 5U) << "nor does it pass what we have";
}

TEST(Replication, leader_commit_counts_only_for_the_part_known_to_be_equal) {
    DurableState durable{.term = 2};
    durable.entries = {{.term = 1}, {.term = 2}};
    Solo solo(2, THREE, durable);
    (void)solo.append(1, 3, 1, 1, {}, 2);
    EXPECT_EQ(solo->commit_index(), 1U) << "our entry 2 is not the one that is committed";
}

// L5: a write that was truncated completes late.
TEST(Replication, L5_completion_of_a_truncated_write_is_ignored) {
    Solo solo(2, THREE);
    const Update first =
        solo.append(1, 1, 0, 0, {noop(1, 1), normal(2, 1, "a"), normal(3, 1, "b")});
    const Update second = solo.append(3, 2, 1, 1, {noop(2, 2)});
    EXPECT_EQ(second.truncate_from, 2U);
    EXPECT_GT(second.log_epoch, first.log_epoch);
    EXPECT_TRUE(solo.must(Persisted{.index = 3, .term = 1}).messages.empty());
    EXPECT_TRUE(solo.must(Persisted{.index = 2, .term = 1}).messages.empty());
    EXPECT_EQ(solo->persisted_index(), 0U);
    // Entry 2 of term 1 comes back: the completion of its first write is not that of its second.
    (void)solo.append(1, 3, 1, 1, {normal(2, 1, "a"), noop(3, 3)});
    (void)solo.must(Persisted{.index = 2, .term = 1, .log_epoch = first.log_epoch});
    EXPECT_EQ(solo->persisted_index(), 0U);
    (void)solo.must(Persisted{.index = 3, .term = 3});
    EXPECT_EQ(solo->persisted_index(), 3U);
}

TEST(Replication, truncation_takes_back_what_was_durable) {
    Solo solo(2, THREE);
    (void)solo.append(1, 1, 0, 0, {noop(1, 1), normal(2, 1, "a"), normal(3, 1, "b")});
    (void)solo.persist();
    (void)solo.append(3, 2, 1, 1, {noop(2, 2)});
    EXPECT_EQ(solo->persisted_index(), 1U);
    EXPECT_EQ(solo->last_index(), 2U);
}

TEST(Replication, late_refusal_of_a_former_term_is_not_taken_for_a_present_one) {
    Solo solo(1, THREE);
    solo.lead({2});
    const Update update = solo.must_receive(2, AppendEntriesReply{.term = 1});
    EXPECT_TRUE(update.messages.empty());
    EXPECT_EQ(solo->role(), Role::leader);
}

TEST(Replication, commit_is_announced_without_waiting_for_a_heartbeat) {
    Cluster cluster;
    cluster.add_all(THREE);
    cluster.elect(1);
    ASSERT_TRUE(cluster.submit(1, "a").has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(2).commit_index(), 2U);
    EXPECT_EQ(cluster.raft(3).commit_index(), 2U);
}

}  // namespace
}  // namespace otento::raft
