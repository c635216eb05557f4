// The raft thread: hosts ordering::Replica, its sync thread beside it, and is the Orderer of the
// ledger.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/inbox.hpp>
#include <otento/node/ledger_host.hpp>
#include <otento/ordering/replica.hpp>
#include <otento/p2p/network.hpp>

#include <atomic>
#include <thread>
#include <variant>

namespace otento::node {

class RaftHost final : public ordering::Orderer {
  public:
    /// @param replica  Opened, on its disk, by start-up.
    RaftHost(std::unique_ptr<ordering::Replica> replica, Clock& clock);
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
    using Message = std::variant<Frame, Proposal, Synced, Applied, HandOver>;

    [[nodiscard]] bool overslept(uint64_t now_ms);
    void run();
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
    std::thread thread_;
    std::thread sync_thread_;
};

}  // namespace otento::node
