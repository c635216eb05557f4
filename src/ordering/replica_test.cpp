// Replicas on simulated disks, wired together by hand: messages are delivered when the test says
// so.
#include <otento/ordering/replica.hpp>

#include <otento/base/logger.hpp>
#include <otento/raft/codec.hpp>
#include <otento/storage/testing/sim_disk.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace otento::ordering {
namespace {

using storage::DiskError;
using storage::testing::SimDisk;

Payload payload(std::string_view text) {
    return std::make_shared<const Bytes>(to_bytes(bytes_of(text)));
}

raft::Configuration voters(std::initializer_list<NodeId> ids) {
    raft::Configuration out;
    for (const NodeId id : ids) {
        out.members.push_back({.id = id, .voter = true, .address = {}});
    }
    return out;
}

/// A state that is the list of all block payloads, and its one snapshot.
class TestStore final : public SnapshotStore {
  public:
    [[nodiscard]] std::optional<SnapshotMeta> newest() const override { return meta; }
    [[nodiscard]] storage::DiskResult<SnapshotChunk> read(Index index, uint64_t offset,
                                                          size_t bytes_max) override {
        if (!meta || meta->index != index) {
            return Err(DiskError{DiskError::not_found, "no such snapshot"});
        }
        const BytesView rest = BytesView{data}.subspan(offset);
        const size_t n = std::min(bytes_max, rest.size());
        return SnapshotChunk{.data = to_bytes(rest.first(n)), .done = n == rest.size()};
    }
    [[nodiscard]] storage::DiskResult<void> write(const SnapshotMeta& /*meta*/, uint64_t offset,
                                                  BytesView chunk) override {
        incoming.resize(offset);
        append(incoming, chunk);
        return {};
    }

    std::optional<SnapshotMeta> meta;
    Bytes data;
    Bytes incoming;
};

struct Node {
    NodeId id = 0;
    SimDisk disk{1};
    TestStore store;
    std::unique_ptr<Replica> replica;
    std::vector<std::string> blocks;
    Index applied = 0;
    Outputs last;
    bool hold_sync = false;
    std::optional<storage::SyncJob> held;
};

class ReplicaTest : public ::testing::Test {
  protected:
    ReplicaTest() { logger::set_level(logger::Level::error); }

    [[nodiscard]] ReplicaOptions options(NodeId id) const {
        ReplicaOptions out;
        out.raft = {.id = id, .seed = 1, .snapshot_chunk_bytes = 16};
        out.identity.raft_id = id;
        out.log = {.directory = "log", .segment_bytes = 8192, .salt_seed = id};
        out.bootstrap = bootstrap_;
        return out;
    }
    Result<void, StartError> start(NodeId id, ReplicaOptions options) {
        Node& node = nodes_[id];
        node.id = id;
        node.held.reset();
        node.disk.kill();
        node.replica.reset();
        options.applied_index = node.applied;
        TRY(node.replica, Replica::open(node.disk, &node.store, std::move(options), now_));
        work(node);
        return {};
    }
    void start(NodeId id) {
        const auto started = start(id, options(id));
        ASSERT_TRUE(started) << started.error().text;
    }
    /// Carries out the outputs until there are none.
    void work(Node& node) {
        for (bool again = true; again;) {
            again = false;
            Outputs out = node.replica->take();
            for (raft::Message& message : out.messages) {
                network_.push_back(std::move(message));
            }
            for (const Committed& entry : out.committed) {
                ASSERT_EQ(entry.index, node.applied + 1);
                node.applied = entry.index;
                if (entry.is_block) {
                    node.blocks.emplace_back(as_text(*entry.payload));
                }
                again = true;
            }
            node.replica->applied(node.applied);
            if (out.install) {
                node.store.meta = out.install;
                node.store.data = node.store.incoming;
                node.blocks = {std::string(as_text(node.store.data))};
                node.applied = out.install->index;
                node.replica->snapshot_installed(*out.install);
                again = true;
            }
            if (out.sync && node.hold_sync) {
                node.held = std::move(out.sync);
            } else if (out.sync) {
                const auto result = out.sync->run();
                node.replica->synced(out.sync->id(), result, 0.001);
                again = true;
            }
            node.last = std::move(out);
        }
    }
    void deliver() {
        while (!network_.empty()) {
            std::vector<raft::Message> messages = std::exchange(network_, {});
            for (raft::Message& message : messages) {
                Node& to = nodes_[message.to];
                if (to.replica == nullptr || down_.contains(message.to)) {
                    continue;
                }
                // Over the wire, as it will be.
                ASSERT_TRUE(to.replica->receive_frame(message.from, raft::encode_message(message)));
                work(to);
            }
        }
    }
    void run(uint64_t ms) {
        for (const uint64_t end = now_ + ms; now_ < end;) {
            now_ += 10;
            for (auto& [id, node] : nodes_) {
                if (node.replica != nullptr && !down_.contains(id)) {
                    node.replica->set_time(now_);
                    node.replica->tick();
                    work(node);
                }
            }
            deliver();
        }
    }
    [[nodiscard]] NodeId leader() {
        for (auto& [id, node] : nodes_) {
            if (node.replica != nullptr && !down_.contains(id) &&
                node.replica->raft().role() == Role::leader) {
                return id;
            }
        }
        return 0;
    }
    void start_three() {
        bootstrap_ = voters({1, 2, 3});
        for (const NodeId id : {1U, 2U, 3U}) {
            start(id);
        }
        run(1000);
        ASSERT_NE(leader(), 0U);
    }
    Result<void, ProposeError> propose(NodeId id, std::string_view text, Term term = 0) {
        auto result = nodes_[id].replica->propose({payload(text)}, term);
        work(nodes_[id]);
        deliver();
        return result;
    }

