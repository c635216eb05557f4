// Micro-benchmarks (Google Benchmark) of the programs of vectors/evm-bench, on the overlay that
// blocks use. `otento bench evm` checks what they give; this only times them, beside the others.
#include <otento/benchmarks/cpu_time.hpp>
#include <otento/benchmarks/evm_world.hpp>

#include <otento/evm/code_cache.hpp>

#include <benchmark/benchmark.h>

#include <algorithm>
#include <filesystem>

namespace otento {
namespace {

using namespace benchmarks;

/// An iteration is a group of calls, whose overlays are made beforehand.
void run(benchmark::State& state, const EvmVector& vector) {
    constexpr int64_t GROUP = 16;
    evm::CodeCache cache;
    EvmWorld world(vector, vector.min_fork, cache);
    uint64_t gas = 0;
    for (auto _ : state) {
        world.prepare(GROUP);
        const Instant start = now();
        for (int64_t i = 0; i < GROUP; ++i) {
            gas += vector.gas - world.call().gas_left;
        }
        state.SetIterationTime(static_cast<double>(now().cpu_ns - start.cpu_ns) * 1e-9);
    }
    state.SetItemsProcessed(state.iterations() * GROUP);
    state.counters["gas"] =
        benchmark::Counter(static_cast<double>(gas), benchmark::Counter::kIsRate);
}

void register_programs() {
    static std::vector<EvmVector> programs;
    const std::filesystem::path folder{OTENTO_SHARED_DIR "/vectors/evm-bench/vectors"};
    if (std::filesystem::is_directory(folder)) {
        for (const auto& file : std::filesystem::directory_iterator(folder)) {
            auto loaded = load_evm_vectors(file.path().string());
            if (loaded) {
                std::ranges::move(*loaded, std::back_inserter(programs));
            }
        }
    }
    std::ranges::sort(programs, {}, &EvmVector::name);
    for (const EvmVector& program : programs) {
        benchmark::RegisterBenchmark(("evm/" + program.name).c_str(), [&program](
                                                                          benchmark::State& state) {
            run(state, program);
        })->UseManualTime();
    }
}

}  // namespace
}  // namespace otento

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    if (benchmark::ReportUnrecognizedArguments(argc, argv)) {
        return 2;
    }
    otento::register_programs();
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
