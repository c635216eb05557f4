#include <otento/node/member_directory.hpp>

#include <otento/consensus/member.hpp>

#include <gtest/gtest.h>

namespace otento::node {
namespace {

raft::Member member(uint8_t n) {
    consensus::MemberAddress address{.raft_id = n, .host = "h", .p2p_port = n, .raft_port = n};
    address.node_key.bytes.fill(n);
    return {.id = n, .voter = true, .address = consensus::encode_member(address)};
}

ordering::Status status_of(std::vector<uint8_t> ids, raft::Index index) {
    ordering::Status out;
    out.self = 1;
    out.configuration_index = index;
    for (const uint8_t id : ids) {
        out.configuration.members.push_back(member(id));
    }
    return out;
}

std::vector<uint64_t> ids(const std::optional<std::vector<p2p::Endpoint>>& endpoints) {
    std::vector<uint64_t> out;
    for (const auto& endpoint : endpoints.value_or(std::vector<p2p::Endpoint>{})) {
        out.push_back(endpoint.raft_id);
    }
    return out;
}

TEST(MemberDirectory, speaks_only_of_changes) {
    MemberDirectory directory({});
    EXPECT_EQ(ids(directory.follow(status_of({1, 2}, 0), 0)), (std::vector<uint64_t>{1, 2}));
    EXPECT_FALSE(directory.follow(status_of({1, 2}, 0), 1));
    EXPECT_EQ(ids(directory.follow(status_of({1, 2, 3}, 5), 2)), (std::vector<uint64_t>{1, 2, 3}));
}

TEST(MemberDirectory, who_leaves_is_still_reached_for_a_while) {
    MemberDirectory directory({});
    (void)directory.follow(status_of({1, 2, 3}, 0), 0);
    EXPECT_EQ(ids(directory.follow(status_of({1, 2}, 5), 100)), (std::vector<uint64_t>{1, 2, 3}));
    const uint64_t due = directory.next_deadline_ms();
    EXPECT_GT(due, 100u);
    EXPECT_EQ(ids(directory.follow(status_of({1, 2}, 5), due)), (std::vector<uint64_t>{1, 2}));
    EXPECT_EQ(directory.next_deadline_ms(), UINT64_MAX);
}

TEST(MemberDirectory, a_joiner_keeps_its_contacts_until_it_is_named) {
    MemberDirectory directory({*to_endpoint(member(2))});
    EXPECT_EQ(ids(directory.follow(status_of({}, 0), 0)), std::vector<uint64_t>{2});
    EXPECT_EQ(ids(directory.follow(status_of({3}, 1), 0)), (std::vector<uint64_t>{3, 2}));
    EXPECT_EQ(ids(directory.follow(status_of({1, 3}, 2), 0)), (std::vector<uint64_t>{1, 3}));
}

TEST(MemberDirectory, the_operators_list_tells_where_else_a_member_may_be) {
    p2p::Endpoint moved = *to_endpoint(member(3));
    moved.raft_id = 1;  // Its line, which means nothing here.
    moved.p2p_port = 77;
    MemberDirectory directory({}, {*to_endpoint(member(2)), moved, *to_endpoint(member(9))});
    const auto members = directory.follow(status_of({1, 2, 3}, 0), 0);
    ASSERT_EQ(ids(members), (std::vector<uint64_t>{1, 2, 3}));
    EXPECT_TRUE((*members)[1].others.empty()) << "the same as in the log";
    ASSERT_EQ((*members)[2].others.size(), 1u);
    EXPECT_EQ((*members)[2].others[0].p2p_port, 77);
}

}  // namespace
}  // namespace otento::node
