// Raft as a pure step engine: one event in, one update out. No I/O, no clock, no threads, no
// randomness of its own. After Ongaro, "Consensus: Bridging Theory and Practice" (the Raft
// dissertation).
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/random.hpp>
#include <otento/base/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>
#include <vector>

namespace otento::raft {

using NodeId = uint64_t;  ///< Raft ID; 0 is nobody. Never used twice in a cluster.
using Term = uint64_t;
using Index = uint64_t;  ///< Log index, first entry 1.

/// `learner` is a follower that is no voter in its newest configuration: standby, removed or not
/// yet joined.
enum class Role : uint8_t { follower, pre_candidate, candidate, leader, learner };
[[nodiscard]] std::string_view to_string(Role role) noexcept;

enum class EntryType : uint8_t { noop = 0, normal = 1, configuration = 2 };

/// Entry bytes, shared from socket to disk and never copied by the engine. Null for a no-op.
using Payload = std::shared_ptr<const Bytes>;

struct Entry {
    Index index = 0;
    Term term = 0;
    EntryType type = EntryType::normal;
    Payload payload{};
};

struct Member {
    NodeId id = 0;
    bool voter = true;
    /// Opaque to the engine: the ledger's address record (node key, host, ports).
    Bytes address{};
    friend bool operator==(const Member&, const Member&) = default;
};

/// Members ordered by id; ids that were removed are kept so that they are never given out again.
struct Configuration {
    std::vector<Member> members{};
    std::vector<NodeId> removed{};

