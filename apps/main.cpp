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

#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

namespace otento::apps {
namespace {

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
    {"init", "--datadir DIR init GENESIS.json", "make block 0 and keep the genesis document",
     run_init},
    {"import",
     "--datadir DIR import FILE… [--rules auto|q1818|q19plus|mixed:BLOCK]\n"
     "                [--code-size BLOCK:KIB,…] [--json]",
     "blocks of 'geth export' files into the chain, re-executed; '-' reads standard input",
     run_import},
    {"export", "--datadir DIR export FILE [FIRST LAST]",
     "the chain as 'geth export' writes it; a range is appended, .gz is compressed", run_export},
    {"audit",
     "audit FILE… | --datadir DIR audit  [--genesis FILE] [--static-nodes FILE,…] [--json]",
     "who minted what: verdicts on the seals of all blocks", run_audit},
    {"account", "--datadir DIR account new|list|import KEYFILE|update ADDRESS [--password FILE]",
     "keys of accounts in the keystore folder", run_account},
    {"attach", "attach [ENDPOINT] [--exec SCRIPT] [--preload FILES]",
     "a JavaScript console on a running node", run_attach},
    {"status", "status [ENDPOINT] [--datadir DIR] [--json]",
     "who a running node is, whether it is ready, and the members", run_status},
    {"bench", "bench evm|block [flags]", "time parts of the node", run_bench},
    {"follow", "follow --from URL --datadir DIR [--genesis FILE] [--until BLOCK] [--json]",
     "copy a running GoQuorum network, every block checked and executed", run_follow},
    {"cutover", "cutover --from URL --datadir DIR [--height BLOCK] [--json]",
     "end following, with a checklist", run_cutover},
    {"devnet", "devnet --dir DIR --node HOST:P2PPORT:RAFTPORT…",
     "keys, genesis and member list of a cluster for development", run_devnet},
    {"statetest", "statetest PATH… [--fork F] [--jobs N] [--json]",
     "judge Ethereum state and block tests", conformance::statetest_main},
};

void print_usage() {
    fmt::print("usage: otento --datadir DIR [flags]\n           run a node\n");
    for (const Command& command : COMMANDS) {
        fmt::print("       otento {}\n           {}\n", command.synopsis, command.summary);
    }
    fmt::print("       otento version\n\n{}\n{}",
               "Flags of GoQuorum's and geth's start scripts are understood:", config::flag_help());
}

/// Place of the first word that is neither a flag nor a flag's value: the subcommand's name, which
/// may stand behind flags as with geth. arguments.size() if there is none.
size_t find_word(const Arguments& arguments) {
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        if (word.size() < 2 || word[0] != '-') {
            return i;
        }
        const bool has_value = word.find('=') != std::string::npos;
        const config::Flag* flag = config::find_flag(word.substr(word.starts_with("--") ? 2 : 1));
        if (!has_value && flag != nullptr && !flag->is_switch) {
            ++i;
        }
    }
    return arguments.size();
}

int run(Arguments arguments) {
    const size_t place = find_word(arguments);
    const std::string word = place < arguments.size() ? arguments[place] : "";
    if (word == "version") {
        fmt::print("{}\n", node::version());
        return 0;
    }
    if (word == "help") {
        print_usage();
        return 0;
    }
    for (const Command& command : COMMANDS) {
        if (word == command.name) {
            arguments.erase(arguments.begin() + static_cast<ptrdiff_t>(place));
            return command.run(arguments);
        }
    }
    const auto parsed = node_flags(arguments);
    if (!parsed) {
        return 1;
    }
    if (parsed->help || arguments.empty()) {
        print_usage();
        return arguments.empty() ? 2 : 0;
    }
    if (parsed->positional.empty()) {
        return run_node(parsed->options);
    }
    return fail(fmt::format("'{}' is no subcommand; see otento --help", parsed->positional[0]));
}

}  // namespace

int run_program(const Arguments& arguments) {
    configure_allocator();
    return run(arguments);
}

}  // namespace otento::apps

int main(int argc, char** argv) {
    return otento::apps::run_program(otento::apps::Arguments(argv + 1, argv + argc));
}
