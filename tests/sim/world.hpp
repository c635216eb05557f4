// A simulated cluster: the shipped engine, replica and log on a virtual clock, network and disks.
// One seed, one life; the same seed gives the same life, event for event.
#pragma once

#include "judge.hpp"
#include "machine.hpp"
#include "profile.hpp"

#include <otento/storage/testing/sim_disk.hpp>

#include <fmt/core.h>

#include <deque>
#include <functional>
#include <memory>
#include <queue>
#include <set>

namespace otento::sim {

struct Outcome {
    std::optional<std::string>
        failure;  ///< Empty: all promises kept, and the healed cluster moved on.
    uint64_t events = 0;
    uint64_t acknowledged = 0;
    uint64_t elections = 0;
    uint64_t crashes = 0;
    uint64_t snapshots_installed = 0;
    uint64_t configuration_changes = 0;
    uint64_t losses_repaired = 0;
    uint64_t recovery_ms = 0;  ///< From the end of faults to convergence.
};

class World {
  public:
    /// @param trace  Called with one line per event; null for speed.
    World(std::string_view profile_name, uint64_t seed, std::function<void(std::string)> trace);
    ~World();
    World(const World&) = delete;
    World& operator=(const World&) = delete;

    [[nodiscard]] Outcome run();

  private:
    enum class Kind : uint8_t {
        deliver,
        wake,
        sync_done,
        install_done,
        restart,
        snapshot,
        propose,
        fault,
        measure,
    };
    struct Event {
        uint64_t at_us = 0;
        uint64_t order = 0;
        Kind kind = Kind::wake;
        NodeId node = 0;
        uint64_t life = 0;  // Of the node; events for an earlier life are void.
        uint64_t detail = 0;
    };
    struct Later {
        bool operator()(const Event& a, const Event& b) const noexcept {
            return a.at_us != b.at_us ? a.at_us > b.at_us : a.order > b.order;
        }
    };
    enum class Fault : uint8_t {
        crash,
        blackout,
        partition,
        pause,
        transfer,
        membership,
        disk_error,
        disk_full,
        damage,
    };
    static constexpr size_t FAULTS = 9;

    struct Node {
        NodeId id = 0;
        uint64_t life = 0;
        std::unique_ptr<storage::testing::SimDisk> disk;
        std::unique_ptr<Machine> machine;
        std::unique_ptr<ordering::Replica> replica;  // Null while down.
        raft::Configuration bootstrap;
        uint64_t paused_until_us = 0;
        uint64_t wake_at_us = UINT64_MAX;
        bool damaged = false;      // Its log was, and is not yet known to be repaired.
        std::string damaged_path;  // Where.
        bool crash_soon = false;   // It has just promised something; see crash_after_promise.
        uint64_t disk_error_until_us = 0;
        uint64_t disk_full_until_us = 0;
        // What the judge knows of this life.
        bool fresh = true;         // Nothing was observed in this life.
        std::vector<Term> mirror;  // Terms of the log by index.
        Index mirror_last = 0;
        Index commit_index = 0;  // As the engine last said,
        Index commit_seen = 0;   // and as far as the entries are in the log.
        Term led_term = 0;
        std::vector<std::pair<Index, raft::Configuration>>
            configurations;  // In the log, oldest first.
        std::optional<storage::SyncJob> sync;
        std::optional<ordering::SnapshotMeta> install;
        std::map<uint64_t, Index> reads;  // Asked: what was acknowledged then.
        std::set<uint64_t> proposed;      // Ids of this life that are not acknowledged yet.
    };

    // world.cpp: time, nodes, and what they do
    void schedule(uint64_t delay_us, Kind kind, NodeId node, uint64_t detail = 0);
    void handle(const Event& event);
    [[nodiscard]] Node& add_node(NodeId id, raft::Configuration bootstrap);
    void start(Node& node);
    void stop(Node& node, bool power_loss);
    void poke(Node& node);
    void carry_out(Node& node, ordering::Outputs out);
    void finish_sync(Node& node);
    void finish_install(Node& node);
    void maybe_snapshot(Node& node);
    void apply(Node& node, const ordering::Committed& entry);
    void broken_disk(Node& node);

    // network.cpp
    void send(Node& from, raft::Message message);
    void put_on_wire(raft::Message message);
    void deliver(uint64_t slot);
    void look_at(const Node& from, const raft::Message& message);
    [[nodiscard]] std::string describe(const raft::Message& message) const;

    // observe.cpp
    void observe(Node& node);
    [[nodiscard]] Index observe_log(Node& node);
    void observe_commit(Node& node);
    void observe_leader(Node& node);
    void observe_configuration(Node& node, Index new_from);
    void crash_after_promise(Node& node, const raft::Message& message);
    void forget(Node& node);

    // client.cpp
    void propose();
    void acknowledge(Node& node, const ordering::Committed& entry);
    void measure();
    [[nodiscard]] bool converged();
    [[nodiscard]] Node* some_leader();

    // faults.cpp
    void schedule_fault(Fault fault);
    void inject(Fault fault);
    void crash_one();
    void crash(Node& node, uint64_t down_us);
    void partition();
    void change_membership();
    [[nodiscard]] std::optional<raft::Configuration> next_configuration(
        const raft::Configuration& current);
    void damage_one();
    void heal();
    [[nodiscard]] Node& random_node();
    [[nodiscard]] uint64_t mean_ms(Fault fault) const;

    template <typename... Args>
    void note(fmt::format_string<Args...> format, Args&&... args) {
        if (trace_) {
            trace(fmt::format(format, std::forward<Args>(args)...));
        }
    }
    void trace(std::string line);
    [[nodiscard]] bool healed() const noexcept { return healed_at_us_ != 0; }

    Random random_;
    Profile profile_;
    uint64_t seed_;
    std::function<void(std::string)> trace_;
    Judge judge_;
    Outcome outcome_;

    uint64_t now_us_ = 1'000'000;
    uint64_t order_ = 0;
    std::priority_queue<Event, std::vector<Event>, Later> events_;
    std::map<NodeId, Node> nodes_;
    NodeId next_id_ = 1;

    std::vector<raft::Message> wire_;
    std::vector<uint64_t> free_slots_;
    std::map<std::pair<NodeId, NodeId>, uint64_t> link_busy_until_us_;
    std::set<std::pair<NodeId, NodeId>> blocked_;  // From, to.

    uint64_t next_proposal_ = 1;
    std::map<uint64_t, Index> acknowledged_;  // Proposal id: index.
    Index acknowledged_until_ = 0;
    uint64_t next_read_ = 1;
    uint64_t healed_at_us_ = 0;
    uint64_t probe_id_ = 0;  // Proposed after healing; its acknowledgement proves progress.
    bool done_ = false;
};

}  // namespace otento::sim
