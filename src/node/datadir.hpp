// Where things lie in a data directory; GoQuorum's places, so that an operator recognises them.
#pragma once

#include <otento/base/result.hpp>
#include <otento/config/options.hpp>
#include <otento/types/genesis.hpp>

#include <string>

namespace otento::node {

struct Datadir {
    std::string root;
    [[nodiscard]] std::string geth() const { return root + "/geth"; }
    [[nodiscard]] std::string chain() const { return geth() + "/chaindata"; }
    [[nodiscard]] std::string genesis() const { return geth() + "/genesis.json"; }
    [[nodiscard]] std::string joined() const { return geth() + "/joined"; }
    [[nodiscard]] std::string acquaintances() const { return geth() + "/acquaintances"; }
    /// The state of another member, on its way in or out.
    [[nodiscard]] std::string incoming() const { return geth() + "/chaindata.incoming"; }
    [[nodiscard]] std::string outgoing() const { return geth() + "/chaindata.outgoing"; }
    /// Marks that our state is too old for the others' logs.
    [[nodiscard]] std::string fetch_wanted() const { return geth() + "/fetch-wanted"; }
    [[nodiscard]] std::string journal() const { return geth() + "/transactions.journal"; }
};

/// Checks and creates the directory. Refuses one whose chain was written by GoQuorum itself
/// (LevelDB).
[[nodiscard]] Result<Datadir, std::string> open_datadir(const config::NodeOptions& options);

/// The key of --nodekeyhex, --nodekey or the data directory; made and kept there on the first
/// start.
[[nodiscard]] Result<Hash, std::string> load_or_make_node_key(const config::NodeOptions& options,
                                                              const Datadir& datadir);

/// The genesis kept by `otento init`, or of --genesis.
[[nodiscard]] Result<types::Genesis, std::string> load_genesis(const config::NodeOptions& options,
                                                               const Datadir& datadir);

}  // namespace otento::node
