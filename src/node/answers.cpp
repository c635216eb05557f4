#include <otento/node/answers.hpp>

#include <otento/consensus/membership.hpp>

#include <fmt/core.h>

namespace otento::node {

YouAre describe_asker(const crypto::PublicKey& node_key, const ordering::Status& orderer,
                      const consensus::MemberKeys& member_keys) {
    YouAre out;
    const auto member = consensus::find_member(orderer.configuration, node_key);
    if (!member) {
        for (const auto& [raft_id, key] : member_keys) {
            if (key == node_key) {
                out.removed = true;
                out.text = fmt::format("raft ID {} was removed", raft_id);
            }
        }
        return out;
    }
    out.raft_id = member->raft_id;
    out.configuration = raft::encode_configuration(orderer.configuration);
    out.member_keys = consensus::encode_member_keys(member_keys);
    out.commit_index = orderer.commit_index;
    out.leader = orderer.leadership.leader;
    return out;
}

}  // namespace otento::node
