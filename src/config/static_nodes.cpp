#include <otento/config/static_nodes.hpp>

#include <otento/base/hex.hpp>
#include <otento/config/json_input.hpp>
#include <otento/config/text_file.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::config {

Result<std::vector<Enode>, Error> parse_static_nodes(std::string_view json) {
    TRY(const auto root, parse_json(json));
    if (root.kind != JsonInput::Kind::array) {
        return Err(Error{fmt::format("want an array of enode URLs, got {}", describe(root.kind))});
    }
    if (root.items.size() > STATIC_NODES_MAX) {
        return Err(
            Error{fmt::format("{} entries, at most {}", root.items.size(), STATIC_NODES_MAX)});
    }
    std::vector<Enode> nodes;
    for (size_t i = 0; i < root.items.size(); ++i) {
        const auto& item = root.items[i];
        if (item.kind != JsonInput::Kind::string) {
            return Err(Error{
                fmt::format("entry {}: want an enode URL, got {}", i + 1, describe(item.kind))});
        }
        auto enode = parse_enode(item.text);
        if (!enode) {
            return Err(Error{fmt::format("entry {}: {}", i + 1, enode.error().message)});
        }
        if (!enode->raft_port) {
            return Err(Error{fmt::format(
                "raftport querystring parameter not specified in static-node enode ID: {}. "
                "please check your static-nodes.json file.",
                to_string(*enode))});
        }
        for (size_t j = 0; j < nodes.size(); ++j) {
            if (nodes[j].node_id == enode->node_id) {
                return Err(Error{fmt::format("entry {}: the same node as entry {}", i + 1, j + 1)});
            }
        }
        nodes.push_back(*std::move(enode));
    }
    return nodes;
}

Result<std::vector<Enode>, Error> load_static_nodes(const std::string& datadir) {
    for (const char* place : {"/static-nodes.json", "/geth/static-nodes.json"}) {
        const std::string path = datadir + place;
        if (!file_exists(path)) {
            continue;
        }
        TRY(const auto text, read_text_file(path));
        auto nodes = parse_static_nodes(text);
        if (!nodes) {
            return Err(Error{fmt::format("{}: {}", path, nodes.error().message)});
        }
        return nodes;
    }
    return std::vector<Enode>{};
}

std::string print_static_nodes(const std::vector<Enode>& nodes) {
    std::string out = "[";
    for (size_t i = 0; i < nodes.size(); ++i) {
        out += fmt::format("{}\n  \"{}\"", i == 0 ? "" : ",", to_string(nodes[i]));
    }
    out += "\n]\n";
    return out;
}

Result<uint64_t, Error> raft_id_by_position(const std::vector<Enode>& nodes, const NodeId& own) {
    if (nodes.empty()) {
        return Err(
            Error{fmt::format("Raft-based consensus requires either (1) an initial peers list (in "
                              "static-nodes.json) including "
                              "this enode hash ({}), or (2) the flag --raftjoinexisting RAFT_ID, "
                              "where RAFT_ID has been issued "
                              "by an existing cluster member calling raft.addPeer(ENODE_ID) with "
                              "an enode ID containing this "
                              "node's enode hash.",
                              to_hex(own))});
    }
    std::string ids;
    for (size_t i = 0; i < nodes.size(); ++i) {
        if (nodes[i].node_id == own) {
            return uint64_t{i + 1};
        }
        ids += (i == 0 ? "" : " ") + to_hex(nodes[i].node_id);
    }
    return Err(Error{fmt::format("failed to find local enode ID ({}) amongst peer IDs: [{}]",
                                 to_hex(own), ids)});
}

}  // namespace otento::config
