// What a leader knows of one peer: how far its log matches, what is on the way, and which replies
// are stale.
#pragma once

#include <otento/raft/raft.hpp>

#include <deque>

namespace otento::raft {

enum class ProgressState : uint8_t {
    probe,      ///< Looking for the last entry in common: one message on the way, next_index stays.
    replicate,  ///< In agreement: messages are sent ahead of their replies, within the limits.
    snapshot,   ///< Needs entries that are gone: chunks of the snapshot, one on the way.
};

struct Progress {
    Index match_index = 0;
    Index next_index = 1;  ///< Always above match_index.
    ProgressState state = ProgressState::probe;
    bool probe_sent = false;
    Index commit_sent = 0;    ///< Commit index the peer knows if nothing was lost.
    uint64_t read_round = 0;  ///< Highest read round it has confirmed.

    uint64_t last_heard_ms = 0;
    bool heard = false;  ///< At least once in this term.

    /// Numbers of requests. Replies come late, twice or not at all; what an old one says is not
    /// news.
    uint64_t last_request = 0;
    uint64_t rejections_from = 1;  ///< Rejections of earlier requests have been acted upon.
    uint64_t match_from = 1;       ///< First request sent after match_index was learnt.
    uint64_t successes_from =
        1;  ///< Successes of earlier requests are void: the peer lost its log since.

    Index snapshot_index = 0;
    uint64_t snapshot_offset = 0;
    uint64_t snapshot_request = 0;  ///< The chunk on the way; 0: none.
    uint64_t snapshot_sent_ms = 0;

    /// Not 0: index of the entry that removes this peer. It is sent the log up to there, so that it
    /// learns why nobody talks to it any more, and is dropped when it knows or at the deadline.
    Index leaving = 0;
    uint64_t leaving_deadline_ms = 0;
    uint64_t leaving_request = 0;  ///< The request that told it.

    void to_probe(Index next) noexcept;
    void to_replicate() noexcept;
    void to_snapshot(Index index) noexcept;

    [[nodiscard]] bool has_room(const Options& options) const noexcept;
    void sent(Index last, uint64_t bytes);
    /// Raises match_index; older news changes nothing.
    void matched(Index index) noexcept;
    /// The peer lost acknowledged entries (its log was damaged and cut): start over.
    void forget_match() noexcept;

  private:
    struct Inflight {
        Index last;
        uint64_t bytes;
    };
    std::deque<Inflight> inflight_;
    uint64_t inflight_bytes_ = 0;
};

}  // namespace otento::raft
