#include <otento/chain/recent_blocks.hpp>

namespace otento::chain {

std::shared_ptr<const ExecutedBlock> RecentBlocks::get(uint64_t number) {
    return content_.with([&](Content& content) -> std::shared_ptr<const ExecutedBlock> {
        const auto found = content.by_number.find(number);
        if (found == content.by_number.end()) {
            return nullptr;
        }
        content.newest_first.splice(content.newest_first.begin(), content.newest_first,
                                    found->second);
        return *found->second;
    });
}

void RecentBlocks::put(std::shared_ptr<const ExecutedBlock> block) {
    Blocks dropped;  // Destroyed outside the lock.
    content_.with([&](Content& content) {
        const uint64_t number = block->block->header.number;
        if (content.by_number.contains(number)) {
            return;
        }
        content.bytes += block->encoded_size;
        content.newest_first.push_front(std::move(block));
        content.by_number.emplace(number, content.newest_first.begin());
        while (content.newest_first.size() > 1 &&
               (content.newest_first.size() > count_max_ || content.bytes > bytes_max_)) {
            const auto last = std::prev(content.newest_first.end());
            content.bytes -= (*last)->encoded_size;
            content.by_number.erase((*last)->block->header.number);
            dropped.splice(dropped.begin(), content.newest_first, last);
        }
    });
}

}  // namespace otento::chain
