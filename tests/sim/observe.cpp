// World: what the judge gets to see of a node after each step.
#include "world.hpp"

#include <fmt/core.h>

namespace otento::sim {

/// A new life: the judge starts from what is on disk.
void World::forget(Node& node) {
    node.mirror_last = node.replica->log().first_index() - 1;
    node.commit_seen = node.replica->raft().commit_index();
    node.led_term = 0;
    node.reads.clear();
    node.proposed.clear();
}

void World::observe(Node& node) {
    if (node.replica == nullptr || node.replica->failed()) {
        return;  // A failed replica says and does nothing any more; its engine may be ahead of its
                 // log.
    }
    observe_log(node);
    observe_commit(node);
    observe_leader(node);
    if (node.damaged && !node.replica->log().loss() && node.replica->raft().trusted()) {
        node.damaged = false;
        ++outcome_.losses_repaired;
        note("n{} is whole again", node.id);
    }
}

void World::observe_log(Node& node) {
    const storage::SegmentLog& log = node.replica->log();
    const Index first = log.first_index();
    const Index last = log.last_index();
    if (first > node.mirror_last + 1) {
        node.mirror_last = first - 1;  // A snapshot took the place of the log.
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
    for (Index index = same + 1; index <= last; ++index) {
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
        node.mirror[index] = record->term;
        node.mirror_last = index;
    }
}

void World::observe_commit(Node& node) {
    const raft::Raft& raft = node.replica->raft();
    const Index commit = raft.commit_index();
    judge_.saw_commit_index(node.id, node.commit_seen, commit);
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