    raft::Configuration bootstrap_ = voters({1});
    std::map<NodeId, Node> nodes_;
    std::vector<raft::Message> network_;
    std::set<NodeId> down_;
    uint64_t now_ = 1000;
};

TEST_F(ReplicaTest, a_single_voter_elects_itself_and_commits_what_is_durable) {
    start(1);
    run(500);
    Node& node = nodes_[1];
    ASSERT_EQ(leader(), 1U);
    node.hold_sync = true;
    ASSERT_TRUE(propose(1, "a"));
    EXPECT_TRUE(node.blocks.empty()) << "not durable yet";
    ASSERT_TRUE(node.held);
    node.replica->synced(node.held->id(), node.held->run());
    node.hold_sync = false;
    work(node);
    EXPECT_EQ(node.blocks, std::vector<std::string>{"a"});
    EXPECT_EQ(node.replica->status().commit_index, 2U) << "the no-op and the block";
    EXPECT_GT(node.replica->status().sync_count, 0U);
}

TEST_F(ReplicaTest, three_replicas_agree_and_remember_over_restarts) {
    start_three();
    const NodeId first = leader();
    for (const char* text : {"a", "b", "c"}) {
        ASSERT_TRUE(propose(first, text));
    }
    run(200);
    const std::vector<std::string> blocks = {"a", "b", "c"};
    for (auto& [id, node] : nodes_) {
        EXPECT_EQ(node.blocks, blocks) << "node " << id;
    }
    for (const NodeId id : {1U, 2U, 3U}) {
        nodes_[id].disk.crash();
        start(id);
    }
    run(1000);
    ASSERT_TRUE(propose(leader(), "d"));
    run(200);
    for (auto& [id, node] : nodes_) {
        EXPECT_EQ(node.blocks, (std::vector<std::string>{"a", "b", "c", "d"}))
            << "each once, node " << id;
    }
}

TEST_F(ReplicaTest, refuses_proposals_elsewhere_and_for_other_terms) {
    start_three();
    const NodeId first = leader();
    const Term term = nodes_[first].replica->raft().term();
    EXPECT_EQ(propose(first % 3 + 1, "x").error(), ProposeError::not_leader);
    EXPECT_EQ(propose(first, "x", term + 1).error(), ProposeError::not_leader);
    EXPECT_TRUE(propose(first, "x", term));
}

TEST_F(ReplicaTest, tells_leadership_once_per_change) {
    start_three();
    const NodeId first = leader();
    Node& node = nodes_[first];
    const Outputs out = node.replica->take();
    EXPECT_FALSE(out.leadership);
    EXPECT_EQ(node.replica->status().leadership.leader, first);
    ASSERT_TRUE(node.replica->transfer_leadership(0));
    work(node);
    deliver();
    run(300);
    EXPECT_NE(leader(), first);
    EXPECT_NE(leader(), 0U);
    EXPECT_EQ(node.replica->status().leadership.leader, leader());
}

TEST_F(ReplicaTest, a_replaced_leader_truncates_what_it_could_not_commit) {
    start_three();
    const NodeId first = leader();
    ASSERT_TRUE(propose(first, "committed"));
    run(100);
    down_ = {first % 3 + 1, (first + 1) % 3 + 1};
    ASSERT_TRUE(propose(first, "lost 1"));
    ASSERT_TRUE(propose(first, "lost 2"));
    EXPECT_EQ(nodes_[first].blocks.size(), 1U);
    down_ = {first};
    run(1500);
    const NodeId second = leader();
    ASSERT_NE(second, 0U);
    ASSERT_TRUE(propose(second, "won"));
    down_.clear();
    run(500);
    for (auto& [id, node] : nodes_) {
        EXPECT_EQ(node.blocks, (std::vector<std::string>{"committed", "won"})) << "node " << id;
    }
}

TEST_F(ReplicaTest, full_disk_at_a_follower_delays_it_until_there_is_room) {
    start_three();
    const NodeId first = leader();
    Node& follower = nodes_[first % 3 + 1];
    follower.disk.set_free_bytes(0);
    std::vector<std::string> blocks;
    for (int i = 0; i < 40; ++i) {
        blocks.push_back(std::string(1000, static_cast<char>('a' + i % 26)));
        ASSERT_TRUE(propose(first, blocks.back()));
        run(20);
    }
    EXPECT_TRUE(follower.replica->disk_full());
    EXPECT_FALSE(follower.replica->failed());
    EXPECT_LT(follower.blocks.size(), blocks.size());
    EXPECT_EQ(leader(), first) << "heartbeats still count";
    follower.disk.set_free_bytes(std::nullopt);
    run(1000);
    EXPECT_FALSE(follower.replica->disk_full());
    EXPECT_EQ(follower.blocks, blocks);
}

TEST_F(ReplicaTest, full_disk_at_the_leader_answers_busy_and_recovers) {
    start_three();
    const NodeId first = leader();
    Node& node = nodes_[first];
    node.disk.set_free_bytes(0);
    size_t taken = 0;
    while (taken < 100 && propose(first, std::string(1000, 'x'))) {
        ++taken;
    }
    ASSERT_LT(taken, 100U);
    EXPECT_EQ(propose(first, "x").error(), ProposeError::busy);
    EXPECT_FALSE(node.replica->failed());
    node.disk.set_free_bytes(std::nullopt);
    run(500);
    ASSERT_TRUE(propose(leader(), "y"));
    run(200);
    for (auto& [id, each] : nodes_) {
        EXPECT_EQ(each.blocks.size(), taken + 1) << "node " << id;
    }
}

TEST_F(ReplicaTest, a_failed_sync_stops_the_replica_and_nothing_else) {
    start_three();
    const NodeId first = leader();
    Node& node = nodes_[first];
    node.disk.set_error_chance(0, 1000);
    static_cast<void>(propose(first, "a"));
    node.disk.set_error_chance(0, 0);
    ASSERT_TRUE(node.replica->failed());
    EXPECT_TRUE(node.last.failed);
    EXPECT_TRUE(node.last.messages.empty());
    EXPECT_EQ(propose(first, "b").error(), ProposeError::stopped);
    down_ = {first};
    run(1500);
    ASSERT_NE(leader(), 0U) << "the others go on";
    down_.clear();
    start(first);
    run(500);
    ASSERT_TRUE(propose(leader(), "c"));
    run(300);
    EXPECT_EQ(nodes_[first].blocks.back(), "c");
}

TEST_F(ReplicaTest, a_damaged_log_is_cut_and_repaired_from_the_others) {
    start_three();
    const NodeId first = leader();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(propose(first, std::string(100, static_cast<char>('a' + i))));
    }
    run(100);
    Node& victim = nodes_[first % 3 + 1];
    const std::vector<std::string> names = victim.disk.list("log").value();
    for (const std::string& name : names) {
        if (name.ends_with(".log")) {
            victim.disk.flip_bit("log/" + name, 512 + 70, 1);
        }
    }
    victim.disk.crash();
    start(victim.id);
    EXPECT_TRUE(victim.replica->status().log_repairing);
    EXPECT_FALSE(victim.replica->raft().trusted());
    run(1000);
    ASSERT_TRUE(propose(leader(), "z"));
    run(500);
    EXPECT_FALSE(victim.replica->status().log_repairing);
    EXPECT_TRUE(victim.replica->raft().trusted());
    EXPECT_EQ(victim.blocks.size(), 6U) << "nothing applied twice";
    start(victim.id);
    EXPECT_FALSE(victim.replica->status().log_repairing) << "repaired for good";
}

