// otento bench: picks the benchmark.
#include "commands.hpp"

#include <otento/benchmarks/evm_command.hpp>

#include <fmt/core.h>

namespace otento::apps {

int run_bench(const Arguments& arguments) {
    const std::string what = arguments.empty() ? "" : arguments[0];
    const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1), arguments.end());
    if (what == "evm") {
        return benchmarks::evm_main(rest);
    }
    if (what == "block") {
        return run_bench_block(rest);
    }
    fmt::print(stderr, "error: '{}' is no benchmark\nusage: otento bench evm|block [flags]\n", what);
    return 2;
}

}  // namespace otento::apps
