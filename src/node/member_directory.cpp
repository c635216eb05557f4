#include <otento/node/member_directory.hpp>

#include <otento/consensus/member.hpp>

#include <algorithm>

namespace otento::node {
namespace {

/// Longer than the engine keeps telling a removed peer about it, and than an answer needs.
constexpr uint64_t FAREWELL_MS = 5'000;

}  // namespace

std::optional<p2p::Endpoint> to_endpoint(const raft::Member& member) {
    const auto address = consensus::decode_member(member.address);
    if (!address) {
        return std::nullopt;
    }
    return p2p::Endpoint{.raft_id = member.id,
                         .node_key = address->node_key,
                         .host = address->host,
                         .p2p_port = address->p2p_port,
                         .raft_port = address->raft_port};
}

/// An address is a rumour: the key proves who is there. After all members have moved at once the
/// log's are wrong everywhere, and only the operator's list can know better.
void MemberDirectory::add_listed(p2p::Endpoint& member) const {
    for (const p2p::Endpoint& listed : listed_) {
        const p2p::Whereabouts place{listed.host, listed.p2p_port, listed.raft_port};
        const p2p::Whereabouts known{member.host, member.p2p_port, member.raft_port};
        if (listed.node_key == member.node_key && listed.raft_port != 0 && place != known) {
            member.others.push_back(place);
        }
    }
}

std::optional<std::vector<p2p::Endpoint>> MemberDirectory::follow(const ordering::Status& status,
                                                                  uint64_t now_ms) {
    const bool expired = now_ms >= next_deadline_ms();
    if (status.configuration_index == configuration_index_ && !expired) {
        return std::nullopt;
    }
    configuration_index_ = status.configuration_index;
    std::vector<p2p::Endpoint> members;
    for (const raft::Member& member : status.configuration.members) {
        if (auto endpoint = to_endpoint(member)) {
            add_listed(*endpoint);
            members.push_back(*std::move(endpoint));
        }
    }
    for (const p2p::Endpoint& old : members_) {
        if (status.configuration.find(old.raft_id) == nullptr) {
            leaving_.push_back({.endpoint = old, .until_ms = now_ms + FAREWELL_MS});
        }
    }
    members_ = members;
    // By key: whoever came back under a new id is a member and no longer leaving.
    std::erase_if(leaving_, [&](const Leaving& leaving) {
        return now_ms >= leaving.until_ms ||
               std::ranges::any_of(members, [&](const p2p::Endpoint& member) {
                   return member.node_key == leaving.endpoint.node_key;
               });
    });
    for (const Leaving& leaving : leaving_) {
        members.push_back(leaving.endpoint);
    }
    if (status.configuration.find(status.self) == nullptr) {
        for (const p2p::Endpoint& contact : contacts_) {
            const bool known = std::ranges::any_of(members, [&](const p2p::Endpoint& member) {
                return member.raft_id == contact.raft_id || member.node_key == contact.node_key;
            });
            if (!known) {
                members.push_back(contact);
            }
        }
    }
    return members;
}

uint64_t MemberDirectory::next_deadline_ms() const noexcept {
    uint64_t deadline = UINT64_MAX;
    for (const Leaving& leaving : leaving_) {
        deadline = std::min(deadline, leaving.until_ms);
    }
    return deadline;
}

}  // namespace otento::node
