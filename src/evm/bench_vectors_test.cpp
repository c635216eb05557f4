// Every program of vectors/evm-bench on every fork it names: status, gas, refund, output and logs.
#include <otento/evm/testing/bench_vector.hpp>

#include <otento/evm/code_cache.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace otento::evm::testing {
namespace {

const std::filesystem::path FOLDER{OTENTO_SHARED_DIR "/vectors/evm-bench/vectors"};

class BenchVectors : public ::testing::TestWithParam<const char*> {};

TEST_P(BenchVectors, give_the_agreed_results) {
    const std::filesystem::path file = FOLDER / GetParam();
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << file << " is absent";
    }
    // The slowest two programs take seconds in a debug build and show nothing the others do not.
    constexpr uint64_t GAS_WORTH_WAITING_FOR = 200'000'000;
    CodeCache plain{CodeCache::DEFAULT_CAPACITY, UINT64_MAX >> 20};
    CodeCache translating{CodeCache::DEFAULT_CAPACITY, 0};
    for (const BenchVector& vector : load_bench_vectors(file)) {
        MemoryHost host;
        vector.build(host);
        for (const auto& [fork, expected] : vector.expect) {
            if (expected.gas_used > GAS_WORTH_WAITING_FOR) {
                continue;
            }
            for (CodeCache* const cache : {&plain, &translating}) {
                Evm evm{host, Rules{.fork = fork}, nullptr, cache};
                const CallResult result = evm.execute(vector.begin(host, fork));
                EXPECT_EQ(vector.judge(host, fork, result), "")
                    << vector.name << " on " << to_string(fork)
                    << (cache == &plain ? "" : " in register form");
                host.rollback(0);
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Files, BenchVectors,
                         ::testing::Values("tokens.json", "hashing.json", "storage.json",
                                           "compute.json", "calls.json", "opcodes.json",
                                           "ipsilon.json", "vmperformance.json"),
                         [](const auto& file) {
                             const std::string name = file.param;
                             return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace otento::evm::testing
