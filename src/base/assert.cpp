#include <otento/base/assert.hpp>

#include <cstdio>
#include <cstdlib>

namespace otento {

void assertion_failed(const char* condition, const char* file, int line) noexcept {
    std::fprintf(stderr, "%s:%d: broken invariant: %s\n", file, line, condition);
    std::fflush(stderr);
    std::abort();
}

}  // namespace otento
