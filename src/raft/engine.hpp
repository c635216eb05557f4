// The engine behind the facade. One class, because Raft's state is one thing; its rules are in one
// file per chapter: election, append (follower), replication (leader), snapshot, membership,
// transfer, read_index.
#pragma once

#include <otento/raft/configuration_log.hpp>
#include <otento/raft/log_index.hpp>
#include <otento/raft/mutation.hpp>
#include <otento/raft/progress.hpp>
#include <otento/raft/raft.hpp>

#include <map>
#include <set>

namespace otento::raft {

using Outcome = Result<void, StepError>;

class Raft::Impl {
  public:
    Impl(const Options& options, DurableState durable, uint64_t now_ms);

    [[nodiscard]] Result<Update, StepError> step(Event event);

    [[nodiscard]] Role role() const noexcept;
    [[nodiscard]] NodeId leader() const noexcept { return leader_; }
    [[nodiscard]] Term term() const noexcept { return term_; }
    [[nodiscard]] Index commit_index() const noexcept { return commit_index_; }
    [[nodiscard]] Index persisted_index() const noexcept { return persisted_; }
    [[nodiscard]] Index snapshot_index() const noexcept { return snapshot_index_; }
    [[nodiscard]] bool trusted() const noexcept { return !distrusted(); }
    [[nodiscard]] const LogIndex& log() const noexcept { return log_; }
    [[nodiscard]] const ConfigurationLog& configurations() const noexcept {
        return configurations_;
    }
    [[nodiscard]] std::vector<PeerProgress> progress() const;
    [[nodiscard]] uint64_t next_timeout_ms() const noexcept;

  private:
    // Events (raft.cpp dispatches). Each checks everything first and changes nothing if it fails.
    [[nodiscard]] Outcome on(Receive& event);
    [[nodiscard]] Outcome on(Tick& event);
    [[nodiscard]] Outcome on(Submit& event);
    [[nodiscard]] Outcome on(SubmitConfiguration& event);
    [[nodiscard]] Outcome on(Persisted& event);
    [[nodiscard]] Outcome on(SnapshotTaken& event);
    [[nodiscard]] Outcome on(SnapshotInstalled& event);
    [[nodiscard]] Outcome on(TransferLeadership& event);
    [[nodiscard]] Outcome on(ReadIndex& event);

    [[nodiscard]] Outcome receive(NodeId from, RequestVote& message);
    [[nodiscard]] Outcome receive(NodeId from, RequestVoteReply& message);
    [[nodiscard]] Outcome receive(NodeId from, AppendEntries& message);
    [[nodiscard]] Outcome receive(NodeId from, AppendEntriesReply& message);
    [[nodiscard]] Outcome receive(NodeId from, InstallSnapshot& message);
    [[nodiscard]] Outcome receive(NodeId from, InstallSnapshotReply& message);
    [[nodiscard]] Outcome receive(NodeId from, TimeoutNow& message);

    // raft.cpp
    void send(NodeId to, decltype(Message::body) body);
    void finish(Term term_before, NodeId voted_before);
    [[nodiscard]] const Configuration& configuration() const noexcept {
        return configurations_.newest();
    }
    [[nodiscard]] bool is_voter() const noexcept { return configuration().is_voter(options_.id); }
    void append_entry(Entry entry);
    void advance_commit(Index index);

    // election.cpp
    void reset_election_timer();
    [[nodiscard]] bool may_stand() const noexcept;
    [[nodiscard]] bool distrusted() const noexcept { return distrusted_until_ != 0; }
    [[nodiscard]] bool hears_leader() const noexcept;
    [[nodiscard]] bool up_to_date(Index last_log_index, Term last_log_term) const noexcept;
    [[nodiscard]] bool grants(NodeId from, const RequestVote& message) const noexcept;
    void adopt_term(Term term);
    void become_follower(Term term, NodeId leader);
    void start_pre_vote();
    void start_election(bool disrupt_leader);
    void ask_for_votes(const RequestVote& request);
    void count_vote(NodeId voter);
    [[nodiscard]] bool won() const noexcept;
    void become_leader();
    void resign();

    // append.cpp
    struct AppendPlan {
        enum class Verdict { impossible, rejected, accepted };
        Verdict verdict = Verdict::impossible;
        Index conflict_index = 0;
        Term conflict_term = 0;
        size_t known = 0;         ///< Entries at the front that we have.
        Index truncate_from = 0;  ///< First entry of ours that conflicts; 0: none.
        std::vector<std::pair<Index, Configuration>> configurations;  ///< Among the new entries.
    };
    [[nodiscard]] AppendPlan plan_append(const AppendEntries& message) const;
    [[nodiscard]] bool contradicts_leader(NodeId from, Term term) const noexcept;
    void hear_leader(NodeId from, Term term);
    void apply_append(AppendEntries& message, AppendPlan& plan);
    void acknowledge(uint64_t read_round);
    void check_trust();

