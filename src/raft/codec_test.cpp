// The wire: round trips, strictness, and that no bytes whatever bring the decoder or the engine
// down.
#include <otento/raft/codec.hpp>
#include <otento/raft/testing/cluster.hpp>
#include <otento/raft/testing/solo.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

const Configuration THREE = voters({1, 2, 3});

std::vector<Message> one_of_each() {
    const auto message = [](auto body) { return Message{.from = 2, .to = 1, .body = body}; };
    return {
        message(RequestVote{.pre_vote = true, .term = 5, .last_log_index = 7, .last_log_term = 3}),
        message(RequestVote{
            .disrupt_leader = true, .term = 5, .last_log_index = 7, .last_log_term = 4}),
        message(RequestVoteReply{.granted = true, .term = 4, .request_term = 5}),
        message(AppendEntries{
            .term = 5,
            .request = 1,
            .prev_log_index = 0,
            .prev_log_term = 0,
            .leader_commit = 2,
            .read_round = 3,
            .entry_count = 3,
            .entries = {noop(1, 1), normal(2, 1, "abc"), change(3, 5, with(THREE, 4, false))}}),
        message(AppendEntriesReply{.term = 5,
                                   .request = 9,
                                   .success = false,
                                   .match_index = 8,
                                   .conflict_index = 4,
                                   .conflict_term = 2,
                                   .read_round = 1}),
        message(InstallSnapshot{.term = 5,
                                .request = 4,
                                .last_included_index = 30,
                                .last_included_term = 4,
                                .configuration = THREE,
                                .offset = 0,
                                .done = true,
                                .data = {1, 2, 3}}),
        message(InstallSnapshotReply{.term = 5,
                                     .request = 4,
                                     .last_included_index = 30,
                                     .next_offset = 3,
                                     .installed = true}),
        message(TimeoutNow{.term = 5}),
    };
}

TEST(Codec, every_kind_round_trips) {
    for (const Message& message : one_of_each()) {
        const Bytes encoded = encode_message(message);
        const auto decoded = decode_message(encoded);
        ASSERT_TRUE(decoded.has_value()) << message.body.index();
        EXPECT_EQ(decoded->body.index(), message.body.index());
        EXPECT_EQ(encode_message(*decoded), encoded);
    }
}

TEST(Codec, fields_arrive_as_sent) {
    const auto messages = one_of_each();
    const Message decoded = decode_message(encode_message(messages[3])).value();
    EXPECT_EQ(decoded.from, 2U);
    EXPECT_EQ(decoded.to, 1U);
    const auto& append = std::get<AppendEntries>(decoded.body);
    EXPECT_EQ(append.leader_commit, 2U);
    EXPECT_EQ(append.read_round, 3U);
    ASSERT_EQ(append.entries.size(), 3U);
    EXPECT_EQ(append.entries[0].payload, nullptr);
    EXPECT_EQ(append.entries[1].index, 2U);
    EXPECT_EQ(*append.entries[1].payload, to_bytes(bytes_of("abc")));
    EXPECT_EQ(append.entries[2].type, EntryType::configuration);
    EXPECT_EQ(append.entries[2].term, 5U);
}

TEST(Codec, payloads_follow_the_header_untouched) {
    const Message message = one_of_each()[3];
    Bytes whole = encode_header(message);
    const auto header = decode_header(whole);
    ASSERT_TRUE(header.has_value());
    EXPECT_EQ(header->header_bytes, whole.size());
    EXPECT_EQ(header->payload_sizes[0], 0U);
    EXPECT_EQ(header->payload_sizes[1], 3U);
    for (const Entry& entry : std::get<AppendEntries>(message.body).entries) {
        if (entry.payload) {
            append(whole, *entry.payload);
        }
    }
    EXPECT_EQ(whole, encode_message(message));
}

TEST(Codec, anything_shorter_or_longer_is_malformed) {
    for (const Message& message : one_of_each()) {
        Bytes encoded = encode_message(message);
        for (size_t size = 0; size < encoded.size(); ++size) {
            EXPECT_FALSE(decode_message(BytesView{encoded}.first(size)).has_value());
        }
        encoded.push_back(0);
        EXPECT_FALSE(decode_message(encoded).has_value());
    }
}

