#include <otento/node/task_threads.hpp>

namespace otento::node {

TaskThreads::TaskThreads(unsigned threads, size_t capacity) : inbox_(capacity) {
    for (unsigned i = 0; i < threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

TaskThreads::~TaskThreads() {
    stop();
}

bool TaskThreads::run(std::function<void()> task) {
    return inbox_.try_push(std::move(task));
}

void TaskThreads::stop() {
    inbox_.close();
    for (std::thread& thread : threads_) {
        if (thread.joinable()) {
            thread.join();
        }
    }
}

void TaskThreads::work() {
    while (true) {
        const auto task = inbox_.wait_for_one();
        if (!task) {
            return;
        }
        (*task)();
    }
}

}  // namespace otento::node
