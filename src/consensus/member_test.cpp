#include <otento/consensus/member.hpp>

#include <gtest/gtest.h>

namespace otento::consensus {
namespace {

MemberAddress example() {
    MemberAddress member{.raft_id = 3,
                         .node_key = {},
                         .host = "node3.example.com",
                         .p2p_port = 30303,
                         .raft_port = 50400};
    member.node_key.bytes.fill(0x42);
    return member;
}

TEST(Member, round_trip) {
    const auto decoded = decode_member(encode_member(example()));
    ASSERT_TRUE(decoded);
    EXPECT_EQ(*decoded, example());
}

TEST(Member, reads_the_old_form_with_an_ip) {
    const Bytes old_form = rlp::Writer()
                               .begin_list()
                               .uint(uint64_t{3})
                               .string(example().node_key)
                               .string(Bytes{10, 0, 0, 7})
                               .uint(uint64_t{30303})
                               .uint(uint64_t{50400})
                               .end_list()
                               .take();
    const auto decoded = decode_member(old_form);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->host, "10.0.0.7");
}

TEST(Member, refuses_every_truncation) {
    const Bytes good = encode_member(example());
    for (size_t n = 0; n < good.size(); ++n) {
        EXPECT_FALSE(decode_member(BytesView(good).first(n))) << n;
    }
}

}  // namespace
}  // namespace otento::consensus
