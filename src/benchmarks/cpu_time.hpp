// The clocks of benchmarks.
#pragma once

#include <cstdint>

namespace otento::benchmarks {

[[nodiscard]] uint64_t wall_ns() noexcept;
[[nodiscard]] uint64_t thread_cpu_ns() noexcept;
/// All threads together.
[[nodiscard]] uint64_t process_cpu_ns() noexcept;

/// Two clocks read one after the other, in ns: CPU time of this thread, and wall time.
struct Instant {
    uint64_t cpu_ns = 0;
    uint64_t wall_ns = 0;
};

[[nodiscard]] Instant now() noexcept;

}  // namespace otento::benchmarks