TEST(Codec, other_versions_and_kinds_are_malformed) {
    Bytes encoded = encode_message(one_of_each()[0]);
    encoded[0] = 2;
    EXPECT_FALSE(decode_message(encoded).has_value());
    encoded[0] = MESSAGE_VERSION;
    encoded[1] = 7;
    EXPECT_FALSE(decode_message(encoded).has_value());
}

TEST(Codec, claimed_counts_do_not_allocate) {
    Bytes encoded = encode_message(one_of_each()[3]);
    constexpr size_t COUNT_AT = 2 + 16 + 48;
    store_be(encoded.data() + COUNT_AT, uint32_t{0xffffffff});
    EXPECT_FALSE(decode_message(encoded).has_value());
}

/// Random edits of valid messages, fed to engines in every role. Whatever decodes must leave the
/// engine alive, and unchanged where it says malformed.
TEST(Codec, mutated_messages_neither_crash_nor_change_what_refuses_them) {
    Random random(7);
    const auto valid = one_of_each();
    size_t decoded_count = 0;
    size_t refused = 0;
    for (int round = 0; round < 60; ++round) {
        DurableState durable{.term = 5, .snapshot_index = 4, .snapshot_term = 2};
        durable.entries.resize(6, {.term = 4});
        Solo solo(1, THREE, durable);
        if (round % 3 == 0) {
            solo.lead({2});
        } else if (round % 3 == 1) {
            solo.pass(300);
            (void)solo.must(Tick{});
        }
        for (int i = 0; i < 500; ++i) {
            Bytes bytes = encode_message(valid[random.below(valid.size())]);
            for (uint64_t edits = random.below(4); edits > 0; --edits) {
                const size_t at = random.below(bytes.size());
                const uint64_t how = random.below(4);
                if (how == 0) {
                    bytes[at] = static_cast<uint8_t>(random.below(256));
                } else if (how == 1) {
                    bytes[at] = static_cast<uint8_t>(random.below(12));
                } else if (how == 2) {
                    bytes[at] = static_cast<uint8_t>(bytes[at] ^ (1U << random.below(8)));
                } else if (at > 18) {
                    bytes.resize(at);
                }
            }
            const auto message = decode_message(bytes);
            if (!message) {
                continue;
            }
            ++decoded_count;
            const auto state = [&] {
                return std::tuple{solo->term(),           solo->role(),
                                  solo->leader(),         solo->last_index(),
                                  solo->commit_index(),   solo->persisted_index(),
                                  solo->first_index(),    solo->configuration_index(),
                                  solo->snapshot_index(), solo->next_timeout_ms()};
            };
            const auto before = state();
            solo.pass(random.below(3));
            if (!solo.step(Receive{*message})) {
                ++refused;
                EXPECT_EQ(state(), before);
            }
            if (random.chance(100)) {
                (void)solo.persist();
            }
            if (random.chance(30)) {
                (void)solo.must(SnapshotInstalled{.index = 30, .term = 4});
            }
            if (random.chance(20)) {
                (void)solo.must(Tick{});
            }
        }
    }
    EXPECT_GT(decoded_count, 5000U);
    EXPECT_GT(refused, 500U);
}

TEST(Codec, random_bytes_do_not_decode_or_at_least_do_no_harm) {
    Random random(11);
    Solo solo(1, THREE);
    for (int i = 0; i < 20000; ++i) {
        Bytes bytes(random.below(120));
        for (uint8_t& byte : bytes) {
            byte = static_cast<uint8_t>(random.chance(500) ? random.below(4) : random.next());
        }
        if (bytes.size() > 2) {
            bytes[0] = MESSAGE_VERSION;
            bytes[1] = static_cast<uint8_t>(random.below(8));
        }
        if (const auto message = decode_message(bytes)) {
            (void)solo.step(Receive{*message}).has_value();
        }
        (void)decode_configuration(bytes).has_value();
    }
}

