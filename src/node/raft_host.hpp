// The raft thread: hosts ordering::Replica, its sync thread beside it, and is the Orderer of the
// ledger.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/inbox.hpp>
#include <otento/consensus/membership_desk.hpp>
#include <otento/node/ledger_host.hpp>
#include <otento/node/member_directory.hpp>
#include <otento/ordering/replica.hpp>
#include <otento/p2p/network.hpp>

#include <atomic>
#include <thread>
#include <variant>

namespace otento::node {

class RaftHost final : public ordering::Orderer, private consensus::MembershipPort {
  public:
    /// @param replica  Opened, on its disk, by start-up.
    /// @param contacts  Whom to reach while the configuration does not name us, in a node that
    /// joins.
    RaftHost(std::unique_ptr<ordering::Replica> replica, std::vector<p2p::Endpoint> contacts,
             consensus::DeskOptions desk, Clock& clock);
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
    using Message = std::variant<Frame, Proposal, Synced, Applied, HandOver, Ask, MemberFrame>;

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
    consensus::MembershipDesk desk_;
    bool leadership_changed_ = true;
    MemberDirectory directory_;
    std::thread thread_;
    std::thread sync_thread_;
};

}  // namespace otento::node
