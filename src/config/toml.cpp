// The only place that sees toml++, which throws; nothing of it leaves this file.
#include <otento/config/flags.hpp>

#include <fmt/core.h>
#include <toml++/toml.h>

namespace otento::config {
namespace {

/// Where geth's `dumpconfig` puts a setting, and the flag it is. "!" before the flag: the value is
/// negated.
struct DumpKey {
    std::string_view path;
    std::string_view flag;
};
constexpr DumpKey DUMP_KEYS[] = {
    {"Eth.NetworkId", "networkid"},
    {"Eth.SyncMode", "syncmode"},
    {"Eth.RaftMode", "raft"},
    {"Eth.EnableNodePermission", "permissioned"},
    {"Eth.MinerGasFloor", "miner.gastarget"},
    {"Eth.MinerGasCeil", "miner.gaslimit"},
    {"Eth.Miner.GasFloor", "miner.gastarget"},
    {"Eth.Miner.GasCeil", "miner.gaslimit"},
    {"Eth.RPCGasCap", "rpc.gascap"},
    {"Eth.RPCTxFeeCap", "rpc.txfeecap"},
    {"Eth.TxPool.AccountSlots", "txpool.accountslots"},
    {"Eth.TxPool.GlobalSlots", "txpool.globalslots"},
    {"Eth.TxPool.AccountQueue", "txpool.accountqueue"},
    {"Eth.TxPool.GlobalQueue", "txpool.globalqueue"},
    {"Node.DataDir", "datadir"},
    {"Node.KeyStoreDir", "keystore"},
    {"Node.UserIdent", "identity"},
    {"Node.IPCPath", "ipcpath"},
    {"Node.HTTPHost", "http.addr"},
    {"Node.HTTPPort", "http.port"},
    {"Node.HTTPModules", "http.api"},
    {"Node.HTTPCors", "http.corsdomain"},
    {"Node.HTTPVirtualHosts", "http.vhosts"},
    {"Node.WSHost", "ws.addr"},
    {"Node.WSPort", "ws.port"},
    {"Node.WSModules", "ws.api"},
    {"Node.WSOrigins", "ws.origins"},
    {"Node.EnableNodePermission", "permissioned"},
    {"Node.InsecureUnlockAllowed", "allow-insecure-unlock"},
    {"Node.P2P.MaxPeers", "maxpeers"},
    {"Node.P2P.NoDiscovery", "nodiscover"},
    {"Node.P2P.EnableNodePermission", "permissioned"},
};

/// A scalar or a list of scalars as a flag's value.
Result<std::string, Error> value_of(const toml::node& node, const std::string& path) {
    if (const auto* text = node.as_string()) {
        return text->get();
    }
    if (const auto* number = node.as_integer()) {
        return fmt::format("{}", number->get());
    }
    if (const auto* boolean = node.as_boolean()) {
        return std::string(boolean->get() ? "true" : "false");
    }
    if (const auto* real = node.as_floating_point()) {
        return fmt::format("{}", real->get());
    }
    if (const auto* list = node.as_array()) {
        std::string out;
        for (const auto& item : *list) {
            if (item.is_array() || item.is_table()) {
                return Err(Error{fmt::format("{}: want a list of plain values", path)});
            }
            TRY(const auto text, value_of(item, path));
            out += (out.empty() ? "" : ",") + text;
        }
        return out;
    }
    return Err(Error{fmt::format("{}: want a text, a number, true, false or a list", path)});
}

bool of_dumpconfig(std::string_view path) {
    for (const std::string_view section :
         {"Eth.", "Node.", "Shh.", "Dashboard.", "Metrics.", "Raft.", "Quorum."}) {
        if (path.starts_with(section)) {
            return true;
        }
    }
    return false;
}

Result<void, Error> apply_dump_key(CommandLine& out, const toml::node& node,
                                   const std::string& path) {
    if (path == "Node.P2P.ListenAddr") {
        const auto address = node.value_or(std::string{});
        const size_t colon = address.rfind(':');
        if (colon == std::string::npos) {
            return Err(Error{fmt::format("{}: want HOST:PORT or :PORT", path)});
        }
        if (colon > 0) {
            out.options.listen_host = address.substr(0, colon);
        }
        return apply_flag(out, *find_flag("port"), path, address.substr(colon + 1));
    }
    for (const auto& known : DUMP_KEYS) {
        if (known.path != path) {
            continue;
        }
        TRY(const auto value, value_of(node, path));
        TRY_VOID(apply_flag(out, *find_flag(known.flag), path, value));
        // geth's file has no switch for a listener: naming a host opens it.
        if (path == "Node.HTTPHost") {
            out.options.http.enabled = !value.empty();
        } else if (path == "Node.WSHost") {
            out.options.ws.enabled = !value.empty();
        }
        return {};
    }
    out.notices.push_back(fmt::format("{}: no effect", path));
    return {};
}

Result<void, Error> apply_leaf(CommandLine& out, const toml::node& node, const std::string& path) {
    if (of_dumpconfig(path)) {
        return apply_dump_key(out, node, path);
    }
    if (path == "config") {
        return Err(Error{"config: a file cannot name another one"});
    }
    const Flag* flag = find_flag(path);
    if (flag == nullptr) {
        const auto near = nearest_flag(path);
        return Err(Error{near.empty()
                             ? fmt::format("unknown key {}", path)
                             : fmt::format("unknown key {}; did you mean {}?", path, near)});
    }
    TRY(const auto value, value_of(node, path));
    return apply_flag(out, *flag, path, value);
}

Result<void, Error> apply_table(CommandLine& out, const toml::table& table,
                                const std::string& prefix, int depth) {
    constexpr int DEPTH_MAX = 8;
    for (const auto& [key, node] : table) {
        const std::string name(key.str());
        const std::string path = prefix.empty() ? name : prefix + "." + name;
        const auto* inner = node.as_table();
        if (inner != nullptr && depth == DEPTH_MAX) {
            return Err(Error{fmt::format("{}: nested too deep", path)});
        }
        if (inner != nullptr) {
            TRY_VOID(apply_table(out, *inner, path, depth + 1));
        } else if (name == "enabled" && find_flag(prefix) != nullptr) {
            // `[http] enabled = true` is the switch --http, which TOML cannot name beside its own
            // table.
            TRY_VOID(apply_leaf(out, node, prefix));
        } else {
            TRY_VOID(apply_leaf(out, node, path));
        }
    }
    return {};
}

}  // namespace

Result<void, Error> apply_toml(CommandLine& out, std::string_view text) {
    toml::table table;
    try {
        table = toml::parse(text);
    } catch (const toml::parse_error& error) {
        return Err(
            Error{fmt::format("line {}: {}", error.source().begin.line, error.description())});
    }
    return apply_table(out, table, "", 0);
}

}  // namespace otento::config
