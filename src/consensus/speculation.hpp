// The leader's blocks that are proposed and not committed yet: bounded, in memory only, gone with leadership.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/ordering/orderer.hpp>

#include <deque>

namespace otento::consensus {

class Speculation {
  public:
    struct Entry {
        ordering::Payload payload;
        chain::BuiltBlock built;
    };

    void push(Entry entry);
    /// Takes the oldest block if it is the one that `payload` carries.
    [[nodiscard]] std::optional<Entry> take_if_front(const ordering::Payload& payload);
    /// Removes the block that `payload` carries and all that build on it; returns them, oldest first.
    [[nodiscard]] std::vector<Entry> cut_from(const ordering::Payload& payload);
    [[nodiscard]] std::vector<Entry> take_all();

    /// Newest block; null if there is none.
    [[nodiscard]] const Entry* newest() const noexcept { return entries_.empty() ? nullptr : &entries_.back(); }
    [[nodiscard]] size_t size() const noexcept { return entries_.size(); }
    [[nodiscard]] size_t bytes() const noexcept { return bytes_; }

  private:
    std::deque<Entry> entries_;
    size_t bytes_ = 0;
};

}  // namespace otento::consensus
