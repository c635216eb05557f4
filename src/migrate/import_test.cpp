// What an import does with files that are not as they should be.
#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>
#include <otento/config/text_file.hpp>
#include <otento/migrate/block_file.hpp>
#include <otento/migrate/rule_search.hpp>
#include <otento/migrate/testing/chain_files.hpp>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace otento::migrate {
namespace {

using testing::World;

/// A chain of 12 blocks by two minters, and its file.
class Import : public ::testing::Test {
  protected:
    Import() : origin(testing::classic_genesis()) {
        testing::mint(*origin.chain, 1, 5);
        testing::mint(*origin.chain, 2, 4);
        testing::mint(*origin.chain, 1, 3);
        blocks = testing::split_blocks(testing::chain_file(*origin.chain));
    }

    std::string file_of(const std::vector<Bytes>& content, const std::string& name = "a.rlp") {
        const std::string path = origin.folder.path(name);
        testing::write_file(path, testing::join_blocks(content));
        return path;
    }
    /// Message of the import of a file into `world`; empty if it succeeds.
    static std::string problem(World& world, const std::string& path) {
        const auto report = world.import({path});
        return report ? std::string{} : report.error().message;
    }

    World origin;
    std::vector<Bytes> blocks;
};

TEST_F(Import, gives_the_same_chain_and_skips_what_is_there) {
    World world(testing::classic_genesis());
    const std::string path = file_of(blocks);
    const auto first = world.import({path});
    ASSERT_TRUE(first) << first.error().message;
    EXPECT_EQ(first->progress.imported, 12U);
    EXPECT_EQ(first->progress.transactions, 12U);
    EXPECT_EQ(world.chain->head()->hash, origin.chain->head()->hash);
    const auto again = world.import({path});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->progress.imported, 0U);
    EXPECT_EQ(again->progress.skipped, 13U);
}

TEST_F(Import, files_follow_and_overlap_each_other) {
    World world(testing::classic_genesis());
    const std::vector<Bytes> front(blocks.begin(), blocks.begin() + 8);
    const std::vector<Bytes> back(blocks.begin() + 5, blocks.end());
    const auto report = world.import({file_of(front, "front"), file_of(back, "back")});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(world.chain->head()->hash, origin.chain->head()->hash);
    World other(testing::classic_genesis());
    EXPECT_TRUE(problem(other, file_of(back, "back"))
                    .ends_with("block 5 (number 1 of the file): the chain ends at block 0: import "
                               "the blocks from 1 on first"));
}

TEST_F(Import, a_flipped_bit_is_found_in_its_block_and_the_good_file_goes_on) {
    Random random(7);
    for (int round = 0; round < 150; ++round) {
        World world(testing::classic_genesis());
        auto damaged = blocks;
        const size_t victim = 1 + random.below(blocks.size() - 1);
        Bytes& block = damaged[victim];
        const size_t at = random.below(block.size());
        const auto bit = static_cast<uint8_t>(1U << random.below(8));
        block[at] = static_cast<uint8_t>(block[at] ^ bit);
        const std::string message = problem(world, file_of(damaged));
        ASSERT_FALSE(message.empty()) << "block " << victim << " byte " << at << " bit " << +bit;
        // What stood before it is there and right; the block itself is not.
        EXPECT_EQ(world.chain->head_number() + 1, victim) << message << " byte " << at;
        EXPECT_EQ(world.chain->head()->hash,
                  origin.chain->view()->hash_of(world.chain->head_number()));
        const auto resumed = world.import({file_of(blocks)});
        ASSERT_TRUE(resumed) << resumed.error().message << "\nafter " << message;
        EXPECT_EQ(world.chain->head()->hash, origin.chain->head()->hash);
    }
}

TEST_F(Import, a_truncated_file_keeps_its_whole_blocks) {
    const Bytes whole = testing::join_blocks(blocks);
    Random random(3);
    for (int round = 0; round < 40; ++round) {
        World world(testing::classic_genesis());
        const size_t size = 1 + random.below(whole.size() - 1);
        const std::string path = origin.folder.path("cut.rlp");
        testing::write_file(path, BytesView{whole}.first(size));
        size_t full = 0;
        for (size_t end = 0; full < blocks.size() && end + blocks[full].size() <= size; ++full) {
            end += blocks[full].size();
        }
        const auto message = problem(world, path);
        EXPECT_EQ(world.chain->head_number() + 1, std::max<size_t>(full, 1)) << message;
        if (!message.empty()) {
            EXPECT_NE(message.find("the file ends in the middle of a block"), std::string::npos);
        }
        ASSERT_TRUE(world.import({file_of(blocks)}));
        EXPECT_EQ(world.chain->head()->hash, origin.chain->head()->hash);
    }
}

