// ASSERT: a broken invariant (a bug of ours) prints and aborts, in every build.
// Never assert what a peer, a user or a file decides; return a Result instead.
#pragma once

namespace otento {

/// Prints the failed condition with its place to standard error and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

}  // namespace otento

#define ASSERT(condition)                                               \
    do {                                                                \
        if (!(condition)) [[unlikely]] {                                \
            ::otento::assertion_failed(#condition, __FILE__, __LINE__); \
        }                                                               \
    } while (false)
