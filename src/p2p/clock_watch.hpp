// Notices that a peer's wall clock and ours are too far apart: the one that leads writes its time
// into the blocks, so a wrong clock shows in every contract that reads the time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace otento::p2p {

/// One peer. A reading that was held up on its way, or by a process that did not run, differs from
/// the next one; a wrong clock is wrong by the same every time.
class ClockWatch {
  public:
    static constexpr uint64_t EVERY_MS = 1'000;     ///< Between two readings of a peer.
    static constexpr int64_t TOLERANCE_MS = 5'000;  ///< Apart by more: worth a word.
    static constexpr int64_t AGREEMENT_MS = 1'000;  ///< Between readings that count.

    /// Both as milliseconds of Unix time, theirs as it arrived.
    /// @return  A sentence when the clocks have come apart or together since the last one.
    [[nodiscard]] std::optional<std::string> hear(uint64_t raft_id, uint64_t theirs_ms,
                                                  uint64_t ours_ms);
    /// Theirs minus ours as last told; 0: close enough, or not known.
    [[nodiscard]] int64_t told_ms() const noexcept { return told_ms_; }

  private:
    std::array<int64_t, 2> before_{};  ///< Newest first.
    unsigned heard_ = 0;
    int64_t told_ms_ = 0;
};

}  // namespace otento::p2p
