// A member of the Raft cluster without threads, clock or sockets: the step engine, its durable log and term, and
// the messages as bytes. A host feeds it inputs and, after each batch of them, takes what is to be done:
//
//   1. inputs: receive, propose, tick, sync_finished, …   (each persists what Raft wants persisted first)
//   2. take_messages() and send them
//   3. begin_sync(); run the job on another thread; then input sync_finished
//   4. take_committed() and hand the entries to the application, as many as it can take
//   5. take_leadership(), status(), next_deadline_ms()
//
// The simulator hosts it on a virtual world, node/ on the raft thread.
#pragma once

#include <otento/ordering/orderer.hpp>
#include <otento/ordering/snapshot_store.hpp>
#include <otento/storage/hard_state.hpp>
#include <otento/storage/segment_log.hpp>

#include <deque>
#include <optional>
#include <string>

namespace otento::ordering {

struct ReplicaOptions {
    raft::Options raft;
    std::string directory;         ///< Of the log and the hard state; created if absent.
    storage::Identity identity;
    /// Initial members. Used by the very first start only, and kept; empty for a node that will be invited.
    raft::Configuration bootstrap;
    Index applied_index = 0;       ///< What the application's state stands for: delivery goes on behind it.
    uint64_t segment_bytes = 16 << 20;
    uint64_t cache_bytes = 16 << 20;
    uint64_t salt_seed = 0;        ///< Unpredictable; see storage::LogOptions.
    uint64_t retry_ms = 500;       ///< Pause between attempts to write to a full disk.
};

struct ReplicaError {
    enum Code {
        disk,
        other_identity,  ///< The directory belongs to another node or cluster.
        damaged,         ///< Term and vote are lost, or the log does not fit its base.
    };
    Code code = disk;
    std::string text;  ///< For people.
};

struct Outgoing {
    NodeId to = 0;
    std::shared_ptr<const Bytes> frame;
};

class Replica {
  public:
    /// @param snapshots  Null: this replica never compacts its log and refuses snapshots. Outlives the replica.
    [[nodiscard]] static Result<Replica, ReplicaError> open(storage::Disk& disk, const ReplicaOptions& options,
                                                            uint64_t now_ms, SnapshotStore* snapshots = nullptr);
    Replica(Replica&&) noexcept = default;

    // --- Inputs ---------------------------------------------------------------------------------------------

    /// A frame from an authenticated member. Malformed ones are counted and dropped.
    void receive(NodeId from, BytesView frame, uint64_t now_ms);
    void tick(uint64_t now_ms);
    /// One block for `term` (0: whatever the current one is).
    [[nodiscard]] Result<void, ProposeError> propose(Payload block, Term term, uint64_t now_ms);
    [[nodiscard]] Result<void, raft::StepError> change(raft::Configuration configuration, uint64_t now_ms);
    [[nodiscard]] Result<void, raft::StepError> transfer(NodeId to, uint64_t now_ms);
    /// Answered by take_reads().
    [[nodiscard]] Result<void, raft::StepError> read_index(uint64_t id, uint64_t now_ms);
    void sync_finished(uint64_t job, const storage::DiskResult<void>& result, uint64_t now_ms);
    /// The application has a durable snapshot at an applied index.
    void snapshot_taken(Index index, Index compact_to, uint64_t bytes, uint64_t now_ms);

    // --- Outputs --------------------------------------------------------------------------------------------

    [[nodiscard]] std::vector<Outgoing> take_messages();
    /// Nothing while an earlier job is under way, or when everything is durable.
    [[nodiscard]] std::optional<storage::SyncJob> begin_sync();
    /// Committed and locally durable entries not taken before, in order; at least one if there is any, else as
    /// many as fit `bytes_max`.
    [[nodiscard]] std::vector<Committed> take_committed(size_t bytes_max);
    /// Set when a snapshot replaced what take_committed would have delivered: the state now stands for it.
    [[nodiscard]] std::optional<Index> take_installed();
    [[nodiscard]] std::optional<Leadership> take_leadership();
    [[nodiscard]] std::vector<raft::ReadState> take_reads();
    [[nodiscard]] uint64_t next_deadline_ms() const noexcept;

    // --- Looking --------------------------------------------------------------------------------------------

    [[nodiscard]] Status status() const;
    [[nodiscard]] const raft::Raft& engine() const noexcept { return engine_; }
    [[nodiscard]] const storage::SegmentLog& log() const noexcept { return log_; }
    /// Why it takes part in nothing any more; empty while it does.
    [[nodiscard]] const std::string& failed() const noexcept { return failed_; }
    [[nodiscard]] uint64_t malformed_frames() const noexcept { return malformed_frames_; }

  private:
    Replica(ReplicaOptions options, storage::HardStateStore hard_state, storage::SegmentLog log, raft::Raft engine,
            SnapshotStore* snapshots);

    /// Steps the engine and does at once what must come before anything else leaves this node.
    [[nodiscard]] Result<void, raft::StepError> step(raft::Event event);
    void perform(raft::Update& update, uint64_t now_ms);
    [[nodiscard]] bool persist_hard_state(const raft::Update& update);
    [[nodiscard]] bool write_log(raft::Update& update);
    [[nodiscard]] bool append_waiting();
    void store_chunk(const raft::InstallSnapshot& chunk, uint64_t now_ms);
    void install(const raft::InstallSnapshot& last, uint64_t now_ms);
    void send(raft::Message& message);
    [[nodiscard]] bool fill(raft::AppendEntries& append);
    [[nodiscard]] bool attach(raft::InstallSnapshot& install);
    void follow();
    void report_durable(uint64_t now_ms);
    void settle_loss();
    void fail(std::string reason);

    ReplicaOptions options_;
    storage::HardStateStore hard_state_;
    storage::SegmentLog log_;
    raft::Raft engine_;
    SnapshotStore* snapshots_;

    std::deque<storage::LogRecord> waiting_;  ///< Appended for the engine, not taken by a full disk yet.
    uint64_t retry_at_ms_ = 0;
    bool disk_full_ = false;

    std::optional<uint64_t> sync_job_;
    uint64_t log_epoch_ = 0;
    Index reported_durable_ = 0;
    Index commit_index_ = 0;
    Index leader_commit_index_ = 0;
    Index delivered_ = 0;

    std::vector<Outgoing> outgoing_;
    std::vector<raft::ReadState> reads_;
    std::optional<Index> installed_;
    Leadership leadership_;
    bool leadership_changed_ = true;

    uint64_t elections_ = 0;
    uint64_t leader_changes_ = 0;
    uint64_t malformed_frames_ = 0;
    std::string failed_;
};

}  // namespace otento::ordering
