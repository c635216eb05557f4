// Randomness as an argument: a small seeded generator for simulation and timeouts, and the system's
// source.
#pragma once

#include <otento/base/bytes.hpp>

namespace otento {

/// Seeded generator (xoshiro256**, Blackman and Vigna). Same seed, same sequence, on every
/// platform. Not for keys or nonces.
class Random {
  public:
    explicit Random(uint64_t seed) noexcept;

    [[nodiscard]] uint64_t next() noexcept;
    /// Uniform in [0, bound); bound > 0.
    [[nodiscard]] uint64_t below(uint64_t bound) noexcept;
    /// Uniform in [low, high], both included.
    [[nodiscard]] uint64_t between(uint64_t low, uint64_t high) noexcept;
    /// True with probability `per_mille` / 1000.
    [[nodiscard]] bool chance(uint32_t per_mille) noexcept;

  private:
    uint64_t state_[4];
};

/// Fills `out` from the operating system's cryptographic source; aborts if there is none.
void secure_random(std::span<uint8_t> out) noexcept;

}  // namespace otento
