// Waiting times between attempts to reach a peer.
#pragma once

#include <otento/base/random.hpp>

#include <algorithm>
#include <cstdint>

namespace otento::p2p {

/// Doubles from BACKOFF_MS_MIN to BACKOFF_MS_MAX; each wait is drawn from the upper half, so that
/// peers that were cut off together do not return together.
class Backoff {
  public:
    static constexpr uint32_t BACKOFF_MS_MIN = 100;
    static constexpr uint32_t BACKOFF_MS_MAX = 2'000;

    [[nodiscard]] uint32_t next_ms(Random& random) noexcept {
        const uint32_t limit_ms = next_limit_ms_;
        next_limit_ms_ = std::min(2 * next_limit_ms_, BACKOFF_MS_MAX);
        return static_cast<uint32_t>(random.between(limit_ms / 2, limit_ms));
    }
    void reset() noexcept { next_limit_ms_ = BACKOFF_MS_MIN; }

  private:
    uint32_t next_limit_ms_ = BACKOFF_MS_MIN;
};

}  // namespace otento::p2p
