// World: everything that goes wrong, and the end of it.
#include "world.hpp"

#include <otento/storage/segment_index.hpp>

#include <fmt/core.h>

namespace otento::sim {
namespace {

constexpr uint64_t MS = 1000;
constexpr size_t NODES_MAX = 12;
constexpr size_t VOTERS_MAX = 7;

}  // namespace

uint64_t World::mean_ms(Fault fault) const {
    switch (fault) {
        case Fault::crash:
            return profile_.crash_every_ms;
        case Fault::blackout:
            return profile_.blackout_every_ms;
        case Fault::partition:
            return profile_.partition_every_ms;
        case Fault::pause:
            return profile_.pause_every_ms;
        case Fault::transfer:
            return profile_.transfer_every_ms;
        case Fault::membership:
            return profile_.membership_every_ms;
        case Fault::disk_error:
            return profile_.disk_error_every_ms;
        case Fault::disk_full:
            return profile_.disk_full_every_ms;
        case Fault::damage:
            return profile_.damage_every_ms;
    }
    return 0;
}

void World::schedule_fault(Fault fault) {
    const uint64_t mean = mean_ms(fault);
    if (mean != 0 && !healed()) {
        schedule(random_.between(mean * MS / 4, mean * MS * 7 / 4), Kind::fault, 0,
                 static_cast<uint64_t>(fault));
    }
}

World::Node& World::random_node() {
    auto at = nodes_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random_.below(nodes_.size())));
    return at->second;
}

void World::inject(Fault fault) {
    if (healed()) {
        return;
    }
    schedule_fault(fault);
    Node& node = random_node();
    switch (fault) {
        case Fault::crash:
            crash_one();
            break;
        case Fault::blackout:
            note("BLACKOUT");
            for (auto& [id, each] : nodes_) {
                if (each.replica != nullptr) {
                    crash(each, (50 + random_.below(400)) * MS);
                }
            }
            break;
        case Fault::partition:
            partition();
            break;
        case Fault::pause:
            if (node.replica != nullptr) {
                const uint64_t ms = 20 + random_.below(600);
                note("n{} is not scheduled for {} ms", node.id, ms);
                node.paused_until_us = now_us_ + ms * MS;
                schedule(ms * MS, Kind::wake, node.id);
                node.wake_at_us = node.paused_until_us;
            }
            break;
        case Fault::transfer:
            if (Node* leader = some_leader()) {
                const NodeId to = random_.chance(300) ? 0 : random_node().id;
                note("n{} is asked to hand over to {}", leader->id, to);
                leader->replica->set_time(now_us_ / MS);
                static_cast<void>(leader->replica->transfer_leadership(to));
                poke(*leader);
            }
            break;
        case Fault::membership:
            change_membership();
            break;
        case Fault::disk_error:
            note("n{}: its disk fails now and then", node.id);
            node.disk->set_error_chance(static_cast<uint32_t>(random_.below(30)),
                                        static_cast<uint32_t>(random_.below(100)));
            node.disk_error_until_us = now_us_ + random_.below(700 * MS);
            break;
        case Fault::disk_full:
            note("n{}: its disk is full", node.id);
            node.disk->set_free_bytes(random_.below(20000));
            node.disk_full_until_us = now_us_ + random_.below(1000 * MS);
            break;
        case Fault::damage:
            damage_one();
            break;
    }
    // Disks get better by themselves, when one next looks.
    for (auto& [id, each] : nodes_) {
        if (each.disk_error_until_us < now_us_) {
            each.disk->set_error_chance(0, 0);
        }
        if (each.disk_full_until_us < now_us_) {
            each.disk->set_free_bytes(std::nullopt);
        }
    }
}

void World::crash_one() {
    Node* leader = some_leader();
    Node& node = leader != nullptr && random_.chance(400) ? *leader : random_node();
    if (node.replica == nullptr) {
        return;
    }
    if (random_.chance(400)) {
        // In the midst of one of the next disk operations; poke() notices.
        node.disk->power_off_after(1 + random_.below(12));
        return;
    }
    crash(node, random_.chance(500) ? random_.below(50 * MS) : random_.below(1500 * MS));
}

void World::crash(Node& node, uint64_t down_us) {
    stop(node, random_.chance(600));
    schedule(down_us, Kind::restart, node.id);
}

void World::partition() {
    if (!blocked_.empty() && random_.chance(500)) {
        note("the network is whole again");
        blocked_.clear();
        return;
    }
    blocked_.clear();
    std::set<NodeId> side;
    for (const auto& [id, node] : nodes_) {
        if (random_.chance(500)) {
            side.insert(id);
        }
    }
    if (random_.chance(300)) {
        side = {random_node().id};  // One alone.
    }
    if (Node* leader = some_leader(); leader != nullptr && random_.chance(300)) {
        side = {leader->id};
    }
    const bool one_way = random_.chance(300);
    for (const auto& [a, node_a] : nodes_) {
        for (const auto& [b, node_b] : nodes_) {
            if (side.contains(a) && !side.contains(b)) {
                blocked_.insert({a, b});
                if (!one_way) {
                    blocked_.insert({b, a});
                }
            }
        }
    }
    if (trace_) {
        std::string text;
        for (const NodeId id : side) {
            text += fmt::format(" n{}", id);
        }
        note("PARTITION{} of{}", one_way ? " (one way)" : "", text);
    }
}

