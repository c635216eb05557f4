#include <otento/evm/fork_rules.hpp>

#include <gtest/gtest.h>

namespace otento::evm {
namespace {

TEST(Fork, names_round_trip) {
    for (const ForkRules& rules : FORK_RULES) {
        EXPECT_EQ(fork_from_name(to_string(rules.fork)), rules.fork);
    }
}

TEST(Fork, knows_the_names_of_test_vectors) {
    EXPECT_EQ(fork_from_name("EIP150"), Fork::tangerine_whistle);
    EXPECT_EQ(fork_from_name("EIP158"), Fork::spurious_dragon);
    EXPECT_EQ(fork_from_name("ConstantinopleFix"), Fork::petersburg);
    EXPECT_EQ(fork_from_name("Merge"), Fork::paris);
    EXPECT_EQ(fork_from_name("OSAKA"), Fork::osaka);
    EXPECT_EQ(fork_from_name("atlantis"), std::nullopt);
    EXPECT_EQ(fork_from_name(""), std::nullopt);
}

TEST(ForkRules, table_is_in_fork_order) {
    for (size_t i = 0; i < FORK_RULES.size(); ++i) {
        EXPECT_EQ(static_cast<size_t>(FORK_RULES[i].fork), i);
    }
}

TEST(ForkRules, every_priced_opcode_has_a_name) {
    for (unsigned op = 0; op < 256; ++op) {
        const bool priced = FORK_RULES.back().gas[op] != UNDEFINED_GAS;
        EXPECT_EQ(priced, !opcode_name(static_cast<uint8_t>(op)).empty() && op != OP_INVALID) << op;
    }
}

TEST(ForkRules, opcodes_never_disappear) {
    for (size_t i = 1; i < FORK_RULES.size(); ++i) {
        for (unsigned op = 0; op < 256; ++op) {
            if (FORK_RULES[i - 1].gas[op] != UNDEFINED_GAS) {
                EXPECT_NE(FORK_RULES[i].gas[op], UNDEFINED_GAS) << op << " in fork " << i;
            }
        }
    }
}

}  // namespace
}  // namespace otento::evm
