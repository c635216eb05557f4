// A few threads that run tasks one after another: slow RPC methods. Bounded: what does not fit runs
// nowhere.
#pragma once

#include <otento/base/inbox.hpp>

#include <functional>
#include <thread>
#include <vector>

namespace otento::node {

class TaskThreads {
  public:
    TaskThreads(unsigned threads, size_t capacity);
    ~TaskThreads();

    /// False, and the task is dropped, when too many wait or after stop().
    [[nodiscard]] bool run(std::function<void()> task);
    /// Finishes what waits and joins.
    void stop();

  private:
    void work();

    Inbox<std::function<void()>> inbox_;
    std::vector<std::thread> threads_;
};

}  // namespace otento::node