TEST_F(ReplicaTest, a_state_ahead_of_its_log_betrays_a_lost_tail) {
    start_three();
    const NodeId first = leader();
    for (int i = 0; i < 5; ++i) {
        ASSERT_TRUE(propose(first, std::string(100, static_cast<char>('a' + i))));
    }
    run(100);
    Node& victim = nodes_[first % 3 + 1];
    const std::vector<std::string> names = victim.disk.list("log").value();
    for (const std::string& name : names) {
        if (name.ends_with(".log")) {
            auto file = victim.disk.open("log/" + name, storage::OpenMode::existing);
            ASSERT_TRUE(file);
            ASSERT_TRUE((*file)->truncate(512 + 300));  // Looks like a torn tail.
            ASSERT_TRUE((*file)->sync());
        }
    }
    victim.disk.crash();
    start(victim.id);
    EXPECT_LT(victim.replica->log().last_index(), victim.applied);
    EXPECT_FALSE(victim.replica->raft().trusted()) << "it may have promised what it lost";
    run(1000);
    ASSERT_TRUE(propose(leader(), "z"));
    run(500);
    EXPECT_TRUE(victim.replica->raft().trusted());
    EXPECT_EQ(victim.blocks.size(), 6U) << "nothing applied twice";
}

TEST_F(ReplicaTest, the_only_voter_does_not_go_on_without_lost_records_by_itself) {
    start(1);
    run(500);
    ASSERT_TRUE(propose(1, "a"));
    ASSERT_TRUE(propose(1, "b"));
    run(100);
    Node& node = nodes_[1];
    const std::vector<std::string> names = node.disk.list("log").value();
    for (const std::string& name : names) {
        if (name.ends_with(".log")) {
            node.disk.flip_bit("log/" + name, 512 + 64 + 10, 1);
        }
    }
    const auto refused = start(1, options(1));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, StartError::log_lost);
    ReplicaOptions accepting = options(1);
    accepting.accept_log_loss = true;
    ASSERT_TRUE(start(1, accepting));
    run(500);
    ASSERT_TRUE(propose(1, "c"));
    run(100);
    EXPECT_EQ(node.blocks, (std::vector<std::string>{"a", "b", "c"}));
    start(1);
    run(500);
    ASSERT_TRUE(propose(1, "d"));
    EXPECT_EQ(node.blocks.back(), "d");
}

