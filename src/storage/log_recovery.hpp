// What a log directory holds after any kind of stop, and how much of it may be believed.
#pragma once

#include <otento/storage/log_segment.hpp>

namespace otento::storage {

/// Records that were there and are not: the replica may have promised them to others.
struct LogLoss {
    uint64_t from = 0;   ///< First index lost.
    uint64_t until = 0;  ///< Highest index known, or to be feared, to have been here.
    friend bool operator==(const LogLoss&, const LogLoss&) = default;
};

/// The entry that the log goes on from: the newest snapshot, or index 0.
struct LogStart {
    uint64_t index = 0;
    uint64_t term = 0;
};

struct RecoveredLog {
    std::vector<LogSegment> segments;  ///< Contiguous, none empty; the last one is cut at its tail.
    TermRuns terms;
    uint64_t next_index = 1;
    uint64_t durable_index = 0;        ///< Known to be durable from what the records say.
    std::vector<std::string> surplus;  ///< Paths of files to remove.
    bool cut = false;  ///< Bytes behind next_index must go before anything is appended.
    std::optional<LogLoss> loss;
    std::string findings;  ///< For people; empty if all is well.
};

/// Reads all segments in `directory`; changes nothing. Trusts no byte of them.
///
/// A bad spot is *torn* if it can come from a power loss between writing and syncing: a record
/// header that was never written, or a payload with a sector that was never written, at an index
/// that no record calls durable. All else is damage and reported as loss.
[[nodiscard]] DiskResult<RecoveredLog> recover_log(Disk& disk, const std::string& directory,
                                                   const LogStart& start);

}  // namespace otento::storage
