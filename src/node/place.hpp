// Who this node is in the cluster: what its raft log knows, else what the operator's files and
// flags say. The node key decides, never an order of lines.
#pragma once

#include <otento/config/options.hpp>
#include <otento/consensus/member.hpp>
#include <otento/node/datadir.hpp>
#include <otento/ordering/snapshot_store.hpp>
#include <otento/p2p/network.hpp>
#include <otento/raft/raft.hpp>
#include <otento/storage/disk.hpp>

#include <optional>
#include <vector>

namespace otento::node {

struct Place {
    uint64_t raft_id = 0;     ///< 0: not known, the cluster has to be asked.
    bool remembered = false;  ///< The raft log knew it; all else was only checked against it.
    /// Of a cluster that starts for the first time, else empty.
    raft::Configuration bootstrap;
    /// Whom to reach as long as the own log names nobody: those the cluster named when we joined,
    /// else those of static-nodes.json.
    std::vector<p2p::Endpoint> contacts;
    /// What static-nodes.json says, ids by position: where else a member may be found. Its order
    /// and who is missing in it mean nothing once the log knows better.
    std::vector<p2p::Endpoint> listed;
    /// Keys of the members of before, as told when we joined.
    consensus::MemberKeys founders;
    /// Where the log of a node that joined with a state begins.
    std::optional<ordering::SnapshotMeta> fetched;
};

/// @param log_directory  Of the raft log; may be absent.
/// @return  One sentence for the operator if files, flags and log contradict each other.
[[nodiscard]] Result<Place, std::string> find_place(const config::NodeOptions& options,
                                                    const Datadir& datadir, storage::Disk& disk,
                                                    const std::string& log_directory,
                                                    const p2p::NodeKey& own_key);

}  // namespace otento::node