TEST_F(ReplicaTest, a_new_node_gets_a_snapshot_and_then_the_log) {
    start_three();
    const NodeId first = leader();
    for (int i = 0; i < 40; ++i) {
        ASSERT_TRUE(propose(first, std::string(900, 'x')));
    }
    run(100);
    for (const NodeId id : {1U, 2U, 3U}) {
        Node& node = nodes_[id];
        node.store.data = to_bytes(bytes_of("the state after forty blocks, in chunks"));
        node.store.meta = node.replica->describe_snapshot(node.applied, node.store.data.size());
        node.replica->snapshot_taken(*node.store.meta, node.applied);
        EXPECT_GT(node.replica->log().first_index(), 1U);
        work(node);
    }
    bootstrap_ = {};
    start(4);
    raft::Configuration wider = nodes_[first].replica->raft().configuration();
    wider.members.push_back({.id = 4, .voter = false, .address = {}});
    ASSERT_TRUE(nodes_[first].replica->change_configuration(wider));
    work(nodes_[first]);
    run(1500);
    ASSERT_TRUE(propose(leader(), "after"));
    run(300);
    EXPECT_EQ(nodes_[4].blocks,
              (std::vector<std::string>{"the state after forty blocks, in chunks", "after"}));
    EXPECT_EQ(nodes_[4].replica->raft().role(), Role::learner);
    start(4);
    run(300);
    EXPECT_EQ(nodes_[4].replica->raft().configuration().members.size(), 4U) << "remembered";
}

TEST_F(ReplicaTest, a_snapshot_installed_just_before_a_crash_is_found_at_the_start) {
    start(1);
    run(500);
    Node& node = nodes_[1];
    ASSERT_TRUE(propose(1, "a"));
    const SnapshotMeta meta{.index = 50, .term = 7, .configuration = voters({1, 2, 3}), .bytes = 3};
    node.store.meta = meta;
    node.applied = 50;
    node.disk.crash();
    // Term 7 is newer than the recorded one; the snapshot proves that it was reached.
    const auto started = start(1, options(1));
    ASSERT_TRUE(started) << started.error().text;
    EXPECT_EQ(node.replica->raft().snapshot_index(), 50U);
    EXPECT_EQ(node.replica->raft().configuration(), meta.configuration);
    EXPECT_GE(node.replica->raft().term(), 7U);
}

