#include <otento/node/backend.hpp>

#include <otento/base/hex.hpp>
#include <otento/config/enode.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/node/hand_on.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::node {
namespace {

/// Entries a node in service may be behind what it knows to be committed.
constexpr uint64_t READY_LAG_MAX = 16;

std::string role_word(const raft::Configuration& configuration, raft::NodeId id,
                      const ordering::Leadership& leadership) {
    const raft::Member* member = configuration.find(id);
    if (member == nullptr) {
        return "";
    }
    if (!member->voter) {
        return "learner";
    }
    return leadership.leader == id ? "minter" : "verifier";
}

}  // namespace

NodeBackend::NodeBackend(BackendOptions options, Parts parts)
    : options_(std::move(options)), parts_(std::move(parts)) {}

std::shared_ptr<const chain::ChainView> NodeBackend::view() const {
    return parts_.chain.view();
}

/// Empty while we are a member, or may be: a node whose log names nobody yet is on its way in.
std::string NodeBackend::removed_reason() const {
    const auto status = parts_.orderer.status();
    if (!std::ranges::binary_search(status->configuration.removed, options_.raft_id)) {
        return {};
    }
    return fmt::format(
        "this node (raft ID {}) was removed from the cluster; it comes back under a "
        "new ID once raft_addPeer has been run on a member",
        options_.raft_id);
}

/// As removed_reason(), also where only the others know of it: it happened while this node was
/// away. One member alone may not have heard yet that we belong to them, so a leader's word counts
/// more.
std::string NodeBackend::outside_reason() const {
    std::string removed = removed_reason();
    if (removed.empty() && parts_.orderer.status()->leadership.leader == 0) {
        return options_.stranger_notice();
    }
    return removed;
}

/// Whoever offers more than commits must not cost the signatures of what is refused anyway. What
/// the pool knows goes on, to be told so.
bool NodeBackend::pool_is_full_for(BytesView encoded) const {
    const txpool::PoolCounts counts = parts_.pool->counts();
    return counts.executable + counts.queued >= parts_.limits.count &&
           !parts_.pool->find(crypto::keccak256(encoded));
}

void NodeBackend::submit_transaction(Bytes encoded, std::function<void(rpc::SubmitAnswer)> done) {
    if (std::string reason = outside_reason(); !reason.empty()) {
        done({.accepted = false, .hash = {}, .error = std::move(reason)});
        return;
    }
    if (pool_is_full_for(encoded)) {
        done({.accepted = false,
              .hash = {},
              .error =
                  std::string(to_string(txpool::Refusal{.error = txpool::PoolError::pool_full}))});
        return;
    }
    submit_encoded(
        parts_.chain, parts_.clock, parts_.limits.tx_bytes, parts_.ledger, std::move(encoded),
        [done = std::move(done)](const Hash& hash, std::string refusal) {
            done({.accepted = refusal.empty(), .hash = hash, .error = std::move(refusal)});
        });
}

std::optional<rpc::PoolTransaction> NodeBackend::pool_transaction(const Hash& hash) const {
    const auto found = parts_.pool->find(hash);
    if (!found) {
        return std::nullopt;
    }
    return rpc::PoolTransaction{.tx = found->tx, .hash = found->hash, .sender = found->sender};
}

uint64_t NodeBackend::pending_nonce(const Address& address) const {
    const auto view = parts_.chain.view();
    const auto account = view->state_at(view->head_number())->account(address);
    const uint64_t committed = account ? account->nonce : 0;
    return std::max(committed, parts_.pool->next_nonce(address).value_or(0));
}

std::string NodeBackend::client_version() const {
    return options_.client_version;
}
uint64_t NodeBackend::network_id() const {
    return options_.network_id;
}

uint64_t NodeBackend::peer_count() const {
    uint64_t count = 0;
    for (const p2p::PeerStatus& peer : parts_.network.peers()) {
        count += peer.p2p_connected ? 1 : 0;
    }
    return count;
}

uint64_t NodeBackend::highest_block() const {
    const auto view = parts_.chain.view();
    const uint64_t known = parts_.orderer.status()->leader_commit_index;
    const uint64_t applied = parts_.ledger.status()->applied_index;
    // Entries are not all blocks, so this is the most that can be missing.
    return view->head_number() + (known > applied ? known - applied : 0);
}

std::string NodeBackend::raft_role() const {
    if (!outside_reason().empty()) {
        return "";  // Our log may not know yet.
    }
    const auto status = parts_.orderer.status();
    return role_word(status->configuration, options_.raft_id, status->leadership);
}

std::optional<std::string> NodeBackend::raft_leader() const {
    const auto status = parts_.orderer.status();
    const raft::Member* leader = status->configuration.find(status->leadership.leader);
    if (leader == nullptr) {
        return std::nullopt;
    }
    const auto address = consensus::decode_member(leader->address);
    return address ? std::optional(to_hex(address->node_key)) : std::nullopt;
}

