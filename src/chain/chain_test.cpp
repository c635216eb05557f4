// A leader's chain and a follower's, with blocks going from one to the other as bytes.
#include <otento/base/hex.hpp>
#include <otento/chain/testing/fixture.hpp>

#include <gtest/gtest.h>

namespace otento::chain {
namespace {

using namespace literals;
using namespace testing;

const Address NOBODY = "0x00000000000000000000000000000000000abcde"_address;

class ChainTest : public ::testing::Test {
  protected:
    TempFolder folder;
    types::Genesis world = genesis();
    std::unique_ptr<Chain> leader = open_chain(folder.path("leader"), world);
    std::unique_ptr<Chain> follower = open_chain(folder.path("follower"), world);

    [[nodiscard]] static uint256 balance(const Chain& chain, uint64_t number,
                                         const Address& address) {
        const auto account = chain.view()->state_at(number)->account(address);
        return account ? account->balance : uint256{};
    }
};

TEST_F(ChainTest, a_built_block_verifies_on_a_follower_and_commits_on_both) {
    const auto block = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 5)}, 100);
    const auto verified = replay(*follower, nullptr, block);
    EXPECT_EQ(verified->hash(), block->hash());
    ASSERT_TRUE(leader->commit(block, 7));
    ASSERT_TRUE(follower->commit(verified, 7));
    for (const auto* chain : {leader.get(), follower.get()}) {
        EXPECT_EQ(chain->head_number(), 1U);
        EXPECT_EQ(chain->applied_index(), 7U);
        EXPECT_EQ(balance(*chain, 1, NOBODY), uint256{5});
        EXPECT_EQ(balance(*chain, 0, NOBODY), uint256{});
        EXPECT_EQ(chain->view()->applied_index(), 7U);
    }
}

TEST_F(ChainTest, a_view_keeps_showing_its_head_while_the_chain_moves_on) {
    const auto before = leader->view();
    const auto candidate = transfer(key(1), 0, NOBODY, 5);
    ASSERT_TRUE(leader->commit(build(*leader, nullptr, {candidate}, 100), 1));
    EXPECT_EQ(before->head_number(), 0U);
    EXPECT_EQ(before->block(1), nullptr);
    EXPECT_FALSE(before->find_transaction(candidate.hash));
    EXPECT_EQ(before->state_at(1), nullptr);
    const auto after = leader->view();
    ASSERT_TRUE(after->find_transaction(candidate.hash));
    EXPECT_EQ(after->find_transaction(candidate.hash)->number, 1U);
    EXPECT_EQ(after->block(1)->receipts.at(0).gas_used, 21'000U);
    EXPECT_EQ(after->number_of(after->head()->hash), 1U);
}

TEST_F(ChainTest, reopens_at_its_head_with_everything_it_had) {
    const auto candidate = transfer(key(1), 0, NOBODY, 5);
    const auto block = build(*leader, nullptr, {candidate}, 100);
    ASSERT_TRUE(leader->commit(block, 3));
    ASSERT_TRUE(leader->commit_noop(4));
    leader.reset();
    leader = open_chain(folder.path("leader"), world);
    EXPECT_EQ(leader->head_number(), 1U);
    EXPECT_EQ(leader->head()->hash, block->hash());
    EXPECT_EQ(leader->applied_index(), 4U);
    EXPECT_EQ(leader->view()->applied_index(), 3U);
    EXPECT_EQ(leader->head()->senders.at(0), key(1).address);
    EXPECT_EQ(leader->head()->tx_hashes.at(0), candidate.hash);
    EXPECT_EQ(balance(*leader, 1, NOBODY), uint256{5});
    ASSERT_TRUE(leader->commit(build(*leader, nullptr, {transfer(key(1), 1, NOBODY, 5)}, 100), 5));
}

TEST_F(ChainTest, gathered_blocks_are_published_once_written) {
    for (uint64_t i = 1; i <= 3; ++i) {
        const auto block = build(*leader, nullptr, {transfer(key(1), i - 1, NOBODY, 1)}, 100 + i);
        ASSERT_TRUE(leader->gather(block, i));
        EXPECT_EQ(leader->head_number(), i);
        EXPECT_EQ(leader->view()->head_number(), 0U);
    }
    ASSERT_TRUE(leader->write_gathered());
    EXPECT_EQ(leader->view()->head_number(), 3U);
    EXPECT_EQ(leader->view()->applied_index(), 3U);
    EXPECT_EQ(balance(*leader, 2, NOBODY), uint256{2});
    const Hash last = leader->head()->hash;
    leader.reset();
    leader = open_chain(folder.path("leader"), world);
    EXPECT_EQ(leader->head_number(), 3U);
    EXPECT_EQ(leader->head()->hash, last);
    EXPECT_EQ(leader->applied_index(), 3U);
    EXPECT_EQ(balance(*leader, 1, NOBODY), uint256{1});
}

TEST_F(ChainTest, gathered_blocks_that_are_not_written_are_lost_and_nothing_else) {
    ASSERT_TRUE(leader->commit(build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 1)}, 100), 1));
    ASSERT_TRUE(leader->gather(build(*leader, nullptr, {transfer(key(1), 1, NOBODY, 1)}, 101), 2));
    leader.reset();
    leader = open_chain(folder.path("leader"), world);
    EXPECT_EQ(leader->head_number(), 1U);
    EXPECT_EQ(balance(*leader, 1, NOBODY), uint256{1});
    ASSERT_TRUE(leader->prove_state());
}

