// otento bench: picks the benchmark, one row each.
#include "commands.hpp"

#include <otento/benchmarks/calibrate_command.hpp>
#include <otento/benchmarks/evm_command.hpp>

#include <fmt/core.h>

namespace otento::apps {
namespace {

constexpr Command BENCHMARKS[] = {
    {"evm", "bench evm --vectors FILE.json… | --code-hex HEX [flags]",
     "EVM programs of the evm-bench format", benchmarks::evm_main},
    {"block", "bench block --blocks FILE.json | --kind native|erc20|mixed [flags]",
     "whole blocks: decode, recover, execute, root, receipts, persist", run_bench_block},
    {"calibrate", "bench calibrate", "how fast this machine is", benchmarks::calibrate_main},
};

}  // namespace

int run_bench(const Arguments& arguments) {
    for (const Command& benchmark : BENCHMARKS) {
        if (!arguments.empty() && arguments[0] == benchmark.name) {
            return benchmark.run(Arguments(arguments.begin() + 1, arguments.end()));
        }
    }
    fmt::print(stderr, "usage:\n");
    for (const Command& benchmark : BENCHMARKS) {
        fmt::print(stderr, "       otento {}\n           {}\n", benchmark.synopsis,
                   benchmark.summary);
    }
    return 2;
}

}  // namespace otento::apps
