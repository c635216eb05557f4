#include <otento/node/hand_on.hpp>

#include <gtest/gtest.h>

#include <deque>

namespace otento::node {
namespace {

types::Transaction transaction(uint64_t nonce, size_t data = 0) {
    types::Transaction tx;
    tx.chain_id = 1337;
    tx.nonce = nonce;
    tx.data = Bytes(data, 1);
    return tx;
}

txpool::PooledPtr pooled(uint64_t nonce, size_t data = 0) {
    const types::Transaction tx = transaction(nonce, data);
    return std::make_shared<const txpool::PooledTx>(
        txpool::PooledTx{.tx = std::make_shared<const types::Transaction>(tx),
                         .hash = types::transaction_hash(tx),
                         .sender = {},
                         .encoded_size = types::encode_transaction(tx).size(),
                         .local = true});
}

/// A member that answers each question with what `answer` makes of its transactions.
class Member final : public p2p::Conversation {
  public:
    std::function<Result<Bytes, std::string>(const std::vector<Bytes>&)> answer;
    std::vector<size_t> asked;  ///< Transactions of each question.

    Result<Bytes, std::string> ask(Bytes question, uint32_t) override {
        EXPECT_LE(question.size(), QUESTION_BYTES_MAX);
        const auto decoded = decode_question(question);
        const auto* given = decoded ? std::get_if<HandOn>(&*decoded) : nullptr;
        if (given == nullptr) {
            ADD_FAILURE() << "not a question to hand on";
            return Err(std::string("?"));
        }
        asked.push_back(given->transactions.size());
        return answer(given->transactions);
    }
    [[nodiscard]] const p2p::NodeKey& peer_key() const noexcept override { return key_; }

  private:
    p2p::NodeKey key_;
};

class HandOnTest : public testing::Test {
  protected:
    std::vector<txpool::PooledPtr> waiting;
    std::vector<Hash> settled;
    Member member;
    Unsettled unsettled{.list = [this] { return waiting; },
                        .settle =
                            [this](std::vector<Hash> hashes) {
                                settled.insert(settled.end(), hashes.begin(), hashes.end());
                            }};

    static Bytes all_taken(size_t count) { return encode_texts(std::vector<std::string>(count)); }
};

TEST_F(HandOnTest, asks_nothing_when_nothing_waits) {
    const auto handed = hand_on(member, unsettled);
    ASSERT_TRUE(handed);
    EXPECT_EQ(handed->settled, 0u);
    EXPECT_TRUE(member.asked.empty());
}

TEST_F(HandOnTest, settles_what_the_member_takes_and_keeps_the_rest) {
    waiting = {pooled(0), pooled(1), pooled(2)};
    member.answer = [](const std::vector<Bytes>& given) {
        EXPECT_EQ(given[1], types::encode_transaction(transaction(1)));
        return encode_texts({"", "txpool is full", ""});
    };
    const auto handed = hand_on(member, unsettled);
    ASSERT_TRUE(handed);
    EXPECT_EQ(handed->settled, 2u);
    EXPECT_EQ(handed->refused, 1u);
    EXPECT_EQ(handed->first_refusal, "txpool is full");
    EXPECT_EQ(settled, (std::vector<Hash>{waiting[0]->hash, waiting[2]->hash}));
}

TEST_F(HandOnTest, many_and_large_ones_go_in_several_questions) {
    for (uint64_t nonce = 0; nonce < 2 * HAND_ON_COUNT_MAX + 1; ++nonce) {
        waiting.push_back(pooled(nonce));
    }
    for (uint64_t nonce = 0; nonce < 20; ++nonce) {
        waiting.push_back(pooled(nonce, 130'000));
    }
    member.answer = [](const std::vector<Bytes>& given) { return all_taken(given.size()); };
    const auto handed = hand_on(member, unsettled);
    ASSERT_TRUE(handed);
    EXPECT_EQ(handed->settled, waiting.size());
    EXPECT_EQ(member.asked.size(), 5u);
    EXPECT_EQ(settled.size(), waiting.size());
}

TEST_F(HandOnTest, a_member_that_answers_something_else_settles_nothing) {
    waiting = {pooled(0), pooled(1)};
    for (const Bytes& nonsense : {Bytes{}, Bytes{1, 2, 3}, all_taken(1), all_taken(3)}) {
        member.answer = [&](const std::vector<Bytes>&) { return nonsense; };
        EXPECT_FALSE(hand_on(member, unsettled));
    }
    member.answer = [](const std::vector<Bytes>&) -> Result<Bytes, std::string> {
        return Err(std::string("gone"));
    };
    EXPECT_FALSE(hand_on(member, unsettled));
    EXPECT_TRUE(settled.empty());
}

TEST(TakeOver, answers_once_when_all_are_decided_and_in_their_order) {
    std::deque<SubmitDone> open;
    std::vector<std::string> texts;
    int answers = 0;
    take_over(
        {Bytes{1}, Bytes{2}, Bytes{3}, Bytes{4}},
        [&](const Bytes&, SubmitDone done) { open.push_back(std::move(done)); },
        [&](std::vector<std::string> all) {
            ++answers;
            texts = std::move(all);
        });
    ASSERT_EQ(open.size(), 4u);
    open[3]("nonce too low");
    open[1]("already known");
    open[0]("");
    EXPECT_EQ(answers, 0);
    open[2]("insufficient funds for gas * price + value");
    EXPECT_EQ(answers, 1);
    EXPECT_EQ(texts,
              (std::vector<std::string>{"", "", "insufficient funds for gas * price + value", ""}));
}

TEST(TakeOver, answers_an_empty_question_at_once) {
    bool answered = false;
    take_over(
        {}, [](const Bytes&, const SubmitDone&) { FAIL(); },
        [&](const std::vector<std::string>& all) { answered = all.empty(); });
    EXPECT_TRUE(answered);
}

}  // namespace
}  // namespace otento::node
