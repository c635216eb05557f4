// One member of the cluster without threads, clock or sockets: the Raft engine, its log and its
// hard state, wired together. The host feeds inputs and carries out outputs; the simulator is such
// a host, too. README.md says in which order a host does what.
#pragma once

#include <otento/ordering/orderer.hpp>
#include <otento/ordering/snapshot_store.hpp>
#include <otento/raft/raft.hpp>
#include <otento/storage/hard_state.hpp>
#include <otento/storage/segment_log.hpp>

#include <deque>
#include <optional>
#include <string>

namespace otento::ordering {

struct ReplicaOptions {
    raft::Options raft;
    storage::Identity identity;  ///< identity.raft_id must equal raft.id.
    storage::LogOptions log;
    /// Members at the first start of a new cluster; empty for a node that joins one. Later starts
    /// go by what is on disk.
    raft::Configuration bootstrap;
    /// Entries up to here are part of the state already.
    Index applied_index = 0;
    uint64_t deliver_bytes_max = 4 << 20;     ///< Payload in one batch of committed entries.
    uint64_t unapplied_bytes_max = 32 << 20;  ///< Delivered and not yet reported by applied().
    uint64_t retry_ms = 200;                  ///< Between attempts to write to a full disk.
    /// Go on although the only voter lost records that nobody else has. The operator's decision.
    bool accept_log_loss = false;
};

struct StartError {
    enum Code {
        disk,               ///< The disk refused; `disk_code` says why.
        other_identity,     ///< The directory belongs to another node or cluster.
        damaged,            ///< What is on disk cannot be trusted; the node has to join anew.
        state_behind_log,   ///< The state ends before the log begins; restore a snapshot first.
        log_lost,           ///< Single voter, and part of its log is damaged; see accept_log_loss.
        bad_configuration,  ///< The bootstrap configuration makes no sense.
    };
    Code code = disk;
    storage::DiskError::Code disk_code = storage::DiskError::io;
    std::string text;  ///< For people.
};
[[nodiscard]] std::string_view to_string(StartError::Code code) noexcept;

/// What the host has to carry out, from one take() to the next.
struct Outputs {
    /// Send, in any order, to Message::to. Entries and snapshot data are filled in.
    std::vector<raft::Message> messages;
    /// Run on another thread (or here), then report by synced().
    std::optional<storage::SyncJob> sync;
    /// Hand to the state machine, in order.
    std::vector<Committed> committed;
    bool more_committed = false;  ///< take() again, or report applied() first if nothing came.
    std::optional<Leadership> leadership;  ///< Set when it changed.
    std::vector<raft::ReadState> reads;
    /// All chunks are in the snapshot store: make the state adopt it, durably, then
    /// snapshot_installed().
    std::optional<SnapshotMeta> install;
    uint64_t next_deadline_ms = 0;      ///< Call tick() then at the latest.
    std::optional<std::string> failed;  ///< The replica has stopped; open a new one.
};

/// One owner. Blocks on the disk only for hard state (elections), truncations and whole-segment
/// removals.
class Replica {
  public:
    /// Opens or creates the log in options.log.directory, which must exist, and joins nothing by
    /// itself.
    /// @param snapshots  May be null: then nothing is compacted and no snapshot can be sent or
    /// received.
    ///                   Must outlive the replica, as must `disk`.
    [[nodiscard]] static Result<std::unique_ptr<Replica>, StartError> open(storage::Disk& disk,
                                                                           SnapshotStore* snapshots,
                                                                           ReplicaOptions options,
                                                                           uint64_t now_ms);
    Replica(const Replica&) = delete;
    Replica& operator=(const Replica&) = delete;
    ~Replica();

    // --- Inputs

    /// The time of the inputs that follow.
    void set_time(uint64_t now_ms);
    /// Lets timeouts happen. Call behind each batch of inputs and at next_deadline_ms: a host that
    /// was stopped for a while must hear what has arrived before it misses anybody.
    void tick();
    /// A message from the authenticated peer `from`; one that lies about its sender is dropped.
    void receive(NodeId from, raft::Message message);
    /// The same as bytes (raft/codec.hpp).
    [[nodiscard]] Result<void, raft::DecodeError> receive_frame(NodeId from, BytesView frame);
    [[nodiscard]] Result<void, ProposeError> propose(std::vector<Payload> payloads, Term term);
    [[nodiscard]] Result<void, raft::StepError> change_configuration(
        raft::Configuration configuration);
    /// 0: to the most up-to-date voter.
    [[nodiscard]] Result<void, raft::StepError> transfer_leadership(NodeId to);
    /// Answered by Outputs::reads with the same id.
    [[nodiscard]] Result<void, raft::StepError> read_index(uint64_t id);
    /// A sync job has run. `seconds`: how long, for the metrics.
    void synced(uint64_t job_id, const storage::DiskResult<void>& result, double seconds = 0);
    /// The state machine has applied everything up to `index`.
    void applied(Index index);

