// otento: the ledger node and its tools. Picks the subcommand; everything else lives in src/.
#include "commands.hpp"

#include <otento/base/logger.hpp>
#include <otento/conformance/statetest.hpp>
#include <otento/node/node.hpp>

#include <fmt/core.h>

#include <unistd.h>
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
    sigaddset(&signals, SIGUSR1);  // From ourselves: the node has something to say.
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

int run_node(const config::NodeOptions& options) {
    const sigset_t signals = block_stop_signals();
    for (;;) {
        auto node = node::Node::start(options, [] { ::kill(::getpid(), SIGUSR1); });
        if (!node) {
            return fail(node.error());
        }
        int signal = 0;
        while (!(*node)->wants_restart() && (*node)->failure().empty() && signal != SIGINT &&
               signal != SIGTERM) {
            sigwait(&signals, &signal);
        }
        const std::string failure = (*node)->failure();
        const bool again = (*node)->wants_restart() && signal != SIGINT && signal != SIGTERM;
        if (!again && failure.empty()) {
            logger::info("stop", "{}: stopping",
                         signal == SIGINT ? "interrupted" : "asked to stop");
        }
        (*node)->stop();
        logger::flush();
        if (!failure.empty()) {
            return fail(failure);
        }
        if (!again) {
            return 0;
        }
    }
}

/// A datadir's flags may stand before the name, as geth allows; then parse_command_line sorts them.
constexpr Command COMMANDS[] = {
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

int run(const Arguments& arguments) {
    if (!arguments.empty() && arguments[0] == "version") {
        fmt::print("{}\n", node::version());
        return 0;
    }
    for (const Command& command : COMMANDS) {
        if (!arguments.empty() && arguments[0] == command.name) {
            return command.run(Arguments(arguments.begin() + 1, arguments.end()));
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
    return run(arguments);
}

}  // namespace otento::apps

int main(int argc, char** argv) {
    return otento::apps::run_program(otento::apps::Arguments(argv + 1, argv + argc));
}
