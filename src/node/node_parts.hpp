// Everything a running node consists of. Steps that are long live in files of their own.
#pragma once

#include <otento/net/ipc_server.hpp>
#include <otento/node/backend.hpp>
#include <otento/node/datadir.hpp>
#include <otento/node/fetched_snapshots.hpp>
#include <otento/node/frame_router.hpp>
#include <otento/node/joiner.hpp>
#include <otento/node/joining_backend.hpp>
#include <otento/node/ledger_host.hpp>
#include <otento/node/node.hpp>
#include <otento/node/place.hpp>
#include <otento/node/raft_host.hpp>
#include <otento/node/state_server.hpp>
#include <otento/node/task_threads.hpp>
#include <otento/node/thread_pool.hpp>
#include <otento/rpc/http_gateway.hpp>

#include <atomic>

namespace otento::node {

constexpr unsigned RECOVERY_WORKERS = 1;  // Beside the thread that asks.
constexpr unsigned SLOW_RPC_THREADS = 2;
constexpr size_t SLOW_RPC_WAITING_MAX = 1000;
constexpr size_t MAINTENANCE_WAITING_MAX = 16;

/// Lets the ledger forward before the network exists.
class Forwarder final : public consensus::TransactionForwarder {
  public:
    void connect(p2p::Network& network) noexcept { network_.store(&network); }
    void disconnect() noexcept { network_.store(nullptr); }
    void forward(ordering::NodeId leader, std::shared_ptr<const Bytes> frame) override {
        if (p2p::Network* network = network_.load()) {
            network->send(leader, p2p::Channel::transactions, std::move(frame));
        }
    }

  private:
    std::atomic<p2p::Network*> network_{nullptr};
};

/// In order of construction; destroyed in reverse.
struct Node::Parts {
    config::NodeOptions options;
    SystemClock clock;
    Datadir datadir;
    Hash node_key;
    crypto::PublicKey public_key;
    types::Genesis genesis;
    uint64_t network_id = 0;
    uint64_t raft_id = 0;
    Place place;  ///< Who we are, as far as is known before the raft log is open.
    std::function<void()> wake;

    std::unique_ptr<rpc::LocalAccounts> accounts;  ///< Outlives all that may answer a send.
    std::unique_ptr<storage::Disk> disk = storage::make_posix_disk();
    ThreadPool recovery{RECOVERY_WORKERS};
    std::unique_ptr<chain::Chain> chain;
    std::unique_ptr<txpool::TxPool> pool;
    std::shared_ptr<const txpool::PoolIndex> pool_index;
    Forwarder forwarder;
    Metrics metrics;
    std::unique_ptr<FetchedSnapshots> snapshots;
    std::unique_ptr<RaftHost> raft;
    std::unique_ptr<LedgerHost> ledger;
    std::unique_ptr<StateServer> state_server;
    std::unique_ptr<Permissions> permissions;
    std::unique_ptr<FrameRouter> router;
    std::unique_ptr<p2p::Network> network;
    std::unique_ptr<NodeBackend> backend;
    /// While the node is no member: before it is one, and after it was removed.
    Guarded<std::shared_ptr<Joiner>> joiner;
    bool joining = false;
    std::unique_ptr<JoiningBackend> joining_backend;
    rpc::Backend* shown = nullptr;  ///< One of the two.
    std::atomic<bool> restart_wanted = false;
    Published<std::string> join_failure;
    TaskThreads maintenance{1, MAINTENANCE_WAITING_MAX};
    TaskThreads slow_rpc{SLOW_RPC_THREADS, SLOW_RPC_WAITING_MAX};
    std::unique_ptr<rpc::Dispatcher> dispatcher;
    std::unique_ptr<rpc::HttpGateway> gateway;
    std::unique_ptr<net::HttpServer> http;
    std::unique_ptr<rpc::Dispatcher> ipc_dispatcher;
    std::unique_ptr<net::IpcServer> ipc;

    [[nodiscard]] Result<void, std::string> load_keys();
    [[nodiscard]] Result<void, std::string> open_chain();
    [[nodiscard]] txpool::PoolLimits pool_limits() const;
    [[nodiscard]] Result<void, std::string> open_pool();
    [[nodiscard]] std::string log_directory() const {
        return (options.raft_log_dir.empty() ? datadir.root : options.raft_log_dir) + "/raft-wal";
    }
    [[nodiscard]] std::string client_version() const {
        return version() + (options.identity.empty() ? "" : "/" + options.identity) +
               "/linux-x86_64/c++23";
    }
    [[nodiscard]] Result<bool, std::string> take_place();
    [[nodiscard]] Result<void, std::string> join();
    [[nodiscard]] Result<JoinOptions, std::string> join_options() const;
    void start_joiner(JoinOptions wanted);
    void wait_to_return();
    [[nodiscard]] std::string stranger_notice() const;
    [[nodiscard]] bool take_over_from_removed(HandOn given,
                                              std::function<void(std::vector<std::string>)> done);
    void hand_on_before_stop() const;
    [[nodiscard]] RaftHooks raft_hooks();
    void restart() {
        restart_wanted = true;
        wake();
    }
    [[nodiscard]] Result<void, std::string> open_raft();
    [[nodiscard]] Result<void, std::string> listen_p2p();
    [[nodiscard]] Result<void, std::string> listen_rpc();
    [[nodiscard]] Result<void, std::string> listen_ipc();
    [[nodiscard]] net::HttpHandler http_handler();
    [[nodiscard]] rpc::Options rpc_options(std::vector<std::string> modules);
};

}  // namespace otento::node