TEST_F(ReplicaTest, refuses_a_state_that_ends_before_the_log_begins) {
    start(1);
    Node& node = nodes_[1];
    node.store.meta =
        SnapshotMeta{.index = 50, .term = 7, .configuration = voters({1}), .bytes = 3};
    node.applied = 20;
    const auto started = start(1, options(1));
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, StartError::state_behind_log);
}

TEST_F(ReplicaTest, refuses_another_identity) {
    start(1);
    ReplicaOptions other = options(1);
    other.identity.cluster[0] = 1;
    const auto started = start(1, other);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, StartError::other_identity);
}

TEST_F(ReplicaTest, delivers_in_bounded_batches_and_waits_for_a_slow_state) {
    start(1);
    run(500);
    Node& node = nodes_[1];
    for (int i = 0; i < 20; ++i) {
        ASSERT_TRUE(propose(1, std::string(1000, 'x')));
    }
    node.applied = 0;
    node.blocks.clear();
    ReplicaOptions narrow = options(1);
    narrow.deliver_bytes_max = 2500;
    narrow.unapplied_bytes_max = 4500;
    narrow.applied_index = 0;
    node.disk.kill();
    node.replica.reset();
    node.replica = std::move(Replica::open(node.disk, &node.store, narrow, now_)).value();
    Index applied = 0;
    size_t waits = 0;
    for (int round = 0; round < 200 && applied < 22; ++round) {
        now_ += 100;
        node.replica->set_time(now_);
        node.replica->tick();
        const Outputs out = node.replica->take();
        if (out.sync) {
            storage::SyncJob job = *out.sync;
            node.replica->synced(job.id(), job.run());
        }
        EXPECT_LE(out.committed.size(), 3U);
        if (out.committed.empty() && out.more_committed) {
            ++waits;
            node.replica->applied(applied);
        }
        for (const Committed& entry : out.committed) {
            ASSERT_EQ(entry.index, ++applied);
        }
    }
    EXPECT_EQ(applied, 22U) << "two no-ops and twenty blocks";
    EXPECT_GT(waits, 2U);
}

TEST_F(ReplicaTest, drops_frames_that_lie_or_make_no_sense) {
    start_three();
    Node& node = nodes_[1];
    EXPECT_FALSE(node.replica->receive_frame(2, Bytes{1, 2, 3}));
    const Term term = node.replica->raft().term();
    raft::Message lie{.from = 3, .to = 1, .body = raft::RequestVote{.term = term + 5}};
    ASSERT_TRUE(node.replica->receive_frame(2, raft::encode_message(lie)));
    EXPECT_EQ(node.replica->raft().term(), term);
    lie.to = 2;
    ASSERT_TRUE(node.replica->receive_frame(3, raft::encode_message(lie)));
    EXPECT_EQ(node.replica->raft().term(), term);
}

TEST_F(ReplicaTest, answers_linearizable_reads) {
    start_three();
    const NodeId first = leader();
    ASSERT_TRUE(nodes_[first].replica->read_index(77));
    std::vector<raft::ReadState> reads;
    for (int i = 0; i < 10 && reads.empty(); ++i) {
        Outputs out = nodes_[first].replica->take();
        reads = out.reads;
        for (raft::Message& message : out.messages) {
            network_.push_back(std::move(message));
        }
        // Others answer; this one must not be drained by work().
        std::vector<raft::Message> messages = std::exchange(network_, {});
        for (raft::Message& message : messages) {
            nodes_[message.to].replica->receive(message.from, std::move(message));
        }
        for (const NodeId id : {1U, 2U, 3U}) {
            if (id != first) {
                work(nodes_[id]);
            }
        }
    }
    ASSERT_EQ(reads.size(), 1U);
    EXPECT_EQ(reads[0].id, 77U);
    EXPECT_TRUE(reads[0].ok);
    EXPECT_EQ(nodes_[first].replica->read_index(1).has_value(), true);
    EXPECT_FALSE(nodes_[first % 3 + 1].replica->read_index(2));
}

}  // namespace
}  // namespace otento::ordering
