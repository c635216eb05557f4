// A member's address record, as GoQuorum writes it into configuration changes and snapshots
// (spec/quorum-raft.md 3.4, new form): RLP [raftId, nodeId, "", p2pPort, raftPort, hostname], and
// behind it, where its readers stop reading: [.., wants vote, version].
#pragma once

#include <otento/base/result.hpp>
#include <otento/base/rlp.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <map>
#include <string>

namespace otento::consensus {

struct MemberAddress {
    uint64_t raft_id = 0;
    crypto::PublicKey node_key{};
    std::string host{};  ///< Name or IP literal.
    uint16_t p2p_port = 0;
    uint16_t raft_port = 0;
    /// A learner that the leader promotes by itself as soon as it is in sync.
    bool wants_vote = false;
    /// Of the address; the member itself raises it when it moves.
    uint64_t version = 0;
    friend bool operator==(const MemberAddress&, const MemberAddress&) = default;
};

[[nodiscard]] Bytes encode_member(const MemberAddress& member);
/// Takes the new form, and the old one with an IP in the third item.
[[nodiscard]] Result<MemberAddress, rlp::Error> decode_member(BytesView in);

/// Node keys by raft id, of members and former members.
using MemberKeys = std::map<uint64_t, crypto::PublicKey>;
/// RLP list of [raft id, node key].
[[nodiscard]] Bytes encode_member_keys(const MemberKeys& keys);
[[nodiscard]] Result<MemberKeys, rlp::Error> decode_member_keys(BytesView in);

}  // namespace otento::consensus
