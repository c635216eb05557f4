// What the RPC namespaces need from the node, declared here and implemented by node/. Plain values
// only.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>
#include <otento/base/uint256.hpp>
#include <otento/chain/chain_view.hpp>
#include <otento/rpc/local_accounts.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace otento::rpc {

/// Answer to a submitted transaction: its hash, or geth's text (JSON-RPC -32000).
struct SubmitAnswer {
    bool accepted = false;
    Hash hash;
    std::string error;
};

/// One element of raft_cluster (spec/quorum-raft.md 3.5.1).
struct ClusterMember {
    uint64_t raft_id = 0;
    std::string node_id;  ///< 128 hex digits, no prefix.
    uint16_t p2p_port = 0;
    uint16_t raft_port = 0;
    std::string hostname;
    std::string role;  ///< "minter", "verifier", "learner" or "".
    bool node_active = false;
};

/// What an operator asks of the membership.
struct MembershipCall {
    enum class Action : uint8_t { add_peer, add_learner, promote, remove, hand_over };
    Action action = Action::add_peer;
    std::string enode;     ///< Of the add calls.
    uint64_t raft_id = 0;  ///< Of the others; hand_over: 0 for the best one.
    bool force = false;    ///< promote: although it is not in sync.
};

struct MembershipAnswer {
    bool done = false;
    uint64_t raft_id = 0;
    std::string error;  ///< Why not (JSON-RPC -32000).
};

struct PoolTransaction {
    std::shared_ptr<const types::Transaction> tx;
    Hash hash;
    Address sender;
};

/// Why a node is or is not ready; `/readyz` shows it.
struct Readiness {
    bool ready = false;
    std::string reason;
};

/// Thread-safe. Nothing here waits for the consensus or ledger thread, but submit_transaction and
/// change_membership, which have deadlines of their own.
class Backend {
  public:
    Backend() = default;
    Backend(const Backend&) = delete;
    Backend& operator=(const Backend&) = delete;
    virtual ~Backend() = default;

    /// Never null once RPC listens.
    [[nodiscard]] virtual std::shared_ptr<const chain::ChainView> view() const = 0;
    /// Checks, pools and forwards one transaction; calls `done` exactly once, from any thread.
    virtual void submit_transaction(Bytes encoded, std::function<void(SubmitAnswer)> done) = 0;
    [[nodiscard]] virtual std::optional<PoolTransaction> pool_transaction(
        const Hash& hash) const = 0;
    /// Next nonce counting the local pool.
    [[nodiscard]] virtual uint64_t pending_nonce(const Address& address) const = 0;

    /// The accounts this node signs for.
    [[nodiscard]] virtual LocalAccounts& local_accounts() = 0;

    [[nodiscard]] virtual std::string client_version() const = 0;
    [[nodiscard]] virtual uint64_t network_id() const = 0;
    [[nodiscard]] virtual uint64_t peer_count() const = 0;
    /// Head the leader has committed, as far as this node knows; equal to the own head when in
    /// sync.
    [[nodiscard]] virtual uint64_t highest_block() const = 0;

    [[nodiscard]] virtual uint64_t raft_id() const = 0;  ///< 0: none yet.
    [[nodiscard]] virtual std::string raft_role()
        const = 0;  ///< GoQuorum's words; empty: no member.
    [[nodiscard]] virtual std::optional<std::string> raft_leader()
        const = 0;  ///< Node id, if known.
    [[nodiscard]] virtual std::vector<ClusterMember> raft_cluster() const = 0;

    /// Calls `done` exactly once, from any thread, when the change is committed or refused, or
    /// after a deadline.
    virtual void change_membership(MembershipCall call,
                                   std::function<void(MembershipAnswer)> done) = 0;

    [[nodiscard]] virtual Readiness readiness() const = 0;
    /// Prometheus text exposition.
    [[nodiscard]] virtual std::string metrics() const = 0;
    /// Seconds-and-nanoseconds seal of a header (`timestampNanos`), where the rule set has one.
    [[nodiscard]] virtual std::optional<uint64_t> timestamp_nanos(
        const types::Header& header) const = 0;
};

}  // namespace otento::rpc
