// Everything a node can be told: the flags of GoQuorum 2.4's start scripts, geth's modern spellings
// and a TOML file, in one plain struct.
#pragma once

#include <otento/base/result.hpp>
#include <otento/base/uint256.hpp>
#include <otento/config/error.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otento::config {

/// One RPC listener.
struct ListenerOptions {
    bool enabled = false;
    std::string host = "127.0.0.1";
    uint16_t port = 0;
    std::vector<std::string> modules = {"eth", "net", "web3"};
    std::vector<std::string> origins = {};  ///< CORS (HTTP), `Origin` check (WebSocket).
};

/// Limits of the transaction pool, in transactions.
struct PoolOptions {
    /// geth guarantees so many to an account and lets it have more while there is room; a smaller
    /// value than ours must not shorten what a client could send before.
    uint64_t account_slots = 10'000;
    uint64_t global_slots = 30'000;
    uint64_t account_queue = 1'000;
    uint64_t global_queue = 20'000;
    uint64_t lifetime_s = 3 * 3600;
};

struct NodeOptions {
    // Files and identity.
    std::string datadir;   ///< Empty: not given.
    std::string keystore;  ///< Empty: `<datadir>/keystore`.
    std::string node_key_file;
    std::string node_key_hex;
    std::string identity;  ///< Part of web3_clientVersion.
    std::string genesis;   ///< Genesis file for a start that finds no chain; GoQuorum used `init`.
    std::string config_file;

    // Network.
    std::optional<uint64_t> network_id;  ///< Absent: the chain id.
    std::string listen_host = "0.0.0.0";
    uint16_t p2p_port = 30303;
    uint32_t peers_max = 25;

    // Raft.
    bool raft = true;
    uint16_t raft_port = 50400;
    uint32_t block_time_ms = 50;
    std::vector<std::string> join;  ///< Members to ask for our place, HOST:PORT or enode.
    std::string join_token;         ///< Lets us in without an operator, where the cluster takes it.
    std::string advertise_host;     ///< Name or address others reach this node by.
    uint64_t join_existing = 0;     ///< Raft ID given by the cluster we join; 0: initial cluster.
    uint64_t log_entries_kept = 10'000;   ///< Behind the state, for members that were away.
    uint64_t state_mb_per_second = 64;    ///< To members that fetch the state.
    bool raft_dns = false;
    std::string raft_log_dir;  ///< Empty: `<datadir>`.
    bool emit_checkpoints = false;
    uint32_t election_timeout_min_ms = 150;
    uint32_t election_timeout_max_ms = 300;
    uint32_t heartbeat_ms = 50;

    // RPC.
    ListenerOptions http{.port = 8545};
    ListenerOptions ws{.port = 8546};
    std::vector<std::string> http_virtual_hosts = {"localhost"};
    unsigned http_threads = 2;
    bool ipc_disabled = false;
    std::string ipc_path = "geth.ipc";  ///< Relative to datadir unless absolute.
    uint64_t rpc_gas_cap = 50'000'000;
    uint32_t rpc_evm_timeout_ms = 5000;
    uint256 rpc_tx_fee_cap_wei = 1'000'000'000'000'000'000;  ///< 0: none.
    uint32_t rpc_batch_items_max = 1000;
    uint64_t rpc_batch_bytes_max = 25'000'000;
    uint64_t rpc_log_blocks_max = 0;   ///< 0: no limit.
    uint64_t rpc_log_results_max = 0;  ///< 0: no limit.

    // Ledger.
    std::optional<uint64_t> gas_limit_ceiling;  ///< --miner.gaslimit
    std::optional<uint64_t> gas_limit_floor;    ///< --miner.gastarget
    uint64_t history_blocks = 0;                ///< State kept for so many blocks; 0: all.
    uint64_t cache_mb = 0;                      ///< 0: our own default.
    PoolOptions pool;

    // Permissions and accounts.
    bool permissioned = false;
    std::vector<std::string> unlock;
    bool light_kdf = false;  ///< Key files that are quick to open, and to break.
    std::string password_file;
    bool allow_insecure_unlock = false;

    // Observation.
    int verbosity = 3;  ///< geth's scale: 0 silent, 1 error, 2 warn, 3 info, 4 debug, 5 detail.
    std::string log_file;
    bool metrics = true;
    std::optional<std::string> metrics_host;  ///< Absent: `/metrics` on the HTTP port only.
    uint16_t metrics_port = 6060;
};

/// What a command line came to.
struct CommandLine {
    NodeOptions options;
    std::vector<std::string> positional;
    /// One line for each flag that was accepted and means something else or nothing now.
    std::vector<std::string> notices;
    bool help = false;
};

/// Reads flags in geth's manner: one or two dashes, `--flag value` or `--flag=value`, switches
/// alone or with
/// `=true`/`=false`, `--` ends flags; later ones win. `--config FILE` is read first, so flags win
/// over it.
/// @param args  Without the program's name and subcommand.
[[nodiscard]] Result<CommandLine, Error> parse_command_line(std::span<const std::string> args);

/// Applies a TOML file. A key is a flag's name (`networkid = 10`, `[http] port = 8545`) or the
/// place geth's `dumpconfig` gives it (`[Node] HTTPPort`, `[Eth] NetworkId`).
[[nodiscard]] Result<void, Error> apply_toml(CommandLine& out, std::string_view toml);

/// What the flags do, one line each, for `--help`.
[[nodiscard]] std::string flag_help();

/// geth's --verbosity for our logger: 0 and 1 error, 2 warn, 3 info, 4 debug, above trace.
enum class LogLevel { error, warn, info, debug, trace };
[[nodiscard]] LogLevel log_level(int verbosity) noexcept;

}  // namespace otento::config
