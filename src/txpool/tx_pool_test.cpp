#include <otento/txpool/tx_pool.hpp>

#include <otento/base/hex.hpp>
#include <otento/crypto/secp256k1.hpp>
#include <otento/state/memory_state.hpp>
#include <otento/storage/testing/sim_disk.hpp>

#include <gtest/gtest.h>

namespace otento::txpool {
namespace {

using namespace literals;

const Address NOBODY = "0x00000000000000000000000000000000000abcde"_address;
constexpr uint64_t ETHER = 1'000'000'000'000'000'000;

struct Key {
    Hash secret;
    Address address;
};
Key key(uint8_t number) {
    Key out;
    out.secret[31] = number;
    out.address = crypto::address_of(*crypto::public_key(out.secret));
    return out;
}

class PoolTest : public ::testing::Test {
  protected:
    std::shared_ptr<state::MemoryState> world = std::make_shared<state::MemoryState>();
    execution::Rules rules;
    PoolLimits limits;
    std::unique_ptr<TxPool> pool;

    void SetUp() override {
        rules.chain_id = 1337;
        rules.evm.fork = evm::Fork::prague;
        for (uint8_t i = 1; i < 10; ++i) {
            world->put(key(i).address, 0, ETHER, {}, {});
        }
        reset();
    }
    /// As after a crash: a pool that knows what the disk has kept.
    void restart(storage::testing::SimDisk& disk) {
        disk.kill();
        auto journal = Journal::open(disk, "journal");
        ASSERT_TRUE(journal.has_value());
        reset(*std::move(journal));
    }
    void reset(std::unique_ptr<Journal> journal = nullptr) {
        pool = std::make_unique<TxPool>(limits, head(), std::move(journal));
    }
    [[nodiscard]] PoolHead head() const {
        return {.state = world, .rules = rules, .base_fee = {}, .gas_limit = 30'000'000};
    }

