// What raft.hpp demands of a driver, and the disk under it: the part of Cluster that acts on
// updates.
#include <otento/raft/codec.hpp>
#include <otento/raft/testing/cluster.hpp>

#include <gtest/gtest.h>

namespace otento::raft::testing {
namespace {

uint64_t mix(uint64_t state, const Entry& entry) {
    const auto add = [&state](uint64_t word) {
        state = (state ^ word) * 0x9e3779b97f4a7c15ULL;
        state ^= state >> 29;
    };
    add(entry.index);
    add(entry.term);
    add(static_cast<uint64_t>(entry.type));
    if (entry.payload != nullptr) {
        for (const uint8_t byte : *entry.payload) {
            add(byte + 1U);
        }
    }
    return state;
}

Index last_of(const std::map<Index, Entry>& log, Index base) {
    return log.empty() ? base : log.rbegin()->first;
}

}  // namespace

// --- Driver

void Cluster::handle(Node& node, Update update, Index commit_before) {
    // 1. Term and vote.
    if (update.hard_state_changed) {
        node.disk.term = update.term;
        node.disk.voted_for = update.voted_for;
    }
    // 2. The log.
    append(node, update, commit_before);
    if (node.raft->role() == Role::leader) {
        checker_.saw_leader(node.id, node.raft->term());
        if (node.last_term_led != node.raft->term()) {
            node.last_term_led = node.raft->term();
            checker_.saw_new_leader(node.id, node.raft->first_index(),
                                    [&](Index index) { return node.raft->term_at(index); });
        }
    }
    // 3. Snapshot chunks.
    if (update.snapshot_chunk) {
        store_chunk(node, *update.snapshot_chunk);
    }
    // 4. Messages.
    for (Message& message : update.messages) {
        send(node, std::move(message));
    }
    update.messages.clear();
    // 5. Commit index.
    commit(node, commit_before, update);
    // 7. Reads.
    for (const ReadState& read : update.reads) {
        node.reads.push_back(read);
        if (read.ok) {
            checker_.saw_read(node.id, read.index, node.reads_asked[read.id]);
        }
    }
    node.last = std::move(update);
    if (node.raft->trusted()) {
        node.disk.distrusted_until = 0;
    }
    if (settings_.persist_at_once) {
        persist(node.id);
    }
}

void Cluster::append(Node& node, const Update& update, Index commit_before) {
    if (update.truncate_from != 0) {
        checker_.saw_truncation(node.id, node.raft->role() == Role::leader, update.truncate_from,
                                commit_before);
        node.log.erase(node.log.lower_bound(update.truncate_from), node.log.end());
    }
    if (update.truncate_from == 0 && update.entries.empty()) {
        return;
    }
    for (const Entry& entry : update.entries) {
        const Index previous = entry.index - 1;
        const auto before = node.log.find(previous);
        const Term previous_term =
            before != node.log.end() ? before->second.term : node.raft->term_at(previous);
        checker_.saw_entry(node.id, entry, previous_term);
        node.log[entry.index] = entry;
    }
    if (last_of(node.log, node.raft->last_index()) != node.raft->last_index()) {
        checker_.violation("driver and engine disagree on the end of the log");
    }
    node.writes.push_back({.truncate_from = update.truncate_from,
                           .entries = update.entries,
                           .log_epoch = update.log_epoch,
                           .install = {}});
}

void Cluster::store_chunk(Node& node, const InstallSnapshot& chunk) {
    if (chunk.offset == 0) {
        node.incoming_snapshot.clear();
    }
    EXPECT_EQ(node.incoming_snapshot.size(), chunk.offset);
    otento::append(node.incoming_snapshot, chunk.data);
    if (!chunk.done) {
        return;
    }
    node.installing = true;
    node.writes.push_back({.entries = {},
                           .install = StoredSnapshot{.index = chunk.last_included_index,
                                                     .term = chunk.last_included_term,
                                                     .configuration = chunk.configuration,
                                                     .data = node.incoming_snapshot}});
}

void Cluster::send(Node& node, Message message) {
    if (auto* append_entries = std::get_if<AppendEntries>(&message.body)) {
        for (uint32_t i = 0; i < append_entries->entry_count; ++i) {
            const auto it = node.log.find(append_entries->prev_log_index + 1 + i);
            ASSERT_TRUE(it != node.log.end()) << "engine sends an entry the log does not have";
            append_entries->entries.push_back(it->second);
        }
    }
    if (auto* install = std::get_if<InstallSnapshot>(&message.body)) {
        const Bytes& data = node.disk.snapshot.data;
        EXPECT_EQ(install->last_included_index, node.disk.snapshot.index);
        const size_t offset = std::min<size_t>(install->offset, data.size());
        const size_t size =
            std::min<size_t>(node.options.snapshot_chunk_bytes, data.size() - offset);
        install->data = to_bytes(BytesView{data}.subspan(offset, size));
        install->done = offset + size == data.size();
    }
    if (const auto* reply = std::get_if<RequestVoteReply>(&message.body)) {
        if (reply->granted && !reply->pre_vote) {
            checker_.saw_vote(node.id, reply->request_term, message.to);
        }
    }
    if (const auto* request = std::get_if<RequestVote>(&message.body)) {
        if (!request->pre_vote) {
            checker_.saw_vote(node.id, request->term, node.id);
        }
    }
    // Over the wire and back.
    auto decoded = decode_message(encode_message(message));
    ASSERT_TRUE(decoded.has_value());
    network_.push_back(*std::move(decoded));
}

void Cluster::commit(Node& node, Index commit_before, const Update& update) {
    checker_.saw_commit_index(node.id, commit_before, update.commit_index);
    if (update.role == Role::leader) {
        check_durable_majority(node, commit_before, update.commit_index);
    }
    if (node.installing) {
        return;
    }
    while (node.applied < update.commit_index) {
        const auto it = node.log.find(node.applied + 1);
        if (it == node.log.end()) {
            checker_.violation("committed entry " + std::to_string(node.applied + 1) +
                               " is not in the log of node " + std::to_string(node.id));
            return;
        }
        ++node.applied;
        checker_.saw_committed(node.id, it->second);
        node.state = mix(node.state, it->second);
        node.states[node.applied] = node.state;
    }
}

/// What a leader declares committed is on the disks of a majority of its voters.
void Cluster::check_durable_majority(const Node& node, Index from, Index to) {
    const Configuration& configuration = node.raft->configuration();
    const bool damaged = std::any_of(nodes_.begin(), nodes_.end(), [](const auto& item) {
        return item.second.disk.distrusted_until != 0;
    });
    if (damaged) {
        return;  // Acknowledged copies are gone; who lost them does not vote until they are back.
    }
    // What is compacted at once was applied, and checked, before a restart.
    for (Index index = std::max(from + 1, node.raft->first_index()); index <= to; ++index) {
        size_t copies = 0;
        std::string holders;
        for (const Member& member : configuration.members) {
            const auto it = nodes_.find(member.id);
            if (!member.voter || it == nodes_.end()) {
                continue;
            }
            const Disk& disk = it->second.disk;
            const auto entry = disk.log.find(index);
            const bool there =
                disk.snapshot.index >= index ||
                (entry != disk.log.end() && entry->second.term == node.raft->term_at(index));
            copies += there ? 1 : 0;
            holders += there ? " " + std::to_string(member.id) : "";
        }
        if (copies <= configuration.voters() / 2) {
            checker_.violation("entry " + std::to_string(index) + " of term " +
                               std::to_string(node.raft->term_at(index)) +
                               " is committed by node " + std::to_string(node.id) +
                               " but durable only at" + holders);
            return;
        }
    }
}

// --- Disk

void Cluster::write_to_disk(Node& node, const Write& write) {
    Disk& disk = node.disk;
    if (write.truncate_from != 0) {
        disk.log.erase(disk.log.lower_bound(write.truncate_from), disk.log.end());
    }
    for (const Entry& entry : write.entries) {
        disk.log[entry.index] = entry;
    }
    if (write.install) {
        disk.snapshot = *write.install;
        disk.log.clear();
    }
}

void Cluster::persist_one(Node& node) {
    const Write write = std::move(node.writes.front());
    node.writes.pop_front();
    write_to_disk(node, write);
    if (write.install) {
        node.log.clear();
        node.installing = false;
        node.applied = write.install->index;
        node.state = load_be<uint64_t>(write.install->data.data());
        node.states[node.applied] = node.state;
        (void)step(node.id,
                   SnapshotInstalled{.index = write.install->index, .term = write.install->term});
    } else {
        const Entry& last = write.entries.back();
        (void)step(node.id,
                   Persisted{.index = last.index, .term = last.term, .log_epoch = write.log_epoch});
    }
}

void Cluster::persist(NodeId id, size_t count) {
    Node& at = node(id);
    while (at.raft != nullptr && !at.writes.empty() && count-- > 0) {
        persist_one(at);
    }
}

void Cluster::take_snapshot(NodeId id, Index trailing) {
    Node& at = node(id);
    const Index index = at.applied;
    if (index <= at.disk.snapshot.index || at.installing || at.raft->term_at(index) == 0) {
        return;
    }
    Bytes data(std::max<size_t>(settings_.snapshot_bytes, 8));
    store_be(data.data(), at.state);
    at.disk.snapshot = {.index = index,
                        .term = at.raft->term_at(index),
                        .configuration = at.raft->configuration_at(index),
                        .data = data};
    const Index compact_to = index > trailing ? index - trailing : 0;
    (void)step(id, SnapshotTaken{.index = index, .compact_to = compact_to, .bytes = data.size()});
    const Index first = at.raft->first_index();
    at.log.erase(at.log.begin(), at.log.lower_bound(first));
    at.disk.log.erase(at.disk.log.begin(), at.disk.log.lower_bound(first));
}

void Cluster::crash(NodeId id, Crash how) {
    Node& at = node(id);
    const Index last_durable = at.raft->persisted_index();
    at.raft.reset();
    for (const Write& write : at.writes) {
        if (how == Crash::lose_unsynced) {
            break;
        }
        Write done = write;
        if (how == Crash::half_write) {
            done.entries.resize(write.entries.size() / 2);
            done.install.reset();
        }
        if (how == Crash::before_log_drop && write.install) {
            at.disk.snapshot = *write.install;
            done.install.reset();
        }
        write_to_disk(at, done);
        if (how == Crash::half_write) {
            break;
        }
    }
    at.writes.clear();
    at.disk.applied = std::min(at.applied, last_durable);
    at.installing = false;
    at.incoming_snapshot.clear();
}

void Cluster::lose_log_from(NodeId id, Index index) {
    Disk& disk = node(id).disk;
    if (disk.log.empty() || disk.log.rbegin()->first < index) {
        return;
    }
    disk.distrusted_until = std::max(disk.distrusted_until, disk.log.rbegin()->first);
    disk.log.erase(disk.log.lower_bound(index), disk.log.end());
    disk.applied = std::min(disk.applied, last_of(disk.log, disk.snapshot.index));
}

DurableState Cluster::durable_state(const Node& node) const {
    const Disk& disk = node.disk;
    DurableState durable{.term = disk.term,
                         .voted_for = disk.voted_for,
                         .snapshot_index = disk.snapshot.index,
                         .snapshot_term = disk.snapshot.term,
                         .configuration = disk.snapshot.configuration,
                         .snapshot_bytes = disk.snapshot.data.size(),
                         .entries = {},
                         .distrusted_until = disk.distrusted_until};
    for (Index index = disk.snapshot.index + 1; disk.log.contains(index); ++index) {
        const Entry& entry = disk.log.at(index);
        const bool configuration = entry.type == EntryType::configuration;
        durable.entries.push_back(
            {.term = entry.term,
             .type = entry.type,
             .bytes = entry.payload ? static_cast<uint32_t>(entry.payload->size()) : 0,
             .configuration = configuration ? entry.payload : nullptr});
    }
    return durable;
}

void Cluster::start(Node& node) {
    Disk& disk = node.disk;
    // A log that contradicts the snapshot is from before it was installed (Raft 7, step 7).
    const auto at_snapshot = disk.log.find(disk.snapshot.index);
    const bool before_snapshot = last_of(disk.log, disk.snapshot.index) <= disk.snapshot.index;
    const bool contradicts =
        at_snapshot != disk.log.end() && at_snapshot->second.term != disk.snapshot.term;
    if (before_snapshot || contradicts) {
        disk.log.clear();
    }
    disk.log.erase(disk.log.begin(), disk.log.upper_bound(disk.snapshot.index));
    node.log = disk.log;
    DurableState durable = durable_state(node);
    EXPECT_TRUE(validate(durable).has_value());
    node.raft = std::make_unique<Raft>(node.options, std::move(durable), now_ms_);
    // The state on disk is that of the snapshot or a later one.
    node.applied = std::max(disk.snapshot.index, disk.applied);
    node.state = disk.snapshot.data.empty() ? 0 : load_be<uint64_t>(disk.snapshot.data.data());
    if (node.applied > disk.snapshot.index && node.states.contains(node.applied)) {
        node.state = node.states.at(node.applied);
    } else {
        node.applied = disk.snapshot.index;
    }
}

void Cluster::restart(NodeId id) {
    start(node(id));
}

}  // namespace otento::raft::testing
