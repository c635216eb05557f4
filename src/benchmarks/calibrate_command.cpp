#include <otento/benchmarks/calibrate_command.hpp>

#include <otento/benchmarks/cpu_time.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::benchmarks {
namespace {

/// CPU time of one call in ns: the median over short batches.
template <typename Work>
double median_ns(size_t calls, Work&& work) {
    constexpr size_t BATCHES = 31;
    double ns[BATCHES];
    for (double& figure : ns) {
        const Instant start = now();
        for (size_t i = 0; i < calls; ++i) {
            work();
        }
        figure = static_cast<double>(now().cpu_ns - start.cpu_ns) / static_cast<double>(calls);
    }
    std::sort(std::begin(ns), std::end(ns));
    return ns[BATCHES / 2];
}

}  // namespace

int calibrate_main(const std::vector<std::string>& arguments) {
    if (!arguments.empty()) {
        fmt::print(stderr, "error: bench calibrate takes no arguments\n");
        return 2;
    }
    Hash hash = crypto::keccak256(bytes_of("message"));
    const auto signature = crypto::sign(hash, crypto::keccak256(bytes_of("key")));
    ASSERT(signature.has_value());
    size_t found = 0;
    const double recover_ns =
        median_ns(20, [&] { found += crypto::recover(hash, *signature) ? 1 : 0; });
    ASSERT(found != 0);
    const double keccak_ns = median_ns(2000, [&] { hash = crypto::keccak256(hash); });
    fmt::print("{{\"libsecp256k1_recover_cpu_us\":{:.3f},\"keccak256_32_bytes_cpu_ns\":{:.1f}}}\n",
               recover_ns / 1000, keccak_ns);
    return 0;
}

}  // namespace otento::benchmarks
