#include <otento/node/datadir.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/node_key.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <fmt/core.h>

#include <filesystem>

namespace otento::node {
namespace {

namespace fs = std::filesystem;

/// RocksDB keeps an OPTIONS file beside CURRENT, LevelDB does not.
bool written_by_goquorum(const std::string& chain) {
    std::error_code error;
    if (!fs::exists(chain + "/CURRENT", error)) {
        return false;
    }
    for (const auto& entry : fs::directory_iterator(chain, error)) {
        if (entry.path().filename().string().starts_with("OPTIONS-")) {
            return false;
        }
    }
    return true;
}

}  // namespace

std::string ipc_path(const config::NodeOptions& options) {
    const bool bare = options.ipc_path.find('/') == std::string::npos;
    return bare ? options.datadir + "/" + options.ipc_path : options.ipc_path;
}

Result<Datadir, std::string> open_datadir(const config::NodeOptions& options) {
    if (options.datadir.empty()) {
        return Err(std::string("no data directory: start with --datadir DIR"));
    }
    const Datadir datadir{.root = options.datadir};
    std::error_code error;
    fs::create_directories(datadir.geth(), error);
    if (error) {
        return Err(fmt::format("cannot create {}: {}", datadir.geth(), error.message()));
    }
    if (written_by_goquorum(datadir.chain())) {
        return Err(fmt::format(
            "{} was written by GoQuorum (LevelDB): export the chain there with 'geth export', "
            "then 'otento init' and 'otento import' into a new data directory",
            datadir.chain()));
    }
    return datadir;
}

Result<Hash, std::string> load_or_make_node_key(const config::NodeOptions& options,
                                                const Datadir& datadir) {
    const auto checked = [](Result<Hash, config::Error> key) -> Result<Hash, std::string> {
        if (!key) {
            return Err(key.error().message);
        }
        if (!crypto::public_key(*key)) {
            return Err(std::string(
                "the node key is no secp256k1 key: zero, or not below the group's order"));
        }
        return *key;
    };
    if (!options.node_key_hex.empty()) {
        return checked(config::parse_node_key(options.node_key_hex));
    }
    if (!options.node_key_file.empty()) {
        return checked(config::read_node_key(options.node_key_file));
    }
    const std::string path = config::node_key_path(datadir.root);
    if (std::error_code error; fs::exists(path, error)) {
        return checked(config::read_node_key(path));
    }
    const Hash key = crypto::generate_secret_key();
    if (const auto written = config::write_node_key(path, key); !written) {
        return Err(written.error().message);
    }
    logger::info("start", "made a new node key in {}", path);
    return key;
}

Result<types::Genesis, std::string> load_genesis(const config::NodeOptions& options,
                                                 const Datadir& datadir) {
    std::error_code error;
    std::string path = options.genesis;
    if (path.empty() && fs::exists(datadir.genesis(), error)) {
        path = datadir.genesis();
    }
    if (path.empty()) {
        return Err(fmt::format(
            "{0} has no chain: run 'otento --datadir {0} init GENESIS.json' first", datadir.root));
    }
    auto genesis = config::load_genesis(path);
    if (!genesis) {
        return Err(genesis.error().message);
    }
    if (const auto valid = config::validate_genesis(*genesis); !valid) {
        return Err(valid.error().message);
    }
    return *std::move(genesis);
}

}  // namespace otento::node
