// Data-parallel work without naming threads: node/ provides a pool, tests run it inline.
#pragma once

#include <cstddef>
#include <functional>

namespace otento {

class Executor {
  public:
    Executor() = default;
    Executor(const Executor&) = delete;
    Executor& operator=(const Executor&) = delete;
    virtual ~Executor() = default;

    /// Calls task(0) … task(count - 1), in any order, possibly at once; returns when all have
    /// returned.
    virtual void for_each(size_t count, const std::function<void(size_t)>& task) = 0;
};

/// Runs everything in the calling thread.
class InlineExecutor final : public Executor {
  public:
    void for_each(size_t count, const std::function<void(size_t)>& task) override {
        for (size_t i = 0; i < count; ++i) {
            task(i);
        }
    }
};

}  // namespace otento