    // replication.cpp
    void leader_tick();
    void broadcast_heartbeat();
    void replicate_to_all();
    void replicate_to(NodeId id, Progress& peer);
    void send_empty(NodeId id, Progress& peer, Index prev);
    void send_append(NodeId id, Progress& peer, Index prev, uint32_t count);
    [[nodiscard]] Index last_for(const Progress& peer) const noexcept;
    [[nodiscard]] uint32_t batch_size(const Progress& peer) const noexcept;
    void notify_commit();
    void notify_commit(NodeId id, Progress& peer);
    void hear_later_term(NodeId from, Term term);
    void accepted_by(NodeId id, Progress& peer, const AppendEntriesReply& reply);
    void rejected_by(NodeId id, Progress& peer, const AppendEntriesReply& reply);
    [[nodiscard]] Index next_probe(const AppendEntriesReply& reply) const noexcept;
    void maybe_commit();
    [[nodiscard]] bool committed_in_term() const noexcept { return commit_index_ >= term_start_; }
    [[nodiscard]] bool recently_active(const Progress& peer) const noexcept;
    /// The highest value that a majority of the voters reaches (Raft 5.3), `own` standing for us.
    template <typename ValueOf>
    [[nodiscard]] uint64_t majority_value(uint64_t own, ValueOf value_of) const {
        std::vector<uint64_t> values;
        for (const Member& member : configuration().members) {
            if (!member.voter && !mutated(Mutation::learners_count)) {
                continue;
            }
            const auto peer = peers_.find(member.id);
            values.push_back(member.id == options_.id ? own
                             : peer == peers_.end()   ? 0
                                                      : value_of(peer->second));
        }
        const size_t majority = values.size() / 2;
        if (mutated(Mutation::removed_leader_counts_itself) && !is_voter()) {
            values.push_back(own);
        }
        if (values.empty()) {
            return 0;
        }
        std::sort(values.begin(), values.end(), std::greater_equal<>{});
        return values[majority];
    }

    // snapshot.cpp
    void start_snapshot(NodeId id, Progress& peer);
    void send_chunk(NodeId id, Progress& peer);
    void reply_to_snapshot(const InstallSnapshot& message, uint64_t next_offset, bool installed);
    void receive_chunk(InstallSnapshot& message);

    // membership.cpp
    void sync_peers();
    void drop_leaving_peers();
    void leave_if_removed();

    // transfer.cpp
    void continue_transfer();
    [[nodiscard]] NodeId best_successor() const noexcept;

    // read_index.cpp
    void start_read_round();
    void finish_read_round();
    void fail_reads();

    // --- State

    Options options_;
    Random random_;
    uint64_t now_ms_ = 0;

    // Persistent on all servers (Raft Figure 2).
    Term term_ = 0;
    NodeId voted_for_ = 0;
    LogIndex log_;
    ConfigurationLog configurations_;
    Index snapshot_index_ = 0;
    Term snapshot_term_ = 0;
    uint64_t snapshot_bytes_ = 0;
    Index persisted_ = 0;     ///< Durable up to here.
    uint64_t log_epoch_ = 1;  ///< See Persisted.
    Index distrusted_until_ = 0;

    // Volatile on all servers.
    Role role_ =
        Role::follower;  ///< Never Role::learner, which is how a non-voting follower is shown.
    NodeId leader_ = 0;
    Index commit_index_ = 0;
    uint64_t election_deadline_ms_ = 0;

    // Followers.
    uint64_t leader_heard_ms_ = 0;
    Index verified_ = 0;  ///< Our log equals that of this term's leader up to here.
    uint64_t accepted_request_ =
        0;  ///< Latest request accepted from it, for replies after persisting.
    struct Receiving {
        NodeId from = 0;
        Term term = 0;
        uint64_t request = 0;
        Index index = 0;
        Term index_term = 0;
        Configuration configuration;
        uint64_t next_offset = 0;
        bool installing = false;  ///< All chunks are here; the log is being replaced.
    };
    std::optional<Receiving> receiving_;
    [[nodiscard]] bool installing() const noexcept { return receiving_ && receiving_->installing; }

    // Candidates.
    std::set<NodeId> votes_;

    // Leaders.
    std::map<NodeId, Progress> peers_;
    Index term_start_ = 0;  ///< The no-op that began this term.
    uint64_t heartbeat_deadline_ms_ = 0;
    struct Transfer {
        NodeId to = 0;
        uint64_t deadline_ms = 0;
    };
    std::optional<Transfer> transfer_;
    std::vector<uint64_t> waiting_reads_;
    std::vector<uint64_t>
        round_reads_;  ///< Answered with round_index_ when the round is confirmed.
    Index round_index_ = 0;
    uint64_t read_round_ = 0;

    Update update_;
    Role shown_role_ = Role::follower;
    NodeId shown_leader_ = 0;
    Term shown_term_ = 0;
};

}  // namespace otento::raft
