// otento-sim: runs seeded lives of simulated clusters and says which promise was broken, if any.
//
//   otento-sim --seeds 1000 --first 1 --jobs 2 --profile mixed
//   otento-sim --profile mixed --trace 17          one life, event by event, up to the verdict
//   otento-sim --list FILE                         the lives in FILE, lines of `profile seed`
//   otento-sim-mutants --mutation NAME --seeds N   succeeds if the fault NAME is noticed
#include "world.hpp"

#include <otento/base/logger.hpp>
#include <otento/raft/mutation.hpp>

#include <fmt/core.h>

#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <sstream>
#include <thread>

namespace otento::sim {
namespace {

constexpr size_t TRACE_LINES = 400;

struct Arguments {
    uint64_t seeds = 100;
    uint64_t first = 1;
    uint64_t jobs = 1;
    std::optional<uint64_t> trace;
    size_t trace_lines = TRACE_LINES;
    std::string profile = "mixed";
    std::string mutation;
    std::string list;
    bool quiet = false;
};

struct Life {
    std::string profile;
    uint64_t seed = 0;
};

struct Totals {
    uint64_t lives = 0;
    Outcome sum;

    void add(const Outcome& one) {
        ++lives;
        sum.events += one.events;
        sum.acknowledged += one.acknowledged;
        sum.elections += one.elections;
        sum.crashes += one.crashes;
        sum.snapshots_installed += one.snapshots_installed;
        sum.configuration_changes += one.configuration_changes;
        sum.losses_repaired += one.losses_repaired;
        sum.recovery_ms = std::max(sum.recovery_ms, one.recovery_ms);
    }
};

int usage(std::string_view problem) {
    std::string profiles;
    for (const std::string_view name : profile_names()) {
        profiles += fmt::format(" {}", name);
    }
    fmt::print(
        stderr,
        "{}\nusage: otento-sim [--seeds N] [--first S] [--jobs J] [--profile NAME] [--trace SEED] "
        "[--lines N] [--list FILE] [--mutation NAME] [--quiet]\nprofiles:{}\n",
        problem, profiles);
    return 2;
}

std::optional<uint64_t> number(std::string_view text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional(value)
                                                                    : std::nullopt;
}

std::optional<Arguments> parse(std::span<char*> words) {
    Arguments out;
    for (size_t i = 1; i < words.size(); ++i) {
        const std::string_view name = words[i];
        if (name == "--quiet") {
            out.quiet = true;
            continue;
        }
        if (i + 1 >= words.size()) {
            return std::nullopt;
        }
        const std::string_view value = words[++i];
        const auto as_number = number(value);
        if (name == "--profile") {
            out.profile = value;
        } else if (name == "--mutation") {
            out.mutation = value;
        } else if (name == "--list") {
            out.list = value;
        } else if (!as_number) {
            return std::nullopt;
        } else if (name == "--seeds") {
            out.seeds = *as_number;
        } else if (name == "--first") {
            out.first = *as_number;
        } else if (name == "--jobs") {
            out.jobs = std::max<uint64_t>(1, *as_number);
        } else if (name == "--trace") {
            out.trace = as_number;
        } else if (name == "--lines") {
            out.trace_lines = *as_number;
        } else {
            return std::nullopt;
        }
    }
    return out;
}

/// The life once more with its last events printed.
Outcome run_traced(const Life& life, size_t lines_max) {
    std::deque<std::string> lines;
    World world(life.profile, life.seed, [&](std::string line) {
        lines.push_back(std::move(line));
        if (lines.size() > lines_max) {
            lines.pop_front();
        }
    });
    Outcome outcome = world.run();
    for (const std::string& line : lines) {
        fmt::print("{}\n", line);
    }
    return outcome;
}

/// Runs lives until one fails or all are done; the failed one with the smallest position counts.
std::optional<size_t> run_all(const std::vector<Life>& lives, const Arguments& arguments,
                              Totals& totals) {
    std::atomic<size_t> next = 0;
    std::atomic<size_t> failed = SIZE_MAX;
    std::mutex mutex;
    const auto work = [&] {
        for (size_t i = next++; i < lives.size() && i < failed; i = next++) {
            World world(lives[i].profile, lives[i].seed, nullptr);
            const Outcome outcome = world.run();
            const std::lock_guard lock(mutex);
            totals.add(outcome);
            if (outcome.failure && i < failed) {
                failed = i;
            }
            if (!arguments.quiet && totals.lives % 500 == 0) {
                fmt::print("{} lives\n", totals.lives);
                std::fflush(stdout);
            }
        }
    };
    std::vector<std::thread> threads;
    for (uint64_t i = 1; i < arguments.jobs; ++i) {
        threads.emplace_back(work);
    }
    work();
    for (std::thread& thread : threads) {
        thread.join();
    }
    return failed == SIZE_MAX ? std::nullopt : std::optional<size_t>(failed);
}

std::optional<std::vector<Life>> read_list(const std::string& path) {
    std::ifstream in(path);
    if (!in) {
        return std::nullopt;
    }
    std::vector<Life> out;
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line.substr(0, line.find('#')));
        Life life;
        if (words >> life.profile >> life.seed) {
            out.push_back(life);
        }
    }
    return out;
}

