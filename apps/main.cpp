// otento: the ledger node and its tools. Picks the subcommand; everything else lives in src/.
#include "commands.hpp"

#include <otento/base/logger.hpp>
#include <otento/config/flags.hpp>
#include <otento/conformance/statetest.hpp>
#include <otento/node/node.hpp>

#include <fmt/core.h>
#ifdef OTENTO_MIMALLOC
#include <mimalloc.h>
#endif

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace otento::apps {
namespace {

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

/// Memory freed after a block is needed again for the next one. Giving it back to the system after
/// the allocator's own 25 ms and faulting it in again cost a fifth of what a block takes besides
/// signatures; it goes back a second after its last use instead.
void configure_allocator() {
#ifdef OTENTO_MIMALLOC
    constexpr long DECOMMIT_DELAY_MS = 1000;
    mi_option_set_default(mi_option_decommit_delay, DECOMMIT_DELAY_MS);  // The environment wins.
#endif
}

constexpr Command COMMANDS[] = {
    {"attach", "attach [ENDPOINT] [--exec SCRIPT] [--preload FILES]",
     "a JavaScript console on a running node", run_attach},
    {"bench", "bench evm|block [flags]", "time parts of the node", run_bench},
    {"devnet", "devnet --dir DIR --node HOST:P2PPORT:RAFTPORT…",
     "keys, genesis and member list of a cluster for development", run_devnet},
    {"statetest", "statetest PATH… [--fork F] [--jobs N] [--json]",
     "judge Ethereum state and block tests", conformance::statetest_main},
};

void print_usage() {
    fmt::print("usage: otento --datadir DIR [flags]\n           run a node\n");
    fmt::print("       otento --datadir DIR init GENESIS.json\n           make block 0\n");
    for (const Command& command : COMMANDS) {
        fmt::print("       otento {}\n           {}\n", command.synopsis, command.summary);
    }
    fmt::print("       otento version\n\n{}\n{}",
               "Flags of GoQuorum's and geth's start scripts are understood:", config::flag_help());
}

/// Flags may stand before the name, as geth allows. The size if there are only flags.
size_t first_word(const Arguments& arguments) {
    size_t i = 0;
    while (i < arguments.size() && arguments[i].starts_with("-")) {
        const std::string_view name =
            std::string_view(arguments[i]).substr(arguments[i].starts_with("--") ? 2 : 1);
        const config::Flag* const flag = config::find_flag(name);
        i += flag != nullptr && !flag->is_switch ? 2 : 1;
    }
    return std::min(i, arguments.size());
}

int run(const Arguments& arguments) {
    if (!arguments.empty() && arguments[0] == "version") {
        fmt::print("{}\n", node::version());
        return 0;
    }
    const size_t name = first_word(arguments);
    for (const Command& command : COMMANDS) {
        if (name < arguments.size() && arguments[name] == command.name) {
            Arguments others = arguments;
            others.erase(others.begin() + static_cast<ptrdiff_t>(name));
            return command.run(others);
        }
    }
    const auto parsed = config::parse_command_line(arguments);
    if (!parsed) {
        return fail(parsed.error().message);
    }
    if (parsed->help || arguments.empty()) {
        print_usage();
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

int fail(const std::string& message) {
    fmt::print(stderr, "error: {}\n", message);
    return 1;
}

int run_program(const Arguments& arguments) {
    configure_allocator();
    return run(arguments);
}

}  // namespace otento::apps

int main(int argc, char** argv) {
    return otento::apps::run_program(otento::apps::Arguments(argv + 1, argv + argc));
}
