#include <otento/node/thread_pool.hpp>

#include <gtest/gtest.h>

#include <atomic>

namespace otento::node {
namespace {

TEST(ThreadPool, runs_every_index_once) {
    ThreadPool pool(3);
    for (const size_t count : {0u, 1u, 2u, 1000u}) {
        std::vector<std::atomic<int>> seen(count);
        pool.for_each(count, [&](size_t i) { ++seen[i]; });
        for (const auto& times : seen) {
            EXPECT_EQ(times, 1);
        }
    }
}

TEST(ThreadPool, serves_several_callers_at_once) {
    ThreadPool pool(2);
    std::atomic<size_t> total{0};
    std::vector<std::thread> callers;
    for (int c = 0; c < 4; ++c) {
        callers.emplace_back([&] {
            for (int round = 0; round < 200; ++round) {
                pool.for_each(17, [&](size_t) { ++total; });
            }
        });
    }
    for (std::thread& caller : callers) {
        caller.join();
    }
    EXPECT_EQ(total, 4u * 200 * 17);
}

}  // namespace
}  // namespace otento::node
