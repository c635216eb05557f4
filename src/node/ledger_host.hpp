// The ledger thread: hosts consensus::Ledger, takes messages from RPC, p2p and the raft thread, and
// publishes what the ledger says about itself.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/consensus/ledger.hpp>

#include <functional>
#include <future>
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
    /// Blocks until the ledger thread has answered; empty when it has ended.
    [[nodiscard]] std::vector<txpool::PooledPtr> unsettled();
    void settle(std::vector<Hash> hashes);
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
    struct ListUnsettled {
        std::promise<std::vector<txpool::PooledPtr>> answer;
    };
    struct Settle {
        std::vector<Hash> hashes;
    };
    using Message = std::variant<Submit, Forwarded, Commit, ordering::Leadership, Refused,
                                 ListUnsettled, Settle>;

    void run();
    void handle(Message& message);
    void answer_submitted();

    consensus::Ledger ledger_;
    Inbox<Message> inbox_;
    struct Answer {
        SubmitDone done;
        std::string refusal;
    };
    std::vector<Answer> answers_;
    std::function<void(ordering::Index)> applied_;
    ordering::Index reported_ = 0;
    Published<consensus::LedgerStatus> status_;
    std::thread thread_;
};

}  // namespace otento::node
