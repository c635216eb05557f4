// otento devnet: keys, genesis and member list of a cluster for development.
#include "commands.hpp"

#include <otento/node/devnet.hpp>

#include <fmt/core.h>

#include <cstdlib>

namespace otento::apps {
namespace {

/// HOST:P2PPORT:RAFTPORT
bool parse_devnet_node(const std::string& text, node::DevnetOptions::Node& out) {
    const size_t second = text.rfind(':');
    const size_t first = second == std::string::npos || second == 0 ? std::string::npos
                                                                    : text.rfind(':', second - 1);
    if (first == std::string::npos) {
        return false;
    }
    const int p2p = std::atoi(text.substr(first + 1, second - first - 1).c_str());
    const int raft = std::atoi(text.substr(second + 1).c_str());
    if (p2p < 1 || p2p > UINT16_MAX || raft < 1 || raft > UINT16_MAX) {
        return false;
    }
    out = {.host = text.substr(0, first),
           .p2p_port = static_cast<uint16_t>(p2p),
           .raft_port = static_cast<uint16_t>(raft)};
    return true;
}

}  // namespace

int run_devnet(const Arguments& arguments) {
    node::DevnetOptions options;
    for (size_t i = 0; i < arguments.size(); i += 2) {
        if (i + 1 == arguments.size()) {
            return fail(arguments[i] + " needs a value");
        }
        node::DevnetOptions::Node member;
        if (arguments[i] == "--dir") {
            options.directory = arguments[i + 1];
        } else if (arguments[i] == "--node" && parse_devnet_node(arguments[i + 1], member)) {
            options.nodes.push_back(member);
        } else {
            return fail(fmt::format("'{} {}' is not understood; see otento --help", arguments[i],
                                    arguments[i + 1]));
        }
    }
    if (options.directory.empty() || options.nodes.empty()) {
        return fail("otento devnet needs --dir DIR and at least one --node HOST:P2PPORT:RAFTPORT");
    }
    const auto written = node::write_devnet(options);
    return written ? 0 : fail(written.error());
}

}  // namespace otento::apps
