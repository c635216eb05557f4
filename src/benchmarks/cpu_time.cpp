#include <otento/benchmarks/cpu_time.hpp>

#include <ctime>

namespace otento::benchmarks {
namespace {

uint64_t read(clockid_t clock) noexcept {
    timespec time{};
    clock_gettime(clock, &time);
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(time.tv_nsec);
}

}  // namespace

uint64_t wall_ns() noexcept {
    return read(CLOCK_MONOTONIC);
}

uint64_t thread_cpu_ns() noexcept {
    return read(CLOCK_THREAD_CPUTIME_ID);
}

uint64_t process_cpu_ns() noexcept {
    return read(CLOCK_PROCESS_CPUTIME_ID);
}

Instant now() noexcept {
    const uint64_t wall = wall_ns();
    return {.cpu_ns = thread_cpu_ns(), .wall_ns = wall};
}

}  // namespace otento::benchmarks