std::vector<rpc::ClusterMember> NodeBackend::raft_cluster() const {
    const auto status = parts_.orderer.status();
    std::map<uint64_t, bool> connected;
    for (const p2p::PeerStatus& peer : parts_.network.peers()) {
        connected[peer.raft_id] = peer.raft_connected;
    }
    std::vector<rpc::ClusterMember> out;
    for (const raft::Member& member : status->configuration.members) {
        const auto address = consensus::decode_member(member.address);
        if (!address) {
            continue;
        }
        const bool self = member.id == options_.raft_id;
        out.push_back({.raft_id = member.id,
                       .node_id = to_hex(address->node_key),
                       .p2p_port = address->p2p_port,
                       .raft_port = address->raft_port,
                       .hostname = address->host,
                       .role = role_word(status->configuration, member.id, status->leadership),
                       .node_active = self || connected[member.id]});
    }
    return out;
}

namespace {

consensus::MemberAction to_action(rpc::MembershipCall::Action action) {
    using Action = rpc::MembershipCall::Action;
    switch (action) {
        case Action::add_peer:
            return consensus::MemberAction::add_peer;
        case Action::add_learner:
            return consensus::MemberAction::add_learner;
        case Action::promote:
            return consensus::MemberAction::promote;
        case Action::remove:
            return consensus::MemberAction::remove;
        case Action::hand_over:
            break;
    }
    return consensus::MemberAction::hand_over;
}

/// GoQuorum's texts; the enode is the operator's.
Result<consensus::MemberAddress, std::string> read_enode(const std::string& text) {
    const auto enode = config::parse_enode(text);
    if (!enode) {
        return Err(enode.error().message);
    }
    if (!enode->raft_port) {
        return Err("enodeId is missing raftport querystring parameter: " + text);
    }
    return consensus::MemberAddress{.raft_id = 0,
                                    .node_key = enode->node_id,
                                    .host = enode->host,
                                    .p2p_port = enode->tcp_port,
                                    .raft_port = *enode->raft_port};
}

}  // namespace

void NodeBackend::change_membership(rpc::MembershipCall call,
                                    std::function<void(rpc::MembershipAnswer)> done) {
    consensus::MemberRequest request{
        .action = to_action(call.action), .asker = 0, .raft_id = call.raft_id, .address = {}};
    request.force = call.force;
    if (!call.enode.empty() || call.action == rpc::MembershipCall::Action::add_peer ||
        call.action == rpc::MembershipCall::Action::add_learner) {
        auto address = read_enode(call.enode);
        if (!address) {
            done({.done = false, .raft_id = 0, .error = address.error()});
            return;
        }
        request.address = *std::move(address);
    }
    parts_.orderer.change_membership(
        std::move(request), [done = std::move(done)](const consensus::MemberAnswer& answer) {
            done({.done = answer.kind == consensus::MemberAnswer::done,
                  .raft_id = answer.raft_id,
                  .error = answer.text});
        });
}

rpc::Readiness NodeBackend::readiness() const {
    const auto not_ready = [](std::string reason) {
        return rpc::Readiness{.ready = false, .reason = std::move(reason)};
    };
    if (stopping_) {
        return not_ready("shutting down");
    }
    const auto ledger = parts_.ledger.status();
    if (!ledger->halted.empty()) {
        return not_ready("applies no blocks: " + ledger->halted);
    }
    if (!ledger->waiting.empty()) {
        return not_ready("cannot write: " + ledger->waiting);
    }
    const auto status = parts_.orderer.status();
    if (!status->failed.empty()) {
        return not_ready("raft log: " + status->failed);
    }
    if (status->log_repairing) {
        return not_ready("repairing its raft log from the other members");
    }
    if (std::string reason = outside_reason(); !reason.empty()) {
        return not_ready(std::move(reason));
    }
    if (status->configuration.find(options_.raft_id) == nullptr) {
        return not_ready("joining: waiting for the leader");
    }
    if (status->leadership.leader == 0) {
        return not_ready("no leader is known; a majority of the members must be up");
    }
    const uint64_t applied = ledger->applied_index;
    if (status->leader_commit_index == 0 || applied + READY_LAG_MAX < status->leader_commit_index) {
        return not_ready(
            fmt::format("catching up: entry {} of {}", applied, status->leader_commit_index));
    }
    return {.ready = true, .reason = "in sync"};
}

std::string NodeBackend::metrics() const {
    return parts_.metrics.render({.raft_id = options_.raft_id,
                                  .orderer = *parts_.orderer.status(),
                                  .ledger = *parts_.ledger.status(),
                                  .pool = parts_.pool->counts(),
                                  .peers = parts_.network.peers(),
                                  .store = parts_.chain.store().statistics(),
                                  .ready = readiness().ready});
}

std::optional<uint64_t> NodeBackend::timestamp_nanos(const types::Header& header) const {
    const auto seal = consensus::read_seal(header);
    return seal ? std::optional(seal->timestamp_ns) : std::nullopt;
}

}  // namespace otento::node
