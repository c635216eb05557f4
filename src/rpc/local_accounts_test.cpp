#include <otento/base/hex.hpp>
#include <otento/rpc/local_accounts.hpp>

#include <gtest/gtest.h>

namespace otento::rpc {
namespace {

using namespace literals;

const Address ALICE = "0x00000000000000000000000000000000000000aa"_address;
const Address BOB = "0x00000000000000000000000000000000000000bb"_address;

TEST(SendQueue, runs_jobs_of_an_account_one_after_the_other) {
    SendQueue queue;
    std::vector<int> started;
    std::vector<SendQueue::Done> done;
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(queue.run(ALICE, [&, i](SendQueue::Done end) {
            started.push_back(i);
            done.push_back(std::move(end));
        }));
    }
    ASSERT_TRUE(queue.run(BOB, [&](SendQueue::Done end) {
        started.push_back(9);
        end();
    }));
    EXPECT_EQ(started, (std::vector<int>{0, 9}));
    done[0]();
    EXPECT_EQ(started, (std::vector<int>{0, 9, 1}));
    done[1]();
    done[2]();
    EXPECT_EQ(started, (std::vector<int>{0, 9, 1, 2}));
}

TEST(SendQueue, does_not_nest_jobs_that_are_done_at_once) {
    SendQueue queue;
    SendQueue::Done first;
    ASSERT_TRUE(queue.run(ALICE, [&](SendQueue::Done end) { first = std::move(end); }));
    int depth = 0;
    int deepest = 0;
    size_t ran = 0;
    while (queue.run(ALICE, [&](SendQueue::Done end) {
        deepest = std::max(deepest, ++depth);
        end();
        --depth;
        ++ran;
    })) {
    }
    first();
    EXPECT_EQ(ran, SendQueue::WAITING_MAX - 1);
    EXPECT_EQ(deepest, 1);
    // All gone: the account starts afresh.
    ASSERT_TRUE(queue.run(ALICE, [&](SendQueue::Done end) {
        ++ran;
        end();
    }));
    EXPECT_EQ(ran, SendQueue::WAITING_MAX);
}

}  // namespace
}  // namespace otento::rpc
