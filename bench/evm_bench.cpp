// Times the programs of vectors/evm-bench and compares with the anchors there, scaled by what
// recovering a secp256k1 key takes on this machine.
//
//   evm_bench [--filter TEXT] [--fork NAME] [--min-time SECONDS] [--json]
#include <otento/evm/code_cache.hpp>
#include <otento/evm/testing/bench_vector.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <simdjson.h>

#include <cmath>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <string>

namespace {

using namespace otento;
using namespace otento::evm;
using namespace otento::evm::testing;

struct Options {
    std::string filter;
    Fork fork = Fork::cancun;
    double min_time_s = 0.15;
    bool json = false;
    double scale = 0;
};

uint64_t cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

double median(std::vector<double> values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// Median CPU time of one call of `work`, in ns; `reset` runs outside the timed part.
template <typename Work, typename Reset>
double time_of(double min_time_s, Work&& work, Reset&& reset) {
    work();
    reset();
    std::vector<double> samples;
    uint64_t total = 0;
    constexpr uint64_t BATCH_NS = 2'000'000;
    while (samples.size() < 7 || static_cast<double>(total) < min_time_s * 1e9) {
        uint64_t batch_ns = 0;
        uint64_t calls = 0;
        do {
            const uint64_t start = cpu_ns();
            work();
            batch_ns += cpu_ns() - start;
            ++calls;
            reset();
        } while (batch_ns < BATCH_NS);
        samples.push_back(static_cast<double>(batch_ns) / static_cast<double>(calls));
        total += batch_ns;
    }
    return median(samples);
}

/// This machine's speed against the anchors' machine, above 1 if slower.
double calibrate(const simdjson::dom::element& anchors, bool json) {
    const double recover_us_there =
        anchors["calibration"]["libsecp256k1_0.2.0_recover_cpu_us"].get_double().value();
    const Hash key = crypto::keccak256(bytes_of("key"));
    const Hash hash = crypto::keccak256(bytes_of("message"));
    const crypto::Signature signature = crypto::sign(hash, key).value();
    unsigned found = 0;
    const double recover_ns =
        time_of(0.3, [&] { found += crypto::recover(hash, signature).has_value() ? 1 : 0; }, [] {});
    Hash chain = hash;
    const double keccak_ns = time_of(
                                 0.1,
                                 [&] {
                                     for (int i = 0; i < 1000; ++i) {
                                         chain = crypto::keccak256(chain);
                                     }
                                 },
                                 [] {}) /
                             1000;
    const double scale = recover_ns / 1000 / recover_us_there;
    if (!json) {
        std::printf("recover %.1f us (there %.1f), keccak256 of 32 bytes %.0f ns, scale %.3f%s\n",
                    recover_ns / 1000, recover_us_there, keccak_ns, scale, found == 0 ? "!" : "");
    }
    return scale;
}

struct Tally {
    double logs = 0;
    unsigned count = 0;
    unsigned mismatches = 0;
    std::vector<std::pair<double, std::string>> ratios;
};

void run(const BenchVector& vector, const Options& options, const simdjson::dom::element& anchors,
         Tally& tally) {
    MemoryHost host;
    vector.build(host);
    CodeCache cache;
    Evm evm{host, Rules{.fork = options.fork}, nullptr, &cache};
    const Message message = vector.begin(host, options.fork);
    const size_t start = host.checkpoint();
    const CallResult result = evm.execute(message);
    const std::string difference = vector.judge(host, options.fork, result);
    host.rollback(start);
    if (!difference.empty()) {
        ++tally.mismatches;
    }
    const uint64_t gas = vector.gas - result.gas_left;
    const double ns = time_of(
        options.min_time_s, [&] { (void)evm.execute(message); }, [&] { host.rollback(start); });
    double anchor_us = 0;
    const bool anchored = anchors["vectors"][vector.name]["evmone_baseline_us"].get_double().get(
                              anchor_us) == simdjson::SUCCESS;
    const double ratio = anchored ? anchor_us * 1000 * options.scale / ns : 0;
    if (anchored) {
        tally.logs += std::log(ratio);
        ++tally.count;
        tally.ratios.emplace_back(ratio, vector.name);
    }
    if (options.json) {
        std::printf("{\"name\":\"%s\",\"gas_used\":%llu,\"cpu_ns_med\":%.0f,\"match\":\"%s\"}\n",
                    vector.name.c_str(), static_cast<unsigned long long>(gas), ns,
                    difference.empty() ? "ok" : ("MISMATCH" + difference).c_str());
    } else {
        std::printf("%-40s %11.1f us %8.0f Mgas/s  speed %6.2f x anchor %s\n", vector.name.c_str(),
                    ns / 1000, static_cast<double>(gas) * 1000 / ns, ratio, difference.c_str());
    }
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string flag = argv[i];
        const std::string value = i + 1 < argc ? argv[i + 1] : "";
        if (flag == "--json") {
            options.json = true;
            continue;
        }
        ++i;
        if (flag == "--filter") {
            options.filter = value;
        } else if (flag == "--fork") {
            const auto fork = fork_from_name(value);
            if (!fork) {
                return 2;
            }
            options.fork = *fork;
        } else if (flag == "--min-time") {
            options.min_time_s = std::stod(value);
        } else if (flag == "--scale") {
            options.scale = std::stod(value);
        } else {
            std::fprintf(stderr, "unknown option %s\n", flag.c_str());
            return 2;
        }
    }
    const std::filesystem::path folder{OTENTO_SHARED_DIR "/vectors/evm-bench"};
    simdjson::dom::parser parser;
    const simdjson::dom::element anchors = parser.load((folder / "anchors.json").string()).value();
    if (options.scale == 0) {
        options.scale = calibrate(anchors, options.json);
    }
    Tally tally;
    for (const char* file : {"tokens", "hashing", "storage", "compute", "calls", "opcodes",
                             "ipsilon", "vmperformance"}) {
        for (const BenchVector& vector :
             load_bench_vectors((folder / "vectors" / file).string() + ".json")) {
            if (vector.name.find(options.filter) != std::string::npos &&
                vector.expect.contains(options.fork)) {
                run(vector, options, anchors, tally);
            }
        }
    }
    std::sort(tally.ratios.begin(), tally.ratios.end());
    if (!options.json && tally.count != 0) {
        std::printf("geometric mean of %u: %.3f x anchor; slowest:", tally.count,
                    std::exp(tally.logs / tally.count));
        for (size_t i = 0; i < std::min<size_t>(tally.ratios.size(), 12); ++i) {
            std::printf(" %s %.2f", tally.ratios[i].second.c_str(), tally.ratios[i].first);
        }
        std::printf("\nmismatches: %u\n", tally.mismatches);
    }
    return tally.mismatches == 0 ? 0 : 1;
}
