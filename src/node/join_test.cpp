#include <otento/node/answers.hpp>
#include <otento/node/joiner.hpp>

#include <gtest/gtest.h>

namespace otento::node {
namespace {

crypto::PublicKey key(uint8_t n) {
    crypto::PublicKey out;
    out.bytes.fill(n);
    return out;
}

TEST(JoinTarget, takes_what_operators_write) {
    EXPECT_EQ(*parse_join_target("node1.example:30303"),
              (JoinTarget{.host = "node1.example", .p2p_port = 30303}));
    EXPECT_EQ(*parse_join_target("[::1]:7"), (JoinTarget{.host = "::1", .p2p_port = 7}));
    const std::string enode =
        "enode://" + std::string(128, 'a') + "@10.0.0.1:30303?discport=0&raftport=50400";
    EXPECT_EQ(*parse_join_target(enode), (JoinTarget{.host = "10.0.0.1", .p2p_port = 30303}));
    for (const char* wrong : {"", "host", ":1", "host:", "host:0", "host:70000", "host:1x"}) {
        EXPECT_FALSE(parse_join_target(wrong)) << wrong;
    }
}

TEST(Answers, members_hear_everything_and_strangers_nothing) {
    ordering::Status status;
    status.commit_index = 9;
    status.configuration.members.push_back(
        {.id = 4,
         .voter = true,
         .address = consensus::encode_member({.raft_id = 4, .node_key = key(1), .host = "h"})});
    const consensus::MemberKeys keys{{2, key(2)}, {4, key(1)}};
    const YouAre member = describe_asker(key(1), status, keys);
    EXPECT_EQ(member.raft_id, 4u);
    EXPECT_EQ(member.commit_index, 9u);
    EXPECT_EQ(*raft::decode_configuration(member.configuration), status.configuration);
    EXPECT_EQ(*consensus::decode_member_keys(member.member_keys), keys);
    const YouAre removed = describe_asker(key(2), status, keys);
    EXPECT_EQ(removed.raft_id, 0u);
    EXPECT_TRUE(removed.removed);
    EXPECT_TRUE(removed.configuration.empty());
    EXPECT_FALSE(describe_asker(key(3), status, keys).removed);
}

TEST(Questions, a_state_offer_names_plain_files_only) {
    const StateOffer offer{
        .handle = 5,
        .applied_index = 6,
        .bytes = 30,
        .files = {{.name = "000012.sst", .size = 10}, {.name = "CURRENT", .size = 20}}};
    const auto back = decode_state_offer(encode_state_offer(offer));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->files, offer.files);
    EXPECT_EQ(back->bytes, 30u);
    for (const char* name : {"", "..", "a/b", "/etc/passwd", ".hidden"}) {
        EXPECT_FALSE(decode_state_offer(encode_state_offer({.files = {{.name = name, .size = 1}}})))
            << name;
    }
    EXPECT_FALSE(decode_state_offer(encode_state_offer(
        {.files = {{.name = "a", .size = UINT64_MAX}, {.name = "b", .size = 1}}})));
}

TEST(Questions, survive_the_wire) {
    const auto read = decode_question(
        encode_question(ReadState{.handle = 1, .file = 2, .offset = 3, .length = 4}));
    ASSERT_TRUE(read);
    EXPECT_EQ(std::get<ReadState>(*read).offset, 3u);
    EXPECT_TRUE(std::holds_alternative<OpenState>(*decode_question(encode_question(OpenState{}))));
    const auto anchor = decode_question(encode_question(AskAnchor{.index = 8, .number = 9}));
    EXPECT_EQ(std::get<AskAnchor>(*anchor).number, 9u);
    const WhoAmI who{.token = {1, 2},
                     .address = {.raft_id = 0, .node_key = key(1), .host = "h", .p2p_port = 3}};
    const auto decoded = decode_question(encode_question(who));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(std::get<WhoAmI>(*decoded).address, who.address);
    EXPECT_EQ(std::get<WhoAmI>(*decoded).token, who.token);
    YouAre answer;
    answer.raft_id = 7;
    answer.removed = true;
    answer.text = "why";
    const auto back = decode_you_are(encode_you_are(answer));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->raft_id, 7u);
    EXPECT_TRUE(back->removed);
    EXPECT_EQ(back->text, "why");
    const HandOn given{.transactions = {Bytes{1, 2}, Bytes(130'000, 3)}};
    const auto handed = decode_question(encode_question(given));
    ASSERT_TRUE(handed);
    EXPECT_EQ(std::get<HandOn>(*handed).transactions, given.transactions);
    const std::vector<std::string> texts{"", "txpool is full", ""};
    EXPECT_EQ(*decode_texts(encode_texts(texts)), texts);
}

TEST(Questions, nobody_hands_on_more_at_once_than_is_agreed) {
    const auto of = [](size_t count) { return HandOn{.transactions = std::vector<Bytes>(count)}; };
    EXPECT_TRUE(decode_question(encode_question(of(HAND_ON_COUNT_MAX))));
    EXPECT_FALSE(decode_question(encode_question(of(HAND_ON_COUNT_MAX + 1))));
    EXPECT_FALSE(decode_texts(encode_texts(std::vector<std::string>(HAND_ON_COUNT_MAX + 1))));
}

}  // namespace
}  // namespace otento::node
