// What a joining node was told by the cluster, kept in `geth/joined` until its raft log knows more.
#pragma once

#include <otento/base/result.hpp>
#include <otento/consensus/member.hpp>
#include <otento/ordering/snapshot_store.hpp>
#include <otento/p2p/network.hpp>
#include <otento/raft/raft.hpp>

#include <optional>
#include <string>
#include <vector>

namespace otento::node {

struct Joined {
    uint64_t raft_id = 0;
    raft::Configuration configuration{};  ///< As of the answer; maybe not yet committed there.
    consensus::MemberKeys member_keys{};
    /// Of the state that was fetched, or kept from before; index 0: none, the log is replayed
    /// whole.
    ordering::SnapshotMeta base{};
};

/// Durable when it returns.
[[nodiscard]] Result<void, std::string> write_joined(const std::string& path, const Joined& joined);
/// Empty if there is none.
[[nodiscard]] Result<std::optional<Joined>, std::string> read_joined(const std::string& path);

/// Members other than `self`.
[[nodiscard]] std::vector<p2p::Endpoint> endpoints_of(const raft::Configuration& configuration,
                                                      uint64_t self);

}  // namespace otento::node
