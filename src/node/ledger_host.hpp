// The ledger thread: hosts consensus::Ledger, takes messages from RPC, p2p and the raft thread, and publishes
// what the ledger says about itself.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/consensus/ledger.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <variant>

namespace otento::node {

/// What became of a submitted transaction: empty if accepted, else the words for the client.
using SubmitDone = std::function<void(std::string refusal)>;

class LedgerHost final : public ordering::OrdererEvents {
  public:
    LedgerHost(consensus::LedgerOptions options, consensus::Ledger::Parts parts);
    ~LedgerHost() override;

    void start();
    /// Handles what is in the inbox, then ends the thread. Nothing is submitted afterwards.
    void stop();

    // From any thread.
    /// `done` is called on the ledger thread, or at once when the inbox is full.
    void submit(consensus::Intake intake, SubmitDone done);
    void forwarded(Bytes frame);
    [[nodiscard]] std::shared_ptr<const consensus::LedgerStatus> status() const { return status_.get(); }
    /// Bytes of committed entries handed over and not applied yet: the raft thread waits with more above a limit.
    [[nodiscard]] size_t backlog_bytes() const noexcept { return backlog_bytes_.load(std::memory_order_relaxed); }

    // From the raft thread.
    void on_committed(std::vector<ordering::Committed> entries) override;
    void on_leadership(const ordering::Leadership& leadership) override;
    void on_proposal_refused(ordering::Payload block, ordering::ProposeError error) override;

  private:
    struct Submit {
        consensus::Intake intake;
        SubmitDone done;
    };
    struct Forwarded {
        Bytes frame;
    };
    struct Commit {
        std::vector<ordering::Committed> entries;
        size_t bytes = 0;
    };
    struct Refused {
        ordering::Payload block;
    };
    using Message = std::variant<Submit, Forwarded, Commit, ordering::Leadership, Refused>;

    void run();
    void handle(Message& message);
    void answer_accepted();

    consensus::Ledger ledger_;
    Clock& clock_;
    Inbox<Message> inbox_;
    std::vector<SubmitDone> accepted_;
    std::atomic<size_t> backlog_bytes_{0};
    size_t handed_over_bytes_ = 0;
    Published<consensus::LedgerStatus> status_;
    std::thread thread_;
};

}  // namespace otento::node
