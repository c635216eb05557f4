// World: what the judge gets to see of a node after each step.
#include "world.hpp"

#include <fmt/core.h>

namespace otento::sim {

/// A new life: the judge starts from what is on disk.
void World::forget(Node& node) {
    node.mirror_last = node.replica->log().first_index() - 1;
    node.commit_index = node.replica->raft().commit_index();
    node.commit_seen = node.commit_index;
    node.led_term = 0;
    node.configurations.clear();
    node.fresh = true;
    node.reads.clear();
    node.proposed.clear();
}

void World::observe(Node& node) {
    if (node.replica == nullptr || node.replica->failed()) {
        return;  // A failed replica says and does nothing any more; its engine may be ahead of its
                 // log.
    }
    const Index new_from = observe_log(node);
    observe_leader(node);
    observe_commit(node);
    observe_configuration(node, new_from);
    if (node.replica->log().loss()) {
        node.damaged_path.clear();  // Found, and cut off.
    }
    const bool gone = node.damaged_path.empty() || !node.disk->exists(node.damaged_path);
    if (node.damaged && gone && !node.replica->log().loss() && node.replica->raft().trusted()) {
        node.damaged = false;
        ++outcome_.losses_repaired;
        note("n{} is whole again", node.id);
    }
}

/// @return  First index that is new or replaced.
Index World::observe_log(Node& node) {
    const storage::SegmentLog& log = node.replica->log();
    const Index first = log.first_index();
    const Index last = log.last_index();
    if (first > node.mirror_last + 1) {
        node.mirror_last = first - 1;  // A snapshot took the place of the log.
        node.configurations.clear();
    }
    if (node.mirror.size() <= last) {
        node.mirror.resize(last + 1);
    }
    // Entries are replaced from some index on: find it from behind, by their terms.
    Index same = std::min(node.mirror_last, last);
    while (same >= first && node.mirror[same] != log.term_at(same)) {
        --same;
    }
    if (same < node.mirror_last) {
        judge_.saw_truncation(node.id, same + 1, node.commit_seen);
        note("n{} truncates from {}", node.id, same + 1);
    }
    node.mirror_last = same;
    while (!node.configurations.empty() && node.configurations.back().first > same) {
        node.configurations.pop_back();
    }
    for (Index index = same + 1; index <= last; ++index) {
        // What an earlier life wrote is known; reading it here would find damage before the replica does.
        const bool is_configuration =
            log.type_at(index) == static_cast<uint8_t>(raft::EntryType::configuration);
        if (!is_configuration && judge_.digest_of(index, log.term_at(index)) && node.fresh) {
            node.mirror[index] = log.term_at(index);
            node.mirror_last = index;
            continue;
        }
        const auto record = node.replica->read_log(index);
        if (!record) {
            break;  // Power is off, or the record is damaged; the replica will find out.
        }
        const BytesView payload =
            record->payload == nullptr ? BytesView{} : BytesView{*record->payload};
        judge_.saw_entry(node.id, {.index = index,
                                   .term = record->term,
                                   .previous_term = index > first ? log.term_at(index - 1) : 0,
                                   .digest = digest(payload, record->type)});
        if (record->type == static_cast<uint8_t>(raft::EntryType::configuration)) {
            auto decoded = raft::decode_configuration(payload);
            if (!decoded) {
                judge_.accuse(
                    fmt::format("node {} has no configuration at index {}", node.id, index));
                break;
            }
            node.configurations.emplace_back(index, std::move(decoded).value());
        }
        node.mirror[index] = record->term;
        node.mirror_last = index;
    }
    node.fresh = false;
    return same + 1;
}

/// A server uses the newest configuration in its log (dissertation 4.1), and a leader appends one
/// only when the one before is committed, and something of its own term, too.
void World::observe_configuration(Node& node, Index new_from) {
    const raft::Raft& raft = node.replica->raft();
    if (node.configurations.empty() || new_from > node.mirror_last || node.replica->disk_full()) {
        return;
    }
    const auto& [index, newest] = node.configurations.back();
    if (index > raft.snapshot_index() &&
        (raft.configuration_index() != index || raft.configuration() != newest)) {
        judge_.accuse(
            fmt::format("node {} goes by a configuration of index {}, its log's newest is at {}",
                        node.id, raft.configuration_index(), index));
    }
    if (index < new_from || raft.role() != raft::Role::leader ||
        node.mirror[index] != raft.term()) {
        return;
    }
    const size_t count = node.configurations.size();
    if (count > 1 && node.configurations[count - 2].first > raft.commit_index()) {
        judge_.accuse(
            fmt::format("node {} changes the configuration at {} before that at {} is committed",
                        node.id, index, node.configurations[count - 2].first));
    }
    if (raft.term_at(raft.commit_index()) != raft.term()) {
        judge_.accuse(
            fmt::format("node {} changes the configuration before anything of term {} is committed",
                        node.id, raft.term()));
    }
}

void World::observe_commit(Node& node) {
    const raft::Raft& raft = node.replica->raft();
    const Index commit = raft.commit_index();
    judge_.saw_commit_index(node.id, node.commit_index, commit);
    // Raft 5.4.2: "only log entries from the leader's current term are committed by counting
    // replicas".
    if (commit > node.commit_index && raft.role() == raft::Role::leader &&
        node.led_term == raft.term() && commit > raft.snapshot_index() &&
        raft.term_at(commit) != raft.term()) {
        judge_.accuse(fmt::format("node {} leads term {} and committed up to index {} of term {}",
                                  node.id, raft.term(), commit, raft.term_at(commit)));
    }
    node.commit_index = commit;
    const Index known = std::min(commit, node.mirror_last);
    for (Index index = std::max(node.commit_seen + 1, node.replica->log().first_index());
         index <= known; ++index) {
        const auto entry = judge_.digest_of(index, node.mirror[index]);
        if (entry) {
            judge_.saw_committed(node.id, index, node.mirror[index], *entry, raft.term());
        }
    }
    node.commit_seen =
        std::max(node.commit_seen, std::min(commit, std::max(known, node.commit_seen)));
    if (commit > known && commit <= raft.snapshot_index()) {
        node.commit_seen = commit;  // By snapshot; the entries never were here.
    }
}

void World::observe_leader(Node& node) {
    const raft::Raft& raft = node.replica->raft();
    if (raft.role() != raft::Role::leader || raft.term() == node.led_term) {
        return;
    }
    node.led_term = raft.term();
    judge_.saw_leader(node.id, raft.term());
    const Judge::EntryFacts needed = judge_.must_have(raft.term());
    if (needed.index >= raft.first_index() && raft.term_at(needed.index) != needed.term) {
        judge_.missing_entry(node.id, raft.term(), needed, raft.term_at(needed.index));
    }
}

}  // namespace otento::sim
