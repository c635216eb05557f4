// Writes what a cluster for development needs: node keys, static-nodes.json, genesis and funded
// accounts.
#pragma once

#include <otento/base/result.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace otento::node {

struct DevnetOptions {
    struct Node {
        std::string host;
        uint16_t p2p_port = 0;
        uint16_t raft_port = 0;
    };
    std::string directory;
    std::vector<Node> nodes;
    uint64_t chain_id = 1337;
    unsigned accounts = 20;
};

/// Creates DIR/node<i>/{geth/nodekey, static-nodes.json}, DIR/genesis.json (rule set otento) and
/// DIR/accounts.json. Existing files are not overwritten but reported.
[[nodiscard]] Result<void, std::string> write_devnet(const DevnetOptions& options);

}  // namespace otento::node
