// The clocks of benchmarks.
#pragma once

#include <cstdint>

namespace otento::benchmarks {

/// Two clocks read one after the other, in ns: CPU time of this thread, and wall time.
struct Instant {
    uint64_t cpu_ns = 0;
    uint64_t wall_ns = 0;
};

[[nodiscard]] Instant now() noexcept;

}  // namespace otento::benchmarks
