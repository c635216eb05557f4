// Time as an argument. Modules that may not read a clock take a Clock& or plain nanoseconds.
#pragma once

#include <cstdint>

namespace otento {

/// Source of time. Implementations: SystemClock for processes, the simulator's virtual clock.
class Clock {
  public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;

    /// Nanoseconds since an arbitrary start; never goes backwards.
    [[nodiscard]] virtual uint64_t monotonic_ns() const noexcept = 0;
    /// Unix time in nanoseconds; may jump.
    [[nodiscard]] virtual uint64_t unix_ns() const noexcept = 0;
};

/// The operating system's clocks.
class SystemClock final : public Clock {
  public:
    [[nodiscard]] uint64_t monotonic_ns() const noexcept override;
    [[nodiscard]] uint64_t unix_ns() const noexcept override;
};

}  // namespace otento
