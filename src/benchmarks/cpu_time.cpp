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

Instant now() noexcept {
    const uint64_t wall_ns = read(CLOCK_MONOTONIC);
    return {.cpu_ns = read(CLOCK_THREAD_CPUTIME_ID), .wall_ns = wall_ns};
}

}  // namespace otento::benchmarks
