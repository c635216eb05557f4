#include <otento/config/flags.hpp>

#include <otento/config/flag_values.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::config {
namespace {

/// Action of a flag that stores its value in one field.
template <auto Field>
std::optional<std::string> set(NodeOptions& options, std::string_view value) {
    return assign(options.*Field, value);
}
/// As above, in a nested struct.
template <auto Outer, auto Field>
std::optional<std::string> set_in(NodeOptions& options, std::string_view value) {
    return assign(options.*Outer.*Field, value);
}

using O = NodeOptions;
using L = ListenerOptions;
using P = PoolOptions;

void add_files(std::vector<Flag>& out) {
    const Flag entries[] = {
        {{"datadir"}, false, set<&O::datadir>, "", "Folder of chain, keys and logs"},
        {{"keystore"}, false, set<&O::keystore>, "", "Folder of key files (<datadir>/keystore)"},
        {{"nodekey"}, false, set<&O::node_key_file>, "", "File with the node key in hex"},
        {{"nodekeyhex"}, false, set<&O::node_key_hex>, "", "The node key itself, in hex"},
        {{"identity"}, false, set<&O::identity>, "", "Part of web3_clientVersion"},
        {{"genesis"}, false, set<&O::genesis>, "", "Genesis file, used if there is no chain yet"},
        {{"config"}, false, set<&O::config_file>, "", "TOML file; flags win over it"},
        {{"networkid"},
         false,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             uint64_t id = 0;
             if (auto wrong = assign(id, value)) {
                 return wrong;
             }
             if (id == 1) {
                 return "Cannot have chain id or network id as 1.";
             }
             options.network_id = id;
             return std::nullopt;
         },
         "",
         "Network id; nodes of different ids do not talk (chain id)"},
        {{"unlock"}, false, set<&O::unlock>, "", "Accounts that sign without their passwords"},
        {{"password"}, false, set<&O::password_file>, "", "File with the passwords of --unlock"},
        {{"allow-insecure-unlock"},
         true,
         set<&O::allow_insecure_unlock>,
         "",
         "Unlocked accounts sign over HTTP, too"},
        {{"lightkdf"}, true, set<&O::light_kdf>, "", "Key files that open with less work"},
        {{"permissioned"},
         true,
         set<&O::permissioned>,
         "",
         "Only nodes of permissioned-nodes.json may connect"},
    };
    out.insert(out.end(), std::begin(entries), std::end(entries));
}

void add_network(std::vector<Flag>& out) {
    const Flag entries[] = {
        {{"port"}, false, set<&O::p2p_port>, "", "Peer port (30303)"},
        {{"listen.addr"},
         false,
         set<&O::listen_host>,
         "",
         "Address of the peer and raft ports (all)"},
        {{"maxpeers"},
         false,
         set<&O::peers_max>,
         "every member is a peer, however many there are",
         ""},
        {{"raft"},
         true,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             if (auto wrong = assign(options.raft, value)) {
                 return wrong;
             }
             return options.raft
                        ? std::nullopt
                        : std::optional<std::string>("Raft is the only consensus there is");
         },
         "",
         "Raft consensus (always on)"},
        {{"raftport"}, false, set<&O::raft_port>, "", "Raft port (50400)"},
        {{"raftblocktime"},
         false,
         set<&O::block_time_ms>,
         "",
         "Least milliseconds between blocks (50)"},
        {{"join"},
         false,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             std::vector<std::string> more;
             auto wrong = assign(more, value);
             options.join.insert(options.join.end(), more.begin(), more.end());
             return wrong;
         },
         "",
         "Members of the cluster to join, HOST:PORT (p2p) or enode; may be repeated"},
        {{"join-token"}, false, set<&O::join_token>, "", "Joins without an operator, if allowed"},
        {{"accept-join-token"},
         false,
         set<&O::accept_join_token>,
         "",
         "Adds whoever joins with this token as a peer (off)"},
        {{"removed.refuse"},
         true,
         set<&O::removed_refuses>,
         "",
         "Answer no reads once this node was removed (off)"},
        {{"advertise"}, false, set<&O::advertise_host>, "", "Host by which others reach this node"},
        {{"raftjoinexisting"},
         false,
         set<&O::join_existing>,
         "",
         "Raft id given by the cluster to join"},
        {{"raftlogkeep"},
         false,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             if (auto wrong = assign(options.log_entries_kept, value)) {
                 return wrong;
             }
             return options.log_entries_kept != 0
                        ? std::nullopt
                        : std::optional<std::string>("at least one entry has to be kept");
         },
         "",
         "Log entries kept for members that were away (10000)"},
        {{"statesync.mbps"},
         false,
         set<&O::state_mb_per_second>,
         "",
         "Megabytes a second given to members that fetch the state (64)"},
        {{"raftdnsenable"},
         true,
         set<&O::raft_dns>,
         "names in enode URLs are always resolved, at every dial",
         ""},
        {{"raftlogdir"}, false, set<&O::raft_log_dir>, "", "Folder of the raft log (<datadir>)"},
        {{"raftelectionmin"},
         false,
         set<&O::election_timeout_min_ms>,
         "",
         "Election timeout from, ms (150)"},
        {{"raftelectionmax"},
         false,
         set<&O::election_timeout_max_ms>,
         "",
         "Election timeout to, ms (300)"},
        {{"raftheartbeat"}, false, set<&O::heartbeat_ms>, "", "Heartbeat, ms (50)"},
        {{"emitcheckpoints"},
         true,
         set<&O::emit_checkpoints>,
         "",
         "QUORUM-CHECKPOINT lines for harnesses"},
    };
    out.insert(out.end(), std::begin(entries), std::end(entries));
}