TEST_F(ChainTest, other_writes_take_gathered_blocks_along) {
    uint64_t nonce = 0;
    const auto next = [&] {
        const uint64_t time = 101 + nonce;
        return build(*leader, nullptr, {transfer(key(1), nonce++, NOBODY, 1)}, time);
    };
    ASSERT_TRUE(leader->gather(next(), 1));
    ASSERT_TRUE(leader->commit(next(), 2));
    EXPECT_EQ(leader->view()->head_number(), 2U);
    ASSERT_TRUE(leader->gather(next(), 3));
    ASSERT_TRUE(leader->commit_noop(4));
    EXPECT_EQ(leader->view()->head_number(), 3U);
    ASSERT_TRUE(leader->gather(next(), 5));
    // Code is looked for in the store: it is written at once.
    const Bytes code = "0x00"_hex;
    ASSERT_TRUE(
        leader->gather(build(*leader, nullptr, {creation(key(2), 0, deployer(code))}, 200), 6));
    EXPECT_EQ(leader->view()->head_number(), 5U);
    ASSERT_TRUE(leader->gather(next(), 7));
    ASSERT_TRUE(leader->flush());
    EXPECT_EQ(leader->view()->head_number(), 6U);
    EXPECT_EQ(balance(*leader, 6, NOBODY), uint256{5});
    ASSERT_TRUE(leader->prove_state());
}

TEST_F(ChainTest, refuses_the_data_of_another_genesis) {
    leader.reset();
    world.timestamp = 1;
    ChainOptions options;
    options.path = folder.path("leader");
    options.genesis = world;
    const auto opened = Chain::open(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().error, ChainError::genesis_mismatch);
}

TEST_F(ChainTest, does_not_create_a_chain_unless_asked_to) {
    ChainOptions options;
    options.path = folder.path("nothing");
    options.genesis = world;
    options.create = false;
    EXPECT_FALSE(Chain::open(options));
}

