// A cluster in a test's hand: engines, their disks, and a network of which nothing moves unless the
// test says so. The driver in here does what raft.hpp demands of one; writes become durable when
// the test persists them, and a crash loses those that were not.
#pragma once

#include <otento/raft/raft.hpp>
#include <otento/raft/testing/checker.hpp>

#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

namespace otento::raft::testing {

[[nodiscard]] Payload payload(std::string_view text);

/// Voters with the given ids, addresses empty.
[[nodiscard]] Configuration voters(std::initializer_list<NodeId> ids);
[[nodiscard]] Configuration with(Configuration configuration, NodeId id, bool voter);
[[nodiscard]] Configuration without(Configuration configuration, NodeId id);

[[nodiscard]] Entry noop(Index index, Term term);
[[nodiscard]] Entry normal(Index index, Term term, std::string_view text);
[[nodiscard]] Entry change(Index index, Term term, const Configuration& configuration);

/// Picks messages of kind `Body`.
template <typename Body>
[[nodiscard]] bool is(const Message& message) {
    return std::holds_alternative<Body>(message.body);
}
[[nodiscard]] inline auto between(std::set<NodeId> nodes) {
    return [nodes = std::move(nodes)](const Message& message) {
        return nodes.contains(message.from) && nodes.contains(message.to);
    };
}
[[nodiscard]] inline auto to(NodeId id) {
    return [id](const Message& message) { return message.to == id; };
}
[[nodiscard]] inline auto from(NodeId id) {
    return [id](const Message& message) { return message.from == id; };
}

struct StoredSnapshot {
    Index index = 0;
    Term term = 0;
    Configuration configuration{};
    Bytes data{};
};

/// One change on its way to the disk; done in order.
struct Write {
    Index truncate_from = 0;
    std::vector<Entry> entries{};
    uint64_t log_epoch = 0;
    std::optional<StoredSnapshot> install{};
};

/// What survives a crash.
struct Disk {
    Term term = 0;
    NodeId voted_for = 0;
    StoredSnapshot snapshot{};
    std::map<Index, Entry> log{};
    Index applied = 0;  ///< State is derived; its last_applied may be ahead of the snapshot.
    Index distrusted_until = 0;
};

struct Node {
    NodeId id = 0;
    Options options{};
    std::unique_ptr<Raft> raft;  ///< Null while down.
    Disk disk;
    std::map<Index, Entry> log{};  ///< As appended, durable or not.
    std::deque<Write> writes;
    Index applied = 0;
    uint64_t state = 0;  ///< Digest of everything applied.
    std::map<Index, uint64_t> states;
    Bytes incoming_snapshot;
    bool installing = false;
    Update last;  ///< The last update.
    Index last_term_led = 0;
    std::map<uint64_t, Index> reads_asked;
    std::vector<ReadState> reads;
};

enum class Crash {
    lose_unsynced,  ///< Nothing that was under way reached the disk.
    keep_unsynced,  ///< All of it did.
    half_write,     ///< The first write under way was cut in the middle: truncated, half appended.
    before_log_drop,  ///< As keep_unsynced, but a new snapshot's old log is still there.
};

class Cluster {
  public:
    struct Settings {
        Options options{};
        bool persist_at_once = true;  ///< Writes are durable at the end of the step.
        size_t snapshot_bytes = 100;
        uint64_t seed = 1;
    };

    Cluster();
    explicit Cluster(Settings settings);
    /// Fails the running test if a promise of Raft was broken.
    ~Cluster();
    Cluster(const Cluster&) = delete;
    Cluster& operator=(const Cluster&) = delete;

    Node& add(NodeId id, Configuration bootstrap);
    /// Starts a node from what `disk` holds.
    Node& add(NodeId id, Disk disk);
    void add_all(const Configuration& bootstrap);
    [[nodiscard]] Node& node(NodeId id) { return nodes_.at(id); }
    [[nodiscard]] Raft& raft(NodeId id) { return *nodes_.at(id).raft; }
    [[nodiscard]] std::map<NodeId, Node>& nodes() noexcept { return nodes_; }

