#include <otento/benchmarks/evm_command.hpp>

#include <otento/base/hex.hpp>
#include <otento/benchmarks/cpu_time.hpp>
#include <otento/benchmarks/evm_world.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/evm/code_cache.hpp>
#include <otento/jsonrpc/writer.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace otento::benchmarks {
namespace {

using namespace literals;

constexpr std::string_view USAGE =
    "usage: otento bench evm --vectors FILE.json... [--filter TEXT] [--fork NAME] [--samples N]\n"
    "                        [--min-time SECONDS] [--json]\n"
    "       otento bench evm --code-hex HEX [--input-hex HEX] [--gas N] [--fork NAME] [--runs N]\n"
    "                        [--json]\n";

struct Options {
    std::vector<std::string> files;
    std::optional<Bytes> code;
    Bytes input;
    uint64_t gas = 100'000'000'000;
    std::string filter;
    std::optional<evm::Fork> fork;  ///< Empty: the first one that a program runs on.
    uint64_t samples = 7;
    double min_time_s = 0.15;
    bool json = false;
};

// Options.

bool parse_number(const std::string& text, uint64_t& out) {
    const auto value = uint256::parse(text);
    if (!value || !value->fits_u64()) {
        return false;
    }
    out = value->low64();
    return true;
}

bool parse_seconds(const std::string& text, double& out) {
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, out);
    return parsed.ec == std::errc{} && parsed.ptr == end && out >= 0 && out <= 3600;
}

/// @return  False if there is no such flag or the value is none for it.
bool apply(Options& options, const std::string& flag, const std::string& value) {
    if (flag == "--vectors") {
        options.files.push_back(value);
        return !value.empty();
    }
    if (flag == "--code-hex") {
        options.code = from_hex(value);
        return options.code.has_value();
    }
    if (flag == "--input-hex") {
        const auto input = from_hex(value);
        options.input = input.value_or(Bytes{});
        return input.has_value();
    }
    if (flag == "--fork") {
        options.fork = evm::fork_from_name(value);
        return options.fork.has_value();
    }
    if (flag == "--filter") {
        options.filter = value;
        return true;
    }
    if (flag == "--min-time") {
        return parse_seconds(value, options.min_time_s);
    }
    if (flag == "--gas") {
        return parse_number(value, options.gas);
    }
    if (flag == "--samples" || flag == "--runs") {
        constexpr uint64_t SAMPLES_MAX = 1'000'000;
        return parse_number(value, options.samples) && options.samples >= 1 &&
               options.samples <= SAMPLES_MAX;
    }
    return false;
}

/// The error is what to tell the user.
Result<Options, std::string> parse_options(const std::vector<std::string>& arguments) {
    Options options;
    for (size_t i = 0; i < arguments.size(); ++i) {
        const std::string& flag = arguments[i];
        if (flag == "--json") {
            options.json = true;
            continue;
        }
        if (!flag.starts_with("--") && !options.files.empty()) {
            options.files.push_back(flag);
            continue;
        }
        if (i + 1 == arguments.size()) {
            return Err(fmt::format("'{}' needs a value, or is unknown", flag));
        }
        const std::string& value = arguments[++i];
        if (!apply(options, flag, value)) {
            return Err(fmt::format("'{} {}' is not understood", flag, value));
        }
    }
    if (options.files.empty() != options.code.has_value()) {
        return Err(std::string{"either --vectors or --code-hex is needed"});
    }
    return options;
}

/// A program of the command line in a world of its own, laid out as in the vectors.
EvmVector vector_of_code(const Options& options) {
    EvmVector out;
    out.name = "code";
    out.min_fork = evm::Fork::cancun;
    out.block.number = 1;
    out.block.timestamp = 1000;
    out.block.gas_limit = 160'000'000'000;
    out.block.coinbase = "0xc000000000000000000000000000000000000001"_address;
    out.from = "0xa000000000000000000000000000000000000001"_address;
    out.to = "0x0000000000000000000000000000000000001000"_address;
    out.gas = options.gas;
    out.data = options.input;
    state::AccountDiff& contract = out.pre.accounts[out.to];
    contract.nonce = 1;
    contract.code_hash = crypto::keccak256(*options.code);
    contract.code = std::make_shared<const Bytes>(*options.code);
    state::AccountDiff& caller = out.pre.accounts[out.from];
    caller.balance = 1'000'000'000'000'000'000;
    caller.code_hash = types::EMPTY_CODE_HASH;
    return out;
}