/// One step from `current`, as an operator or the autopilot would take it.
std::optional<raft::Configuration> World::next_configuration(const raft::Configuration& current) {
    raft::Configuration next = current;
    const size_t choice = random_.below(10);
    if (choice < 3 || next.members.empty()) {
        if (nodes_.size() >= NODES_MAX) {
            return std::nullopt;
        }
        const bool voter = current.voters() < VOTERS_MAX && random_.chance(300);
        const NodeId id = next_id_++;
        start(add_node(id, {}));
        next.members.push_back({.id = id, .voter = voter, .address = {}});
        return next;
    }
    raft::Member& member = next.members[random_.below(next.members.size())];
    if (choice < 6) {
        if (member.voter ? current.voters() == 1 : current.voters() >= VOTERS_MAX) {
            return std::nullopt;
        }
        member.voter = !member.voter;
        return next;
    }
    if (member.voter && current.voters() == 1) {
        return std::nullopt;
    }
    const NodeId gone = member.id;
    std::erase_if(next.members, [&](const raft::Member& each) { return each.id == gone; });
    return next;
}

void World::change_membership() {
    Node* leader = some_leader();
    if (leader == nullptr) {
        return;
    }
    const auto next = next_configuration(leader->replica->raft().configuration());
    if (!next) {
        return;
    }
    leader->replica->set_time(now_us_ / MS);
    const auto taken = leader->replica->change_configuration(*next);
    outcome_.configuration_changes += taken ? 1 : 0;
    if (trace_) {
        std::string text;
        for (const raft::Member& member : next->members) {
            text += fmt::format(" n{}{}", member.id, member.voter ? "" : "(learner)");
        }
        note("client -> n{} configuration{}: {}", leader->id, text,
             taken ? "taken" : to_string(taken.error()));
    }
    poke(*leader);
}

/// A bit flips in the log of a node that is down. One damaged node at a time, and never where the
/// others are too few to decide without it: what two of two lost, nobody can bring back.
void World::damage_one() {
    size_t voters_min = SIZE_MAX;
    for (const auto& [id, node] : nodes_) {
        if (node.damaged) {
            return;
        }
        if (node.replica != nullptr) {
            const size_t voters = node.replica->raft().configuration().voters();
            voters_min = voters == 0 ? voters_min : std::min(voters_min, voters);
        }
    }
    Node& node = random_node();
    if (voters_min < 3 || voters_min == SIZE_MAX || node.replica == nullptr) {
        return;
    }
    crash(node, random_.below(300 * MS));
    std::vector<std::string> segments;
    const std::vector<std::string> names =
        node.disk->list("log").value_or(std::vector<std::string>{});
    for (const std::string& name : names) {
        if (storage::parse_segment_name(name)) {
            segments.push_back("log/" + name);
        }
    }
    if (segments.empty()) {
        return;
    }
    const std::string& path = segments[random_.below(segments.size())];
    const Bytes content = node.disk->content(path);
    // Somewhere in what was written.
    size_t used = content.size();
    while (used > 0 && content[used - 1] == 0) {
        --used;
    }
    if (used <= storage::SEGMENT_HEADER_BYTES) {
        return;
    }
    const uint64_t at =
        storage::SEGMENT_HEADER_BYTES + random_.below(used - storage::SEGMENT_HEADER_BYTES);
    note("n{}: a bit flips in {} at {}", node.id, path, at);
    node.disk->flip_bit(path, at, static_cast<unsigned>(random_.below(8)));
    node.damaged = true;
    node.damaged_path = path;
    if (random_.chance(500)) {  // With its index in place it shows only when it is read.
        static_cast<void>(node.disk->remove(storage::index_path_of(path)));
    }
}

void World::heal() {
    healed_at_us_ = now_us_;
    note("--- all faults end ---");
    blocked_.clear();
    // A backlog shall be worked off, so the healed cluster is quick and not overloaded.
    profile_.delay_max_us = std::min(profile_.delay_max_us, profile_.delay_min_us + 1000);
    profile_.sync_max_us = std::min(profile_.sync_max_us, profile_.sync_min_us + 1000);
    profile_.propose_every_us = std::max<uint64_t>(profile_.propose_every_us, 40 * MS);
    for (auto& [id, node] : nodes_) {
        node.disk->set_error_chance(0, 0);
        node.disk->set_free_bytes(std::nullopt);
        node.disk->power_off_after(0);
    }
    for (auto& [id, node] : nodes_) {
        if (node.replica == nullptr) {
            ++node.life;  // Whatever restart was planned, it happens now.
            schedule(random_.below(100 * MS), Kind::restart, id);
        }
    }
}

}  // namespace otento::sim