TEST_F(ChainTest, blocks_stack_up_uncommitted_and_commit_in_order) {
    const auto first = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 1)}, 100);
    const auto second = build(*leader, first, {transfer(key(1), 1, NOBODY, 2)}, 100);
    const auto third = build(*leader, second, {transfer(key(1), 2, NOBODY, 4)}, 101);
    EXPECT_EQ(third->number(), 3U);
    const auto premature = leader->commit(second, 1);
    ASSERT_FALSE(premature);
    EXPECT_EQ(premature.error().error, ChainError::wrong_parent);
    ASSERT_TRUE(leader->commit(first, 1));
    ASSERT_TRUE(leader->commit(second, 2));
    ASSERT_TRUE(leader->commit(third, 3));
    EXPECT_EQ(balance(*leader, 3, NOBODY), uint256{7});
    EXPECT_EQ(balance(*leader, 2, NOBODY), uint256{3});
}

TEST_F(ChainTest, a_dropped_proposal_leaves_no_trace) {
    const auto lost = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 1)}, 100);
    const auto lost_child = build(*leader, lost, {transfer(key(1), 1, NOBODY, 1)}, 100);
    const auto winner = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 8)}, 100);
    ASSERT_TRUE(leader->commit(winner, 1));
    EXPECT_EQ(balance(*leader, 1, NOBODY), uint256{8});
    EXPECT_FALSE(leader->commit(lost, 2));
    EXPECT_FALSE(leader->commit(lost_child, 2));
}

// Issue 2: BLOCKHASH of every ancestor, evaluated while its parents are still uncommitted, gives
// the same value on leader, followers and replay.
TEST_F(ChainTest, blockhash_is_the_same_on_leader_follower_and_replay) {
    // Stores BLOCKHASH(calldata word) under that number: PUSH0 CALLDATALOAD DUP1 BLOCKHASH SWAP1
    // SSTORE STOP.
    const Bytes code = "0x5f35804090550000"_hex;
    const Key deployer_key = key(2);
    const auto deployed = build(*leader, nullptr, {creation(deployer_key, 0, deployer(code))}, 100);
    const Address contract = deployed->executed()->receipts.at(0).contract_address.value();
    ASSERT_TRUE(deployed->executed()->receipts.at(0).success);

    std::vector<PendingPtr> pending{deployed};
    uint64_t nonce = 1;
    for (uint64_t n = 2; n <= 12; ++n) {
        std::deque<execution::Candidate> calls;
        for (uint64_t ancestor = 0; ancestor < n; ++ancestor) {
            const Hash word = uint256{ancestor}.to_be();
            calls.push_back(message(deployer_key, nonce++, contract, to_bytes(word)));
        }
        pending.push_back(build(*leader, pending.back(), std::move(calls), 100));
    }
    // A follower that executes each block with all its parents uncommitted.
    PendingPtr parent;
    std::vector<PendingPtr> copies;
    for (const auto& block : pending) {
        parent = replay(*follower, parent, block);
        copies.push_back(parent);
    }
    // A third node replays with every parent committed.
    const auto late = open_chain(folder.path("late"), world);
    for (uint64_t i = 0; i < pending.size(); ++i) {
        ASSERT_TRUE(leader->commit(pending[i], i + 1));
        ASSERT_TRUE(follower->commit(copies[i], i + 1));
        ASSERT_TRUE(late->commit(replay(*late, nullptr, pending[i]), i + 1));
    }
    const auto state = late->view()->state_at(12);
    for (uint64_t ancestor = 0; ancestor < 12; ++ancestor) {
        EXPECT_EQ(state->storage(contract, uint256{ancestor}.to_be()),
                  late->view()->hash_of(ancestor));
    }
}

TEST_F(ChainTest, an_invalid_candidate_changes_nothing_and_the_rest_goes_on) {
    ListSource source({transfer(key(1), 5, NOBODY, 1), transfer(key(2), 0, NOBODY, 1)});
    BuildRequest request;
    request.source = &source;
    const auto block = leader->build(nullptr, request);
    ASSERT_TRUE(block);
    EXPECT_EQ((*block)->executed()->tx_hashes.size(), 1U);
    EXPECT_EQ(source.refusals, std::vector{execution::TxError::nonce_too_high});
}