// Measuring.

struct Times {
    uint64_t batch = 0;           ///< Calls in a sample.
    std::vector<double> cpu_ns;   ///< Per call, a figure a sample.
    std::vector<double> wall_ns;  ///< Likewise.
};

/// Calls for which overlays are made beforehand and which one pair of clock readings brackets: so
/// many that the readings do not count, so few that the overlays stay in the cache.
uint64_t group_size(uint64_t calls, uint64_t spent_ns) {
    constexpr uint64_t GROUP_NS = 20'000;
    constexpr uint64_t GROUP_MAX = 16;
    return std::clamp<uint64_t>(GROUP_NS * calls / std::max<uint64_t>(spent_ns, 1), 1, GROUP_MAX);
}

/// Times `calls` calls, in groups. @return  Both clocks, summed.
Instant time_calls(EvmWorld& world, uint64_t calls, uint64_t group_max) {
    Instant sum;
    while (calls > 0) {
        const uint64_t group = std::min(calls, group_max);
        world.prepare(group);
        const Instant start = now();
        for (uint64_t i = 0; i < group; ++i) {
            (void)world.call();
        }
        const Instant end = now();
        sum.cpu_ns += end.cpu_ns - start.cpu_ns;
        sum.wall_ns += end.wall_ns - start.wall_ns;
        calls -= group;
    }
    return sum;
}

struct Batch {
    uint64_t calls = 1;
    uint64_t group = 1;
};

/// Calls that take about a batch's time. Meanwhile the code becomes hot.
Batch find_batch(EvmWorld& world) {
    constexpr uint64_t BATCH_NS = 2'000'000;
    Batch batch;
    for (;;) {
        const uint64_t spent_ns =
            std::max<uint64_t>(time_calls(world, batch.calls, batch.group).cpu_ns, 1);
        batch.group = group_size(batch.calls, spent_ns);
        if (spent_ns >= BATCH_NS) {
            batch.calls = std::max<uint64_t>(batch.calls * BATCH_NS / spent_ns, 1);
            return batch;
        }
        batch.calls =
            std::clamp(batch.calls * BATCH_NS / spent_ns + 1, batch.calls + 1, batch.calls * 8);
    }
}

Times measure(EvmWorld& world, const Options& options) {
    Times out;
    const Batch batch = find_batch(world);
    out.batch = batch.calls;
    const auto calls = static_cast<double>(out.batch);
    double spent_ns = 0;
    while (out.cpu_ns.size() < options.samples || spent_ns < options.min_time_s * 1e9) {
        const Instant sample = time_calls(world, batch.calls, batch.group);
        out.cpu_ns.push_back(static_cast<double>(sample.cpu_ns) / calls);
        out.wall_ns.push_back(static_cast<double>(sample.wall_ns) / calls);
        spent_ns += static_cast<double>(sample.cpu_ns);
    }
    std::sort(out.cpu_ns.begin(), out.cpu_ns.end());
    std::sort(out.wall_ns.begin(), out.wall_ns.end());
    return out;
}

