// Where things lie in a data directory; GoQuorum's places, so that an operator recognises them.
#pragma once

#include <otento/base/result.hpp>
#include <otento/chain/chain.hpp>
#include <otento/config/options.hpp>

#include <string>

namespace otento::node {

struct Datadir {
    std::string root;
    [[nodiscard]] std::string geth() const { return root + "/geth"; }
    [[nodiscard]] std::string chain() const { return geth() + "/chaindata"; }
    [[nodiscard]] std::string genesis() const { return geth() + "/genesis.json"; }
    [[nodiscard]] std::string joined() const { return geth() + "/joined"; }
    /// The state of another member, on its way in or out.
    [[nodiscard]] std::string incoming() const { return geth() + "/chaindata.incoming"; }
    [[nodiscard]] std::string outgoing() const { return geth() + "/chaindata.outgoing"; }
    /// Marks that our state is too old for the others' logs.
    [[nodiscard]] std::string fetch_wanted() const { return geth() + "/fetch-wanted"; }
    [[nodiscard]] std::string journal() const { return geth() + "/transactions.journal"; }
};

/// Where the local socket lies: --ipcpath, within the data directory if it is a bare name.
[[nodiscard]] std::string ipc_path(const config::NodeOptions& options);

/// Checks the directory, which must exist. Refuses one whose chain was written by GoQuorum itself
/// (LevelDB).
[[nodiscard]] Result<Datadir, std::string> find_datadir(const config::NodeOptions& options);
/// The same, and creates what is missing.
[[nodiscard]] Result<Datadir, std::string> open_datadir(const config::NodeOptions& options);

/// The key of --nodekeyhex, --nodekey or the data directory; made and kept there on the first
/// start.
[[nodiscard]] Result<Hash, std::string> load_or_make_node_key(const config::NodeOptions& options,
                                                              const Datadir& datadir);

/// The genesis kept by `otento init`, or of --genesis.
[[nodiscard]] Result<types::Genesis, std::string> load_genesis(const config::NodeOptions& options,
                                                               const Datadir& datadir);

/// Replaces the genesis document that the data directory keeps.
[[nodiscard]] Result<void, std::string> keep_genesis(const Datadir& datadir,
                                                     const types::Genesis& genesis);

/// Opens the chain of a data directory; creates block 0 if there is none yet.
[[nodiscard]] Result<std::unique_ptr<chain::Chain>, std::string> open_chain(
    const config::NodeOptions& options, const Datadir& datadir, const types::Genesis& genesis);

struct OpenedChain {
    Datadir datadir;
    types::Genesis genesis;
    std::unique_ptr<chain::Chain> chain;
};
/// For import: --genesis may stand in for `init`; a chain that consensus has gone on with takes no
/// blocks from files.
[[nodiscard]] Result<OpenedChain, std::string> open_chain_for_import(
    const config::NodeOptions& options);

/// For tools that read: creates nothing.
[[nodiscard]] Result<std::unique_ptr<chain::Chain>, std::string> open_existing_chain(
    const config::NodeOptions& options);

/// geth's refusal to change a fork that has happened: empty, or "mismatching … in database".
/// @param head  Number of the chain's head.
[[nodiscard]] std::string rule_change_problem(const types::ChainConfig& stored,
                                              const types::ChainConfig& wanted, uint64_t head);

}  // namespace otento::node