TEST_F(Import, a_block_of_another_chain_is_refused_where_it_stands) {
    World foreign(testing::classic_genesis());
    testing::mint(*foreign.chain, 3, 12, 2);
    const auto others = testing::split_blocks(testing::chain_file(*foreign.chain));
    for (const size_t at : {1U, 2U, 7U, 12U}) {
        World world(testing::classic_genesis());
        auto spliced = blocks;
        spliced[at] = others[at];
        const auto message = problem(world, file_of(spliced));
        EXPECT_FALSE(message.empty());
        // Block 1 of the other chain is as good a child of the genesis block as ours.
        EXPECT_EQ(world.chain->head_number(), at == 1 ? 1 : at - 1) << message;
    }
}

TEST_F(Import, another_genesis_is_named) {
    types::Genesis genesis = testing::classic_genesis();
    genesis.gas_limit += 1;
    World world(genesis);
    const auto message = problem(world, file_of(blocks));
    EXPECT_NE(message.find("the genesis block of the file is " + to_hex0x(origin.chain->genesis_hash())),
              std::string::npos)
        << message;
}

TEST_F(Import, a_packed_file_is_checked_to_its_end) {
    const std::string plain = file_of(blocks);
    ASSERT_EQ(std::system(("gzip -k -f " + plain).c_str()), 0);
    const Bytes packed = testing::read_file(plain + ".gz");
    const std::string path = origin.folder.path("packed.rlp.gz");
    testing::write_file(path, packed);
    World good(testing::classic_genesis());
    EXPECT_EQ(problem(good, path), "");
    for (size_t cut = 1; cut < packed.size(); cut += packed.size() / 20) {
        World world(testing::classic_genesis());
        testing::write_file(path, BytesView{packed}.first(packed.size() - cut));
        EXPECT_NE(problem(world, path), "") << cut;
        ASSERT_TRUE(world.import({plain}));
    }
    Bytes garbage = packed;
    append(garbage, bytes_of("behind it"));
    World world(testing::classic_genesis());
    testing::write_file(path, garbage);
    EXPECT_NE(problem(world, path), "");
}

TEST_F(Import, missing_and_senseless_files_are_named) {
    World world(testing::classic_genesis());
    EXPECT_NE(problem(world, "/no/such/file").find("/no/such/file: cannot be opened"),
              std::string::npos);
    const std::string path = origin.folder.path("text");
    testing::write_file(path, bytes_of("not a chain"));
    EXPECT_NE(problem(world, path).find("no block starts here"), std::string::npos);
    testing::write_file(path, {});
    EXPECT_EQ(problem(world, path), "");
}

TEST(RuleSearch, offers_the_other_side_of_the_upgrade_once) {
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    auto candidates = rule_candidates(config, 7);
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_EQ(candidates[0].config.classic.upgrade_block, 7U);
    EXPECT_TRUE(rule_candidates(candidates[0].config, 9).empty());
    // A genesis that names later forks than its nodes knew.
    config.classic.upgrade_block = 0;
    candidates = rule_candidates(config, 7);
    ASSERT_EQ(candidates.size(), 1U);
    EXPECT_FALSE(candidates[0].config.classic.upgrade_block);
}

TEST(RuleSearch, offers_the_old_code_size_up_to_the_block) {
    types::ChainConfig config;
    config.rule_set = types::RuleSet::classic;
    config.code_size_max = 35 * 1024;
    config.classic.upgrade_known = true;
    const auto candidates = rule_candidates(config, 7);
    ASSERT_EQ(candidates.size(), 2U);
    const auto& sizes = candidates[1].config;
    EXPECT_EQ(sizes.code_size_at(7), 24U * 1024);
    EXPECT_EQ(sizes.code_size_at(8), 35U * 1024);
    config.rule_set = types::RuleSet::otento;
    EXPECT_TRUE(rule_candidates(config, 7).empty());
}

}  // namespace
}  // namespace otento::migrate
