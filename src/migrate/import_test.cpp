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
    for (int round = 0; round < 60; ++round) {
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

// No next block confirms the last one, and the signature does not cover what stands before it.
TEST_F(Import, a_flipped_bit_before_the_last_seal_is_found) {
    const auto last = types::decode_block(blocks.back());
    ASSERT_TRUE(last);
    const Bytes& extra = last->header.extra_data;
    const auto at = std::ranges::search(blocks.back(), extra).begin();
    const auto begin = static_cast<size_t>(at - blocks.back().begin());
    constexpr size_t VANITY_BYTES = 32;
    constexpr size_t ID_END = VANITY_BYTES + 4;  // List header, id, header of the signature.
    for (size_t bit = 8 * VANITY_BYTES; bit < 8 * ID_END; ++bit) {
        World world(testing::classic_genesis());
        auto damaged = blocks;
        uint8_t& byte = damaged.back()[begin + bit / 8];
        byte = static_cast<uint8_t>(byte ^ (1U << bit % 8));
        EXPECT_FALSE(problem(world, file_of(damaged)).empty())
            << "bit " << bit << " of the extra data";
        EXPECT_EQ(world.chain->head_number() + 2, blocks.size());
    }
}

TEST_F(Import, a_truncated_file_keeps_its_whole_blocks) {
    const Bytes whole = testing::join_blocks(blocks);
    Random random(3);
    for (int round = 0; round < 16; ++round) {
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
    EXPECT_NE(
        message.find("the genesis block of the file is " + to_hex0x(origin.chain->genesis_hash())),
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
    for (size_t cut = 1; cut < packed.size(); cut += packed.size() / 8) {
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

// GoQuorum 2.6 began to touch the target of STATICCALL: an empty account of the genesis goes away.
TEST(ImportRules, the_height_of_the_upgrade_is_found_and_told) {
    using namespace literals;
    const auto empty = "0x00000000000000000000000000000000000e3b17"_address;
    const auto caller = "0x00000000000000000000000000000000000ca11e"_address;
    types::Genesis genesis = testing::classic_genesis();
    genesis.alloc[empty] = {};
    genesis.alloc[caller].nonce = 1;
    genesis.alloc[caller].code =
        "0x600060006000600073"
        "00000000000000000000000000000000000e3b17"
        "5afa5000"_hex;
    types::Genesis upgraded = genesis;
    upgraded.config.classic.upgrade_block = 5;
    upgraded.config.classic.upgrade_known = true;
    World origin(upgraded);
    const auto key = chain::testing::key(1);
    const auto call = [&](uint64_t nonce) {
        testing::mint_block(*origin.chain, 1,
                            {chain::testing::message(key, nonce, caller, {}, 100'000)});
    };
    call(0);
    call(1);
    EXPECT_TRUE(origin.chain->state(nullptr)->account(empty));
    testing::mint(*origin.chain, 1, 4);
    call(2);
    EXPECT_FALSE(origin.chain->state(nullptr)->account(empty));
    testing::mint(*origin.chain, 1, 2);
    const std::string path = origin.folder.path("upgraded.rlp");
    testing::write_file(path, testing::chain_file(*origin.chain));

    World world(genesis);
    const auto report = world.import({path});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(world.chain->head()->hash, origin.chain->head()->hash);
    ASSERT_EQ(world.found.size(), 1U);
    EXPECT_EQ(world.genesis.config.classic.upgrade_block, 7U);  // The first block that tells.

    World told(genesis);
    ImportOptions options;
    options.detect_rules = false;
    const auto refused = told.import({path}, options);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().message.find("block 7 (number 8 of the file): state root mismatch"),
              std::string::npos)
        << refused.error().message;
    EXPECT_EQ(told.chain->head_number(), 6U);
}

TEST(ImportRules, a_code_size_that_was_raised_later_is_found) {
    using namespace literals;
    types::Genesis genesis = testing::classic_genesis();
    genesis.config.code_size_max = 35 * 1024;
    types::Genesis early = genesis;
    early.config.code_size_max = 24 * 1024;
    early.config.code_size_steps = {{.block = 6, .bytes_max = 35 * 1024}};
    World origin(early);
    const auto key = chain::testing::key(1);
    const auto deploy = [&](uint64_t nonce) {
        // PUSH2 30000 PUSH1 0 RETURN: a contract of zeros.
        testing::mint_block(
            *origin.chain, 1,
            {chain::testing::creation(key, nonce, "0x6175306000f3"_hex, 10'000'000)});
    };
    testing::mint(*origin.chain, 2, 2);
    deploy(0);
    EXPECT_FALSE(origin.chain->head()->receipts[0].success);
    testing::mint(*origin.chain, 2, 4);
    deploy(1);
    EXPECT_TRUE(origin.chain->head()->receipts[0].success);
    const std::string path = origin.folder.path("sizes.rlp");
    testing::write_file(path, testing::chain_file(*origin.chain));
    World world(genesis);
    const auto report = world.import({path});
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(world.chain->head()->hash, origin.chain->head()->hash);
    EXPECT_EQ(world.genesis.config.code_size_at(3), 24U * 1024);
    EXPECT_EQ(world.genesis.config.code_size_at(8), 35U * 1024);
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
    ASSERT_EQ(candidates.size(), 3U);  // The upgrade, the size, and both at once.
    const auto& sizes = candidates[1].config;
    EXPECT_EQ(candidates[2].config.classic.upgrade_block, 7U);
    EXPECT_EQ(sizes.code_size_at(7), 24U * 1024);
    EXPECT_EQ(sizes.code_size_at(8), 35U * 1024);
    config.rule_set = types::RuleSet::otento;
    EXPECT_TRUE(rule_candidates(config, 7).empty());
}

}  // namespace
}  // namespace otento::migrate
