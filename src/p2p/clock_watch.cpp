#include <otento/p2p/clock_watch.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

namespace otento::p2p {

std::optional<std::string> ClockWatch::hear(uint64_t raft_id, uint64_t theirs_ms,
                                            uint64_t ours_ms) {
    // A peer may say anything: no sum of the two overflows.
    constexpr uint64_t FAR_MS = uint64_t{1} << 60;
    const int64_t offset = static_cast<int64_t>(std::min(theirs_ms, FAR_MS)) -
                           static_cast<int64_t>(std::min(ours_ms, FAR_MS));
    const bool settled = heard_ >= 2 && std::abs(offset - before_[0]) < AGREEMENT_MS &&
                         std::abs(offset - before_[1]) < AGREEMENT_MS;
    before_ = {offset, before_[0]};
    heard_ = std::min(heard_ + 1, 2u);
    const bool apart = std::abs(offset) > TOLERANCE_MS;
    const int64_t now = apart ? offset : 0;
    if (!settled || std::abs(now - told_ms_) <= TOLERANCE_MS) {
        return std::nullopt;
    }
    told_ms_ = now;
    if (!apart) {
        return fmt::format("the clocks of member {} and of this machine agree again", raft_id);
    }
    return fmt::format(
        "the clock of member {} is {} s {} ours: set both (NTP), since whoever leads writes its "
        "time into the blocks",
        raft_id, std::abs(offset) / 1000, offset > 0 ? "ahead of" : "behind");
}

}  // namespace otento::p2p
