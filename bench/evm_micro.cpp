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

int64_t group_size(EvmWorld& world) {
    constexpr uint64_t GROUP_NS = 20'000;
    constexpr uint64_t GROUP_MAX = 16;
    world.prepare(2);
    (void)world.call();  // Analyses the code.
    const Instant start = now();
    (void)world.call();
    const uint64_t spent_ns = now().cpu_ns - start.cpu_ns;
    return static_cast<int64_t>(std::clamp<uint64_t>(GROUP_NS / spent_ns, 1, GROUP_MAX));
}

/// An iteration is a group of calls, whose overlays are made beforehand: one call if it is long.
void run(benchmark::State& state, const EvmVector& vector) {
    evm::CodeCache cache;
    EvmWorld world(vector, vector.min_fork, cache);
    const int64_t group = group_size(world);
    uint64_t gas = 0;
    for (auto _ : state) {
        world.prepare(static_cast<size_t>(group));
        const Instant start = now();
        for (int64_t i = 0; i < group; ++i) {
            gas += vector.gas - world.call().gas_left;
        }
        state.SetIterationTime(static_cast<double>(now().cpu_ns - start.cpu_ns) * 1e-9);
    }
    state.SetItemsProcessed(state.iterations() * group);
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
