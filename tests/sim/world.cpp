#include "world.hpp"

#include <fmt/core.h>

namespace otento::sim {
namespace {

constexpr uint64_t MS = 1000;
constexpr int TAKES_MAX = 100'000;
constexpr uint64_t EVENTS_MAX = 3'000'000;  // A storm is a failure, too.

}  // namespace

World::World(std::string_view profile_name, uint64_t seed, std::function<void(std::string)> trace)
    : random_(seed), seed_(seed), trace_(std::move(trace)) {
    auto profile = draw_profile(profile_name, random_);
    ASSERT(profile);
    profile_ = *profile;
    raft::Configuration bootstrap;
    for (size_t i = 0; i < profile_.voters + profile_.learners; ++i) {
        bootstrap.members.push_back(
            {.id = next_id_++, .voter = i < profile_.voters, .address = {}});
    }
    for (const raft::Member& member : bootstrap.members) {
        start(add_node(member.id, bootstrap));
    }
    schedule(profile_.propose_every_us, Kind::propose, 0);
    for (size_t i = 0; i < FAULTS; ++i) {
        schedule_fault(static_cast<Fault>(i));
    }
    schedule(profile_.fault_ms * MS, Kind::measure, 0);
}

World::~World() = default;

Outcome World::run() {
    while (!done_ && !judge_.verdict() && !events_.empty()) {
        const Event event = events_.top();
        events_.pop();
        now_us_ = std::max(now_us_, event.at_us);
        if (++outcome_.events > EVENTS_MAX) {
            judge_.accuse("the cluster never comes to rest");
            break;
        }
        handle(event);
    }
    outcome_.failure = judge_.verdict();
    outcome_.acknowledged = acknowledged_.size();
    if (outcome_.failure) {
        note("VERDICT: {}", *outcome_.failure);
    }
    return std::move(outcome_);
}

void World::trace(std::string line) {
    trace_(fmt::format("{:>10.3f} ms  {}", static_cast<double>(now_us_) / 1000.0, line));
}

void World::schedule(uint64_t delay_us, Kind kind, NodeId node, uint64_t detail) {
    const auto at = nodes_.find(node);
    events_.push({.at_us = now_us_ + delay_us,
                  .order = order_++,
                  .kind = kind,
                  .node = node,
                  .life = at == nodes_.end() ? 0 : at->second.life,
                  .detail = detail});
}

void World::handle(const Event& event) {
    switch (event.kind) {
        case Kind::deliver:
            deliver(event.detail);
            return;
        case Kind::propose:
            propose();
            return;
        case Kind::fault:
            inject(static_cast<Fault>(event.detail));
            return;
        case Kind::measure:
            measure();
            return;
        default:
            break;
    }
    Node& node = nodes_.at(event.node);
    if (event.life != node.life) {
        return;
    }
    if (event.kind == Kind::restart) {
        start(node);
        return;
    }
    if (node.replica == nullptr) {
        return;
    }
    if (node.paused_until_us > now_us_) {  // The process sleeps; what happens to it happens later.
        schedule(node.paused_until_us - now_us_, event.kind, event.node, event.detail);
        return;
    }
    switch (event.kind) {
        case Kind::wake:
            if (event.at_us != node.wake_at_us) {
                return;  // Another one is due.
            }
            node.wake_at_us = UINT64_MAX;
            break;
        case Kind::sync_done:
            finish_sync(node);
            break;
        case Kind::install_done:
            finish_install(node);
            break;
        case Kind::snapshot:
            maybe_snapshot(node);
            break;
        default:
            break;
    }
    if (node.replica != nullptr) {
        poke(node);
    }
}

World::Node& World::add_node(NodeId id, raft::Configuration bootstrap) {
    Node& node = nodes_[id];
    node.id = id;
    node.disk = std::make_unique<storage::testing::SimDisk>(random_.next());
    node.disk->set_survival(static_cast<uint32_t>(random_.below(1001)));
    node.machine = std::make_unique<Machine>(random_.chance(500) ? 0 : random_.below(1500));
    node.bootstrap = std::move(bootstrap);
    return node;
}

void World::start(Node& node) {
    ++node.life;
    ordering::ReplicaOptions options;
    options.raft = profile_.raft;
    options.raft.id = node.id;
    options.raft.seed = random_.next();
    options.identity.raft_id = node.id;
    options.log = {.directory = "log",
                   .segment_bytes = profile_.segment_bytes,
                   .cache_bytes = profile_.cache_bytes,
                   .salt_seed = random_.next()};
    options.bootstrap = node.bootstrap;
    options.applied_index = node.machine->applied();
    options.deliver_bytes_max = random_.chance(500) ? 4 << 20 : 2000;
    auto opened =
        ordering::Replica::open(*node.disk, node.machine.get(), std::move(options), now_us_ / MS);
    if (!opened) {
        if (opened.error().code != ordering::StartError::disk) {
            judge_.accuse(fmt::format("node {} cannot start: {}", node.id, opened.error().text));
        } else {
            note("n{} does not start: {}", node.id, opened.error().text);
            broken_disk(node);
        }
        return;
    }
    node.replica = std::move(opened).value();
    node.paused_until_us = 0;
    node.wake_at_us = UINT64_MAX;
    forget(node);
    note("n{} starts: log [{}, {}] term {} applied {}{}", node.id,
         node.replica->log().first_index(), node.replica->log().last_index(),
         node.replica->raft().term(), node.machine->applied(),
         node.replica->log().loss() ? " DISTRUSTED" : "");
    observe(node);
    poke(node);
    if (profile_.snapshot_entries != 0) {
        schedule((5 + random_.below(50)) * MS, Kind::snapshot, node.id);
    }
}

void World::stop(Node& node, bool power_loss) {
    ++outcome_.crashes;
    ++node.life;
    node.replica.reset();
    node.sync.reset();
    node.install.reset();
    node.reads.clear();
    node.proposed.clear();
    power_loss = power_loss || !node.disk->powered();
    note("n{} {}", node.id, power_loss ? "loses power" : "is killed");
    if (power_loss) {
        node.disk->crash();
        node.machine->lose_power(random_);
    } else {
        node.disk->kill();
        node.machine->lose_process();
    }
}

/// The replica has stopped, or cannot start. The host starts it again after a while.
void World::broken_disk(Node& node) {
    stop(node, !node.disk->powered() || random_.chance(300));
    schedule((10 + random_.below(300)) * MS, Kind::restart, node.id);
}

void World::poke(Node& node) {
    node.replica->set_time(now_us_ / MS);
    node.replica->tick();
    for (int round = 0; round < TAKES_MAX; ++round) {
        ordering::Outputs out = node.replica->take();
        const bool again = !out.committed.empty() || out.install;
        const bool failed = out.failed.has_value();
        const uint64_t deadline_us = out.next_deadline_ms * MS;
        carry_out(node, std::move(out));
        observe(node);
        if (std::exchange(node.crash_soon, false)) {
            crash(node, random_.below(random_.chance(700) ? 5 * MS : 300 * MS));
            return;
        }
        if (failed) {
            note("n{} has stopped: {}", node.id,
                 node.disk->powered() ? "disk error" : "power failed");
            broken_disk(node);
            return;
        }
        if (again) {
            continue;
        }
        const uint64_t at = std::max(deadline_us, now_us_ + 100);
        if (at < node.wake_at_us) {
            node.wake_at_us = at;
            schedule(at - now_us_, Kind::wake, node.id);
        }
        return;
    }
    judge_.accuse(fmt::format("node {} never has enough", node.id));
}

void World::carry_out(Node& node, ordering::Outputs out) {
    // A promise holds as soon as it can be seen outside, so look before anything leaves.
    observe(node);
    for (raft::Message& message : out.messages) {
        send(node, std::move(message));
    }
    for (const ordering::Committed& entry : out.committed) {
        apply(node, entry);
    }
    if (!out.committed.empty()) {
        node.replica->applied(node.machine->applied());
    }
    for (const raft::ReadState& read : out.reads) {
        const auto asked = node.reads.find(read.id);
        if (asked != node.reads.end() && read.ok) {
            judge_.saw_read(node.id, read.index, asked->second);
        }
        node.reads.erase(read.id);
    }
    if (out.leadership) {
        note("n{} is {} in term {}, leader {}", node.id, to_string(out.leadership->role),
             out.leadership->term, out.leadership->leader);
        outcome_.elections += out.leadership->role == ordering::Role::leader ? 1 : 0;
    }
    if (out.sync) {
        ASSERT(!node.sync);
        node.sync = std::move(out.sync);
        const bool slow = random_.chance(profile_.slow_sync_per_mille) && !healed();
        schedule(slow ? random_.below(500 * MS)
                      : random_.between(profile_.sync_min_us, profile_.sync_max_us),
                 Kind::sync_done, node.id);
    }
    if (out.install) {
        note("n{} installs the snapshot of index {}", node.id, out.install->index);
        node.install = std::move(out.install);
        schedule(random_.below(30 * MS), Kind::install_done, node.id);
    }
}

void World::apply(Node& node, const ordering::Committed& entry) {
    if (entry.index != node.machine->applied() + 1) {
        judge_.accuse(fmt::format("node {} was given index {} after {}", node.id, entry.index,
                                  node.machine->applied()));
        return;
    }
    const BytesView payload = entry.payload == nullptr ? BytesView{} : BytesView{*entry.payload};
    const uint64_t entry_digest =
        entry.is_block ? digest(payload, static_cast<uint64_t>(raft::EntryType::normal))
                       : judge_.digest_of(entry.index, entry.term).value_or(0);
    node.machine->apply(entry.index, entry_digest);
    judge_.saw_applied(node.id, entry.index, entry.term, entry_digest, node.machine->state());
    if (entry.is_block && payload.size() >= 8) {
        acknowledge(node, entry);
    }
}

void World::finish_sync(Node& node) {
    ASSERT(node.sync);
    storage::SyncJob job = *std::exchange(node.sync, std::nullopt);
    const auto result = job.run();
    node.replica->set_time(now_us_ / MS);
    node.replica->synced(job.id(), result, 0.001);
}

void World::finish_install(Node& node) {
    ASSERT(node.install);
    const ordering::SnapshotMeta meta = *std::exchange(node.install, std::nullopt);
    if (!node.machine->install(meta)) {
        judge_.accuse(fmt::format("node {} received a snapshot of index {} that is none", node.id,
                                  meta.index));
        return;
    }
    ++outcome_.snapshots_installed;
    judge_.saw_installed(node.id, meta.index, node.machine->state());
    if (random_.chance(100) && !healed()) {
        crash(node, random_.below(200 * MS));  // The state is adopted, and the log does not know.
        return;
    }
    node.replica->set_time(now_us_ / MS);
    node.replica->snapshot_installed(meta);
}

void World::maybe_snapshot(Node& node) {
    const Index applied = node.machine->applied();
    const Index last = node.machine->newest() ? node.machine->newest()->index : 0;
    if (applied >= last + profile_.snapshot_entries && !node.install &&
        applied > node.replica->raft().snapshot_index() &&
        applied <= node.replica->raft().last_index()) {
        const ordering::SnapshotMeta meta =
            node.replica->describe_snapshot(applied, node.machine->snapshot_bytes());
        node.machine->take_snapshot(meta);
        note("n{} takes a snapshot of index {}", node.id, applied);
        node.replica->snapshot_taken(meta, applied - std::min(applied, profile_.trailing_entries));
    }
    schedule((20 + random_.below(200)) * MS, Kind::snapshot, node.id);
}

}  // namespace otento::sim
