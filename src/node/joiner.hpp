// A node that is no member yet: asks the cluster who it is, says what an operator has to do
// meanwhile, and writes down what it was told. Owns a thread; when it is through, the node starts
// anew as a member.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/node/hand_on.hpp>
#include <otento/node/join_file.hpp>
#include <otento/node/questions.hpp>
#include <otento/p2p/conversation.hpp>

#include <otento/base/inbox.hpp>

#include <atomic>
#include <functional>
#include <thread>

namespace otento::node {

struct JoinTarget {
    std::string host;
    uint16_t p2p_port = 0;
    friend bool operator==(const JoinTarget&, const JoinTarget&) = default;
};

/// `HOST:PORT`, `[V6]:PORT`, or an enode URL.
[[nodiscard]] Result<JoinTarget, std::string> parse_join_target(const std::string& text);

/// What our chain has before anything is fetched.
struct OwnState {
    Hash genesis_hash;
    uint64_t applied_index = 0;
    uint64_t number = 0;
    Hash block_hash;
};

struct JoinFiles {
    std::string joined;        ///< Where the outcome goes.
    std::string incoming;      ///< Folder of a state on its way in.
    std::string fetch_wanted;  ///< Exists if our own state will not do.
};

struct JoinOptions {
    Hash node_key;
    uint64_t network_id = 0;
    std::vector<JoinTarget> targets;  ///< Asked in turn.
    consensus::MemberAddress own;     ///< Where this node listens.
    std::string token;                ///< Empty: an operator has to add us.
    uint64_t expected_id = 0;         ///< Of --raftjoinexisting; 0: any.
    uint64_t former_id = 0;           ///< We were that and wait for another one; 0: we were nobody.
    std::optional<Unsettled> unsettled{};  ///< What a removed node has to hand on.
    JoinFiles files;
    chain::ChainOptions chain;  ///< For opening what was fetched.
    OwnState have;
};

class Joiner {
  public:
    /// @param finished  Called once on the joiner's thread: with an empty text if the node is a
    /// member now and has to start as one, else with the reason why it never will be.
    Joiner(JoinOptions options, std::function<void(std::string)> finished);
    Joiner(const Joiner&) = delete;
    Joiner& operator=(const Joiner&) = delete;
    ~Joiner();

    /// What it waits for, in words; from any thread.
    [[nodiscard]] std::string progress() const { return *progress_.get(); }
    /// A member has said that we do not belong to the cluster (any more).
    [[nodiscard]] bool is_stranger() const noexcept { return stranger_; }
    void stop();

  private:
    enum class Step { again, done };

    void run();
    [[nodiscard]] Step ask(const JoinTarget& target);
    [[nodiscard]] Result<YouAre, std::string> who_am_i(p2p::Conversation& member);
    [[nodiscard]] Step take_in(p2p::Conversation& member, const YouAre& answer);
    [[nodiscard]] Result<void, std::string> get_state(p2p::Conversation& member,
                                                      const YouAre& answer, Joined& joined);
    [[nodiscard]] Result<void, std::string> fetch_from(p2p::Conversation& source, Joined& joined,
                                                       uint64_t held_from);
    using Members = std::vector<std::unique_ptr<p2p::Conversation>>;
    [[nodiscard]] Members reach(const raft::Configuration& members) const;
    [[nodiscard]] Result<bool, std::string> keep_own_state(p2p::Conversation& member,
                                                           Joined& joined, uint64_t commit_index);
    [[nodiscard]] p2p::ConversationOptions dial_options(const JoinTarget& target) const;
    void hand_on_accepted(p2p::Conversation& member);
    void report(std::string text);

    const JoinOptions options_;
    const std::function<void(std::string)> finished_;
    Published<std::string> progress_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> stranger_ = false;
    std::chrono::steady_clock::time_point hand_on_at_{};  ///< Not before; the thread's.
    Inbox<bool> wake_{1};  // Closed to stop; its waits are the pauses between attempts.
    std::thread thread_;
};

}  // namespace otento::node