#ifdef OTENTO_MUTATIONS
bool select(std::string_view name) {
    for (size_t i = 0; i < raft::MUTATION_NAMES.size(); ++i) {
        if (raft::MUTATION_NAMES[i] == name) {
            raft::select_mutation(static_cast<raft::Mutation>(i));
            return true;
        }
    }
    return false;
}
#else
bool select(std::string_view /*name*/) {
    return false;
}
#endif

bool known_profile(std::string_view name) {
    return std::ranges::find(profile_names(), name) != profile_names().end();
}

int report(const std::vector<Life>& lives, const Arguments& arguments, const Totals& totals,
           std::optional<size_t> failed, double seconds) {
    fmt::print(
        "{} lives in {:.1f} s ({:.0f} per second), {} events, {} acknowledged, {} elections, {} "
        "crashes, "
        "{} snapshots installed, {} configuration changes, {} damaged logs repaired, "
        "slowest recovery {} ms\n",
        totals.lives, seconds, static_cast<double>(totals.lives) / seconds, totals.sum.events,
        totals.sum.acknowledged, totals.sum.elections, totals.sum.crashes,
        totals.sum.snapshots_installed, totals.sum.configuration_changes,
        totals.sum.losses_repaired, totals.sum.recovery_ms);
    if (!arguments.mutation.empty()) {
        if (!failed) {
            fmt::print("mutation {} went unnoticed\n", arguments.mutation);
            return 1;
        }
        World world(lives[*failed].profile, lives[*failed].seed, nullptr);
        fmt::print("mutation {} noticed by profile {} seed {} after {} lives: {}\n",
                   arguments.mutation, lives[*failed].profile, lives[*failed].seed, *failed + 1,
                   world.run().failure.value_or("not any more: the life does not replay"));
        return 0;
    }
    if (!failed) {
        return 0;
    }
    const Outcome outcome = run_traced(lives[*failed], arguments.trace_lines);
    fmt::print("FAILED profile {} seed {}: {}\n", lives[*failed].profile, lives[*failed].seed,
               outcome.failure.value_or("but not when run again: the life does not replay"));
    return 1;
}

int run(std::span<char*> words) {
    const auto arguments = parse(words);
    if (!arguments || !known_profile(arguments->profile)) {
        return usage("unknown argument");
    }
    logger::set_level(logger::Level::off);
    if (!arguments->mutation.empty() && !select(arguments->mutation)) {
        return usage("unknown mutation, or none in this build");
    }
    if (arguments->trace) {
        const Outcome outcome =
            run_traced({arguments->profile, *arguments->trace}, arguments->trace_lines);
        fmt::print("seed {}: {}\n", *arguments->trace, outcome.failure.value_or("all is well"));
        return outcome.failure ? 1 : 0;
    }
    std::vector<Life> lives;
    if (!arguments->list.empty()) {
        auto listed = read_list(arguments->list);
        if (!listed) {
            return usage("cannot read " + arguments->list);
        }
        lives = std::move(*listed);
    } else {
        for (uint64_t i = 0; i < arguments->seeds; ++i) {
            lives.push_back({arguments->profile, arguments->first + i});
        }
    }
    for (const Life& life : lives) {
        if (!known_profile(life.profile)) {
            return usage("unknown profile " + life.profile);
        }
    }
    Totals totals;
    const auto begin = std::chrono::steady_clock::now();
    const auto failed = run_all(lives, *arguments, totals);
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    return report(lives, *arguments, totals, failed, took.count());
}

}  // namespace
}  // namespace otento::sim

int main(int count, char** words) {
    return otento::sim::run({words, static_cast<size_t>(count)});
}
