#include <otento/base/clock.hpp>

#include <time.h>

namespace otento {
namespace {

uint64_t read_clock(clockid_t id) noexcept {
    timespec now{};
    clock_gettime(id, &now);
    return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000ULL +
           static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace

uint64_t SystemClock::monotonic_ns() const noexcept {
    return read_clock(CLOCK_MONOTONIC);
}
uint64_t SystemClock::unix_ns() const noexcept {
    return read_clock(CLOCK_REALTIME);
}

}  // namespace otento