void add_rpc(std::vector<Flag>& out) {
    constexpr std::string_view NO_WEBSOCKET =
        "nothing listens for WebSocket yet: point clients at --http, and let them poll";
    const Flag entries[] = {
        {{"http", "rpc"}, true, set_in<&O::http, &L::enabled>, "", "JSON-RPC over HTTP"},
        {{"http.addr", "rpcaddr"},
         false,
         set_in<&O::http, &L::host>,
         "",
         "Its address (127.0.0.1)"},
        {{"http.port", "rpcport"}, false, set_in<&O::http, &L::port>, "", "Its port (8545)"},
        {{"http.api", "rpcapi"},
         false,
         set_in<&O::http, &L::modules>,
         "",
         "Its modules (eth,net,web3)"},
        {{"http.corsdomain", "rpccorsdomain"},
         false,
         set_in<&O::http, &L::origins>,
         "",
         "Allowed origins"},
        {{"http.vhosts", "rpcvhosts"},
         false,
         set<&O::http_virtual_hosts>,
         "",
         "Allowed hosts (localhost)"},
        {{"http.threads"}, false, set<&O::http_threads>, "", "Server threads (2)"},
        {{"ws"}, true, set_in<&O::ws, &L::enabled>, NO_WEBSOCKET, ""},
        {{"ws.addr", "wsaddr"}, false, set_in<&O::ws, &L::host>, NO_WEBSOCKET, ""},
        {{"ws.port", "wsport"}, false, set_in<&O::ws, &L::port>, NO_WEBSOCKET, ""},
        {{"ws.api", "wsapi"}, false, set_in<&O::ws, &L::modules>, NO_WEBSOCKET, ""},
        {{"ws.origins", "wsorigins"}, false, set_in<&O::ws, &L::origins>, NO_WEBSOCKET, ""},
        {{"ipcdisable"}, true, set<&O::ipc_disabled>, "", "No local socket"},
        {{"ipcpath"}, false, set<&O::ipc_path>, "", "Local socket (geth.ipc in datadir)"},
        {{"rpc.gascap"}, false, set<&O::rpc_gas_cap>, "", "Most gas of eth_call (50000000)"},
        {{"rpc.evmtimeout"},
         false,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             const auto ms = parse_duration_ms(value);
             if (!ms || *ms > UINT32_MAX) {
                 return fmt::format("\"{}\" is no duration such as 5s", value);
             }
             options.rpc_evm_timeout_ms = static_cast<uint32_t>(*ms);
             return std::nullopt;
         },
         "",
         "Most time of eth_call (5s)"},
        {{"rpc.txfeecap"},
         false,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             const auto wei = parse_ether(value);
             if (!wei) {
                 return fmt::format("\"{}\" is no amount of ether such as 1 or 0.5", value);
             }
             options.rpc_tx_fee_cap_wei = *wei;
             return std::nullopt;
         },
         "",
         "Most ether a transaction may cost (1)"},
        {{"rpc.batch-request-limit"},
         false,
         set<&O::rpc_batch_items_max>,
         "",
         "Calls in a batch (1000)"},
        {{"rpc.batch-response-max-size"},
         false,
         set<&O::rpc_batch_bytes_max>,
         "",
         "Bytes of its answer"},
        {{"rpc.logblocksmax"},
         false,
         set<&O::rpc_log_blocks_max>,
         "",
         "Block range of eth_getLogs (0: any)"},
        {{"rpc.logresultsmax"},
         false,
         set<&O::rpc_log_results_max>,
         "",
         "Logs it may return (0: any)"},
    };
    out.insert(out.end(), std::begin(entries), std::end(entries));
}

