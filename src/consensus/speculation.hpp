// The leader's blocks that are proposed and not committed yet: bounded, in memory only, gone with
// leadership.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/ordering/orderer.hpp>

#include <deque>

namespace otento::consensus {

class Speculation {
  public:
    void push(chain::PendingPtr block);
    /// Takes the oldest block if it is the one that `payload` carries; null otherwise.
    [[nodiscard]] chain::PendingPtr take_if_front(const ordering::Payload& payload);
    /// Removes the block that `payload` carries and all that build on it; returns them, oldest
    /// first.
    [[nodiscard]] std::vector<chain::PendingPtr> cut_from(const ordering::Payload& payload);
    [[nodiscard]] std::vector<chain::PendingPtr> take_all();

    /// Newest block; null if there is none.
    [[nodiscard]] chain::PendingPtr newest() const noexcept {
        return blocks_.empty() ? nullptr : blocks_.back();
    }
    [[nodiscard]] size_t size() const noexcept { return blocks_.size(); }
    /// Memory held, roughly.
    [[nodiscard]] size_t bytes() const noexcept { return bytes_; }

  private:
    std::deque<chain::PendingPtr> blocks_;
    size_t bytes_ = 0;
};

}  // namespace otento::consensus