TEST(Hostile, messages_that_no_correct_peer_sends_are_refused) {
    DurableState durable{.term = 3, .snapshot_index = 2, .snapshot_term = 1};
    durable.entries = {{.term = 3}, {.term = 3}};
    const auto refused = [&](auto body, NodeId from = 2, NodeId to = 1) {
        Solo solo(1, THREE, durable);
        (void)solo.append(2, 3, 4, 3, {}, 3);
        const auto outcome = solo.step(Receive{{.from = from, .to = to, .body = body}});
        return !outcome && outcome.error() == StepError::malformed_message;
    };
    Solo maker(1, THREE);
    const auto entries = [&](Term term, Index prev, Term prev_term, std::vector<Entry> list) {
        return maker.append_entries(term, prev, prev_term, std::move(list));
    };
    EXPECT_FALSE(refused(entries(3, 4, 3, {noop(5, 3)}))) << "this one is right";
    EXPECT_TRUE(refused(RequestVote{.term = 9}, 0));
    EXPECT_TRUE(refused(RequestVote{.term = 9}, 1)) << "from ourselves";
    EXPECT_TRUE(refused(RequestVote{.term = 9}, 2, 3)) << "to somebody else";
    EXPECT_TRUE(refused(RequestVote{.term = 0}));
    EXPECT_TRUE(refused(RequestVote{.term = UINT64_MAX}));
    EXPECT_TRUE(refused(RequestVote{.term = 9, .last_log_index = 3}));
    EXPECT_TRUE(refused(RequestVote{.term = 9, .last_log_index = 3, .last_log_term = 10}));
    EXPECT_TRUE(refused(entries(3, 4, 3, {noop(6, 3)}))) << "gap";
    EXPECT_TRUE(refused(entries(3, 4, 3, {noop(5, 2)}))) << "terms fall";
    EXPECT_TRUE(refused(entries(3, 4, 3, {noop(5, 4)}))) << "term of the future";
    EXPECT_TRUE(refused(entries(3, 3, 1, {}))) << "contradicts what is committed";
    EXPECT_TRUE(refused(entries(4, 2, 1, {noop(3, 4)}))) << "replaces what is committed";
    EXPECT_TRUE(refused(entries(3, 2, 2, {}))) << "contradicts our snapshot";
    EXPECT_TRUE(refused(entries(
        3, 3, 3,
        {noop(4, 3),
         {.index = 5, .term = 3, .type = EntryType::configuration, .payload = payload("?")}})));
    EXPECT_TRUE(refused(entries(3, 4, 3, {change(5, 3, {})}))) << "nobody would vote";
    EXPECT_TRUE(refused(entries(3, 4, 3, {}), 3)) << "a second leader of the term";
    AppendEntries miscounted = entries(3, 4, 3, {noop(5, 3)});
    miscounted.entry_count = 2;
    EXPECT_TRUE(refused(miscounted));
    EXPECT_TRUE(refused(TimeoutNow{.term = 0}));
    EXPECT_TRUE(refused(InstallSnapshot{.term = 3, .request = 1}));
    EXPECT_TRUE(refused(InstallSnapshot{
        .term = 3, .request = 1, .last_included_index = 3, .last_included_term = 2}))
        << "contradicts what is committed";
}

TEST(Hostile, replies_that_claim_the_impossible_are_refused_by_a_leader) {
    Solo solo(1, THREE);
    solo.lead({2});
    const auto refused = [&](AppendEntriesReply reply) {
        reply.term = 1;
        const auto outcome = solo.receive(2, reply);
        return !outcome && outcome.error() == StepError::malformed_message;
    };
    EXPECT_TRUE(refused({.request = 1, .success = true, .match_index = 2})) << "beyond our log";
    EXPECT_TRUE(refused({.request = 9, .success = true, .match_index = 1})) << "never asked";
    EXPECT_TRUE(refused({.request = 1, .success = true, .read_round = 1})) << "no such round";
    EXPECT_TRUE(refused({.request = 1, .success = false, .match_index = 1, .conflict_index = 2}));
    EXPECT_TRUE(refused({.request = 1, .success = false, .match_index = 1}));
    EXPECT_FALSE(refused({.request = 1, .success = true, .match_index = 1}));
    EXPECT_TRUE(
        solo.receive(77, AppendEntriesReply{.term = 1, .request = 1, .success = true}).has_value())
        << "a stranger's is ignored";
}

}  // namespace
}  // namespace otento::raft
