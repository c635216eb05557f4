// Elections: who may win, who must not vote, and what gets a stuck cluster going again.
#include <otento/raft/testing/cluster.hpp>

#include <gtest/gtest.h>

namespace otento::raft {
namespace {

using namespace testing;

TEST(Election, three_voters_elect_one_leader_and_commit) {
    Cluster cluster;
    cluster.add_all(voters({1, 2, 3}));
    cluster.elect(2);
    EXPECT_EQ(cluster.raft(2).role(), Role::leader);
    EXPECT_EQ(cluster.raft(1).leader(), 2U);
    ASSERT_TRUE(cluster.submit(2, "a").has_value());
    cluster.deliver();
    EXPECT_EQ(cluster.raft(2).commit_index(), 2U);
    EXPECT_TRUE(cluster.agreed({1, 2, 3}));
}

}  // namespace
}  // namespace otento::raft