void add_ledger(std::vector<Flag>& out) {
    const Flag entries[] = {
        {{"miner.gaslimit"}, false, set<&O::gas_limit_ceiling>, "", "Block gas limit, ceiling"},
        {{"miner.gastarget", "targetgaslimit"},
         false,
         set<&O::gas_limit_floor>,
         "",
         "Block gas limit, floor"},
        {{"history"}, false, set<&O::history_blocks>, "", "Blocks whose state is kept (0: all)"},
        {{"cache"}, false, set<&O::cache_mb>, "", "Megabytes for the state cache"},
        {{"txpool.accountslots"},
         false,
         set_in<&O::pool, &P::account_slots>,
         "",
         "Executable per account (10000; smaller values change nothing)"},
        {{"txpool.globalslots"},
         false,
         set_in<&O::pool, &P::global_slots>,
         "",
         "Executable in all (30000)"},
        {{"txpool.accountqueue"},
         false,
         set_in<&O::pool, &P::account_queue>,
         "",
         "Queued behind a nonce gap per account (1000)"},
        {{"txpool.globalqueue"},
         false,
         set_in<&O::pool, &P::global_queue>,
         "",
         "Queued in all (20000)"},
        {{"txpool.lifetime"},
         false,
         [](O& options, std::string_view value) -> std::optional<std::string> {
             const auto ms = parse_duration_ms(value);
             if (!ms) {
                 return fmt::format("\"{}\" is no duration such as 3h0m0s", value);
             }
             options.pool.lifetime_s = *ms / 1000;
             return std::nullopt;
         },
         "",
         "Time a queued transaction is kept (3h0m0s)"},
        {{"verbosity"}, false, set<&O::verbosity>, "", "0 silent to 5 detail (3)"},
        {{"log.file"}, false, set<&O::log_file>, "", "Log to this file as well"},
        {{"metrics"}, true, set<&O::metrics>, "", "Prometheus metrics at /metrics (on)"},
        {{"metrics.addr"},
         false,
         set<&O::metrics_host>,
         "metrics are served at /metrics of the HTTP port",
         ""},
        {{"metrics.port"},
         false,
         set<&O::metrics_port>,
         "metrics are served at /metrics of the HTTP port",
         ""},
    };
    out.insert(out.end(), std::begin(entries), std::end(entries));
}

/// Flags of geth and GoQuorum with nothing left to do. Value flags first, then switches.
void add_without_effect(std::vector<Flag>& out) {
    const auto add = [&](bool is_switch, std::string_view notice,
                         std::vector<std::string_view> names) {
        out.push_back({std::move(names), is_switch, nullptr, notice, ""});
    };
    add(false, "every node executes every block (full)", {"syncmode"});
    add(false, "states are kept for every block unless --history bounds them", {"gcmode"});
    add(false, "members are named by static-nodes.json and raft_addPeer; there is no discovery",
        {"bootnodes", "bootnodesv4", "bootnodesv5", "discovery.dns", "discovery.port", "nat",
         "netrestrict", "maxpendpeers"});
    add(false, "the coinbase of a block is fixed by the rules of the chain",
        {"etherbase", "miner.etherbase"});
    add(false, "gas prices are set by the genesis",
        {"gasprice", "miner.gasprice", "txpool.pricelimit", "txpool.pricebump", "gpo.blocks",
         "gpo.percentile", "gpo.maxprice", "gpo.ignoreprice"});
    add(false, "blocks are ordered by Raft, nothing is mined",
        {"minerthreads", "miner.threads", "miner.notify", "miner.extradata", "extradata",
         "miner.recommit", "istanbul.blockperiod", "istanbul.requesttimeout"});
    add(false, "the pool keeps what it accepted until it is committed; there is no journal file",
        {"txpool.journal", "txpool.rejournal", "txpool.locals", "txpool.blobpool.datadir"});
    add(false, "one cache, sized by --cache, serves all",
        {"cache.database", "cache.gc", "cache.trie", "cache.trie.journal", "cache.trie.rejournal",
         "cache.snapshot", "trie-cache-gens", "fdlimit", "crypto.kzg", "cache.blocklogs"});
    add(false, "the store has one layout",
        {"db.engine", "state.scheme", "datadir.ancient", "datadir.minfreedisk",
         "history.transactions", "history.state", "history.logs", "immutabilitythreshold",
         "txlookuplimit"});
    add(false, "use --verbosity; the log is one line an event",
        {"vmodule", "log.vmodule", "backtrace", "log.backtrace", "log.format", "log.maxsize",
         "log.maxbackups", "log.maxage", "ethstats"});
    add(false, "profiling and pushed metrics are not offered; see --metrics",
        {"pprofaddr", "pprof.addr", "pprofport", "pprof.port", "memprofilerate", "blockprofilerate",
         "pprof.memprofilerate", "pprof.blockprofilerate", "cpuprofile", "pprof.cpuprofile",
         "trace", "metrics.influxdb.endpoint", "metrics.influxdb.database",
         "metrics.influxdb.username", "metrics.influxdb.password", "metrics.influxdb.tags",
         "metrics.influxdb.host.tag"});
    add(false, "there is no beacon client to talk to",
        {"authrpc.addr", "authrpc.port", "authrpc.vhosts", "authrpc.jwtsecret"});
    add(false, "not offered",
        {"graphql.addr",
         "graphql.port",
         "graphql.corsdomain",
         "graphql.vhosts",
         "jspath",
         "exec",
         "preload",
         "http.rpcprefix",
         "ws.rpcprefix",
         "docroot",
         "whitelist",
         "eth.requiredblocks",
         "signer",
         "lightserv",
         "lightpeers",
         "light.serve",
         "light.maxpeers",
         "rpc.logquerylimit",
         "ptm.socket",
         "ptm.url",
         "ptm.timeout",
         "ptm.dialtimeout",
         "ptm.http.idletimeout",
         "shh.maxmessagesize",
         "shh.pow"});
    add(true, "there is no discovery, so nothing to switch off",
        {"nodiscover", "no-discover", "v5disc", "discovery.v4", "discovery.v5"});
    add(true, "hardware wallets are not used", {"nousb", "usb"});
    add(true, "blocks are ordered by Raft, nothing is mined",
        {"mine", "miner.noverify", "fakepow"});
    add(true, "every node executes every block (full)", {"fast", "light", "snapshot"});
    add(true, "no effect",
        {"debug", "nocompaction", "cache.preimages", "cache.noprefetch", "txpool.nolocals",
         "vmdebug", "log.json", "log.compress", "log.rotate", "preload.disable"});
    add(true, "profiling and pushed metrics are not offered; see --metrics",
        {"pprof", "metrics.expensive", "metrics.influxdb", "metrics.influxdbv2"});
    add(true, "not offered", {"graphql", "shh", "dashboard"});
    add(true, "an unprotected transaction is accepted where the rules of the chain accept it",
        {"rpc.allow-unprotected-txs"});
    add(true, "a revert always carries its data", {"revertreason"});
}