    /// Votes, acknowledges and delivers nothing any more, for a reason from outside; status().failed
    /// shows it.
    void expel(std::string reason) { fail(std::move(reason)); }

    // --- Snapshots

    /// True if describe_snapshot(index) has an answer: delivered, and not before the newest
    /// snapshot.
    [[nodiscard]] bool describes(Index index) const noexcept {
        return index <= delivered_ && index >= raft_.snapshot_index();
    }
    /// What a snapshot of the state after entry `index` must say about itself. `index` was
    /// delivered.
    [[nodiscard]] SnapshotMeta describe_snapshot(Index index, uint64_t bytes = 0) const;
    /// A snapshot of ours is durable. Entries up to `compact_to` (at most meta.index) may go.
    void snapshot_taken(const SnapshotMeta& meta, Index compact_to);
    /// The snapshot of Outputs::install is the state now, durably, even if the state was ahead of
    /// it (after log damage it may be). Delivery goes on behind it.
    void snapshot_installed(const SnapshotMeta& meta);

    // --- Outputs

    [[nodiscard]] Outputs take();

    // --- Observers

    [[nodiscard]] const raft::Raft& raft() const noexcept { return raft_; }
    [[nodiscard]] const storage::SegmentLog& log() const noexcept { return log_; }
    [[nodiscard]] storage::DiskResult<storage::LogRecord> read_log(Index index) {
        return log_.read(index);
    }
    [[nodiscard]] bool failed() const noexcept { return failed_.has_value(); }
    /// True while the disk is full: proposals are answered `busy`.
    [[nodiscard]] bool disk_full() const noexcept { return !backlog_.empty() || hard_state_dirty_; }
    [[nodiscard]] Status status() const;

  private:
    struct Parts;
    explicit Replica(Parts parts);

    [[nodiscard]] static Result<Parts, StartError> load(storage::Disk& disk,
                                                        SnapshotStore* snapshots,
                                                        ReplicaOptions options, uint64_t now_ms);

    template <typename Body>
    [[nodiscard]] Result<void, raft::StepError> step(Body body);
    void carry_out(raft::Update update);
    void persist_hard_state();
    void change_log(const raft::Update& update);
    void flush_backlog();
    void retry();
    void store_chunk(const raft::InstallSnapshot& chunk);
    void send(raft::Message message);
    [[nodiscard]] bool fill(raft::AppendEntries& message);
    [[nodiscard]] bool fill(raft::InstallSnapshot& message);
    [[nodiscard]] bool drops(const raft::Message& message) const;
    void report_durable();
    void check_trust();
    void deliver(Outputs& out);
    void observe(const raft::Update& update);
    void fail(std::string reason);

    ReplicaOptions options_;
    SnapshotStore* snapshots_;
    storage::HardStateStore hard_state_;
    storage::SegmentLog log_;
    raft::Raft raft_;
    uint64_t now_ms_;

    // Wanted on disk and not there yet, for lack of room.
    storage::HardState wanted_hard_state_;
    bool hard_state_dirty_ = false;
    std::deque<storage::LogRecord> backlog_;  // Follows log_.last_index().
    uint64_t retry_at_ms_ = 0;

    bool sync_running_ = false;
    Index delivered_ = 0;
    std::deque<std::pair<Index, uint64_t>> unapplied_;  // Delivered batches: last index, bytes.
    uint64_t unapplied_bytes_ = 0;
    std::optional<SnapshotMeta> receiving_;
    bool installing_ =
        false;  // From Outputs::install to snapshot_installed() nothing is delivered.
    Outputs out_;
    std::optional<std::string> failed_;

    // For Status.
    Index leader_commit_index_ = 0;
    Leadership leadership_;
    uint64_t elections_ = 0;
    uint64_t leader_changes_ = 0;
    double sync_seconds_ = 0;
    uint64_t sync_count_ = 0;
};

}  // namespace otento::ordering
