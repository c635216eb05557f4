#include <otento/node/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <memory>

namespace otento::node {

struct ThreadPool::Job {
    size_t count;
    const std::function<void(size_t)>& task;
    std::atomic<size_t> next{0};
    std::atomic<size_t> done{0};
    std::mutex mutex;
    std::condition_variable finished;
};

ThreadPool::ThreadPool(unsigned workers) {
    for (unsigned i = 0; i < workers; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

ThreadPool::~ThreadPool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void ThreadPool::take_part(Job& job) {
    for (size_t i = job.next++; i < job.count; i = job.next++) {
        job.task(i);
        if (++job.done == job.count) {
            const std::lock_guard lock(job.mutex);
            job.finished.notify_all();
        }
    }
}

void ThreadPool::for_each(size_t count, const std::function<void(size_t)>& task) {
    if (count <= 1 || threads_.empty()) {
        for (size_t i = 0; i < count; ++i) {
            task(i);
        }
        return;
    }
    // A worker that comes late only sees next >= count, so the task may be gone by then.
    const auto job = std::make_shared<Job>(count, task);
    {
        const std::lock_guard lock(mutex_);
        jobs_.push_back(job);
    }
    wake_.notify_all();
    take_part(*job);
    {
        std::unique_lock lock(job->mutex);
        job->finished.wait(lock, [&] { return job->done == count; });
    }
    const std::lock_guard lock(mutex_);
    std::erase(jobs_, job);
}

void ThreadPool::work() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] {
            return stopping_ || std::any_of(jobs_.begin(), jobs_.end(),
                                            [](const auto& job) { return job->next < job->count; });
        });
        if (stopping_) {
            return;
        }
        const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                        [](const auto& job) { return job->next < job->count; });
        const std::shared_ptr<Job> job = *found;
        lock.unlock();
        take_part(*job);
        lock.lock();
    }
}

}  // namespace otento::node
