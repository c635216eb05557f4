// The ledger driven by hand: an orderer that commits when told to, a clock that moves when told to,
// and as many ledgers as a scenario needs. What one proposes, the test hands to all as committed,
// or loses.
#include <otento/consensus/ledger.hpp>

#include <otento/base/hex.hpp>

#include <gtest/gtest.h>

#include <unistd.h>
#include <filesystem>

namespace otento::consensus {
namespace {

using ordering::Committed;
using ordering::Payload;

constexpr uint64_t NS_PER_MS = 1'000'000;
constexpr uint64_t CHAIN_ID = 1337;

class ManualClock final : public Clock {
  public:
    uint64_t now_ns = 1'000'000'000;
    uint64_t wall_ns = 1'800'000'000'000'000'000;
    [[nodiscard]] uint64_t monotonic_ns() const noexcept override { return now_ns; }
    [[nodiscard]] uint64_t unix_ns() const noexcept override { return wall_ns; }
};

class ManualOrderer final : public ordering::Orderer {
  public:
    std::vector<Payload> proposed;
    ordering::Status current;
    std::optional<ordering::ProposeError> refuse;

    [[nodiscard]] Result<void, ordering::ProposeError> propose(Payload block,
                                                               ordering::Term) override {
        if (refuse) {
            return Err(*refuse);
        }
        proposed.push_back(std::move(block));
        return {};
    }
    [[nodiscard]] std::shared_ptr<const ordering::Status> status() const override {
        return std::make_shared<const ordering::Status>(current);
    }
};

class Mailbox final : public TransactionForwarder {
  public:
    std::vector<std::pair<uint64_t, Bytes>> frames;
    void forward(ordering::NodeId leader, std::shared_ptr<const Bytes> frame) override {
        frames.emplace_back(leader, *frame);
    }
};

Hash key_of(uint8_t n) {
    Hash key;
    key.bytes.fill(n);
    return key;
}

Address account_of(uint8_t n) {
    return crypto::address_of(*crypto::public_key(key_of(n)));
}

types::Genesis genesis() {
    types::Genesis out;
    out.config.chain_id = CHAIN_ID;
    out.config.forks = {.homestead_block = 0,
                        .eip150_block = 0,
                        .eip155_block = 0,
                        .eip158_block = 0,
                        .byzantium_block = 0,
                        .constantinople_block = 0,
                        .petersburg_block = 0,
                        .istanbul_block = 0,
                        .berlin_block = 0,
                        .london_block = 0,
                        .paris_block = 0,
                        .shanghai_time = 0,
                        .cancun_time = 0,
                        .prague_time = std::nullopt,
                        .osaka_time = std::nullopt};
    out.gas_limit = 3'000'000'000;
    for (uint8_t n = 100; n < 104; ++n) {
        out.alloc[account_of(n)].balance = uint256{1} << 100;
    }
    return out;
}

/// One node's ledger with everything around it, on a directory of its own.
class TestNode {
  public:
    TestNode(uint8_t id, Executor& executor, ManualClock& clock)
        : id_(id),
          path_(std::filesystem::temp_directory_path() /
                ("otento-ledger-" + std::to_string(getpid()) + "-" + std::to_string(id))) {
        std::filesystem::remove_all(path_);
        std::filesystem::create_directories(path_);
        auto opened =
            chain::Chain::open({.path = (path_ / "chain").string(), .genesis = genesis()});
        if (!opened) {
            ADD_FAILURE() << opened.error().detail;
            return;
        }
        chain = *std::move(opened);
        pool =
            std::make_unique<txpool::TxPool>(txpool::PoolLimits{}, make_pool_head(*chain, clock));
        for (uint8_t member = 1; member <= 3; ++member) {
            const MemberAddress address{.raft_id = member,
                                        .node_key = *crypto::public_key(key_of(member)),
                                        .host = "127.0.0.1",
                                        .p2p_port = 1,
                                        .raft_port = 2};
            orderer.current.configuration.members.push_back(
                {.id = member, .voter = true, .address = encode_member(address)});
        }
        ledger = std::make_unique<Ledger>(
            LedgerOptions{.raft_id = id, .node_secret_key = key_of(id)},
            Ledger::Parts{*chain, *pool, orderer, mailbox, executor, clock});
    }
    ~TestNode() {
        ledger.reset();
        pool.reset();
        chain.reset();
        std::filesystem::remove_all(path_);
    }

    /// The ledger again, on the same chain, as after a restart; it does not know the old one's
    /// founders.
    void restart(Executor& executor, ManualClock& clock) {
        ledger.reset();
        ledger = std::make_unique<Ledger>(
            LedgerOptions{.raft_id = id_, .node_secret_key = key_of(id_)},
            Ledger::Parts{*chain, *pool, orderer, mailbox, executor, clock});
    }
    void lead(uint64_t term) { follow(term, id_); }
    void follow(uint64_t term, uint64_t leader) {
        ledger->on_leadership({.role = leader == id_ ? raft::Role::leader : raft::Role::follower,
                               .term = term,
                               .leader = leader});
    }

