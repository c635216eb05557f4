#include <otento/raft/testing/schedule.hpp>

namespace otento::raft::testing {
namespace {

constexpr NodeId IDS_MAX = 12;

class Runner {
  public:
    explicit Runner(const Schedule& schedule)
        : schedule_(schedule), random_(schedule.seed * 2 + 1), cluster_(settings(schedule)) {
        cluster_.expect_violations();
        loss_ = static_cast<uint32_t>(random_.below(200));
        Configuration bootstrap;
        for (NodeId id = 1; id <= schedule.voters; ++id) {
            bootstrap.members.push_back({.id = id, .voter = true, .address = {}});
        }
        cluster_.add_all(bootstrap);
        next_id_ = schedule.voters + 1;
    }

    ScheduleResult run() {
        for (size_t i = 0; i < schedule_.steps; ++i) {
            cluster_.pass(random_.below(8));
            tick_due();
            act();
            move_messages();
            if (!cluster_.checker().violations().empty()) {
                break;
            }
        }
        heal_and_settle();
        result_.violations = cluster_.checker().violations();
        result_.committed = cluster_.checker().committed();
        for (auto& [id, node] : cluster_.nodes()) {
            result_.terms = std::max(result_.terms, node.raft->term());
        }
        return std::move(result_);
    }

  private:
    static Cluster::Settings settings(const Schedule& schedule) {
        Cluster::Settings settings;
        settings.seed = schedule.seed;
        settings.persist_at_once = false;
        settings.options.message_bytes_max = 64;
        settings.options.message_entries_max = 4;
        settings.options.inflight_messages_max = 4;
        settings.options.snapshot_chunk_bytes = 40;
        return settings;
    }

    /// A running node, or 0.
    NodeId any_node() {
        std::vector<NodeId> up;
        for (auto& [id, node] : cluster_.nodes()) {
            if (node.raft) {
                up.push_back(id);
            }
        }
        return up.empty() ? 0 : up[random_.below(up.size())];
    }

    NodeId any_leader() {
        std::vector<NodeId> leaders;
        for (auto& [id, node] : cluster_.nodes()) {
            if (node.raft && node.raft->role() == Role::leader) {
                leaders.push_back(id);
            }
        }
        return leaders.empty() ? 0 : leaders[random_.below(leaders.size())];
    }

    void tick_due() {
        for (auto& [id, node] : cluster_.nodes()) {
            if (node.raft && node.raft->next_timeout_ms() <= cluster_.now_ms()) {
                (void)cluster_.step(id, Tick{});
            }
        }
    }

    void act() {
        const uint64_t dice = random_.below(1000);
        if (dice < 300) {
            submit();
        } else if (dice < 650) {
            if (const NodeId id = any_node()) {
                cluster_.persist(id, 1 + random_.below(3));
            }
        } else if (dice < 700) {
            read();
        } else if (dice < 730) {
            snapshot();
        } else if (dice < 770) {
            change();
        } else if (dice < 785) {
            transfer();
        } else if (dice < 810) {
            crash();
        } else if (dice < 850) {
            restart();
        } else if (dice < 880) {
            partition();
        }
    }

    void submit() {
        if (const NodeId id = any_leader()) {
            std::vector<Payload> payloads;
            for (uint64_t i = 0; i <= random_.below(4); ++i) {
                payloads.push_back(payload("entry " + std::to_string(++submitted_)));
            }
            (void)cluster_.step(id, Submit{.payloads = std::move(payloads)});
            maybe_cut_off(id, 30);
        }
    }

    /// What a leader has just appended is likely to be lost then.
    void maybe_cut_off(NodeId leader, uint32_t per_mille) {
        if (schedule_.partitions && random_.chance(per_mille)) {
            cluster_.isolate(leader);
        }
    }

    void read() {
        if (const NodeId id = any_leader()) {
            (void)cluster_.read(id, ++result_.reads);
        }
    }

    void snapshot() {
        const NodeId id = any_node();
        if (schedule_.snapshots && id != 0) {
            cluster_.take_snapshot(id, random_.below(6));
        }
    }

    void transfer() {
        const NodeId id = any_leader();
        if (schedule_.transfers && id != 0) {
            (void)cluster_.step(id, TransferLeadership{random_.below(next_id_)});
        }
    }

    void change() {
        const NodeId leader = any_leader();
        if (!schedule_.membership || leader == 0) {
            return;
        }
        Configuration next = cluster_.raft(leader).configuration();
        const uint64_t dice = random_.below(4);
        const bool grow = dice == 0 && next.members.size() < 6 && next_id_ <= IDS_MAX;
        if (grow) {
            next = with(next, next_id_, random_.chance(300));
        } else {
            Member& member = next.members[random_.below(next.members.size())];
            if (dice == 1 && next.members.size() > 2) {
                next = without(next, member.id);
            } else {
                member.voter = !member.voter;
            }
        }
        if (cluster_.change(leader, next).has_value()) {
            ++result_.changes;
            maybe_cut_off(leader, 250);
            if (grow) {
                cluster_.add(next_id_++, Configuration{});
            }
        }
    }

