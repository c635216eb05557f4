#include <otento/p2p/conversation.hpp>

#include <otento/base/logger.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <gtest/gtest.h>

namespace otento::p2p {
namespace {

Hash key_of(uint8_t n) {
    return Hash::right_aligned(Bytes{n});
}

/// Answers with the raft id it knows the asker by, and the question.
class Answering final : public NetworkEvents {
  public:
    void on_raft_frame(uint64_t, Bytes) override {}
    void on_frame(uint64_t, Channel, Bytes) override {}
    void on_peer(uint64_t, bool) override {}
    void on_question(Question question) override {
        Bytes out{static_cast<uint8_t>(question.raft_id)};
        append(out, question.body);
        out.resize(out.size() + padding);
        network->answer(question.conversation, std::make_shared<const Bytes>(std::move(out)));
    }
    Network* network = nullptr;
    size_t padding = 0;
};

class ConversationTest : public ::testing::Test {
  protected:
    ConversationTest() {
        logger::set_level(logger::Level::error);
        NetworkOptions options;
        options.secret_key = key_of(1);
        options.raft_id = 1;
        options.network_id = 1337;
        options.handshake_timeout_ms = 120'000;
        auto started = Network::start(
            options,
            {{.raft_id = 1, .node_key = *crypto::public_key(key_of(1)), .host = "127.0.0.1"},
             {.raft_id = 7, .node_key = *crypto::public_key(key_of(7)), .host = ""}},
            events);
        network = std::move(started).value();
        events.network = network.get();
    }
    ~ConversationTest() override { network->stop(); }

    [[nodiscard]] ConversationOptions from(uint8_t key) const {
        return {.secret_key = key_of(key),
                .network_id = 1337,
                .genesis_hash = {},
                .host = "localhost",
                .port = network->p2p_port(),
                .connect_timeout_ms = 60'000};
    }

    Answering events;
    std::unique_ptr<Network> network;
};

constexpr uint32_t PATIENCE_MS = 60'000;

TEST_F(ConversationTest, members_and_strangers_are_answered_and_told_apart) {
    for (const uint8_t key : {uint8_t{7}, uint8_t{9}}) {
        auto conversation = Conversation::start(from(key));
        ASSERT_TRUE(conversation) << conversation.error();
        EXPECT_EQ((*conversation)->peer_key(), *crypto::public_key(key_of(1)));
        const auto answer = (*conversation)->ask({5, 6}, PATIENCE_MS);
        ASSERT_TRUE(answer) << answer.error();
        EXPECT_EQ(*answer, (Bytes{static_cast<uint8_t>(key == 7 ? 7 : 0), 5, 6}));
    }
}

TEST_F(ConversationTest, answers_may_be_large_and_many) {
    events.padding = 1 << 20;
    auto conversation = Conversation::start(from(7));
    ASSERT_TRUE(conversation);
    for (uint8_t i = 0; i < 20; ++i) {
        const auto answer = (*conversation)->ask({i}, PATIENCE_MS);
        ASSERT_TRUE(answer) << answer.error();
        EXPECT_EQ((*answer)[1], i);
    }
}

TEST_F(ConversationTest, another_network_or_genesis_is_refused_in_words) {
    ConversationOptions other = from(7);
    other.network_id = 1;
    const auto network_id = Conversation::start(other);
    ASSERT_FALSE(network_id);
    EXPECT_NE(network_id.error().find("other network id"), std::string::npos);
    other = from(7);
    other.genesis_hash = Hash::right_aligned(Bytes{1});
    const auto genesis = Conversation::start(other);
    ASSERT_FALSE(genesis);
    EXPECT_NE(genesis.error().find("other genesis block"), std::string::npos);
}

TEST_F(ConversationTest, nobody_there_is_an_error_too) {
    ConversationOptions nowhere = from(7);
    nowhere.port = 1;
    EXPECT_FALSE(Conversation::start(nowhere));
    nowhere.host = "no-such-host.invalid";
    EXPECT_FALSE(Conversation::start(nowhere));
}

}  // namespace
}  // namespace otento::p2p
