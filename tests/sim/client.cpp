// World: those who use the cluster, and the final question whether it came back.
#include "world.hpp"

#include <fmt/core.h>

namespace otento::sim {
namespace {

raft::Payload make_payload(uint64_t id, size_t size) {
    Bytes bytes(std::max<size_t>(8, size), static_cast<uint8_t>(id * 37));
    store_be(bytes.data(), id);
    return std::make_shared<const Bytes>(std::move(bytes));
}

}  // namespace

World::Node* World::some_leader() {
    Node* best = nullptr;
    for (auto& [id, node] : nodes_) {
        if (node.replica != nullptr && node.paused_until_us <= now_us_ &&
            node.replica->raft().role() == raft::Role::leader &&
            (best == nullptr || node.replica->raft().term() > best->replica->raft().term())) {
            best = &node;
        }
    }
    return best;
}

/// Mostly to the leader, sometimes to anybody, as clients with old knowledge do.
void World::propose() {
    schedule(random_.between(profile_.propose_every_us / 2, profile_.propose_every_us * 3 / 2),
             Kind::propose, 0);
    Node* node = random_.chance(850) ? some_leader() : &random_node();
    if (node == nullptr || node->replica == nullptr || node->paused_until_us > now_us_) {
        return;
    }
    node->replica->set_time(now_us_ / 1000);
    if (random_.chance(100) && node->replica->raft().role() == raft::Role::leader) {
        const uint64_t id = next_read_++;
        if (node->replica->read_index(id)) {
            node->reads[id] = acknowledged_until_;
        }
    }
    std::vector<raft::Payload> payloads;
    const uint64_t count = random_.chance(800) ? 1 : 1 + random_.below(5);
    const uint64_t first = next_proposal_;
    for (uint64_t i = 0; i < count; ++i) {
        const size_t size = random_.chance(20) && !healed()
                                ? 2 * profile_.segment_bytes
                                : random_.below(profile_.payload_bytes_max);
        payloads.push_back(make_payload(next_proposal_++, size));
    }
    const Term term = random_.chance(500) ? 0 : node->replica->raft().term();
    if (node->replica->propose(std::move(payloads), term)) {
        for (uint64_t id = first; id < next_proposal_; ++id) {
            node->proposed.insert(id);
        }
        note("client -> n{} proposals {} to {}", node->id, first, next_proposal_ - 1);
        if (healed()) {
            probe_id_ = first;
        }
    }
    poke(*node);
}

/// The node that took a proposal tells its client once the entry is committed: from now on it may
/// never be lost. That it is not is State Machine Safety, plus convergence of all members beyond it
/// at the end.
void World::acknowledge(Node& node, const ordering::Committed& entry) {
    const auto id = load_be<uint64_t>(entry.payload->data());
    if (node.proposed.erase(id) == 0) {
        return;
    }
    const auto [known, added] = acknowledged_.emplace(id, entry.index);
    if (!added) {
        judge_.accuse(
            fmt::format("proposal {} is at index {} and at {}", id, known->second, entry.index));
    }
    acknowledged_until_ = std::max(acknowledged_until_, entry.index);
}

/// All members of the newest configuration have applied everything acknowledged, and new entries
/// pass.
bool World::converged() {
    const Node* leader = some_leader();
    if (leader == nullptr || probe_id_ == 0 || !acknowledged_.contains(probe_id_)) {
        return false;
    }
    const raft::Raft& raft = leader->replica->raft();
    if (raft.configuration_index() > raft.commit_index() ||
        !raft.configuration().is_voter(leader->id)) {
        return false;
    }
    for (const raft::Member& member : raft.configuration().members) {
        const Node& node = nodes_.at(member.id);
        if (node.replica == nullptr || node.machine->applied() < acknowledged_until_ ||
            node.replica->log().loss() || node.replica->failed() ||
            node.replica->raft().term() != raft.term()) {
            return false;
        }
    }
    return true;
}

/// From the end of faults on, now and then.
void World::measure() {
    if (!healed()) {
        heal();
    }
    const uint64_t since_ms = (now_us_ - healed_at_us_) / 1000;
    if (converged()) {
        outcome_.recovery_ms = since_ms;
        done_ = true;
        return;
    }
    if (since_ms > profile_.recovery_ms) {
        std::string text =
            fmt::format("no progress within {} ms after all faults ended:", since_ms);
        for (const auto& [id, node] : nodes_) {
            if (node.replica == nullptr) {
                text += fmt::format(" n{} down", id);
                continue;
            }
            const raft::Raft& raft = node.replica->raft();
            text += fmt::format(" n{} {} term {} commit {} last {} applied {};", id,
                                to_string(raft.role()), raft.term(), raft.commit_index(),
                                raft.last_index(), node.machine->applied());
        }
        judge_.accuse(text);
        return;
    }
    schedule(50'000, Kind::measure, 0);
}

}  // namespace otento::sim
