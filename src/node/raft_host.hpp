// The raft thread: hosts ordering::Replica, its sync thread beside it, and is the Orderer of the
// ledger.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/inbox.hpp>
#include <otento/consensus/membership_desk.hpp>
#include <otento/node/ledger_host.hpp>
#include <otento/node/log_keeper.hpp>
#include <otento/node/member_directory.hpp>
#include <otento/ordering/replica.hpp>
#include <otento/p2p/network.hpp>

#include <atomic>
#include <thread>
#include <variant>

namespace otento::node {

/// What the host has others do.
struct RaftHooks {
    /// Makes the state durable up to what is applied and calls `done` with whether that worked;
    /// both on another thread.
    std::function<void(std::function<void(bool)> done)> flush_state;
    /// The log of the others begins behind our state: it has to be fetched, and the node started
    /// anew. Called once, on the raft thread.
    std::function<void()> fetch_state;
    /// The committed configuration says that we were removed. Called once, on the raft thread.
    std::function<void()> removed;
};

struct RaftHostOptions {
    consensus::DeskOptions desk;
    /// Entries kept in the log behind the state, for members that were away; the log is cut when it
    /// has twice as many.
    uint64_t log_entries_kept = 10'000;
    uint64_t log_bytes_max = uint64_t{1} << 30;  ///< Above it fewer entries are kept.
    /// Where others reach this node; a member whose record says something else has it changed. An
    /// empty host: they know best.
    consensus::MemberAddress own{};
};

class RaftHost final : public ordering::Orderer, private consensus::MembershipPort {
  public:
    /// @param replica  Opened, on its disk, by start-up.
    RaftHost(std::unique_ptr<ordering::Replica> replica, MemberDirectory directory,
             RaftHostOptions options, RaftHooks hooks, Clock& clock);
    ~RaftHost() override;

    /// The threads start here. Both outlive the host's threads.
    void start(ordering::OrdererEvents& events, p2p::Network& network);
    /// Hands leadership to another member if we lead, waiting up to `patience_ms`. For planned
    /// stops.
    void hand_over(uint64_t patience_ms);
    void stop();

    // From any thread.
    [[nodiscard]] Result<void, ordering::ProposeError> propose(ordering::Payload block,
                                                               ordering::Term term) override;
    [[nodiscard]] std::shared_ptr<const ordering::Status> status() const override {
        return status_.get();
    }
    /// A frame from an authenticated member.
    void receive(uint64_t from, Bytes frame);
    /// Serves a request about the membership; `done` is called once, on the raft thread.
    void change_membership(consensus::MemberRequest request, consensus::MembershipDesk::Done done);
    /// Frames of membership requests and answers from an authenticated member.
    void receive_request(uint64_t from, Bytes frame);
    void receive_answer(uint64_t from, Bytes frame);
    /// Keeps the log from `index` on for a while, for a member that fetches the state; from any
    /// thread.
    void hold_log(ordering::Index index);
    /// Ends our part in the cluster until the next start, and says why. From any thread.
    void expel(std::string reason);
    /// What the log says about a delivered entry; empty if it has been cut off. `done` is called
    /// once, on the raft thread, unless the host stops before.
    void describe(ordering::Index index,
                  std::function<void(std::optional<ordering::SnapshotMeta>)> done);
    /// The ledger has applied everything up to `index`.
    void applied(ordering::Index index);

  private:
    struct Frame {
        uint64_t from = 0;
        Bytes bytes;
    };
    struct Proposal {
        ordering::Payload block;
        ordering::Term term = 0;
    };
    struct Synced {
        uint64_t job = 0;
        storage::DiskResult<void> result;
        double seconds = 0;
    };
    struct Applied {
        ordering::Index index = 0;
    };
    struct HandOver {};
    struct Ask {
        consensus::MemberRequest request;
        consensus::MembershipDesk::Done done;
    };
    struct MemberFrame {
        uint64_t from = 0;
        bool is_answer = false;
        Bytes bytes;
    };
    struct Describe {
        ordering::Index index = 0;
        std::function<void(std::optional<ordering::SnapshotMeta>)> done;
    };
    struct Hold {
        ordering::Index index = 0;
    };
    struct Expel {
        std::string reason;
    };
    struct Flushed {
        ordering::Index index = 0;
        bool ok = false;
    };
    using Message = std::variant<Frame, Proposal, Synced, Applied, HandOver, Ask, MemberFrame,
                                 Describe, Flushed, Expel, Hold>;

    // consensus::MembershipPort, for the desk.
    [[nodiscard]] const ordering::Status& current() const override { return *current_; }
    [[nodiscard]] Result<void, raft::StepError> change(raft::Configuration next) override;
    [[nodiscard]] Result<void, raft::StepError> transfer(uint64_t to) override;
    void send_request(uint64_t to, Bytes frame) override;
    void send_answer(uint64_t to, Bytes frame) override;

    [[nodiscard]] bool overslept(uint64_t now_ms);
    void run();
    void publish();
    void serve_membership();
    void notice_removal();
    void announce_move();
    [[nodiscard]] LogExtent log_behind(ordering::Index state) const;
    void compact(ordering::Index applied);
    void on_flushed(const Flushed& flushed);
    void run_syncs();
    void handle(Message& message);
    void carry_out(ordering::Outputs outputs);
    [[nodiscard]] uint64_t now_ms() const noexcept { return clock_.monotonic_ns() / 1'000'000; }

    std::unique_ptr<ordering::Replica> replica_;
    Clock& clock_;
    ordering::OrdererEvents* events_ = nullptr;
    p2p::Network* network_ = nullptr;
    Inbox<Message> inbox_;
    Inbox<storage::SyncJob> syncs_;
    uint64_t deadline_ms_ = 0;
    bool stalled_ = false;
    bool more_committed_ = false;
    Published<ordering::Status> status_;
    std::shared_ptr<const ordering::Status> current_;  ///< The newest, maybe not yet published.
    const RaftHostOptions options_;
    const RaftHooks hooks_;
    bool flushing_ = false;
    LogKeeper keeper_;
    bool fetching_ = false;
    bool removed_ = false;
    uint64_t announce_at_ms_ = 0;
    consensus::MembershipDesk desk_;
    bool leadership_changed_ = true;
    MemberDirectory directory_;
    std::thread thread_;
    std::thread sync_thread_;
};

}  // namespace otento::node
