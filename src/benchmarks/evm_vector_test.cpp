// The evm-bench format, and every program of vectors/evm-bench on every fork it names: plain
// interpreter and register form must both give what is expected.
#include <otento/benchmarks/evm_world.hpp>

#include <otento/evm/code_cache.hpp>

#include <gtest/gtest.h>

#include <filesystem>

namespace otento::benchmarks {
namespace {

constexpr std::string_view SMALL = R"([{"name": "n", "min_fork": "istanbul",
  "env": {"number": "0x1", "timestamp": "0x3e8", "gas_limit": "0x10", "coinbase":
    "0xc000000000000000000000000000000000000001", "base_fee": "0x0", "prevrandao": "0x00",
    "chain_id": "0x5"},
  "pre": {"0x0000000000000000000000000000000000001000":
    {"balance": "0x7", "nonce": 1, "code": "0x00", "storage": {"0x1": "0x2"}}},
  "call": {"from": "0xa000000000000000000000000000000000000001", "to":
    "0x0000000000000000000000000000000000001000", "value": "0x0", "gas": "0x9", "data": "0x01"},
  "expect": {"istanbul": {"status": "out_of_gas", "gas_used": 9, "refund": -3, "output": "0x",
    "logs": 0, "logs_hash": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347",
    "state_root": "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347"}}}])";

TEST(EvmVectors, are_read_field_by_field) {
    const auto vectors = parse_evm_vectors(std::string{SMALL});
    ASSERT_TRUE(vectors) << vectors.error();
    const EvmVector& vector = vectors->at(0);
    EXPECT_EQ(vector.min_fork, evm::Fork::istanbul);
    EXPECT_EQ(vector.chain_id, 5U);
    EXPECT_EQ(vector.gas, 9U);
    const state::AccountDiff& account = vector.pre.accounts.at(vector.to);
    EXPECT_EQ(account.balance, 7U);
    EXPECT_EQ(account.storage.at(uint256{1}.to_be()), uint256{2}.to_be());
    EXPECT_EQ(vector.expect.at(evm::Fork::istanbul).refund, -3);
}

TEST(EvmVectors, name_the_field_at_fault) {
    std::string text{SMALL};
    text.replace(text.find("\"0x9\""), 5, "\"ten\"");
    const auto vectors = parse_evm_vectors(text);
    ASSERT_FALSE(vectors);
    EXPECT_EQ(vectors.error(), "vector 0 (n): gas is no number");
    EXPECT_FALSE(parse_evm_vectors("{}"));
    EXPECT_FALSE(parse_evm_vectors("[{"));
    EXPECT_FALSE(parse_evm_vectors("[{}]"));
    EXPECT_FALSE(load_evm_vectors("/nowhere/vectors.json"));
}

TEST(EvmVectors, differences_are_named_whatever_the_spelling_of_statuses) {
    EvmOutcome expected;
    expected.status = "out_of_gas";
    EvmOutcome got;
    got.status = "out of gas";
    EXPECT_EQ(difference(expected, got), "");
    expected.status = "failure";
    EXPECT_EQ(difference(expected, got), "");
    got.status = "revert";
    got.gas_used = 1;
    got.logs = 1;
    EXPECT_EQ(difference(expected, got), " status gas_used logs");
}

class EvmBenchFiles : public ::testing::TestWithParam<const char*> {};

TEST_P(EvmBenchFiles, give_the_agreed_results) {
    const auto file =
        std::filesystem::path{OTENTO_SHARED_DIR "/vectors/evm-bench/vectors"} / GetParam();
    if (!std::filesystem::exists(file)) {
        GTEST_SKIP() << file << " is absent";
    }
    // The slowest two programs take seconds in a debug build and show nothing the others do not.
    constexpr uint64_t GAS_WORTH_WAITING_FOR = 200'000'000;
    evm::CodeCache plain{evm::CodeCache::DEFAULT_CAPACITY, UINT64_MAX >> 20};
    evm::CodeCache translating{evm::CodeCache::DEFAULT_CAPACITY, 0};
    const auto vectors = load_evm_vectors(file);
    ASSERT_TRUE(vectors) << vectors.error();
    for (const EvmVector& vector : *vectors) {
        for (const auto& [fork, expected] : vector.expect) {
            if (expected.gas_used > GAS_WORTH_WAITING_FOR) {
                continue;
            }
            for (evm::CodeCache* const cache : {&plain, &translating}) {
                EvmWorld world(vector, fork, *cache);
                world.prepare(1);
                EXPECT_EQ(difference(expected, world.outcome(world.call())), "")
                    << vector.name << " on " << evm::to_string(fork)
                    << (cache == &plain ? "" : " in register form");
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Files, EvmBenchFiles,
                         ::testing::Values("tokens.json", "hashing.json", "storage.json",
                                           "compute.json", "calls.json", "opcodes.json",
                                           "ipsilon.json", "vmperformance.json"),
                         [](const auto& file) {
                             const std::string name = file.param;
                             return name.substr(0, name.find('.'));
                         });

}  // namespace
}  // namespace otento::benchmarks
