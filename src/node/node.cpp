#include <otento/node/node.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/genesis.hpp>
#include <otento/keystore/settings.hpp>
#include <otento/net/ipc_server.hpp>
#include <otento/node/member_directory.hpp>
#include <otento/node/node_parts.hpp>
#include <otento/node/state_fetch.hpp>
#include <otento/node/unlock.hpp>

#include <fmt/core.h>

#include <filesystem>

namespace otento::node {
namespace {

constexpr uint64_t HAND_OVER_MS = 1000;
constexpr uint32_t HTTP_GRACE_MS = 2000;
constexpr uint32_t IPC_GRACE_MS = 1000;

uint64_t random_seed() {
    uint8_t bytes[8];
    secure_random(bytes);
    return load_be<uint64_t>(bytes);
}

}  // namespace

std::string version() {
    return "Otento/v0.1.0";
}

// --- The steps
// ---------------------------------------------------------------------------------------------

Result<void, std::string> Node::Parts::load_keys() {
    TRY(datadir, open_datadir(options));
    accounts = std::make_unique<rpc::LocalAccounts>(keystore::key_folder(options),
                                                    keystore::scrypt_cost(options), clock);
    TRY_VOID(unlock_accounts(options, accounts->keys));
    TRY(node_key, load_or_make_node_key(options, datadir));
    public_key = *crypto::public_key(node_key);
    logger::info("start", "2 keys: node id {}", to_hex(public_key));
    return {};
}

Result<void, std::string> Node::Parts::open_chain() {
    TRY_VOID(adopt_state(datadir.incoming(), datadir.chain()));
    TRY(genesis, load_genesis(options, datadir));
    network_id = options.network_id.value_or(genesis.config.chain_id);
    TRY(chain, node::open_chain(options, datadir, genesis));
    logger::info("start", "3 storage: {}", datadir.chain());
    logger::info("start", "4 chain: id {}, genesis {}, head {} {}, applied log entry {}",
                 genesis.config.chain_id, to_hex0x(chain->genesis_hash()), chain->head_number(),
                 to_hex0x(chain->head()->hash), chain->applied_index());
    return {};
}

txpool::PoolLimits Node::Parts::pool_limits() const {
    const config::PoolOptions& wanted = options.pool;
    txpool::PoolLimits out;
    out.count = wanted.global_slots + wanted.global_queue;
    out.executable_per_account = std::max<size_t>(out.executable_per_account, wanted.account_slots);
    out.queued_per_account = wanted.account_queue;
    out.queued = wanted.global_queue;
    out.lifetime_ms = wanted.lifetime_s * 1000;
    out.tx_bytes = genesis.config.tx_size_max;
    return out;
}

Result<void, std::string> Node::Parts::open_pool() {
    auto journal = txpool::Journal::open(*disk, datadir.journal());
    if (!journal) {
        return Err(journal.error().text);
    }
    pool = std::make_unique<txpool::TxPool>(pool_limits(), consensus::make_pool_head(*chain, clock),
                                            *std::move(journal));
    pool_index = pool->index();
    const auto restored = pool->restore(clock.monotonic_ns() / 1'000'000);
    if (restored.taken + restored.refused != 0) {
        logger::info("start", "  pool: {} accepted transactions from before, {} of them done",
                     restored.taken + restored.refused, restored.refused);
    }
    return {};
}

Result<void, std::string> Node::Parts::open_raft() {
    ordering::ReplicaOptions replica_options;
    replica_options.raft.id = raft_id;
    replica_options.raft.seed = random_seed();
    replica_options.raft.election_timeout_min_ms = options.election_timeout_min_ms;
    replica_options.raft.election_timeout_max_ms = options.election_timeout_max_ms;
    replica_options.raft.heartbeat_ms = options.heartbeat_ms;
    replica_options.identity = {
        .raft_id = raft_id, .node_key = public_key, .cluster = chain->genesis_hash()};
    replica_options.log.directory = log_directory();
    replica_options.log.salt_seed = random_seed();
    replica_options.applied_index = chain->applied_index();
    replica_options.bootstrap = place.bootstrap;
    snapshots = std::make_unique<FetchedSnapshots>(place.fetched);
    if (const auto made = disk->create_directories(replica_options.log.directory); !made) {
        return Err(made.error().text);
    }
    auto replica = ordering::Replica::open(*disk, snapshots.get(), replica_options,
                                           clock.monotonic_ns() / 1'000'000);
    if (!replica) {
        return Err(replica.error().text);
    }
    RaftHostOptions host_options;
    host_options.desk.patience_ms = options.election_timeout_max_ms + 2 * options.heartbeat_ms;
    host_options.log_entries_kept = options.log_entries_kept;
    host_options.own = {.raft_id = raft_id,
                        .node_key = public_key,
                        .host = options.advertise_host,
                        .p2p_port = options.p2p_port,
                        .raft_port = options.raft_port};
    if (options.advertise_host.empty()) {
        host_options.own = {};  // Behind a mapped port we do not know where we are.
    }
    raft = std::make_unique<RaftHost>(*std::move(replica),
                                      MemberDirectory(place.contacts, place.listed), host_options,
                                      raft_hooks(), clock);
    const auto status = raft->status();
    logger::info("start", "5 raft: id {} of {} members, term {}, log up to entry {}{}", raft_id,
                 status->configuration.members.size(), status->leadership.term, status->last_index,
                 status->log_repairing
                     ? ", part of the log was corrupt: distrusted until repaired from peers"
                     : "");

    consensus::LedgerOptions ledger_options;
    ledger_options.raft_id = raft_id;
    ledger_options.founders = place.founders;
    ledger_options.node_secret_key = node_key;
    ledger_options.block_time_ms = options.block_time_ms;
    ledger_options.emit_checkpoints = options.emit_checkpoints;
    ledger_options.gas_limit_floor = options.gas_limit_floor.value_or(0);
    ledger_options.gas_limit_ceiling = options.gas_limit_ceiling.value_or(0);
    ledger = std::make_unique<LedgerHost>(
        std::move(ledger_options),
        consensus::Ledger::Parts{*chain, *pool, *raft, forwarder, recovery, clock},
        [host = raft.get()](ordering::Index index) { host->applied(index); });
    return {};
}

Result<void, std::string> Node::Parts::listen_p2p() {
    std::vector<p2p::Endpoint> endpoints =
        MemberDirectory(place.contacts, place.listed).follow(*raft->status(), 0).value();
    // Who was removed while away and came back may have a log that begins before: under its old ID.
    std::erase_if(endpoints, [this](const p2p::Endpoint& member) {
        return member.node_key == public_key && member.raft_id != raft_id;
    });
    p2p::NetworkOptions network_options;
    network_options.secret_key = node_key;
    network_options.raft_id = raft_id;
    network_options.network_id = network_id;
    network_options.genesis_hash = chain->genesis_hash();
    network_options.listen_host = options.listen_host;
    network_options.p2p_port = options.p2p_port;
    network_options.raft_port = options.raft_port;
    network_options.question_bytes_max = QUESTION_BYTES_MAX;
    state_server = std::make_unique<StateServer>(
        StateServerOptions{.directory = datadir.outgoing(),
                           .bytes_per_second = options.state_mb_per_second << 20},
        chain->store(), [host = ledger.get()] { return host->status()->applied_index; }, clock);
    TRY(Acquaintances acquaintances, Acquaintances::open(log_directory() + "/acquaintances"));
    TRY(network_options.log_birth, load_or_make_birth(log_directory()));
    permissions = std::make_unique<Permissions>(datadir.root, options.permissioned);
    const auto maybe_removed = [this] {
        static_cast<void>(maintenance.run([this] { wait_to_return(); }));
    };
    const auto take_over = [this](HandOn given, auto done) {
        return take_over_from_removed(std::move(given), std::move(done));
    };
    router = std::make_unique<FrameRouter>(
        FrameRouter::Parts{*raft, *ledger, *state_server, *chain, maybe_removed, take_over,
                           options.accept_join_token, *permissions},
        std::move(acquaintances));
    auto started = p2p::Network::start(std::move(network_options), endpoints, *router);
    if (!started) {
        return Err(fmt::format("cannot listen on {} port {} (p2p) and {} (raft): {}",
                               options.listen_host, options.p2p_port, options.raft_port,
                               to_string(started.error())));
    }
    network = *std::move(started);
    forwarder.connect(*network);
    router->connect(*network);
    logger::info("start", "6 p2p: listening on {} port {}, raft port {}, TLS 1.3",
                 options.listen_host, network->p2p_port(), network->raft_port());
    ledger->start();
    raft->start(*ledger, *network);
    for (const p2p::Endpoint& endpoint : endpoints) {
        logger::info("start", "7 member {}: {}", endpoint.raft_id,
                     consensus::enode_text({.raft_id = endpoint.raft_id,
                                            .node_key = endpoint.node_key,
                                            .host = endpoint.host,
                                            .p2p_port = endpoint.p2p_port,
                                            .raft_port = endpoint.raft_port}));
    }
    return {};
}

rpc::Options Node::Parts::rpc_options(std::vector<std::string> modules) {
    rpc::Options out;
    out.modules = std::move(modules);
    out.gas_cap = options.rpc_gas_cap;
    out.call_timeout_ms = options.rpc_evm_timeout_ms;
    out.batch_items_max = options.rpc_batch_items_max;
    out.batch_bytes_max = options.rpc_batch_bytes_max;
    out.log_blocks_max = options.rpc_log_blocks_max;
    out.log_results_max = options.rpc_log_results_max;
    out.tx_fee_cap_wei = options.rpc_tx_fee_cap_wei;
    out.executor = [this](std::function<void()> task) {
        // Full: the thread of the answer does it, which slows down whoever asks too much.
        auto shared = std::make_shared<std::function<void()>>(std::move(task));
        if (!slow_rpc.run([shared] { (*shared)(); })) {
            (*shared)();
        }
    };
    return out;
}

/// With --removed.refuse a removed node answers probes only.
net::HttpHandler Node::Parts::http_handler() {
    if (!options.removed_refuses || joining) {
        return gateway->handler();
    }
    return [this, serve = gateway->handler()](net::HttpRequest request, net::HttpRespond respond) {
        const std::string removed = backend->removed_reason();
        if (removed.empty() || request.method != "POST") {
            serve(std::move(request), std::move(respond));
            return;
        }
        respond({.status = 503, .body = removed + "\n"});
    };
}

Result<void, std::string> Node::Parts::listen_rpc() {
    if (!joining) {
        backend = std::make_unique<NodeBackend>(
            BackendOptions{.client_version = client_version(),
                           .network_id = network_id,
                           .raft_id = raft_id,
                           .node_key = public_key,
                           .stranger_notice = [this] { return stranger_notice(); }},
            NodeBackend::Parts{*chain, pool_index, pool->limits(), *raft, *ledger, *network,
                               metrics, *accounts, clock});
    }
    shown = joining ? static_cast<rpc::Backend*>(joining_backend.get()) : backend.get();
    if (!options.http.enabled) {
        logger::info("start", "8 rpc: off; start with --http to serve JSON-RPC");
        return {};
    }
    rpc::Options served = rpc_options(options.http.modules);
    served.unlocked_accounts = options.allow_insecure_unlock;
    dispatcher = std::make_unique<rpc::Dispatcher>(*shown, clock, std::move(served));
    gateway = std::make_unique<rpc::HttpGateway>(*dispatcher, *shown);
    net::HttpOptions http_options;
    http_options.host = options.http.host;
    http_options.port = options.http.port;
    http_options.threads = options.http_threads;
    http_options.virtual_hosts = options.http_virtual_hosts;
    http_options.cors_origins = options.http.origins;
    auto started = net::HttpServer::start(std::move(http_options), http_handler());
    if (!started) {
        return Err(fmt::format("cannot serve JSON-RPC on {} port {}: {}", options.http.host,
                               options.http.port, to_string(started.error())));
    }
    http = *std::move(started);
    logger::info("start", "8 rpc: http://{}:{}, ready when in sync", options.http.host,
                 http->port());
    return {};
}

Result<void, std::string> Node::Parts::listen_ipc() {
    if (options.ipc_disabled || options.ipc_path.empty()) {
        return {};
    }
    net::IpcOptions ipc_options;
    ipc_options.path = ipc_path(options);
    rpc::Options served = rpc_options(rpc::all_modules());
    served.unlocked_accounts = true;  // Who reaches the socket reaches the files, too.
    ipc_dispatcher = std::make_unique<rpc::Dispatcher>(*shown, clock, std::move(served));
    auto started =
        net::IpcServer::start(ipc_options, [this](std::string message, net::IpcRespond respond) {
            ipc_dispatcher->handle(std::move(message), std::move(respond));
        });
    if (!started && started.error() == net::IpcError::path_too_long) {
        // Deep data directories are common; a start script that works without console should.
        logger::warn("start", "  ipc: off, since {} for {}; see --ipcpath",
                     to_string(started.error()), ipc_options.path);
        return {};
    }
    if (!started) {
        return Err(fmt::format("cannot serve JSON-RPC at {}: {}", ipc_options.path,
                               to_string(started.error())));
    }
    ipc = *std::move(started);
    logger::info("start", "  ipc: {}, all modules; open a console with otento attach",
                 ipc_options.path);
    return {};
}

// --- Start and stop
// ----------------------------------------------------------------------------------------

Result<std::unique_ptr<Node>, std::string> Node::start(const config::NodeOptions& options,
                                                       std::function<void()> wake) {
    auto parts = std::make_unique<Parts>();
    parts->options = options;
    parts->wake = std::move(wake);
    logger::info("start", "1 config: {} data directory {}", version(), options.datadir);
    std::unique_ptr<Node> node(new Node(std::move(parts)));
    TRY_VOID(node->parts_->load_keys());
    TRY_VOID(node->parts_->open_chain());
    TRY(const bool is_member, node->parts_->take_place());
    if (is_member) {
        TRY_VOID(node->parts_->open_pool());
        TRY_VOID(node->parts_->open_raft());
        TRY_VOID(node->parts_->listen_p2p());
    } else {
        TRY_VOID(node->parts_->join());
    }
    TRY_VOID(node->parts_->listen_rpc());
    TRY_VOID(node->parts_->listen_ipc());
    return node;
}

Node::Node(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

bool Node::wants_restart() const {
    return parts_->restart_wanted;
}

std::string Node::failure() const {
    const auto text = parts_->join_failure.get();
    return text ? *text : std::string();
}

Node::~Node() {
    stop();
}

void Node::stop() {
    Parts& parts = *parts_;
    if (parts.backend) {
        parts.backend->begin_shutdown();
    }
    parts.hand_on_before_stop();
    parts.maintenance.stop();
    const auto joiner = parts.joiner.with([](const auto& current) { return current; });
    if (joiner) {
        joiner->stop();
    }
    if (parts.raft && parts.network) {
        parts.raft->hand_over(HAND_OVER_MS);
    }
    if (parts.http) {
        parts.http->stop(HTTP_GRACE_MS);
        parts.http.reset();
    }
    if (parts.ipc) {
        parts.ipc->stop(IPC_GRACE_MS);
        parts.ipc.reset();
    }
    parts.slow_rpc.stop();
    parts.forwarder.disconnect();
    if (parts.raft) {
        parts.raft->stop();
    }
    if (parts.state_server) {
        parts.state_server->stop();
    }
    if (parts.network) {
        parts.network->stop();
    }
    if (parts.ledger) {
        parts.ledger->stop();
    }
    if (parts.chain) {
        if (const auto flushed = parts.chain->flush(); !flushed) {
            logger::warn("stop", "the next start has more to do: {}", flushed.error().detail);
        }
        logger::info("stop", "stopped at block {}", parts.chain->head_number());
        parts.joining_backend.reset();
        parts.backend.reset();
        parts.ledger.reset();
        parts.pool.reset();
        parts.chain.reset();
    }
}

Result<std::string, std::string> init_datadir(const config::NodeOptions& options,
                                              const std::string& genesis_file) {
    TRY(const Datadir datadir, open_datadir(options));
    std::vector<std::string> notices;
    const auto genesis = config::load_genesis(genesis_file, &notices);
    if (!genesis) {
        return Err(genesis.error().message);
    }
    if (const auto valid = config::validate_genesis(*genesis); !valid) {
        return Err(valid.error().message);
    }
    for (const std::string& notice : notices) {
        logger::warn("init", "{}", notice);
    }
    TRY(const auto chain, open_chain(options, datadir, *genesis));
    std::error_code error;
    if (std::filesystem::exists(datadir.genesis(), error) && chain->head_number() != 0) {
        const auto stored = config::load_genesis(datadir.genesis());
        const std::string problem =
            stored ? rule_change_problem(stored->config, genesis->config, chain->head_number())
                   : stored.error().message;
        if (!problem.empty()) {
            return Err(problem);
        }
    }
    TRY_VOID(keep_genesis(datadir, *genesis));
    return to_hex0x(chain->genesis_hash());
}

}  // namespace otento::node