/// Flags that would change what the chain is or who may use it: better to stop than to go on
/// without them.
void add_refused(std::vector<Flag>& out) {
    const FlagAction public_chain = [](O&, std::string_view) -> std::optional<std::string> {
        return "this is a private ledger; give it a genesis file";
    };
    out.push_back({{"mainnet", "testnet", "rinkeby", "ropsten", "goerli", "sepolia", "holesky",
                    "hoodi", "dev", "ottoman"},
                   true,
                   public_chain,
                   "",
                   ""});
    const FlagAction unsupported = [](O&, std::string_view) -> std::optional<std::string> {
        return "not supported";
    };
    out.push_back({{"multitenancy", "plugins.skipverify", "plugins.localverify", "qlight.client",
                    "qlight.server"},
                   true,
                   unsupported,
                   "",
                   ""});
    out.push_back({{"plugins", "rpcclitoken", "rpcclitls.cert"}, false, unsupported, "", ""});
}

/// Levenshtein distance, given up above `limit`.
size_t edits(std::string_view a, std::string_view b, size_t limit) {
    std::vector<size_t> row(b.size() + 1);
    for (size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        size_t best = row[0];
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
            best = std::min(best, row[j]);
        }
        if (best > limit) {
            return limit + 1;
        }
    }
    return row[b.size()];
}

}  // namespace

const std::vector<Flag>& flags() {
    static const std::vector<Flag> all = [] {
        std::vector<Flag> out;
        add_files(out);
        add_network(out);
        add_rpc(out);
        add_ledger(out);
        add_without_effect(out);
        add_refused(out);
        return out;
    }();
    return all;
}

const Flag* find_flag(std::string_view name) {
    for (const auto& flag : flags()) {
        if (std::find(flag.names.begin(), flag.names.end(), name) != flag.names.end()) {
            return &flag;
        }
    }
    return nullptr;
}

std::string_view nearest_flag(std::string_view name) {
    constexpr size_t NAME_MAX_BYTES = 64;  // Nothing longer is near anything; bounds the work.
    if (name.size() > NAME_MAX_BYTES) {
        return {};
    }
    size_t best = name.size() / 3 + 1;
    std::string_view found;
    for (const auto& flag : flags()) {
        for (const auto candidate : flag.names) {
            const size_t distance = edits(name, candidate, best);
            if (distance < best || (distance == best && found.empty())) {
                best = distance;
                found = candidate;
            }
        }
    }
    return found;
}

Result<void, Error> apply_flag(CommandLine& out, const Flag& flag, std::string_view source,
                               std::string_view value) {
    if (flag.action != nullptr) {
        if (const auto wrong = flag.action(out.options, value)) {
            return Err(Error{fmt::format("{}: {}", source, *wrong)});
        }
    }
    if (!flag.notice.empty()) {
        out.notices.push_back(fmt::format("{}: {}", source, flag.notice));
    }
    return {};
}

}  // namespace otento::config
