#include <otento/rpc/local_accounts.hpp>

#include <atomic>

namespace otento::rpc {

bool SendQueue::run(const Address& account, Job job) {
    enum class Place { first, behind, full };
    const Place place = jobs_.with([&](auto& jobs) {
        auto& queue = jobs[account];
        if (queue.size() >= WAITING_MAX) {
            return Place::full;
        }
        queue.push_back(std::move(job));
        return queue.size() == 1 ? Place::first : Place::behind;
    });
    if (place == Place::first) {
        drive(account);
    }
    return place != Place::full;
}

bool SendQueue::pop(const Address& account) {
    Job finished;  // Ends outside the lock.
    return jobs_.with([&](auto& jobs) {
        const auto found = jobs.find(account);
        finished = std::move(found->second.front());
        found->second.pop_front();
        if (!found->second.empty()) {
            return true;
        }
        jobs.erase(found);
        return false;
    });
}

/// A loop, and no recursion, over jobs that are done before they return.
void SendQueue::drive(const Address& account) {
    do {
        const Job job = jobs_.with([&](auto& jobs) { return jobs.find(account)->second.front(); });
        // Whoever comes second, the job's end or its return, goes on.
        const auto met = std::make_shared<std::atomic<bool>>(false);
        job([this, account, met] {
            if (met->exchange(true) && pop(account)) {
                drive(account);
            }
        });
        if (!met->exchange(true)) {
            return;
        }
    } while (pop(account));
}

}  // namespace otento::rpc
