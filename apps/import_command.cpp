// otento import: blocks of chain files into the data directory.
#include "commands.hpp"

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/flag_values.hpp>
#include <otento/config/genesis.hpp>
#include <otento/migrate/import.hpp>
#include <otento/node/datadir.hpp>
#include <otento/node/thread_pool.hpp>

#include <fmt/core.h>

#include <csignal>
#include <thread>

namespace otento::apps {
namespace {

constexpr std::string_view SYNOPSIS =
    "--datadir DIR import FILE… [--rules auto|q1818|q19plus|mixed:BLOCK] [--code-size BLOCK:KIB,…] "
    "[--json]";

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int) {
    stop_asked = 1;
}

/// Empty, or what is wrong with --rules.
std::string set_rules(types::ClassicOptions& classic, const std::string& rules, bool& detect) {
    uint64_t block = 0;
    if (rules == "auto" || rules == "mixed") {
        return {};
    }
    classic.upgrade_known = true;
    detect = false;
    if (rules == "q1818") {
        classic.upgrade_block.reset();
    } else if (rules == "q19plus") {
        classic.upgrade_block = 0;
    } else if (rules.starts_with("mixed:") && !config::assign(block, rules.substr(6))) {
        classic.upgrade_block = block;
    } else {
        return fmt::format("--rules {}: want auto, q1818, q19plus or mixed:BLOCK", rules);
    }
    return {};
}

/// Empty, or what is wrong with --code-size.
std::string set_code_sizes(types::ChainConfig& config, const std::string& text) {
    std::vector<std::string> entries;
    if (config::assign(entries, text)) {
        return "--code-size wants BLOCK:KIB,…";
    }
    config.code_size_steps.clear();
    for (const std::string& entry : entries) {
        const size_t colon = entry.find(':');
        types::CodeSizeStep step;
        uint64_t kib = 0;
        if (colon == std::string::npos || config::assign(step.block, entry.substr(0, colon)) ||
            config::assign(kib, entry.substr(colon + 1)) || kib < 24 || kib > 128) {
            return fmt::format("--code-size {}: want BLOCK:KIB, 24 to 128 KiB", entry);
        }
        step.bytes_max = kib * 1024;
        if (step.block == 0) {
            config.code_size_max = step.bytes_max;
        } else if (!config.code_size_steps.empty() &&
                   config.code_size_steps.back().block >= step.block) {
            return "--code-size: blocks must ascend";
        } else {
            config.code_size_steps.push_back(step);
        }
    }
    return {};
}

void tell_progress(const migrate::ImportProgress& at) {
    const double seconds = static_cast<double>(at.elapsed_ns) / 1e9;
    const auto rate = [&](uint64_t count) {
        return seconds > 0 ? static_cast<double>(count) / seconds : 0.0;
    };
    std::string eta;
    if (at.bytes_total != 0 && at.bytes_read != 0 && at.bytes_read < at.bytes_total) {
        const double left = static_cast<double>(at.bytes_total - at.bytes_read);
        eta = fmt::format(", about {:.0f} s left",
                          left / static_cast<double>(at.bytes_read) * seconds);
    }
    logger::info("import",
                 "head {}: {} blocks imported, {} skipped, {} transactions, {:.0f} blocks/s, "
                 "{:.1f} Mgas/s{}",
                 at.head, at.imported, at.skipped, at.transactions, rate(at.imported),
                 rate(at.gas) / 1e6, eta);
}

void print_json(const chain::Chain& chain, uint64_t imported, const std::string& error) {
    const auto head = chain.head();
    std::string problem;
    if (!error.empty()) {
        problem = ",\"error\":\"";
        for (const char c : error) {
            problem += c == '"' || c == '\\'                  ? fmt::format("\\{}", c)
                       : static_cast<unsigned char>(c) < 0x20 ? std::string(" ")
                                                              : std::string(1, c);
        }
        problem += '"';
    }
    fmt::print("{{\"imported\":{},\"number\":{},\"head\":\"{}\",\"stateRoot\":\"{}\"{}}}\n",
               imported, head->block->header.number, to_hex0x(head->hash),
               to_hex0x(head->block->header.state_root), problem);
}

struct Choices {
    std::string rules = "auto";
    std::optional<std::string> code_sizes;
    bool any_seal = false;
    bool json = false;
};

int import_all(const config::CommandLine& line, const Choices& choices) {
    const auto opened = node::open_chain_for_import(line.options);
    if (!opened) {
        return fail(opened.error());
    }
    chain::Chain& chain = *opened->chain;
    types::Genesis genesis = opened->genesis;
    migrate::ImportOptions options;
    options.files = line.positional;
    std::string wrong = set_rules(genesis.config.classic, choices.rules, options.detect_rules);
    if (wrong.empty() && choices.code_sizes) {
        wrong = set_code_sizes(genesis.config, *choices.code_sizes);
    }
    if (!wrong.empty()) {
        return misused(wrong, SYNOPSIS);
    }
    const auto keep = [&](const types::ChainConfig& config) {
        genesis.config = config;
        return node::keep_genesis(opened->datadir, genesis);
    };
    options.check_last_seal = !choices.any_seal;
    if (choices.rules != "auto" || choices.code_sizes) {
        if (const auto kept = keep(genesis.config); !kept) {
            return fail(kept.error());
        }
        chain.amend_rules(genesis.config);
    }
    options.progress = tell_progress;
    options.stop = [] { return stop_asked != 0; };
    options.rules_found = [&](const types::ChainConfig& config, const std::string&) {
        return keep(config);
    };
    std::signal(SIGINT, ask_to_stop);
    std::signal(SIGTERM, ask_to_stop);
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    node::ThreadPool pool(cores - 1);
    SystemClock clock;
    const auto report = migrate::import_files(chain, pool, clock, options);
    const auto flushed = chain.flush();
    std::string error;
    if (!report) {
        error = fmt::format("{}; the chain is at block {} and stays usable, import again to go on",
                            report.error().message, chain.head_number());
    } else if (report->stopped) {
        error = fmt::format("stopped at block {}; import again to go on", chain.head_number());
    } else if (!flushed) {
        error = flushed.error().detail;
    }
    const uint64_t imported = report ? report->progress.imported : report.error().progress.imported;
    logger::flush();
    if (choices.json) {
        print_json(chain, imported, error);
    }
    return error.empty() ? 0 : fail(error);
}

}  // namespace

int run_import(const Arguments& arguments) {
    Arguments rest = arguments;
    Choices choices;
    choices.json = take_switch(rest, "--json");
    choices.any_seal = take_switch(rest, "--any-seal");
    choices.rules = take_value(rest, "--rules").value_or("auto");
    choices.code_sizes = take_value(rest, "--code-size");
    const auto parsed = node_flags(rest);
    if (!parsed) {
        return 1;
    }
    if (parsed->positional.empty()) {
        return misused("import needs a file of blocks", SYNOPSIS);
    }
    return import_all(*parsed, choices);
}

}  // namespace otento::apps
