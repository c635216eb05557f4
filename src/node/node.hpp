// Composition root: one struct of parts, started step by step and stopped in reverse.
//
//   1 config   2 keys   3 storage   4 genesis or head   5 raft log   6 p2p listen   7 join   8 rpc
//   listen
//
// then `/readyz` says 200 as soon as the node is in sync. One log line per step.
#pragma once

#include <otento/config/options.hpp>

#include <functional>
#include <memory>
#include <string>

namespace otento::node {

/// Version of this build, "Otento/v0.1.0".
[[nodiscard]] std::string version();

class Node {
  public:
    /// Starts everything, or says in one sentence what to do about it.
    /// @param wake  Called from any thread when wants_restart() or failure() has something to say.
    [[nodiscard]] static Result<std::unique_ptr<Node>, std::string> start(
        const config::NodeOptions& options, std::function<void()> wake);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    /// True once a node that was joining has become a member: stop it and start it again.
    [[nodiscard]] bool wants_restart() const;
    /// Why it cannot go on; empty: it can.
    [[nodiscard]] std::string failure() const;
    /// Hands over leadership, answers what is in flight, writes what the next start would redo.
    void stop();

  private:
    struct Parts;
    explicit Node(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

/// `otento init GENESIS`: checks the document, makes block 0 and keeps the document in the data
/// directory.
[[nodiscard]] Result<std::string, std::string> init_datadir(const config::NodeOptions& options,
                                                            const std::string& genesis_file);

}  // namespace otento::node
