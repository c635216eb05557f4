#include <otento/evm/precompile_memo.hpp>

#include <gtest/gtest.h>

namespace otento::evm {
namespace {

int runs = 0;

/// Reverses its input; fails on an empty one.
bool reverse(BytesView input, Fork, Bytes& output) {
    ++runs;
    output.assign(input.rbegin(), input.rend());
    return !input.empty();
}

constexpr Precompile SAME{Fork::frontier, nullptr, reverse};
constexpr Precompile BY_FORK{Fork::frontier, nullptr, reverse, true};
constexpr uint64_t DEAR = PrecompileMemo::GAS_MIN;

class PrecompileMemoTest : public ::testing::Test {
  protected:
    void SetUp() override { runs = 0; }
    /// How often the precompile itself ran for this call.
    int run(const Precompile& precompile, Bytes input, Fork fork = Fork::berlin,
            uint64_t cost = DEAR) {
        const int before = runs;
        Bytes output{9, 9};
        EXPECT_EQ(memo_.run(precompile, input, fork, cost, output), !input.empty());
        EXPECT_EQ(output, Bytes(input.rbegin(), input.rend()));
        return runs - before;
    }

    PrecompileMemo memo_;
};

TEST_F(PrecompileMemoTest, dear_calls_run_once) {
    EXPECT_EQ(run(SAME, {1, 2}), 1);
    EXPECT_EQ(run(SAME, {1, 2}), 0);
    EXPECT_EQ(run(SAME, {1, 3}), 1);
    EXPECT_EQ(run(BY_FORK, {1, 2}), 1);
}

TEST_F(PrecompileMemoTest, cheap_calls_and_failures_run_again) {
    EXPECT_EQ(run(SAME, {1}, Fork::berlin, DEAR - 1), 1);
    EXPECT_EQ(run(SAME, {1}, Fork::berlin, DEAR - 1), 1);
    EXPECT_EQ(run(SAME, {}), 1);
    EXPECT_EQ(run(SAME, {}), 1);
}

TEST_F(PrecompileMemoTest, forks_are_told_apart_where_they_matter) {
    EXPECT_EQ(run(SAME, {1}, Fork::berlin), 1);
    EXPECT_EQ(run(SAME, {1}, Fork::osaka), 0);
    EXPECT_EQ(run(BY_FORK, {1}, Fork::berlin), 1);
    EXPECT_EQ(run(BY_FORK, {1}, Fork::osaka), 1);
}

TEST_F(PrecompileMemoTest, keeps_a_few_and_no_huge_ones) {
    for (uint8_t i = 0; i <= PrecompileMemo::ENTRIES; ++i) {
        EXPECT_EQ(run(SAME, {i}), 1);
    }
    EXPECT_EQ(run(SAME, {0}), 1);
    const Bytes huge(PrecompileMemo::INPUT_BYTES_MAX + 1, 1);
    EXPECT_EQ(run(SAME, huge), 1);
    EXPECT_EQ(run(SAME, huge), 1);
}

}  // namespace
}  // namespace otento::evm
