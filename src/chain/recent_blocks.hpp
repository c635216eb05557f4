// The blocks that readers ask for most: the newest, decoded. Thread-safe.
#pragma once

#include <otento/base/inbox.hpp>
#include <otento/chain/chain_view.hpp>

#include <list>
#include <unordered_map>

namespace otento::chain {

/// Least recently used blocks leave first. Bounded by count and by encoded bytes.
class RecentBlocks {
  public:
    RecentBlocks(size_t count_max, size_t bytes_max)
        : count_max_(count_max), bytes_max_(bytes_max) {}

    /// Null if it is not held.
    [[nodiscard]] std::shared_ptr<const ExecutedBlock> get(uint64_t number);
    void put(std::shared_ptr<const ExecutedBlock> block);

  private:
    using Blocks = std::list<std::shared_ptr<const ExecutedBlock>>;
    struct Content {
        Blocks newest_first;
        std::unordered_map<uint64_t, Blocks::iterator> by_number;
        size_t bytes = 0;
    };
    const size_t count_max_;
    const size_t bytes_max_;
    Guarded<Content> content_;
};

}  // namespace otento::chain
