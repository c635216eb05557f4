// The accounts that a node signs for, and the order in which it sends for them.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/keystore/accounts.hpp>

#include <deque>
#include <functional>

namespace otento::rpc {

/// Sends of one account run one after the other, so that each finds the nonce behind the one
/// before. Thread-safe; outlives all jobs.
class SendQueue {
  public:
    using Done = std::function<void()>;
    /// Calls its argument exactly once, from any thread.
    using Job = std::function<void(Done)>;

    static constexpr size_t WAITING_MAX = 1000;  ///< Of one account.

    /// Runs the job now, or when those before it are done. False: too many wait.
    [[nodiscard]] bool run(const Address& account, Job job);

  private:
    void drive(const Address& account);
    /// Takes the one that is done away; true if there is another.
    [[nodiscard]] bool pop(const Address& account);

    Guarded<std::map<Address, std::deque<Job>>> jobs_;  ///< The first of each is running.
};

struct LocalAccounts {
    LocalAccounts(std::string folder, keystore::ScryptCost cost, const Clock& clock)
        : keys(std::move(folder), cost, clock) {}

    keystore::Accounts keys;
    SendQueue sends;
};

}  // namespace otento::rpc
