#include <otento/node/datadir.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/genesis.hpp>
#include <otento/config/node_key.hpp>
#include <otento/config/text_file.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <fmt/core.h>

#include <algorithm>
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

std::string mismatch(std::string_view name, const std::optional<uint64_t>& have,
                     const std::optional<uint64_t>& want) {
    const auto text = [](const std::optional<uint64_t>& block) {
        return block ? std::to_string(*block) : std::string("<nil>");
    };
    const uint64_t first = std::min(have.value_or(UINT64_MAX), want.value_or(UINT64_MAX));
    return fmt::format(
        "mismatching {} in database (have {}, want {}, rewindto {}): blocks under the old rule are "
        "in the chain; take a new data directory",
        name, text(have), text(want), first == 0 ? 0 : first - 1);
}

std::string text_of(const chain::ChainFailure& failure, const Datadir& datadir) {
    using chain::ChainError;
    if (failure.detail.find("in use by another process") != std::string::npos) {
        return fmt::format("{} is in use by another process: stop the node that runs on it first",
                           datadir.root);
    }
    switch (failure.error) {
        case ChainError::genesis_mismatch:
            return fmt::format(
                "{}: the genesis document is that of another chain than the one in "
                "the data directory; take the right document or a new directory",
                failure.detail);
        case ChainError::no_genesis:
            return fmt::format(
                "{0} has no chain: run 'otento --datadir {0} init GENESIS.json' first",
                datadir.root);
        case ChainError::storage:
        case ChainError::corrupt:
        case ChainError::wrong_parent:
            break;
    }
    return failure.detail.empty() ? std::string(to_string(failure.error))
                                  : fmt::format("{}: {}", to_string(failure.error), failure.detail);
}

/// @param create  Make block 0 in an empty directory.
Result<std::unique_ptr<chain::Chain>, std::string> open_store(const config::NodeOptions& options,
                                                              const Datadir& datadir,
                                                              const types::Genesis& genesis,
                                                              bool create) {
    chain::ChainOptions chain_options;
    chain_options.path = datadir.chain();
    chain_options.genesis = genesis;
    chain_options.create = create;
    chain_options.history = options.history_blocks;
    if (options.cache_mb != 0) {
        // --cache is one number for all: a quarter for the store, the rest for hot state and trie.
        const uint64_t bytes = options.cache_mb << 20;
        chain_options.block_cache_bytes = std::max<uint64_t>(bytes / 4, 8 << 20);
        chain_options.state.flat_cache_bytes = bytes * 3 / 8;
        chain_options.state.trie_cache_bytes = bytes * 3 / 8;
    }
    auto opened = chain::Chain::open(chain_options);
    if (!opened) {
        return Err(text_of(opened.error(), datadir));
    }
    return *std::move(opened);
}

}  // namespace

std::string ipc_path(const config::NodeOptions& options) {
    const bool bare = options.ipc_path.find('/') == std::string::npos;
    return bare ? options.datadir + "/" + options.ipc_path : options.ipc_path;
}

Result<Datadir, std::string> open_datadir(const config::NodeOptions& options) {
    if (!options.datadir.empty()) {
        const Datadir datadir{.root = options.datadir};
        std::error_code error;
        fs::create_directories(datadir.geth(), error);
        if (error) {
            return Err(fmt::format("cannot create {}: {}", datadir.geth(), error.message()));
        }
    }
    return find_datadir(options);
}

Result<Datadir, std::string> find_datadir(const config::NodeOptions& options) {
    if (options.datadir.empty()) {
        return Err(std::string("no data directory: start with --datadir DIR"));
    }
    const Datadir datadir{.root = options.datadir};
    std::error_code error;
    if (!fs::is_directory(datadir.root, error)) {
        return Err(
            fmt::format("{} is not there: give --datadir the folder of a chain", datadir.root));
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

Result<void, std::string> keep_genesis(const Datadir& datadir, const types::Genesis& genesis) {
    // A new file in the old one's place, so that a crash leaves one of them whole.
    const std::string next = datadir.genesis() + ".new";
    if (const auto written = config::write_text_file(next, config::print_genesis(genesis), false);
        !written) {
        return Err(written.error().message);
    }
    std::error_code error;
    fs::rename(next, datadir.genesis(), error);
    if (error) {
        return Err(fmt::format("cannot write {}: {}", datadir.genesis(), error.message()));
    }
    return {};
}

Result<std::unique_ptr<chain::Chain>, std::string> open_chain(const config::NodeOptions& options,
                                                              const Datadir& datadir,
                                                              const types::Genesis& genesis) {
    return open_store(options, datadir, genesis, true);
}

Result<OpenedChain, std::string> open_chain_for_import(const config::NodeOptions& options) {
    OpenedChain out;
    if (options.genesis.empty()) {
        TRY(out.datadir, find_datadir(options));
    } else {
        TRY(out.datadir, open_datadir(options));
    }
    TRY(out.genesis, load_genesis(options, out.datadir));
    TRY(out.chain, open_store(options, out.datadir, out.genesis, true));
    if (out.chain->applied_index() != 0) {
        return Err(
            fmt::format("{} has gone on by consensus since its import (block {}): import "
                        "into a new data directory",
                        options.datadir, out.chain->head_number()));
    }
    if (!options.genesis.empty()) {
        TRY_VOID(keep_genesis(out.datadir, out.genesis));
    }
    return out;
}

Result<std::unique_ptr<chain::Chain>, std::string> open_existing_chain(
    const config::NodeOptions& options) {
    TRY(const Datadir datadir, find_datadir(options));
    TRY(const types::Genesis genesis, load_genesis(options, datadir));
    return open_store(options, datadir, genesis, false);
}

std::string rule_change_problem(const types::ChainConfig& stored, const types::ChainConfig& wanted,
                                uint64_t head) {
    using types::ForkSchedule;
    struct Point {
        std::string_view name;
        std::optional<uint64_t> have;
        std::optional<uint64_t> want;
    };
    const ForkSchedule& a = stored.forks;
    const ForkSchedule& b = wanted.forks;
    const Point points[] = {
        {"Homestead fork block", a.homestead_block, b.homestead_block},
        {"EIP150 fork block", a.eip150_block, b.eip150_block},
        {"EIP155 fork block", a.eip155_block, b.eip155_block},
        {"EIP158 fork block", a.eip158_block, b.eip158_block},
        {"Byzantium fork block", a.byzantium_block, b.byzantium_block},
        {"Constantinople fork block", a.constantinople_block, b.constantinople_block},
        {"Petersburg fork block", a.petersburg_block, b.petersburg_block},
        {"Istanbul fork block", a.istanbul_block, b.istanbul_block},
        {"Berlin fork block", a.berlin_block, b.berlin_block},
        {"London fork block", a.london_block, b.london_block},
        {"Merge netsplit fork block", a.paris_block, b.paris_block},
        {"switch block", stored.classic.switch_block, wanted.classic.switch_block},
    };
    for (const Point& point : points) {
        const bool happened =
            point.have.value_or(UINT64_MAX) <= head || point.want.value_or(UINT64_MAX) <= head;
        if (point.have != point.want && happened) {
            return mismatch(point.name, point.have, point.want);
        }
    }
    return {};
}

}  // namespace otento::node
