// otento bench block: speed and roots of whole blocks.
#include "bench_block.hpp"
#include "commands.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace otento::apps {
namespace {

constexpr const char* FORK_DEFAULT = "prague";
constexpr int BAD_ARGUMENTS = 2;

struct Options {
    std::string file;
    std::string fork;
    uint64_t repeat = 1;
    bool made = false;  ///< A load of our own.
    LoadChoice load;
    bool sync = false;
    bool json = false;
};

bool parse_number(const std::string& text, uint64_t& out) {
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, out);
    return error == std::errc{} && stop == end;
}

bool parse_kind(const std::string& text, LoadKind& out) {
    constexpr std::pair<const char*, LoadKind> KINDS[] = {
        {"native", LoadKind::native}, {"erc20", LoadKind::erc20}, {"mixed", LoadKind::mixed}};
    for (const auto& [name, kind] : KINDS) {
        if (text == name) {
            out = kind;
            return true;
        }
    }
    return false;
}

/// Takes one option with a value; false if it is none.
bool take_value(const std::string& name, const std::string& value, Options& out) {
    if (name == "--blocks" && !value.empty()) {
        out.file = value;
        return true;
    }
    if (name == "--fork") {
        types::ForkSchedule unused;
        out.fork = value;
        return schedule_forks(unused, value);
    }
    if (name == "--kind") {
        out.made = true;
        return parse_kind(value, out.load.kind);
    }
    const std::pair<const char*, uint64_t*> numbers[] = {{"--repeat", &out.repeat},
                                                         {"--accounts", &out.load.accounts},
                                                         {"--count", &out.load.blocks},
                                                         {"--txs", &out.load.transactions},
                                                         {"--seed", &out.load.seed}};
    for (const auto& [known, number] : numbers) {
        if (name == known) {
            return parse_number(value, *number);
        }
    }
    return false;
}

/// Empty if the arguments make sense; else why not.
std::string parse(const Arguments& arguments, Options& out) {
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--json") {
            out.json = true;
        } else if (arguments[i] == "--sync") {
            out.sync = true;
        } else if (i + 1 == arguments.size() || !take_value(arguments[i], arguments[i + 1], out)) {
            return fmt::format("'{}' is not understood, or has no fit value", arguments[i]);
        } else {
            ++i;
        }
    }
    if (out.made == !out.file.empty() || out.repeat == 0) {
        return "give --blocks FILE.json or --kind native|erc20|mixed, and --repeat of 1 or more";
    }
    const LoadChoice& load = out.load;
    constexpr uint64_t LIMIT = 1ULL << 32;
    if (out.made && (load.accounts < 2 || load.accounts > LIMIT || load.blocks == 0 ||
                     load.transactions == 0 || load.blocks > LIMIT / load.transactions)) {
        return "--kind needs --accounts of 2 or more, --count and --txs";
    }
    return {};
}

void print_json(const BlockLoad& load, const std::string& fork, const BlockRun& run) {
    const double count = static_cast<double>(std::max<size_t>(1, run.transactions));
    const StageTimes& stages = run.stages;
    fmt::print(
        R"({{"name":"{}","fork":"{}","accounts":{},"txs":{},"match":"{}","tps":{:.0f},)"
        R"("cpu_us_per_tx":{:.2f},"wall_us_per_tx":{:.2f},"stages":{{"decode":{:.2f},)"
        R"("recover":{:.2f},"execute":{:.2f},"root":{:.2f},"receipts":{:.2f},"persist":{:.2f}}}}})"
        "\n",
        load.name, fork, load.accounts(), run.transactions,
        run.mismatch.empty() ? "ok" : "MISMATCH " + run.mismatch, count / run.wall_us * 1e6,
        run.cpu_us / count, run.wall_us / count, stages.decode / count, stages.recover / count,
        stages.execute / count, stages.root / count, stages.receipts / count,
        stages.persist / count);
}

void print_text(const BlockLoad& load, const std::string& fork, const BlockRun& run) {
    const double count = static_cast<double>(std::max<size_t>(1, run.transactions));
    const StageTimes& stages = run.stages;
    fmt::print(
        "{} {}: {}; {} accounts, {} transactions, {:.0f}/s; CPU us each: {:.2f} = decode {:.2f} + "
        "recover {:.2f} + execute {:.2f} + root {:.2f} + receipts {:.2f} + persist {:.2f}\n",
        load.name, fork, run.mismatch.empty() ? "ok" : "MISMATCH " + run.mismatch, load.accounts(),
        run.transactions, count / run.wall_us * 1e6, run.cpu_us / count, stages.decode / count,
        stages.recover / count, stages.execute / count, stages.root / count,
        stages.receipts / count, stages.persist / count);
}

/// The run of median CPU time, or one with a mismatch if there was any.
Result<BlockRun, std::string> run_often(const BlockLoad& load, const RunChoice& choice,
                                        uint64_t repeat) {
    std::vector<BlockRun> runs;
    for (uint64_t i = 0; i < repeat; ++i) {
        TRY(BlockRun run, run_blocks(load, choice));
        if (!run.mismatch.empty()) {
            return run;
        }
        runs.push_back(std::move(run));
    }
    std::ranges::sort(runs, {}, &BlockRun::cpu_us);
    return runs[(runs.size() - 1) / 2];
}

/// Forks to check: the one asked for, or all that the load has expectations of; the last is timed.
std::vector<std::string> forks_of(const Options& options, const BlockLoad& load) {
    if (!options.fork.empty()) {
        return {options.fork};
    }
    return load.forks.empty() ? std::vector<std::string>{FORK_DEFAULT} : load.forks;
}

}  // namespace

int run_bench_block(const Arguments& arguments) {
    Options options;
    if (const std::string problem = parse(arguments, options); !problem.empty()) {
        fail("otento bench block: " + problem);
        return BAD_ARGUMENTS;
    }
    BlockLoad load;
    if (options.made) {
        load = make_block_load(options.load);
    } else {
        auto read = read_block_load(options.file);
        if (!read) {
            fail(read.error());
            return BAD_ARGUMENTS;
        }
        load = *std::move(read);
    }
    const std::vector<std::string> forks = forks_of(options, load);
    std::string mismatch;
    BlockRun last;
    for (const std::string& fork : forks) {
        const bool timed = fork == forks.back();
        auto run =
            run_often(load, {.fork = fork, .sync = options.sync}, timed ? options.repeat : 1);
        if (!run) {
            return fail(run.error());
        }
        if (!run->mismatch.empty() && mismatch.empty()) {
            mismatch = timed ? run->mismatch : fork + " " + run->mismatch;
        }
        last = *std::move(run);
    }
    last.mismatch = mismatch;
    (options.json ? print_json : print_text)(load, forks.back(), last);
    return mismatch.empty() ? 0 : 1;
}

}  // namespace otento::apps