    [[nodiscard]] const Member* find(NodeId id) const noexcept;
    [[nodiscard]] bool is_voter(NodeId id) const noexcept;
    [[nodiscard]] size_t voters() const noexcept;
    friend bool operator==(const Configuration&, const Configuration&) = default;
};

[[nodiscard]] Bytes encode_configuration(const Configuration& configuration);
enum class DecodeError { malformed };
[[nodiscard]] Result<Configuration, DecodeError> decode_configuration(BytesView in);

// --- Messages: names and fields of the paper's Figure 2, with our extensions

/// PreVote and RequestVote.
struct RequestVote {
    bool pre_vote = false;
    bool disrupt_leader = false;  ///< Set for one election after TimeoutNow (dissertation 4.2.3).
    Term term = 0;                ///< For a pre-vote: the term the candidate would start.
    Index last_log_index = 0;
    Term last_log_term = 0;
};
struct RequestVoteReply {
    bool pre_vote = false;
    bool granted = false;
    Term term = 0;          ///< The voter's real current term, also for a pre-vote.
    Term request_term = 0;  ///< The term that was asked for.
};
struct AppendEntries {
    Term term = 0;
    uint64_t request = 0;  ///< Per-peer number; replies echo it, stale ones are recognised.
    Index prev_log_index = 0;
    Term prev_log_term = 0;
    Index leader_commit = 0;
    uint64_t read_round = 0;  ///< Read-index round this heartbeat confirms; 0 for none.
    /// Outgoing: the range (prev_log_index, prev_log_index + entry_count] of our log, which the
    /// driver fills in; incoming: the entries themselves.
    uint32_t entry_count = 0;
    std::vector<Entry> entries{};
};
struct AppendEntriesReply {
    Term term = 0;
    uint64_t request = 0;  ///< 0: the request was of an earlier term.
    bool success = false;
    Index match_index = 0;     ///< Success: highest index known equal and durable here.
                               ///< Rejection: the prev_log_index that was refused.
    Index conflict_index = 0;  ///< Rejection: first index of conflict_term, or last index + 1.
    Term conflict_term = 0;    ///< Rejection: term of the conflicting entry, 0 if there is none.
    uint64_t read_round = 0;
};
/// One chunk of a snapshot. The sending driver attaches `data` at `offset` from the snapshot store
/// (at most snapshot_chunk_bytes) and sets `done` when it reaches the end; the receiving one stores
/// it there.
struct InstallSnapshot {
    Term term = 0;
    uint64_t request = 0;
    Index last_included_index = 0;
    Term last_included_term = 0;
    Configuration configuration{};
    uint64_t offset = 0;
    bool done = false;
    Bytes data{};
};
struct InstallSnapshotReply {
    Term term = 0;
    uint64_t request = 0;  ///< 0: the request was of an earlier term, or from an earlier leader.
    Index last_included_index = 0;
    uint64_t next_offset = 0;
    bool installed = false;
};
struct TimeoutNow {
    Term term = 0;
};

struct Message {
    NodeId from = 0;
    NodeId to = 0;
    std::variant<RequestVote, RequestVoteReply, AppendEntries, AppendEntriesReply, InstallSnapshot,
                 InstallSnapshotReply, TimeoutNow>
        body;
};

// --- Events

struct Receive {
    Message message;
};
/// Time passed. Also sent when the deadline of the last Update is reached.
struct Tick {};
/// Append payloads as consecutive normal entries of this term; refused when we do not lead `term`
/// (term 0: any).
struct Submit {
    std::vector<Payload> payloads{};
    Term term = 0;
};
/// Propose a configuration that differs from the newest one by one voter at most.
struct SubmitConfiguration {
    Configuration configuration{};
};
/// Our log is durable up to `index`, whose entry has `term`. Completions of writes that were
/// truncated since are ignored. `log_epoch` is the Update's that asked for the write; without it
/// (0) a driver must itself drop completions that were under way when it truncated.
struct Persisted {
    Index index = 0;
    Term term = 0;
    uint64_t log_epoch = 0;
};
/// The application has a durable snapshot at an applied index; entries up to `compact_to` may go.
struct SnapshotTaken {
    Index index = 0;
    Index compact_to = 0;
    uint64_t bytes = 0;  ///< Size of the snapshot; 0: unknown, the driver sets `done`.
};
/// The received snapshot is durable and the log starts behind it.
struct SnapshotInstalled {
    Index index = 0;
    Term term = 0;
};
/// Hand leadership over (dissertation 3.10). Submits are refused until it is done or one election
/// timeout has passed.
struct TransferLeadership {
    NodeId to = 0;  ///< 0: the most up-to-date voter.
};
/// Linearizable read (dissertation 6.4); answered by Update::reads once leadership is confirmed.
struct ReadIndex {
    uint64_t id = 0;
};

struct Event {
    uint64_t now_ms = 0;  ///< Monotonic; a smaller value than before counts as the same.
    std::variant<Receive, Tick, Submit, SubmitConfiguration, Persisted, SnapshotTaken,
                 SnapshotInstalled, TransferLeadership, ReadIndex>
        body;
};

enum class StepError {
    not_leader,          ///< Submit elsewhere than at the leader, or of another term.
    transferring,        ///< The leader is handing over and takes no entries.
    busy,                ///< Uncommitted entries exceed the configured bytes; try later.
    change_in_progress,  ///< A configuration change is uncommitted, or none of this term is
                         ///< committed yet.
    bad_change,          ///< More than one voter apart, removed id reused, or no voter left.
    unknown_member,      ///< Transfer to somebody who is no voter.
    malformed_message,   ///< Hostile or impossible input from a peer; dropped.
};
[[nodiscard]] std::string_view to_string(StepError error) noexcept;

// --- Update

struct ReadState {
    uint64_t id = 0;
    bool ok = false;  ///< False: leadership was lost; ask again.
    Index index = 0;  ///< Serve the read once this index is applied.
};

/// What the driver must do after one step, in this order.
struct Update {
    /// 1. Persist (synchronously, before any message of this update leaves).
    bool hard_state_changed = false;
    Term term = 0;
    NodeId voted_for = 0;
    /// 2. Truncate our log from `truncate_from` (0: nothing), then append `entries` (consecutive).
    ///    Durability is reported later by Persisted.
    Index truncate_from = 0;
    std::vector<Entry> entries{};
    uint64_t log_epoch = 0;  ///< Raised by every truncation and installed snapshot; see Persisted.
    /// 3. Snapshot chunk to store (see InstallSnapshot); when `done`, install it, drop the log,
    /// then report
    ///    SnapshotInstalled.
    std::optional<InstallSnapshot> snapshot_chunk{};
    /// 4. Send. AppendEntries: fill `entries` from our log at once. InstallSnapshot: attach data at
    /// `offset`.
    std::vector<Message> messages{};
    /// 5. Commit index, monotonic. Entries up to it may be applied once they are durable or at a
    /// majority.
    Index commit_index = 0;
    /// 6. Role and who leads.
    bool role_changed = false;
    Role role = Role::follower;
    NodeId leader = 0;
    /// 7. Answers to ReadIndex.
    std::vector<ReadState> reads{};
    /// 8. Send Tick at this time at the latest.
    uint64_t next_timeout_ms = 0;
};

// --- The engine

struct Options {
    NodeId id = 0;
    uint64_t seed = 0;
    uint64_t election_timeout_min_ms = 150;
    uint64_t election_timeout_max_ms = 300;
    uint64_t heartbeat_ms = 50;
    uint64_t message_bytes_max =
        1 << 20;  ///< Entry bytes in one AppendEntries; one entry may exceed it.
    uint32_t message_entries_max = 1024;
    uint64_t inflight_bytes_max = 8 << 20;  ///< Per follower, sent and not acknowledged.
    uint32_t inflight_messages_max = 64;
    uint64_t uncommitted_bytes_max = 64 << 20;  ///< Submit answers `busy` above it.
    uint64_t snapshot_chunk_bytes = 1 << 18;
};

/// Term and payload size of a log entry, for starting from disk.
struct EntryInfo {
    Term term = 0;
    EntryType type = EntryType::normal;
    uint32_t bytes = 0;
    Payload configuration{};  ///< Only for EntryType::configuration.
};

/// What was durable when the node stopped.
struct DurableState {
    Term term = 0;
    NodeId voted_for = 0;
    Index snapshot_index = 0;  ///< 0: none; `configuration` is then the bootstrap configuration.
    Term snapshot_term = 0;
    Configuration configuration{};
    uint64_t snapshot_bytes = 0;
    std::vector<EntryInfo> entries{};  ///< From snapshot_index + 1.
    /// Part of the log was lost to corruption: grant no vote and start no election before the
    /// commit index learnt from a leader reaches this index (0: log is whole).
    Index distrusted_until = 0;
};

/// Whether a Raft may be built on `durable`: terms in order, configurations well formed, indexes in
/// range.
[[nodiscard]] Result<void, DecodeError> validate(const DurableState& durable);

struct PeerProgress {
    NodeId id = 0;
    Index match_index = 0;
    Index next_index = 0;
    uint64_t last_heard_ms = 0;  ///< By the time of the events; 0: never.
    bool recently_active = false;
    bool snapshotting = false;
};

class Raft {
  public:
    /// @param durable  Must pass validate().
    Raft(const Options& options, DurableState durable, uint64_t now_ms);
    ~Raft();
    Raft(Raft&&) noexcept;
    Raft& operator=(Raft&&) noexcept;

