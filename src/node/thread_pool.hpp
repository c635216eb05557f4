// A few worker threads for sender recovery and hashing. The caller works too, so a pool of none is
// legal.
#pragma once

#include <otento/base/executor.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace otento::node {

/// Thread-safe: several callers share the workers, each waits for its own work only.
class ThreadPool final : public Executor {
  public:
    explicit ThreadPool(unsigned workers);
    ~ThreadPool() override;

    void for_each(size_t count, const std::function<void(size_t)>& task) override;

  private:
    struct Job;
    void work();
    static void take_part(Job& job);

    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<std::shared_ptr<Job>> jobs_;
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

}  // namespace otento::node
