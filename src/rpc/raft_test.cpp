#include <otento/rpc/testing/fixture.hpp>

#include <gtest/gtest.h>

namespace otento::rpc {
namespace {

class RaftRpcTest : public testing::RpcTest {
  protected:
    RaftRpcTest() { restart({.modules = {"raft"}}); }
    const std::string ID = std::string(128, 'a');
};

TEST_F(RaftRpcTest, role_and_leader_use_quorums_words) {
    EXPECT_EQ(call("raft_role"), "\"verifier\"");
    EXPECT_EQ(call("raft_leader"), "error -32000 no leader is currently elected");
    backend.leader = ID;
    EXPECT_EQ(call("raft_leader"), "\"" + ID + "\"");
}

TEST_F(RaftRpcTest, status_says_who_the_node_is_and_whether_it_is_ready) {
    restart({.modules = {"otento"}});
    EXPECT_EQ(call("otento_status"),
              R"({"version":"Otento/test","raftId":2,"role":"verifier","leader":null,)"
              R"("number":0,"ready":true,"reason":"in sync"})");
    backend.leader = ID;
    backend.role = "";
    backend.ready = {.ready = false, .reason = "was removed"};
    EXPECT_EQ(call("otento_status"), R"({"version":"Otento/test","raftId":2,"role":"","leader":")" +
                                         ID +
                                         R"(","number":0,"ready":false,"reason":"was removed"})");
}

TEST_F(RaftRpcTest, cluster_has_the_shape_of_quorum) {
    EXPECT_EQ(call("raft_cluster"), "[]");
    backend.cluster = {{.raft_id = 2,
                        .node_id = ID,
                        .p2p_port = 30302,
                        .raft_port = 50402,
                        .hostname = "127.0.0.1",
                        .role = "minter",
                        .node_active = true}};
    EXPECT_EQ(call("raft_cluster"),
              R"([{"raftId":2,"nodeId":")" + ID +
                  R"(","p2pPort":30302,"raftPort":50402,"hostname":"127.0.0.1","role":"minter",)"
                  R"("nodeActive":true}])");
    EXPECT_EQ(call("raft_getRaftId",
                   "[\"enode://" + ID + "@127.0.0.1:30302?discport=0&raftport=50402\"]"),
              "2");
    const std::string other = "enode://" + std::string(128, 'b') + "@127.0.0.1:1";
    EXPECT_EQ(call("raft_getRaftId", "[\"" + other + "\"]"),
              "error -32000 node not found in the cluster: " + other);
    EXPECT_EQ(call("raft_getRaftId", "[\"x\"]"), "error -32000 invalid URL scheme, want \"enode\"");
    EXPECT_EQ(call("raft_getRaftId"), "error -32602 missing value for required argument 0");
}

TEST_F(RaftRpcTest, changes_answer_in_quorums_shapes) {
    const std::string enode = "enode://" + ID + "@127.0.0.1:30304?discport=0&raftport=50404";
    EXPECT_EQ(call("raft_addPeer", "[\"" + enode + "\"]"), "4");
    EXPECT_EQ(call("raft_addLearner", "[\"" + enode + "\"]"), "4");
    EXPECT_EQ(call("raft_promoteToPeer", "[4]"), "true");
    EXPECT_EQ(call("raft_promoteToPeer", "[4,true]"), "true");
    EXPECT_EQ(call("raft_removePeer", "[4]"), "null");
    ASSERT_EQ(backend.membership_calls.size(), 5u);
    EXPECT_EQ(backend.membership_calls[0].enode, enode);
    EXPECT_FALSE(backend.membership_calls[2].force);
    EXPECT_TRUE(backend.membership_calls[3].force);
    EXPECT_EQ(backend.membership_calls[4].raft_id, 4u);
}

TEST_F(RaftRpcTest, refused_changes_are_errors_with_the_reason) {
    backend.membership_answer = {.done = false, .raft_id = 0, .error = "because"};
    EXPECT_EQ(call("raft_removePeer", "[4]"), "error -32000 because");
    EXPECT_EQ(call("raft_removePeer"), "error -32602 missing value for required argument 0");
    EXPECT_EQ(call("raft_removePeer", "[true]"), "error -32602 invalid argument 0: want a raft ID");
    EXPECT_EQ(call("raft_removePeer", "[1.5]"), "error -32602 invalid argument 0: want a raft ID");
}

}  // namespace
}  // namespace otento::rpc