    std::unique_ptr<chain::Chain> chain;
    std::unique_ptr<txpool::TxPool> pool;
    ManualOrderer orderer;
    Mailbox mailbox;
    std::unique_ptr<Ledger> ledger;

  private:
    uint8_t id_;
    std::filesystem::path path_;
};

class LedgerTest : public testing::Test {
  protected:
    InlineExecutor executor;
    ManualClock clock;
    TestNode a{1, executor, clock};
    TestNode b{2, executor, clock};
    uint64_t index = 0;

    /// Commits an entry on both nodes; null: a no-op.
    void commit(const Payload& payload, uint64_t term) {
        ++index;
        for (TestNode* node : {&a, &b}) {
            node->ledger->on_committed({Committed{
                .index = index, .term = term, .is_block = payload != nullptr, .payload = payload}});
            node->ledger->run();
        }
    }
    /// `a` leads term 1 and has applied its no-op.
    void start() {
        a.lead(1);
        b.follow(1, 1);
        commit(nullptr, 1);
    }
    Intake transfer(uint8_t from, uint64_t nonce, uint64_t value = 1) {
        types::Transaction tx;
        tx.chain_id = CHAIN_ID;
        tx.nonce = nonce;
        tx.gas_limit = 21'000;
        tx.to = account_of(200);
        tx.value = value;
        types::sign(tx, key_of(from));
        auto intake = take_in(types::encode_transaction(tx),
                              a.chain->next_rules(nullptr, clock.wall_ns / 1'000'000'000), 1 << 17);
        EXPECT_TRUE(intake) << intake.error();
        return *std::move(intake);
    }
    void submit(TestNode& node, const Intake& intake) {
        const auto taken = node.ledger->submit(intake);
        EXPECT_TRUE(taken) << to_string(taken.error());
        EXPECT_TRUE(node.ledger->flush_accepted());
        node.ledger->run();
    }
    void pass_ms(uint64_t ms) {
        clock.now_ns += ms * NS_PER_MS;
        clock.wall_ns += ms * NS_PER_MS;
        a.ledger->run();
        b.ledger->run();
    }
    uint256 received(TestNode& node) {
        const auto account = node.chain->state(nullptr)->account(account_of(200));
        return account ? account->balance : uint256{};
    }
};

TEST_F(LedgerTest, a_lone_transaction_is_minted_at_once_and_applied_by_all) {
    start();
    submit(a, transfer(100, 0));
    ASSERT_EQ(a.orderer.proposed.size(), 1u);
    EXPECT_EQ(a.chain->head_number(), 0u) << "nothing is applied before it is committed";
    commit(a.orderer.proposed[0], 1);
    EXPECT_EQ(a.chain->head_number(), 1u);
    EXPECT_EQ(a.chain->head()->hash, b.chain->head()->hash);
    EXPECT_EQ(received(b), uint256{1});
    EXPECT_EQ(a.pool->counts().executable, 0u);
}

// A log that is replayed after a restart has blocks of members that have left since.
TEST_F(LedgerTest, a_block_stays_valid_after_its_sealer_has_left) {
    start();
    submit(a, transfer(100, 0));
    ASSERT_EQ(a.orderer.proposed.size(), 1u);
    // b stops here; the cluster goes on without it and removes a.
    auto& members = b.orderer.current.configuration.members;
    members.erase(members.begin());
    b.restart(executor, clock);
    b.follow(1, 1);
    commit(a.orderer.proposed[0], 1);
    EXPECT_EQ(b.chain->head_number(), 1u);
    EXPECT_EQ(b.chain->head()->hash, a.chain->head()->hash);
    EXPECT_EQ(b.ledger->status().noop_blocks, 0u);
}

TEST_F(LedgerTest, whoever_was_never_a_member_seals_nothing) {
    const auto without_a = b.orderer.current.configuration;
    b.orderer.current.configuration.members.erase(b.orderer.current.configuration.members.begin());
    b.restart(executor, clock);
    start();
    submit(a, transfer(100, 0));
    ASSERT_EQ(a.orderer.proposed.size(), 1u);
    // The entry that makes it a member counts from where it stands.
    const auto joined = std::make_shared<const Bytes>(raft::encode_configuration(without_a));
    b.ledger->on_committed({Committed{
        .index = ++index, .term = 1, .is_block = true, .payload = a.orderer.proposed[0]}});
    b.ledger->run();
    EXPECT_EQ(b.chain->head_number(), 0u);
    b.ledger->on_committed(
        {Committed{.index = ++index, .term = 1, .is_block = false, .payload = joined},
         Committed{
             .index = ++index, .term = 1, .is_block = true, .payload = a.orderer.proposed[0]}});
    b.ledger->run();
    EXPECT_EQ(b.chain->head_number(), 1u);
    EXPECT_EQ(b.ledger->status().member_keys->size(), 3u);
}

TEST_F(LedgerTest, no_empty_blocks) {
    start();
    pass_ms(10'000);
    EXPECT_TRUE(a.orderer.proposed.empty());
}

TEST_F(LedgerTest, blocks_keep_their_distance) {
    start();
    submit(a, transfer(100, 0));
    submit(a, transfer(100, 1));
    EXPECT_EQ(a.orderer.proposed.size(), 1u);
    pass_ms(49);
    EXPECT_EQ(a.orderer.proposed.size(), 1u);
    pass_ms(1);
    EXPECT_EQ(a.orderer.proposed.size(), 2u) << "the second block builds on the uncommitted first";
    commit(a.orderer.proposed[0], 1);
    commit(a.orderer.proposed[1], 1);
    EXPECT_EQ(b.chain->head_number(), 2u);
    EXPECT_EQ(received(b), uint256{2});
}

TEST_F(LedgerTest, speculation_is_bounded) {
    start();
    for (uint64_t nonce = 0; nonce < 20; ++nonce) {
        submit(a, transfer(100, nonce));
        pass_ms(50);
    }
    EXPECT_EQ(a.orderer.proposed.size(), LedgerOptions{}.speculative_blocks_max);
}

TEST_F(LedgerTest, a_new_leader_waits_for_an_entry_of_its_term) {
    a.lead(1);
    submit(a, transfer(100, 0));
    EXPECT_TRUE(a.orderer.proposed.empty());
    commit(nullptr, 1);
    EXPECT_EQ(a.orderer.proposed.size(), 1u);
}

TEST_F(LedgerTest, transactions_of_a_lost_proposal_are_proposed_again) {
    start();
    submit(a, transfer(100, 0));
    a.follow(2, 2);  // Deposed before it was committed.
    b.lead(2);
    commit(nullptr, 2);
    a.lead(3);
    b.follow(3, 1);
    pass_ms(100);
    commit(nullptr, 3);
    ASSERT_EQ(a.orderer.proposed.size(), 2u);
    commit(a.orderer.proposed[1], 3);
    EXPECT_EQ(received(b), uint256{1});
}

TEST_F(LedgerTest, a_block_committed_in_another_term_than_it_was_sealed_in_is_a_noop_everywhere) {
    start();
    submit(a, transfer(100, 0));
    a.follow(2, 2);
    commit(a.orderer.proposed[0], 2);
    for (TestNode* node : {&a, &b}) {
        EXPECT_EQ(node->chain->head_number(), 0u);
        EXPECT_EQ(node->ledger->status().noop_blocks, 1u);
        EXPECT_EQ(node->chain->applied_index(), index);
    }
}

TEST_F(LedgerTest, garbage_and_forgeries_in_the_log_are_noops) {
    start();
    commit(std::make_shared<const Bytes>(Bytes{1, 2, 3}), 1);
    submit(a, transfer(100, 0));
    auto block = types::decode_block(*a.orderer.proposed[0]);
    ASSERT_TRUE(block);
    seal_header(block->header, {.raft_id = 1, .term = 1, .timestamp_ns = clock.wall_ns}, key_of(9));
    commit(std::make_shared<const Bytes>(types::encode_block(*block)), 1);
    EXPECT_EQ(b.ledger->status().noop_blocks, 2u);
    EXPECT_EQ(b.chain->head_number(), 0u);
    EXPECT_TRUE(b.ledger->status().halted.empty());
}

TEST_F(LedgerTest, a_member_that_lies_about_the_state_halts_the_others_without_stopping_them) {
    start();
    submit(a, transfer(100, 0));
    auto block = types::decode_block(*a.orderer.proposed[0]);
    ASSERT_TRUE(block);
    block->header.state_root[0] ^= 1;
    seal_header(block->header, {.raft_id = 1, .term = 1, .timestamp_ns = clock.wall_ns}, key_of(1));
    commit(std::make_shared<const Bytes>(types::encode_block(*block)), 1);
    EXPECT_FALSE(b.ledger->status().halted.empty());
    commit(nullptr, 1);
    EXPECT_LT(b.chain->applied_index(), index) << "a halted ledger applies nothing";
    EXPECT_EQ(b.chain->view()->head_number(), 0u) << "and still answers";
}

TEST_F(LedgerTest, followers_forward_and_forward_again_after_a_leader_change) {
    start();
    submit(b, transfer(101, 0));
    ASSERT_EQ(b.mailbox.frames.size(), 1u);
    EXPECT_EQ(b.mailbox.frames[0].first, 1u);
    b.follow(2, 3);
    b.ledger->run();
    ASSERT_EQ(b.mailbox.frames.size(), 2u);
    EXPECT_EQ(b.mailbox.frames[1].first, 3u);
    pass_ms(LedgerOptions{}.resend_ms);
    EXPECT_EQ(b.mailbox.frames.size(), 3u) << "and again while it is not committed";
    b.follow(3, 1);
    a.lead(3);
    commit(nullptr, 3);
    b.ledger->run();
    a.ledger->on_forwarded(b.mailbox.frames.back().second);
    a.ledger->run();
    ASSERT_EQ(a.orderer.proposed.size(), 1u);
    commit(a.orderer.proposed[0], 3);
    const size_t sent = b.mailbox.frames.size();
    pass_ms(10 * LedgerOptions{}.resend_ms);
    EXPECT_EQ(b.mailbox.frames.size(), sent) << "a committed transaction is not sent again";
}

TEST_F(LedgerTest, hostile_frames_are_ignored) {
    start();
    for (const char* frame : {"", "80", "c0", "c100", "f8ff", "c3c20102", "c483010203"}) {
        a.ledger->on_forwarded(*from_hex(frame));
    }
    a.ledger->run();
    EXPECT_TRUE(a.orderer.proposed.empty());
}

TEST_F(LedgerTest, a_refused_proposal_frees_its_transactions) {
    start();
    submit(a, transfer(100, 0));
    ASSERT_EQ(a.orderer.proposed.size(), 1u);
    a.ledger->on_proposal_refused(a.orderer.proposed[0]);
    pass_ms(50);
    EXPECT_EQ(a.orderer.proposed.size(), 2u);
    EXPECT_EQ(a.ledger->status().proposals_lost, 1u);
}

TEST_F(LedgerTest, time_never_stands_still_or_runs_back) {
    start();
    submit(a, transfer(100, 0));
    commit(a.orderer.proposed[0], 1);
    clock.wall_ns -= 30'000 * NS_PER_MS;  // The wall clock jumps back.
    submit(a, transfer(100, 1));
    pass_ms(50);
    ASSERT_EQ(a.orderer.proposed.size(), 2u);
    commit(a.orderer.proposed[1], 1);
    EXPECT_EQ(b.chain->head_number(), 2u);
    EXPECT_TRUE(b.ledger->status().halted.empty());
}

// A node that is removed hands on what it has accepted: consensus/ledger.hpp, node/hand_on.hpp.
TEST_F(LedgerTest, tells_what_it_has_accepted_and_does_not_know_to_be_committed) {
    start();
    const Intake first = transfer(100, 0);
    const Intake second = transfer(101, 0);
    submit(b, first);
    submit(b, second);
    ASSERT_EQ(b.ledger->unsettled().size(), 2u);
    EXPECT_EQ(b.ledger->unsettled()[0]->hash, first.hash);
    EXPECT_TRUE(a.ledger->unsettled().empty());
    a.ledger->on_forwarded(b.mailbox.frames.at(0).second);
    a.ledger->run();
    commit(a.orderer.proposed.at(0), 1);
    ASSERT_EQ(b.ledger->unsettled().size(), 1u);
    EXPECT_EQ(b.ledger->unsettled()[0]->hash, second.hash);
    // Somebody else answers for it: it is not sent again, and not told again.
    b.ledger->settle(std::vector<Hash>{second.hash});
    EXPECT_TRUE(b.ledger->unsettled().empty());
    const size_t sent = b.mailbox.frames.size();
    pass_ms(5'000);
    EXPECT_EQ(b.mailbox.frames.size(), sent);
    EXPECT_EQ(b.ledger->status().unsettled, 0u) << "an upper bound until it has looked again";
}

TEST_F(LedgerTest, answers_for_what_it_knows_from_another_node_once_a_client_brings_it_too) {
    start();
    const Intake gap = transfer(100, 1);  // Not executable: it stays.
    submit(b, gap);
    a.ledger->on_forwarded(b.mailbox.frames.at(0).second);
    EXPECT_TRUE(a.ledger->unsettled().empty());
    const auto known = a.ledger->submit(gap);
    ASSERT_FALSE(known);
    EXPECT_EQ(to_string(known.error()), "already known");
    EXPECT_TRUE(a.ledger->flush_accepted());
    ASSERT_EQ(a.ledger->unsettled().size(), 1u);
    EXPECT_EQ(a.ledger->unsettled()[0]->hash, gap.hash);
    EXPECT_FALSE(a.ledger->submit(gap));
    EXPECT_TRUE(a.ledger->flush_accepted());
    EXPECT_EQ(a.ledger->unsettled().size(), 1u) << "once";
}

}  // namespace
}  // namespace otento::consensus
