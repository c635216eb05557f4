#include <otento/node/devnet.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <fmt/core.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace otento::node {
namespace {

namespace fs = std::filesystem;

constexpr const char* ACCOUNT_BALANCE = "1000000000000000000000000000";  // 10^9 ether, in wei.
constexpr const char* GENESIS_GAS_LIMIT = "0xb2d05e00";                  // 3,000,000,000

Result<void, std::string> write_file(const fs::path& path, const std::string& content,
                                     bool secret = false) {
    if (fs::exists(path)) {
        return Err(fmt::format("{} exists already", path.string()));
    }
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    std::ofstream out(path, std::ios::binary);
    out << content;
    out.close();
    if (!out) {
        return Err(fmt::format("cannot write {}: {}", path.string(), std::strerror(errno)));
    }
    if (secret) {
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write, error);
    }
    return {};
}

std::string genesis_json(const DevnetOptions& options, const std::vector<Address>& accounts) {
    std::string alloc;
    for (const Address& account : accounts) {
        alloc += fmt::format("{}    \"{}\": {{ \"balance\": \"{}\" }}", alloc.empty() ? "" : ",\n",
                             to_hex0x(account), ACCOUNT_BALANCE);
    }
    return fmt::format(
        "{{\n"
        "  \"config\": {{ \"chainId\": {}, \"otento\": {{}} }},\n"
        "  \"difficulty\": \"0x0\",\n"
        "  \"gasLimit\": \"{}\",\n"
        "  \"alloc\": {{\n{}\n  }}\n"
        "}}\n",
        options.chain_id, GENESIS_GAS_LIMIT, alloc);
}

}  // namespace

Result<void, std::string> write_devnet(const DevnetOptions& options) {
    const fs::path root(options.directory);
    std::string static_nodes;
    std::vector<Hash> node_keys;
    for (const DevnetOptions::Node& node : options.nodes) {
        const Hash key = crypto::generate_secret_key();
        const auto public_key = crypto::public_key(key);
        ASSERT(public_key.has_value());
        static_nodes += fmt::format("{}  \"enode://{}@{}:{}?discport=0&raftport={}\"",
                                    static_nodes.empty() ? "" : ",\n", to_hex(*public_key),
                                    node.host, node.p2p_port, node.raft_port);
        node_keys.push_back(key);
    }
    static_nodes = "[\n" + static_nodes + "\n]\n";

    std::vector<Address> accounts;
    std::string accounts_json;
    for (unsigned i = 0; i < options.accounts; ++i) {
        const Hash key = crypto::generate_secret_key();
        accounts.push_back(crypto::address_of(*crypto::public_key(key)));
        accounts_json += fmt::format("{}  {{ \"address\": \"{}\", \"privateKey\": \"{}\" }}",
                                     accounts_json.empty() ? "" : ",\n", to_hex0x(accounts.back()),
                                     to_hex0x(key));
    }
    accounts_json = "[\n" + accounts_json + "\n]\n";

    TRY_VOID(write_file(root / "genesis.json", genesis_json(options, accounts)));
    TRY_VOID(write_file(root / "accounts.json", accounts_json, true));
    for (size_t i = 0; i < node_keys.size(); ++i) {
        const fs::path datadir = root / fmt::format("node{}", i + 1);
        TRY_VOID(write_file(datadir / "geth" / "nodekey", to_hex(node_keys[i]), true));
        TRY_VOID(write_file(datadir / "static-nodes.json", static_nodes));
    }
    return {};
}

}  // namespace otento::node
