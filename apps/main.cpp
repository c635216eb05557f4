// otento: the ledger node and its tools. Picks the subcommand; everything else lives in src/.
#include <otento/base/logger.hpp>
#include <otento/config/options.hpp>
#include <otento/conformance/statetest.hpp>
#include <otento/node/devnet.hpp>
#include <otento/node/node.hpp>

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace {

using namespace otento;

constexpr const char* USAGE = R"(usage: otento --datadir DIR [flags]            run a node
       otento --datadir DIR init GENESIS.json  make block 0
       otento devnet --dir DIR --node HOST:P2PPORT:RAFTPORT…
                                               keys, genesis and member list of a cluster for development
       otento statetest PATH… [--fork F] [--jobs N] [--json]
                                               judge Ethereum state and block tests
       otento version
Flags of GoQuorum's and geth's start scripts are understood:
)";

int fail(const std::string& message) {
    fmt::print(stderr, "error: {}\n", message);
    return 1;
}

logger::Level to_level(config::LogLevel level) {
    switch (level) {
        case config::LogLevel::error:
            return logger::Level::error;
        case config::LogLevel::warn:
            return logger::Level::warn;
        case config::LogLevel::info:
            return logger::Level::info;
        case config::LogLevel::debug:
            return logger::Level::debug;
        case config::LogLevel::trace:
            return logger::Level::trace;
    }
    return logger::Level::info;
}

/// Blocks the signals that stop us before any thread starts, so that sigwait alone sees them.
sigset_t block_stop_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

int run_node(const config::NodeOptions& options) {
    const sigset_t signals = block_stop_signals();
    auto node = node::Node::start(options);
    if (!node) {
        return fail(node.error());
    }
    int signal = 0;
    sigwait(&signals, &signal);
    logger::info("stop", "{}: stopping", signal == SIGINT ? "interrupted" : "asked to stop");
    (*node)->stop();
    logger::flush();
    return 0;
}

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

int run_devnet(const std::vector<std::string>& arguments) {
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

int run(std::vector<std::string> arguments) {
    if (!arguments.empty() && arguments[0] == "version") {
        fmt::print("{}\n", node::version());
        return 0;
    }
    if (!arguments.empty() && arguments[0] == "devnet") {
        arguments.erase(arguments.begin());
        return run_devnet(arguments);
    }
    if (!arguments.empty() && arguments[0] == "statetest") {
        arguments.erase(arguments.begin());
        return conformance::statetest_main(arguments);
    }
    const auto parsed = config::parse_command_line(arguments);
    if (!parsed) {
        return fail(parsed.error().message);
    }
    if (parsed->help || arguments.empty()) {
        fmt::print("{}{}", USAGE, config::flag_help());
        return arguments.empty() ? 2 : 0;
    }
    logger::set_level(to_level(config::log_level(parsed->options.verbosity)));
    if (!parsed->options.log_file.empty() && !logger::add_file(parsed->options.log_file)) {
        return fail("cannot open the log file " + parsed->options.log_file);
    }
    for (const std::string& notice : parsed->notices) {
        logger::warn("config", "{}", notice);
    }
    const std::vector<std::string>& words = parsed->positional;
    if (words.empty()) {
        return run_node(parsed->options);
    }
    if (words[0] == "init" && words.size() == 2) {
        const auto hash = node::init_datadir(parsed->options, words[1]);
        if (!hash) {
            return fail(hash.error());
        }
        logger::info("init", "genesis block {} in {}", *hash, parsed->options.datadir);
        return 0;
    }
    return fail(fmt::format("'{}' is no subcommand, or has the wrong arguments; see otento --help",
                            words[0]));
}

}  // namespace

int main(int argc, char** argv) {
    return run(std::vector<std::string>(argv + 1, argv + argc));
}