double median(const std::vector<double>& sorted) {
    const size_t half = sorted.size() / 2;
    return sorted.size() % 2 != 0 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

// Reporting.

/// With a tenth of a nanosecond: a longer tail says nothing.
std::string decimal(double value) {
    return fmt::format("{:.1f}", value);
}

std::string to_json(const EvmVector& vector, evm::Fork fork, const EvmOutcome& outcome,
                    const std::string& wrong, const Times& times) {
    const double cpu_ns = median(times.cpu_ns);
    jsonrpc::Writer out;
    out.begin_object();
    out.key("name").string(vector.name);
    out.key("vm").string("otento");
    out.key("fork").string(evm::to_string(fork));
    out.key("status").string(outcome.status);
    out.key("gas_used").number(outcome.gas_used);
    out.key("refund").raw(fmt::format("{}", outcome.refund));
    out.key("output").data(outcome.output);
    out.key("logs").number(outcome.logs);
    out.key("logs_hash").data(outcome.logs_hash);
    out.key("state_root").data(outcome.state_root);
    out.key("match").string(wrong.empty() ? "ok" : "MISMATCH" + wrong);
    if (!vector.expect.contains(fork)) {
        out.key("checked").boolean(false);  // Nothing is expected on this fork.
    }
    out.key("code_cache").string("warm");
    out.key("samples").number(uint64_t{times.cpu_ns.size()});
    out.key("batch").number(times.batch);
    out.key("wall_ns_min").raw(decimal(times.wall_ns.front()));
    out.key("wall_ns_med").raw(decimal(median(times.wall_ns)));
    out.key("cpu_ns_min").raw(decimal(times.cpu_ns.front()));
    out.key("cpu_ns_med").raw(decimal(cpu_ns));
    out.key("mgas_s_med").raw(decimal(static_cast<double>(outcome.gas_used) * 1000 / cpu_ns));
    out.end_object();
    return out.take();
}

std::string to_text(const EvmVector& vector, evm::Fork fork, const EvmOutcome& outcome,
                    const std::string& wrong, const Times& times) {
    const double cpu_ns = median(times.cpu_ns);
    return fmt::format("{:36} {:14} {:12.2f} us {:9.1f} Mgas/s  {}", vector.name,
                       evm::to_string(fork), cpu_ns / 1000,
                       static_cast<double>(outcome.gas_used) * 1000 / cpu_ns,
                       wrong.empty() ? "ok" : "MISMATCH" + wrong);
}

/// @return  False on a mismatch.
bool run(const EvmVector& vector, const Options& options) {
    const evm::Fork fork = options.fork.value_or(vector.min_fork);
    evm::CodeCache cache;
    EvmWorld world(vector, fork, cache);
    world.prepare(1);
    EvmOutcome outcome = world.outcome(world.call());
    const auto expected = vector.expect.find(fork);
    std::string wrong =
        expected != vector.expect.end() ? difference(expected->second, outcome) : std::string{};
    const Times times = measure(world, options);
    // Code that has become hot runs in another form. What it gives counts as well.
    world.prepare(1);
    const EvmOutcome hot = world.outcome(world.call());
    if (wrong.empty()) {
        wrong = difference(outcome, hot);
        outcome = hot;
    }
    fmt::print("{}\n", (options.json ? to_json : to_text)(vector, fork, outcome, wrong, times));
    std::fflush(stdout);
    return wrong.empty();
}

int run_all(const std::vector<EvmVector>& vectors, const Options& options) {
    bool matched = true;
    for (const EvmVector& vector : vectors) {
        const bool wanted = vector.name.find(options.filter) != std::string::npos;
        if (wanted && options.fork.value_or(vector.min_fork) >= vector.min_fork) {
            matched = run(vector, options) && matched;
        }
    }
    return matched ? 0 : 1;
}

}  // namespace

int evm_main(const std::vector<std::string>& arguments) {
    const auto options = parse_options(arguments);
    if (!options) {
        fmt::print(stderr, "error: {}\n{}", options.error(), USAGE);
        return 2;
    }
    std::vector<EvmVector> vectors;
    if (options->code) {
        vectors.push_back(vector_of_code(*options));
        vectors.back().min_fork = options->fork.value_or(vectors.back().min_fork);
    }
    for (const std::string& file : options->files) {
        auto loaded = load_evm_vectors(file);
        if (!loaded) {
            fmt::print(stderr, "error: {}\n", loaded.error());
            return 2;
        }
        std::ranges::move(*loaded, std::back_inserter(vectors));
    }
    return run_all(vectors, *options);
}

}  // namespace otento::benchmarks