    struct Sent {
        std::shared_ptr<const Transaction> tx;
        Hash hash;
        Address sender;
        Bytes encoded;
    };
    [[nodiscard]] static Sent make(const Key& from, uint64_t nonce, uint64_t price = 0,
                                   uint64_t value = 1, size_t data = 0) {
        Transaction tx;
        tx.chain_id = 1337;
        tx.nonce = nonce;
        tx.gas_limit = 21'000 + 40 * data;
        tx.to = NOBODY;
        tx.value = value;
        tx.data = Bytes(data, 0);
        tx.max_fee_per_gas = tx.max_priority_fee_per_gas = price;
        types::sign(tx, from.secret);
        return {.tx = std::make_shared<const Transaction>(tx),
                .hash = types::transaction_hash(tx),
                .sender = from.address,
                .encoded = types::encode_transaction(tx)};
    }
    std::string add(const Sent& sent, bool local = true, uint64_t now_ms = 0) {
        const auto answer = pool->add({.tx = sent.tx,
                                       .hash = sent.hash,
                                       .sender = sent.sender,
                                       .encoded = sent.encoded,
                                       .local = local,
                                       .now_ms = now_ms});
        return answer ? "ok" : std::string(to_string(answer.error()));
    }
    /// (key number, nonce) of all candidates in order.
    [[nodiscard]] std::vector<std::pair<int, uint64_t>> order() {
        std::vector<std::pair<int, uint64_t>> out;
        const auto candidates = pool->candidates();
        while (const auto candidate = candidates->next()) {
            for (uint8_t i = 1; i < 10; ++i) {
                if (key(i).address == candidate->sender) {
                    out.emplace_back(i, candidate->tx->nonce);
                }
            }
        }
        return out;
    }
    /// A block with these transactions becomes the head.
    void commit(const std::vector<Sent>& block) {
        state::StateDiff diff;
        std::vector<Hash> hashes;
        for (const auto& sent : block) {
            const auto account = world->account(sent.sender);
            auto& change = diff.accounts[sent.sender];
            change.nonce = std::max(change.nonce, sent.tx->nonce + 1);
            change.balance = account->balance;
            change.code_hash = types::EMPTY_CODE_HASH;
            hashes.push_back(sent.hash);
        }
        world->apply(diff);
        pool->on_committed(hashes, diff, head());
    }
};

using Order = std::vector<std::pair<int, uint64_t>>;

TEST_F(PoolTest, takes_a_transaction_once) {
    const Sent sent = make(key(1), 0);
    EXPECT_EQ(add(sent), "ok");
    EXPECT_EQ(add(sent), "already known");
    EXPECT_EQ(pool->counts().executable, 1U);
    EXPECT_EQ(pool->index()->find(sent.hash)->sender, key(1).address);
    EXPECT_EQ(pool->index()->next_nonce(key(1).address), 1U);
}

TEST_F(PoolTest, says_why_it_refuses) {
    limits.tx_bytes = 300;
    world->put(key(2).address, 7, ETHER, {}, {});
    reset();
    EXPECT_EQ(add(make(key(2), 6)), "nonce too low");
    EXPECT_EQ(add(make(key(3), 0, 0, 2 * ETHER)), "insufficient funds for gas * price + value");
    EXPECT_EQ(add(make(key(3), 0, 0, 1, 400)), "oversized data");
    Sent thirsty = make(key(3), 0);
    auto tx = *thirsty.tx;
    tx.gas_limit = 20'999;
    thirsty.tx = std::make_shared<const Transaction>(tx);
    EXPECT_EQ(add(thirsty), "intrinsic gas too low");
    tx.gas_limit = 30'000'001;
    thirsty.tx = std::make_shared<const Transaction>(tx);
    EXPECT_EQ(add(thirsty), "exceeds block gas limit");
    tx = *thirsty.tx;
    tx.chain_id = 1;
    thirsty.tx = std::make_shared<const Transaction>(tx);
    EXPECT_EQ(add(thirsty), "invalid sender: invalid chain id for signer");
    EXPECT_EQ(pool->counts().bytes, 0U);
}

TEST_F(PoolTest, all_transactions_of_an_account_must_be_payable_together) {
    EXPECT_EQ(add(make(key(1), 0, 0, ETHER / 2)), "ok");
    EXPECT_EQ(add(make(key(1), 1, 0, ETHER / 2)), "ok");
    EXPECT_EQ(add(make(key(1), 2, 0, 1)), "insufficient funds for gas * price + value");
}

TEST_F(PoolTest, a_replacement_must_pay_more) {
    EXPECT_EQ(add(make(key(1), 0, 0)), "ok");
    EXPECT_EQ(add(make(key(1), 0, 0, 2)), "replacement transaction underpriced");
    EXPECT_EQ(add(make(key(1), 0, 100)), "ok");
    EXPECT_EQ(add(make(key(1), 0, 109)), "replacement transaction underpriced");
    const Sent better = make(key(1), 0, 110);
    EXPECT_EQ(add(better), "ok");
    EXPECT_EQ(pool->counts().executable, 1U);
    const auto candidates = pool->candidates();
    EXPECT_EQ(candidates->next()->hash, better.hash);
}

TEST_F(PoolTest, a_proposed_transaction_is_not_replaced) {
    const Sent sent = make(key(1), 0, 1);
    EXPECT_EQ(add(sent), "ok");
    pool->mark_proposed(std::vector{sent.hash});
    EXPECT_EQ(add(make(key(1), 0, 100)), "replacement transaction underpriced");
}

TEST_F(PoolTest, a_gap_queues_and_its_filling_promotes) {
    EXPECT_EQ(add(make(key(1), 2)), "ok");
    EXPECT_EQ(add(make(key(1), 1)), "ok");
    EXPECT_EQ(pool->counts().queued, 2U);
    EXPECT_FALSE(pool->has_candidates());
    EXPECT_EQ(pool->index()->next_nonce(key(1).address), std::nullopt);
    EXPECT_EQ(add(make(key(1), 0)), "ok");
    EXPECT_EQ(pool->counts().queued, 0U);
    EXPECT_EQ(order(), (Order{{1, 0}, {1, 1}, {1, 2}}));
    EXPECT_EQ(pool->next_nonce(key(1).address), 3U);
}

TEST_F(PoolTest, a_busy_account_does_not_hold_up_the_others) {
    for (uint64_t n = 0; n < 4; ++n) {
        EXPECT_EQ(add(make(key(1), n)), "ok");
    }
    EXPECT_EQ(add(make(key(2), 0)), "ok");
    EXPECT_EQ(add(make(key(2), 1)), "ok");
    EXPECT_EQ(add(make(key(3), 0)), "ok");
    EXPECT_EQ(order(), (Order{{1, 0}, {2, 0}, {3, 0}, {1, 1}, {2, 1}, {1, 2}, {1, 3}}));
}

TEST_F(PoolTest, with_a_fee_market_the_tip_decides) {
    rules.fee_market = true;
    reset();
    EXPECT_EQ(add(make(key(1), 0, 5)), "ok");
    EXPECT_EQ(add(make(key(1), 1, 50)), "ok");
    EXPECT_EQ(add(make(key(2), 0, 10)), "ok");
    EXPECT_EQ(add(make(key(2), 1, 1)), "ok");
    EXPECT_EQ(order(), (Order{{2, 0}, {1, 0}, {1, 1}, {2, 1}}));
}

TEST_F(PoolTest, proposed_ones_are_left_out_and_come_back_to_their_places) {
    const Sent first = make(key(1), 0);
    EXPECT_EQ(add(first), "ok");
    EXPECT_EQ(add(make(key(1), 1)), "ok");
    EXPECT_EQ(add(make(key(2), 0)), "ok");
    pool->mark_proposed(std::vector{first.hash});
    EXPECT_EQ(order(), (Order{{2, 0}, {1, 1}}));
    pool->return_proposed(std::vector{first.hash});
    EXPECT_EQ(order(), (Order{{1, 0}, {2, 0}, {1, 1}}));
    pool->mark_proposed(std::vector{first.hash});
    pool->return_all_proposed();
    EXPECT_EQ(order(), (Order{{1, 0}, {2, 0}, {1, 1}}));
}

TEST_F(PoolTest, committed_ones_leave_and_overtaken_ones_too) {
    const Sent mine = make(key(1), 0);
    const Sent rival = make(key(1), 0, 0, 2);
    EXPECT_EQ(add(mine), "ok");
    EXPECT_EQ(add(make(key(1), 1)), "ok");
    commit({rival});
    EXPECT_EQ(pool->find(mine.hash), nullptr);
    EXPECT_EQ(order(), (Order{{1, 1}}));
    EXPECT_EQ(add(mine), "nonce too low");
    commit({make(key(1), 1)});
    EXPECT_EQ(pool->counts().executable + pool->counts().queued + pool->counts().bytes, 0U);
    EXPECT_EQ(pool->index()->counts().bytes, 0U);
    EXPECT_EQ(pool->index()->next_nonce(key(1).address), std::nullopt);
}

TEST_F(PoolTest, limits_count_and_bytes_and_accounts) {
    limits.executable_per_account = 2;
    limits.queued_per_account = 1;
    limits.count = 4;
    reset();
    EXPECT_EQ(add(make(key(1), 0)), "ok");
    EXPECT_EQ(add(make(key(1), 1)), "ok");
    EXPECT_EQ(add(make(key(1), 2)), "account limit exceeded");
    EXPECT_EQ(add(make(key(2), 5)), "ok");
    EXPECT_EQ(add(make(key(2), 6)), "account limit exceeded");
    EXPECT_EQ(add(make(key(3), 0)), "ok");
    EXPECT_EQ(add(make(key(4), 0)), "txpool is full");
    limits = {};
    limits.bytes = 2'000;
    reset();
    EXPECT_EQ(add(make(key(1), 0)), "ok");
    EXPECT_EQ(add(make(key(2), 0, 0, 1, 1'500)), "txpool is full");
}

TEST_F(PoolTest, a_permanent_failure_is_dropped_and_what_follows_waits) {
    EXPECT_EQ(add(make(key(1), 0)), "ok");
    EXPECT_EQ(add(make(key(1), 1)), "ok");
    {
        const auto candidates = pool->candidates();
        candidates->refused(*candidates->next(), TxError::intrinsic_gas_too_low);
        EXPECT_EQ(candidates->next(), std::nullopt);
    }
    EXPECT_EQ(pool->counts().queued, 1U);
    EXPECT_FALSE(pool->has_candidates());
    EXPECT_EQ(add(make(key(1), 0, 0, 9)), "ok");
    EXPECT_EQ(order(), (Order{{1, 0}, {1, 1}}));
}

TEST_F(PoolTest, an_account_that_cannot_pay_waits_until_it_changes) {
    const Sent poor = make(key(1), 0);
    EXPECT_EQ(add(poor), "ok");
    EXPECT_EQ(add(make(key(2), 0)), "ok");
    {
        const auto candidates = pool->candidates();
        candidates->refused(*candidates->next(), TxError::insufficient_funds);
    }
    EXPECT_EQ(order(), (Order{{2, 0}}));
    EXPECT_EQ(add(make(key(1), 1)), "ok");
    EXPECT_EQ(order(), (Order{{2, 0}}));
    state::StateDiff income;
    auto& change = income.accounts[key(1).address];
    change.balance = 2 * ETHER;
    change.code_hash = types::EMPTY_CODE_HASH;
    world->apply(income);
    pool->on_committed({}, income, head());
    EXPECT_EQ(order(), (Order{{1, 0}, {2, 0}, {1, 1}}));
}

TEST_F(PoolTest, a_full_block_is_no_reason_to_drop) {
    EXPECT_EQ(add(make(key(1), 0)), "ok");
    {
        const auto candidates = pool->candidates();
        candidates->refused(*candidates->next(), TxError::block_gas_exhausted);
    }
    EXPECT_EQ(order(), (Order{{1, 0}}));
}

TEST_F(PoolTest, expiry_spares_executable_local_ones) {
    limits.lifetime_ms = 100;
    reset();
    EXPECT_EQ(add(make(key(1), 0), true), "ok");
    EXPECT_EQ(add(make(key(2), 0), false), "ok");
    EXPECT_EQ(add(make(key(3), 4), true), "ok");
    pool->expire(100);
    EXPECT_EQ(pool->counts().executable + pool->counts().queued, 3U);
    pool->expire(101);
    EXPECT_EQ(order(), (Order{{1, 0}}));
    EXPECT_EQ(pool->counts().queued, 0U);
}

TEST_F(PoolTest, content_is_sorted_and_tells_executable_from_queued) {
    EXPECT_EQ(add(make(key(1), 0)), "ok");
    EXPECT_EQ(add(make(key(1), 2)), "ok");
    const auto content = pool->index()->content();
    ASSERT_EQ(content.size(), 2U);
    EXPECT_TRUE(content[0].executable);
    EXPECT_FALSE(content[1].executable);
    EXPECT_EQ(pool->index()->content_of(key(2).address).size(), 0U);
}

TEST_F(PoolTest, local_ones_survive_the_process_and_committed_ones_do_not_come_back) {
    storage::testing::SimDisk disk(1);
    restart(disk);
    const Sent first = make(key(1), 0);
    EXPECT_EQ(add(first, true), "ok");
    EXPECT_EQ(add(make(key(1), 1), true), "ok");
    EXPECT_EQ(add(make(key(2), 0), false), "ok");
    ASSERT_TRUE(pool->flush_journal());
    commit({first});
    restart(disk);
    const auto restored = pool->restore(0);
    EXPECT_EQ(restored.taken, 1U);
    EXPECT_EQ(restored.refused, 1U);
    EXPECT_EQ(order(), (Order{{1, 1}}));
    ASSERT_EQ(pool->local_transactions().size(), 1U);
    restart(disk);
    EXPECT_EQ(pool->restore(0).taken, 1U);
}

TEST_F(PoolTest, what_came_from_a_peer_can_be_adopted_and_is_kept_then) {
    storage::testing::SimDisk disk(1);
    restart(disk);
    const Sent sent = make(key(1), 0);
    EXPECT_EQ(pool->adopt(sent.hash), nullptr) << "not known";
    EXPECT_EQ(add(sent, false), "ok");
    const PooledPtr adopted = pool->adopt(sent.hash);
    ASSERT_NE(adopted, nullptr);
    EXPECT_TRUE(adopted->local);
    EXPECT_EQ(pool->adopt(sent.hash), nullptr) << "its own already";
    EXPECT_EQ(pool->find(sent.hash), adopted);
    EXPECT_EQ(order(), (Order{{1, 0}})) << "at its place, once";
    ASSERT_EQ(pool->local_transactions().size(), 1U);
    ASSERT_TRUE(pool->flush_journal());
    pool->expire(UINT64_MAX);
    EXPECT_EQ(pool->local_transactions().size(), 1U) << "what came from peers goes, own ones stay";
    restart(disk);
    EXPECT_EQ(pool->restore(0).taken, 1U);
}

TEST_F(PoolTest, a_thousand_random_steps_keep_the_books) {
    std::vector<Sent> known;
    uint64_t seed = 12345;
    const auto random = [&](uint64_t bound) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        return (seed >> 33) % bound;
    };
    for (int step = 0; step < 1000; ++step) {
        const Key from = key(static_cast<uint8_t>(1 + random(4)));
        const uint64_t nonce = world->account(from.address)->nonce;
        switch (random(4)) {
            case 0:
            case 1: {
                known.push_back(make(from, nonce + random(4), random(3)));
                (void)add(known.back());
                break;
            }
            case 2: {
                const auto candidates = pool->candidates();
                std::vector<Sent> block;
                std::vector<Hash> hashes;
                while (auto candidate = candidates->next()) {
                    const auto found = std::ranges::find(known, candidate->hash, &Sent::hash);
                    block.push_back(*found);
                    hashes.push_back(found->hash);
                }
                pool->mark_proposed(hashes);
                EXPECT_FALSE(pool->has_candidates());
                random(2) == 0 ? pool->return_proposed(hashes) : commit(block);
                break;
            }
            default: {
                const auto candidates = pool->candidates();
                if (const auto candidate = candidates->next()) {
                    candidates->refused(*candidate, TxError::initcode_too_large);
                }
            }
        }
        const auto content = pool->index()->content();
        const auto counts = pool->counts();
        ASSERT_EQ(content.size(), counts.executable + counts.queued);
        ASSERT_EQ(std::ranges::count_if(content, &PoolIndex::Entry::executable),
                  static_cast<std::ptrdiff_t>(counts.executable));
        ASSERT_EQ(order().size(), counts.executable);
    }
}

}  // namespace
}  // namespace otento::txpool