    /// Consumes one event. An error leaves the engine as it was; for Receive it is a reason to drop
    /// the peer's message (malformed_message), never to stop.
    [[nodiscard]] Result<Update, StepError> step(Event event);

    [[nodiscard]] Role role() const noexcept;
    [[nodiscard]] NodeId leader() const noexcept;
    [[nodiscard]] Term term() const noexcept;
    [[nodiscard]] Index commit_index() const noexcept;
    [[nodiscard]] Index first_index() const noexcept;  ///< Oldest entry kept, or last_index() + 1.
    [[nodiscard]] Index last_index() const noexcept;
    [[nodiscard]] Index persisted_index() const noexcept;
    [[nodiscard]] Term term_at(Index index) const noexcept;  ///< 0 if unknown.
    /// The newest in the log, committed or not.
    [[nodiscard]] const Configuration& configuration() const noexcept;
    /// The configuration in force at `index`, from the snapshot on; what a snapshot at `index` must
    /// carry.
    [[nodiscard]] const Configuration& configuration_at(Index index) const noexcept;
    /// Where the newest configuration stands in the log; committed if not above commit_index().
    [[nodiscard]] Index configuration_index() const noexcept;
    [[nodiscard]] Index snapshot_index() const noexcept;
    /// False while DurableState::distrusted_until bars us from voting.
    [[nodiscard]] bool trusted() const noexcept;
    [[nodiscard]] std::vector<PeerProgress> progress() const;
    [[nodiscard]] uint64_t next_timeout_ms() const noexcept;

  private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace otento::raft
