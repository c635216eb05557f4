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
    Fork fork = Fork::constantinople;
    double min_time_s = 0.05;
    bool json = false;
};

uint64_t cpu_ns() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

/// Shortest CPU time of one call of `work` in a batch of about 2 ms, in ns; `reset` runs outside
/// the timed part.
template <typename Work, typename Reset>
double batch_ns(Work&& work, Reset&& reset) {
    constexpr uint64_t BATCH_NS = 2'000'000;
    uint64_t total = 0;
    uint64_t calls = 0;
    do {
        const uint64_t start = cpu_ns();
        work();
        total += cpu_ns() - start;
        ++calls;
        reset();
    } while (total < BATCH_NS);
    return static_cast<double>(total) / static_cast<double>(calls);
}

/// Recovers one key: the work that tells machines apart.
class Calibration {
  public:
    explicit Calibration(const simdjson::dom::element& anchors)
        : there_ns_(
              anchors["calibration"]["libsecp256k1_0.2.0_recover_cpu_us"].get_double().value() *
              1000) {}

    double recover_ns() {
        return batch_ns([this] { found_ += crypto::recover(hash_, signature_) ? 1 : 0; }, [] {});
    }
    /// Above 1 if this machine is slower than the anchors'.
    [[nodiscard]] double scale(double here_ns) const { return here_ns / there_ns_; }

  private:
    double there_ns_;
    Hash hash_ = crypto::keccak256(bytes_of("message"));
    crypto::Signature signature_ = crypto::sign(hash_, crypto::keccak256(bytes_of("key"))).value();
    unsigned found_ = 0;
};

struct Tally {
    double logs = 0;
    unsigned count = 0;
    unsigned mismatches = 0;
    std::vector<std::pair<double, std::string>> ratios;
};

void run(const BenchVector& vector, Fork fork, const Options& options,
         const simdjson::dom::element& anchors, Calibration& calibration, Tally& tally) {
    MemoryHost host;
    vector.build(host);
    CodeCache cache;
    Evm evm{host, Rules{.fork = fork}, nullptr, &cache};
    const Message message = vector.begin(host, fork);
    const size_t start = host.checkpoint();
    const CallResult result = evm.execute(message);
    const std::string difference = vector.judge(host, fork, result);
    host.rollback(start);
    if (!difference.empty()) {
        ++tally.mismatches;
    }
    const uint64_t gas = vector.gas - result.gas_left;
    // The machine is shared and changes its speed: measure both sides in turn and take the best of
    // each.
    double ns = 1e18;
    double recover_ns = 1e18;
    double spent = 0;
    for (int round = 0; round < 7 || spent < options.min_time_s * 1e9; ++round) {
        recover_ns = std::min(recover_ns, calibration.recover_ns());
        ns = std::min(ns,
                      batch_ns([&] { (void)evm.execute(message); }, [&] { host.rollback(start); }));
        spent += 2e6 + ns;
    }
    const double scale = calibration.scale(recover_ns);
    double anchor_us = 0;
    const bool anchored = anchors["vectors"][vector.name]["evmone_baseline_us"].get_double().get(
                              anchor_us) == simdjson::SUCCESS;
    const double ratio = anchored ? anchor_us * 1000 * scale / ns : 0;
    if (anchored) {
        tally.logs += std::log(ratio);
        ++tally.count;
        tally.ratios.emplace_back(ratio, vector.name);
    }
    if (options.json) {
        std::printf("{\"name\":\"%s\",\"gas_used\":%llu,\"cpu_ns_min\":%.0f,\"match\":\"%s\"}\n",
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
        } else {
            std::fprintf(stderr, "unknown option %s\n", flag.c_str());
            return 2;
        }
    }
    const std::filesystem::path folder{OTENTO_SHARED_DIR "/vectors/evm-bench"};
    simdjson::dom::parser parser;
    const simdjson::dom::element anchors = parser.load((folder / "anchors.json").string()).value();
    Calibration calibration{anchors};
    Tally tally;
    for (const char* file : {"tokens", "hashing", "storage", "compute", "calls", "opcodes",
                             "ipsilon", "vmperformance"}) {
        for (const BenchVector& vector :
             load_bench_vectors((folder / "vectors" / file).string() + ".json")) {
            // The anchors were taken on the first fork that a program runs on.
            const auto expectation = vector.expect.lower_bound(options.fork);
            if (vector.name.find(options.filter) != std::string::npos &&
                expectation != vector.expect.end()) {
                run(vector, expectation->first, options, anchors, calibration, tally);
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
