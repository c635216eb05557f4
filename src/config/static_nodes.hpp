// static-nodes.json: the initial cluster, one enode URL a line, and raft IDs by position
// (spec/quorum-raft.md 3.1).
#pragma once

#include <otento/config/enode.hpp>

#include <vector>

namespace otento::config {

/// Most members a cluster may start with; raft IDs are 16 bits on the wire of GoQuorum.
inline constexpr size_t STATIC_NODES_MAX = 1024;

/// A JSON array of enode URLs. Every entry must have a raftport; no node may stand in it twice. An
/// error names the entry.
[[nodiscard]] Result<std::vector<Enode>, Error> parse_static_nodes(std::string_view json);

/// `<datadir>/static-nodes.json` if it exists, otherwise `<datadir>/geth/static-nodes.json`; an
/// empty list if neither does.
[[nodiscard]] Result<std::vector<Enode>, Error> load_static_nodes(const std::string& datadir);

/// The file again: one entry a line.
[[nodiscard]] std::string print_static_nodes(const std::vector<Enode>& nodes);

/// Position of our node in the list, counting from 1; GoQuorum's texts when the list is empty or we
/// are not in it.
[[nodiscard]] Result<uint64_t, Error> raft_id_by_position(const std::vector<Enode>& nodes,
                                                          const NodeId& own);

}  // namespace otento::config