    // Events
    template <typename Body>
    Result<void, StepError> step(NodeId id, Body body) {
        return step_event(id, Event{.now_ms = now_ms_, .body = std::move(body)});
    }
    Result<void, StepError> submit(NodeId id, std::string_view text);
    Result<void, StepError> change(NodeId id, Configuration configuration);
    Result<void, StepError> read(NodeId id, uint64_t read_id);
    /// Moves the clock to the node's next timeout and ticks it.
    void tick(NodeId id);
    /// Moves the clock only.
    void pass(uint64_t ms) { now_ms_ += ms; }
    [[nodiscard]] uint64_t now_ms() const noexcept { return now_ms_; }
    /// Everybody forgets the present leader (time passes), then `id` times out and all messages are
    /// delivered.
    void elect(NodeId id);
    /// Time passes with ticks and deliveries, in steps of 10 ms.
    void run(uint64_t ms);
    [[nodiscard]] NodeId current_leader() const;

    // Disk
    /// Completes the oldest writes, all or `count` of them, and reports them.
    void persist(NodeId id, size_t count = SIZE_MAX);
    void set_persist_at_once(bool on) noexcept { settings_.persist_at_once = on; }
    void take_snapshot(NodeId id, Index trailing = 0);
    void crash(NodeId id, Crash how = Crash::lose_unsynced);
    void restart(NodeId id);
    /// While the node is down: its log is damaged from `index` on and cut there.
    void lose_log_from(NodeId id, Index index);
    void crash_and_restart(NodeId id, Crash how = Crash::lose_unsynced) {
        crash(id, how);
        restart(id);
    }

    // Network
    /// Delivers in order until nothing moves; messages over blocked links and to nodes that are
    /// down get lost.
    void deliver();
    /// Delivers, in order, the messages under way now that `wanted` picks; others stay.
    size_t deliver_if(const std::function<bool(const Message&)>& wanted);
    /// As deliver_if, with the replies that `wanted` picks too, until nothing more moves.
    void deliver_only(const std::function<bool(const Message&)>& wanted);
    size_t drop_if(const std::function<bool(const Message&)>& wanted);
    void deliver_message(const Message& message);
    [[nodiscard]] std::deque<Message>& network() noexcept { return network_; }
    void block(NodeId a, NodeId b) { blocked_.insert({std::min(a, b), std::max(a, b)}); }
    void block_one_way(NodeId from, NodeId to) { blocked_one_way_.insert({from, to}); }
    void isolate(NodeId id);
    void heal() {
        blocked_.clear();
        blocked_one_way_.clear();
    }
    [[nodiscard]] bool blocked(NodeId from, NodeId to) const;

    // Findings
    [[nodiscard]] Checker& checker() noexcept { return checker_; }
    void expect_violations() noexcept { report_violations_ = false; }
    /// True if all nodes that run have the same log, commit index and applied state.
    [[nodiscard]] bool agreed(const std::set<NodeId>& among) const;

  private:
    Result<void, StepError> step_event(NodeId id, Event event);
    void handle(Node& node, Update update, Index commit_before);
    void start(Node& node);
    [[nodiscard]] DurableState durable_state(const Node& node) const;
    void append(Node& node, const Update& update, Index commit_before);
    void store_chunk(Node& node, const InstallSnapshot& chunk);
    void send(Node& node, Message message);
    void commit(Node& node, Index commit_before, const Update& update);
    void check_durable_majority(const Node& node, Index from, Index to);
    void write_to_disk(Node& node, const Write& write);
    void persist_one(Node& node);

    Settings settings_;
    std::map<NodeId, Node> nodes_;
    uint64_t now_ms_ = 1000;
    std::deque<Message> network_;
    std::set<std::pair<NodeId, NodeId>> blocked_;
    std::set<std::pair<NodeId, NodeId>> blocked_one_way_;
    Checker checker_;
    bool report_violations_ = true;
};

}  // namespace otento::raft::testing
