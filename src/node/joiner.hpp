// A node that is no member yet: asks the cluster who it is, says what an operator has to do
// meanwhile, and writes down what it was told. Owns a thread; when it is through, the node starts
// anew as a member.
#pragma once

#include <otento/node/join_file.hpp>
#include <otento/node/questions.hpp>

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

struct JoinOptions {
    Hash node_key;
    uint64_t network_id = 0;
    Hash genesis_hash;
    std::vector<JoinTarget> targets;  ///< Asked in turn.
    consensus::MemberAddress own;     ///< Where this node listens.
    std::string token;                ///< Empty: an operator has to add us.
    uint64_t expected_id = 0;         ///< Of --raftjoinexisting; 0: any.
    std::string joined_path;          ///< Where the outcome goes.
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
    void stop();

  private:
    enum class Step { again, done };

    void run();
    [[nodiscard]] Step ask(const JoinTarget& target);
    [[nodiscard]] Step take_in(const YouAre& answer);
    void report(std::string text);

    const JoinOptions options_;
    const std::function<void(std::string)> finished_;
    Published<std::string> progress_;
    std::atomic<bool> stopping_ = false;
    Inbox<bool> wake_{1};  // Closed to stop; its waits are the pauses between attempts.
    std::thread thread_;
};

}  // namespace otento::node
