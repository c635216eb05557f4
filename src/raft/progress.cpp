#include <otento/raft/progress.hpp>

namespace otento::raft {

void Progress::to_probe(Index next) noexcept {
    state = ProgressState::probe;
    next_index = std::max(next, match_index + 1);
    probe_sent = false;
    rejections_from = last_request + 1;
    inflight_.clear();
    inflight_bytes_ = 0;
}

void Progress::to_replicate() noexcept {
    state = ProgressState::replicate;
    inflight_.clear();
    inflight_bytes_ = 0;
}

void Progress::to_snapshot(Index index) noexcept {
    state = ProgressState::snapshot;
    snapshot_index = index;
    snapshot_offset = 0;
    snapshot_request = 0;
    inflight_.clear();
    inflight_bytes_ = 0;
}

bool Progress::has_room(const Options& options) const noexcept {
    return inflight_.size() < options.inflight_messages_max &&
           inflight_bytes_ < options.inflight_bytes_max;
}

void Progress::sent(Index last, uint64_t bytes) {
    inflight_.push_back({last, bytes});
    inflight_bytes_ += bytes;
    next_index = last + 1;
}

void Progress::matched(Index index) noexcept {
    if (index <= match_index) {
        return;
    }
    match_index = index;
    match_from = last_request + 1;
    next_index = std::max(next_index, match_index + 1);
    while (!inflight_.empty() && inflight_.front().last <= match_index) {
        inflight_bytes_ -= inflight_.front().bytes;
        inflight_.pop_front();
    }
}

void Progress::forget_match() noexcept {
    match_index = 0;
    successes_from = last_request + 1;
    commit_sent = 0;
}

}  // namespace otento::raft
