// What p2p tells, handed to the threads that own the answer.
#pragma once

#include <otento/node/acquaintances.hpp>
#include <otento/node/ledger_host.hpp>
#include <otento/node/permissions.hpp>
#include <otento/node/questions.hpp>
#include <otento/node/raft_host.hpp>
#include <otento/node/state_server.hpp>
#include <otento/p2p/network.hpp>

#include <atomic>
#include <map>

namespace otento::node {

class FrameRouter final : public p2p::NetworkEvents {
  public:
    /// All outlive the network's thread.
    struct Parts {
        RaftHost& raft;
        LedgerHost& ledger;
        StateServer& state;
        const chain::Chain& chain;
        std::function<void()> maybe_removed;  ///< Somebody says that we are no member.
        /// Takes over what a removed node has accepted; false if it cannot now.
        std::function<bool(HandOn, std::function<void(std::vector<std::string>)>)> take_over;
        std::string join_token;    ///< Adds whoever brings it; empty: nobody.
        Permissions& permissions;  ///< The network thread's.
    };
    FrameRouter(Parts parts, Acquaintances acquaintances)
        : parts_(std::move(parts)), acquaintances_(std::move(acquaintances)) {}

    /// Questions are dropped before.
    void connect(p2p::Network& network) noexcept { network_.store(&network); }

    void on_raft_frame(uint64_t from, Bytes frame) override;
    void on_frame(uint64_t from, p2p::Channel channel, Bytes frame) override;
    void on_question(p2p::Question question) override;
    void on_peer(uint64_t raft_id, bool connected) override;
    [[nodiscard]] bool admit(uint64_t raft_id, uint64_t log_birth) override;
    [[nodiscard]] bool permits(const p2p::NodeKey& node_key) override;
    [[nodiscard]] bool was_member(const p2p::NodeKey& node_key) override;
    void on_refused(uint64_t raft_id, p2p::Refusal reason) override;

  private:
    /// Answers one conversation, from any thread.
    using Answer = std::function<void(Bytes)>;
    void answer_who(const p2p::Question& question, const WhoAmI& who, const Answer& answer);
    void answer_hand_on(HandOn given, const Answer& answer);
    void answer_member(const QuestionBody& question, Answer answer);
    void answer_anchor(const AskAnchor& question, Answer answer);

    const Parts parts_;
    Acquaintances acquaintances_;                // The network thread's.
    std::map<uint64_t, uint64_t> strange_logs_;  // The network thread's; told once each.
    bool told_twice_ = false;                    // The network thread's.
    std::atomic<p2p::Network*> network_{nullptr};
};

}  // namespace otento::node