TEST_F(ChainTest, builds_nothing_from_nothing) {
    ListSource source({});
    BuildRequest request;
    request.source = &source;
    const auto block = leader->build(nullptr, request);
    ASSERT_TRUE(block);
    EXPECT_EQ(*block, nullptr);
}

TEST_F(ChainTest, limits_bound_a_block) {
    std::deque<execution::Candidate> many;
    for (uint64_t n = 0; n < 20; ++n) {
        many.push_back(transfer(key(1), n, NOBODY, 1));
    }
    const auto taken_under = [&](const BuildLimits& limits) {
        ListSource source(many);
        BuildRequest request;
        request.source = &source;
        request.limits = limits;
        return (*leader->build(nullptr, request))->executed()->senders.size();
    };
    EXPECT_EQ(taken_under({}), 20U);
    EXPECT_EQ(taken_under({.transactions = 3}), 3U);
    EXPECT_EQ(taken_under({.bytes = 2048 + 2 * 120}), 2U);
}

/// Changes one thing in a good block and expects this fault.
void expect_fault(Chain& chain, const PendingPtr& good, BlockError error,
                  const std::function<void(Block&)>& harm) {
    Block block = *good->executed()->block;
    harm(block);
    const auto decoded = decode_and_recover(
        std::make_shared<const Bytes>(types::encode_block(block)), chain.config());
    const auto verdict = decoded ? chain.verify(nullptr, *decoded)
                                 : Result<PendingPtr, BlockFault>{Err(decoded.error())};
    ASSERT_FALSE(verdict);
    EXPECT_EQ(verdict.error().error, error) << verdict.error().detail;
}

TEST_F(ChainTest, verification_names_what_is_wrong) {
    const auto good = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 1)}, 100);
    const auto expect = [&](BlockError error, const std::function<void(Block&)>& harm) {
        expect_fault(*follower, good, error, harm);
    };
    expect(BlockError::unknown_parent, [](Block& b) { b.header.parent_hash[0] ^= 1; });
    expect(BlockError::header, [](Block& b) { b.header.number = 2; });
    expect(BlockError::header, [](Block& b) { b.header.gas_limit = 1'000'000; });
    expect(BlockError::header, [](Block& b) { b.header.coinbase[3] = 1; });
    expect(BlockError::header, [](Block& b) { b.header.difficulty = 1; });
    expect(BlockError::header, [](Block& b) { b.header.base_fee_per_gas = 1; });
    expect(BlockError::header, [](Block& b) { b.header.extra_data.resize(EXTRA_DATA_MAX + 1); });
    expect(BlockError::header, [](Block& b) { b.header.excess_blob_gas = 1; });
    expect(BlockError::header, [](Block& b) { b.header.requests_hash.reset(); });
    expect(BlockError::transactions_root, [](Block& b) { b.transactions.clear(); });
    expect(BlockError::withdrawals_root, [](Block& b) { b.withdrawals->push_back({}); });
    expect(BlockError::gas_used, [](Block& b) { b.header.gas_used = 21'001; });
    expect(BlockError::logs_bloom, [](Block& b) { b.header.logs_bloom[9] = 1; });
    expect(BlockError::receipts_root, [](Block& b) { b.header.receipts_root[9] ^= 1; });
    expect(BlockError::state_root, [](Block& b) { b.header.state_root[9] ^= 1; });
    expect(BlockError::senders, [](Block& b) { b.transactions.at(0).r = 0; });
}

TEST_F(ChainTest, a_timestamp_may_repeat_but_not_fall_back) {
    ASSERT_TRUE(leader->commit(build(*leader, nullptr, {}, 100), 1));
    const auto again = build(*leader, nullptr, {}, 50);
    EXPECT_EQ(again->header().timestamp, 100U);
    Header back = again->header();
    back.timestamp = 99;
    EXPECT_FALSE(check_header(leader->config(), back, leader->head()->block->header));
}

TEST_F(ChainTest, known_senders_spare_the_recovery) {
    const auto block = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 1)}, 100);
    size_t asked = 0;
    DecodeHelpers helpers;
    helpers.known_sender = [&](const Hash&) {
        ++asked;
        return std::optional{key(3).address};
    };
    const auto decoded = decode_and_recover(block->encoded(), follower->config(), helpers);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(asked, 1U);
    EXPECT_EQ(decoded->senders.at(0), key(3).address);
}

