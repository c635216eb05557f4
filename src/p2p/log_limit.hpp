// Keeps strangers from filling the log.
#pragma once

#include <cstdint>
#include <optional>

namespace otento::p2p {

/// Lets BURST lines through per period and counts the others.
class LogLimit {
  public:
    static constexpr uint64_t PERIOD_MS = 10'000;
    static constexpr uint32_t BURST = 10;

    /// The number of lines suppressed since the last one, if this one may be written.
    [[nodiscard]] std::optional<uint64_t> admit(uint64_t now_ms) noexcept {
        if (now_ms - period_start_ms_ >= PERIOD_MS) {
            period_start_ms_ = now_ms;
            written_ = 0;
        }
        if (written_ == BURST) {
            ++suppressed_;
            return std::nullopt;
        }
        ++written_;
        const uint64_t suppressed = suppressed_;
        suppressed_ = 0;
        return suppressed;
    }

  private:
    uint64_t period_start_ms_ = 0;
    uint32_t written_ = 0;
    uint64_t suppressed_ = 0;
};

}  // namespace otento::p2p
