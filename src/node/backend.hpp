// rpc::Backend over the running node: what RPC threads may see and do. Never waits for the ledger
// or raft thread.
#pragma once

#include <otento/node/ledger_host.hpp>
#include <otento/node/metrics.hpp>
#include <otento/node/raft_host.hpp>
#include <otento/p2p/network.hpp>
#include <otento/rpc/backend.hpp>

namespace otento::node {

struct BackendOptions {
    std::string client_version;
    uint64_t network_id = 0;
    uint64_t raft_id = 0;
    crypto::PublicKey node_key;
    /// What the other members say about us if we are none of them; empty: nothing of the kind.
    std::function<std::string()> stranger_notice;
};

class NodeBackend final : public rpc::Backend {
  public:
    struct Parts {
        const chain::Chain& chain;
        std::shared_ptr<const txpool::PoolIndex> pool;
        txpool::PoolLimits limits;
        RaftHost& orderer;
        LedgerHost& ledger;
        const p2p::Network& network;
        Metrics& metrics;
        rpc::LocalAccounts& accounts;
        Clock& clock;
    };

    NodeBackend(BackendOptions options, Parts parts);

    [[nodiscard]] std::shared_ptr<const chain::ChainView> view() const override;
    void submit_transaction(Bytes encoded, std::function<void(rpc::SubmitAnswer)> done) override;
    [[nodiscard]] std::optional<rpc::PoolTransaction> pool_transaction(
        const Hash& hash) const override;
    [[nodiscard]] uint64_t pending_nonce(const Address& address) const override;

    [[nodiscard]] rpc::LocalAccounts& local_accounts() override { return parts_.accounts; }

    [[nodiscard]] std::string client_version() const override;
    [[nodiscard]] uint64_t network_id() const override;
    [[nodiscard]] uint64_t peer_count() const override;
    [[nodiscard]] uint64_t highest_block() const override;

    [[nodiscard]] uint64_t raft_id() const override { return options_.raft_id; }
    [[nodiscard]] std::string raft_role() const override;
    [[nodiscard]] std::optional<std::string> raft_leader() const override;
    [[nodiscard]] std::vector<rpc::ClusterMember> raft_cluster() const override;

    void change_membership(rpc::MembershipCall call,
                           std::function<void(rpc::MembershipAnswer)> done) override;

    [[nodiscard]] rpc::Readiness readiness() const override;
    [[nodiscard]] std::string metrics() const override;
    [[nodiscard]] std::optional<uint64_t> timestamp_nanos(
        const types::Header& header) const override;

    /// From here on not ready: load balancers turn away before connections close.
    void begin_shutdown() noexcept { stopping_ = true; }

    /// Why this node is no member any more; empty: it is, or was never one.
    [[nodiscard]] std::string removed_reason() const;

  private:
    [[nodiscard]] std::string outside_reason() const;
    [[nodiscard]] bool pool_is_full_for(BytesView encoded) const;
    BackendOptions options_;
    Parts parts_;
    std::atomic<bool> stopping_{false};
};

}  // namespace otento::node