TEST_F(ChainTest, blocks_decoded_together_are_those_decoded_alone) {
    const auto decode_all = [](std::span<const std::shared_ptr<const Bytes>> encoded,
                               const types::ChainConfig& config) {
        const auto together = decode_and_recover_many(encoded, config);
        ASSERT_EQ(together.size(), encoded.size());
        for (size_t i = 0; i < encoded.size(); ++i) {
            const auto alone = decode_and_recover(encoded[i], config);
            ASSERT_EQ(together[i].has_value(), alone.has_value()) << i;
            if (!alone) {
                EXPECT_EQ(together[i].error().detail, alone.error().detail) << i;
                continue;
            }
            EXPECT_EQ(together[i]->hash, alone->hash) << i;
            EXPECT_EQ(together[i]->tx_hashes, alone->tx_hashes) << i;
            EXPECT_EQ(together[i]->senders, alone->senders) << i;
        }
    };
    const auto two = build(*leader, nullptr,
                           {transfer(key(1), 0, NOBODY, 1), transfer(key(2), 0, NOBODY, 2)}, 100);
    const auto none = build(*leader, nullptr, {}, 100);
    const auto one = build(*leader, nullptr, {transfer(key(3), 0, NOBODY, 3)}, 101);
    types::Block forged = *two->executed()->block;
    forged.transactions[1].r = 0;
    const auto bad = std::make_shared<const Bytes>(types::encode_block(forged));
    const auto cut = std::make_shared<const Bytes>(3, uint8_t{0xf9});
    const std::shared_ptr<const Bytes> encoded[] = {two->encoded(), cut, none->encoded(), bad,
                                                    one->encoded()};
    EXPECT_FALSE(decode_and_recover(bad, follower->config()));
    decode_all(encoded, follower->config());
    decode_all({}, follower->config());

    // A signature that only the block before Homestead may carry (EIP-2).
    constexpr uint256 ORDER(0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, ~0ULL);
    types::Block high = *two->executed()->block;
    for (types::Transaction& tx : high.transactions) {
        tx.s = ORDER - tx.s;
        tx.y_parity = !tx.y_parity;
    }
    types::Block early = high;
    early.header.number = 0;
    types::ChainConfig classic = follower->config();
    classic.rule_set = types::RuleSet::classic;
    classic.forks.homestead_block = classic.forks.eip155_block = 1;
    const std::shared_ptr<const Bytes> sides[] = {
        std::make_shared<const Bytes>(types::encode_block(early)),
        std::make_shared<const Bytes>(types::encode_block(high)), two->encoded()};
    EXPECT_TRUE(decode_and_recover(sides[0], classic));
    EXPECT_FALSE(decode_and_recover(sides[1], classic));
    decode_all(sides, classic);
}

TEST_F(ChainTest, undecodable_bytes_are_a_fault_and_no_crash) {
    const auto good = build(*leader, nullptr, {transfer(key(1), 0, NOBODY, 1)}, 100);
    for (size_t size = 0; size < good->encoded()->size(); size += 7) {
        Bytes cut(good->encoded()->begin(),
                  good->encoded()->begin() + static_cast<std::ptrdiff_t>(size));
        EXPECT_FALSE(
            decode_and_recover(std::make_shared<const Bytes>(std::move(cut)), follower->config()));
    }
}

}  // namespace
}  // namespace otento::chain
