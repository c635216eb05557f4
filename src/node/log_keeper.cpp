#include <otento/node/log_keeper.hpp>

#include <algorithm>

namespace otento::node {

void LogKeeper::hold(ordering::Index from, uint64_t now_ms) noexcept {
    const bool held = now_ms < held_until_ms_;
    held_from_ = held ? std::min(held_from_, from) : from;
    held_until_ms_ = now_ms + HOLD_MS;
}

ordering::Index LogKeeper::begin(const LogExtent& log, uint64_t now_ms) const noexcept {
    const ordering::Index wanted = log.state - std::min(log.state, kept_);
    if (log.too_large && log.state > log.first) {
        return std::max(wanted, log.first + (log.state - log.first) / 2);
    }
    // Whoever fetches may not hold the log for ever.
    const bool held =
        now_ms < held_until_ms_ && held_from_ < wanted && log.state - held_from_ < HELD_MAX * kept_;
    return held ? held_from_ : wanted;
}

bool LogKeeper::due(const LogExtent& log, uint64_t now_ms) const noexcept {
    return log.too_large || begin(log, now_ms) >= log.first + kept_;
}

}  // namespace otento::node
