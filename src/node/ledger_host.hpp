// The ledger thread: hosts consensus::Ledger, takes messages from RPC, p2p and the raft thread, and
// publishes what the ledger says about itself.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/consensus/ledger.hpp>

#include <functional>
#include <string>
#include <thread>
#include <variant>

namespace otento::node {

/// What became of a submitted transaction: empty if accepted, else the words for the client.
using SubmitDone = std::function<void(std::string refusal)>;

class LedgerHost final : public ordering::OrdererEvents {
  public:
    /// @param applied  Called on the ledger thread with the log index the state stands for,
    /// whenever it moved.
    LedgerHost(consensus::LedgerOptions options, consensus::Ledger::Parts parts,
               std::function<void(ordering::Index)> applied);
    ~LedgerHost() override;

    void start();
    /// Handles what is in the inbox, then ends the thread. Nothing is submitted afterwards.
    void stop();

    // From any thread.
    /// `done` is called on the ledger thread, or at once when the inbox is full.
    void submit(consensus::Intake intake, SubmitDone done);
    void forwarded(Bytes frame);
    [[nodiscard]] std::shared_ptr<const consensus::LedgerStatus> status() const {
        return status_.get();
    }

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
    };
    struct Refused {
        ordering::Payload block;
    };
    using Message = std::variant<Submit, Forwarded, Commit, ordering::Leadership, Refused>;

    void run();
    void handle(Message& message);
    void answer_accepted();

    consensus::Ledger ledger_;
    Inbox<Message> inbox_;
    std::vector<SubmitDone> accepted_;
    std::function<void(ordering::Index)> applied_;
    ordering::Index reported_ = 0;
    Published<consensus::LedgerStatus> status_;
    std::thread thread_;
};

}  // namespace otento::node
