// A member's address record, as GoQuorum writes it into configuration changes and snapshots
// (spec/quorum-raft.md 3.4, new form): RLP [raftId, nodeId, "", p2pPort, raftPort, hostname].
#pragma once

#include <otento/base/result.hpp>
#include <otento/base/rlp.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <string>

namespace otento::consensus {

struct MemberAddress {
    uint64_t raft_id = 0;
    crypto::PublicKey node_key;
    std::string host;  ///< Name or IP literal.
    uint16_t p2p_port = 0;
    uint16_t raft_port = 0;
    friend bool operator==(const MemberAddress&, const MemberAddress&) = default;
};

[[nodiscard]] Bytes encode_member(const MemberAddress& member);
/// Takes the new form, and the old one with an IP in the third item.
[[nodiscard]] Result<MemberAddress, rlp::Error> decode_member(BytesView in);

}  // namespace otento::consensus