    bool damaged() {
        for (auto& [id, node] : cluster_.nodes()) {
            if (node.disk.distrusted_until != 0) {
                return true;
            }
        }
        return false;
    }

    void crash() {
        const NodeId id = any_node();
        if (!schedule_.crashes || id == 0) {
            return;
        }
        cluster_.crash(id, static_cast<Crash>(random_.below(4)));
        if (schedule_.damage && random_.chance(300) && !damaged()) {
            const Node& node = cluster_.node(id);
            if (!node.disk.log.empty()) {
                const Index first =
                    std::max(node.disk.log.begin()->first, node.disk.snapshot.index + 1);
                const Index last = node.disk.log.rbegin()->first;
                if (first <= last) {
                    cluster_.lose_log_from(id, random_.between(first, last));
                }
            }
        }
        if (random_.chance(500)) {
            cluster_.restart(id);
        }
    }

    void restart() {
        for (auto& [id, node] : cluster_.nodes()) {
            if (!node.raft && random_.chance(500)) {
                cluster_.restart(id);
            }
        }
    }

    void partition() {
        if (!schedule_.partitions) {
            return;
        }
        if (random_.chance(400)) {
            cluster_.heal();
            return;
        }
        const NodeId a = random_.between(1, next_id_);
        const NodeId b = random_.between(1, next_id_);
        if (random_.chance(300)) {
            cluster_.isolate(a);
        } else if (random_.chance(500)) {
            cluster_.block(a, b);
        } else {
            cluster_.block_one_way(a, b);
        }
    }

    void move_messages() {
        auto& network = cluster_.network();
        for (uint64_t moves = random_.below(8); moves > 0 && !network.empty(); --moves) {
            const size_t at = schedule_.reorder ? random_.below(network.size()) : 0;
            const Message message = network[at];
            const bool again = schedule_.reorder && random_.chance(50);
            if (!again) {
                network.erase(network.begin() + static_cast<std::ptrdiff_t>(at));
            }
            if (!random_.chance(loss_)) {
                cluster_.deliver_message(message);
            }
        }
        // A network that is behind loses what is old.
        while (network.size() > 400) {
            network.pop_front();
        }
    }

    void heal_and_settle() {
        cluster_.heal();
        for (auto& [id, node] : cluster_.nodes()) {
            if (!node.raft) {
                cluster_.restart(id);
            }
            cluster_.persist(id);
        }
        cluster_.set_persist_at_once(true);
        bool submitted = false;
        uint64_t asked = 0;
        for (size_t i = 0; i < 100 && cluster_.checker().violations().empty(); ++i) {
            cluster_.run(100);
            const NodeId leader = cluster_.current_leader();
            if (leader == 0) {
                continue;
            }
            // First a read: it must not depend on somebody submitting something.
            if (!was_read(asked)) {
                asked = ++result_.reads;
                (void)cluster_.read(leader, asked);
                continue;
            }
            if (!submitted) {
                submitted = cluster_.submit(leader, "last").has_value();
                continue;
            }
            std::set<NodeId> members;
            for (const Member& member : cluster_.raft(leader).configuration().members) {
                members.insert(member.id);
            }
            if (cluster_.agreed(members)) {
                result_.converged = true;
                return;
            }
        }
        describe();
    }

    bool was_read(uint64_t id) {
        for (auto& [_, node] : cluster_.nodes()) {
            for (const ReadState& read : node.reads) {
                if (read.id == id && read.ok) {
                    return true;
                }
            }
        }
        return false;
    }

    void describe() {
        for (auto& [id, node] : cluster_.nodes()) {
            if (!node.raft) {
                continue;
            }
            const Raft& raft = *node.raft;
            std::string& out = result_.stuck;
            out += std::to_string(id) + ": " + std::string(to_string(raft.role())) + " term " +
                   std::to_string(raft.term()) + " last " + std::to_string(raft.last_index()) +
                   "/" + std::to_string(raft.term_at(raft.last_index())) + " persisted " +
                   std::to_string(raft.persisted_index()) + " commit " +
                   std::to_string(raft.commit_index()) + " first " +
                   std::to_string(raft.first_index()) + " leader " + std::to_string(raft.leader()) +
                   " configuration at " + std::to_string(raft.configuration_index()) + " {";
            for (const Member& member : raft.configuration().members) {
                out += " " + std::to_string(member.id) + (member.voter ? "v" : "l");
            }
            out += " }\n";
            for (const PeerProgress& peer : raft.progress()) {
                out += "   -> " + std::to_string(peer.id) + " match " +
                       std::to_string(peer.match_index) + " next " +
                       std::to_string(peer.next_index) + (peer.snapshotting ? " snapshot" : "") +
                       "\n";
            }
        }
    }

    Schedule schedule_;
    Random random_;
    Cluster cluster_;
    ScheduleResult result_;
    uint32_t loss_ = 0;
    NodeId next_id_ = 0;
    uint64_t submitted_ = 0;
};

}  // namespace

ScheduleResult run_schedule(const Schedule& schedule) {
    return Runner(schedule).run();
}

}  // namespace otento::raft::testing
