#include <otento/consensus/speculation.hpp>

#include <algorithm>

namespace otento::consensus {

void Speculation::push(chain::PendingPtr block) {
    bytes_ += block->size_bytes();
    blocks_.push_back(std::move(block));
}

chain::PendingPtr Speculation::take_if_front(const ordering::Payload& payload) {
    if (blocks_.empty()) {
        return nullptr;
    }
    // Usually the very bytes that were proposed; after a detour over the disk, equal ones.
    const ordering::Payload& front = blocks_.front()->encoded();
    if (front != payload && *front != *payload) {
        return nullptr;
    }
    chain::PendingPtr out = std::move(blocks_.front());
    blocks_.pop_front();
    bytes_ -= out->size_bytes();
    return out;
}

std::vector<chain::PendingPtr> Speculation::cut_from(const ordering::Payload& payload) {
    const auto first = std::find_if(blocks_.begin(), blocks_.end(),
                                    [&](const auto& block) { return block->encoded() == payload; });
    std::vector<chain::PendingPtr> out(std::make_move_iterator(first),
                                       std::make_move_iterator(blocks_.end()));
    blocks_.erase(first, blocks_.end());
    for (const chain::PendingPtr& block : out) {
        bytes_ -= block->size_bytes();
    }
    return out;
}

std::vector<chain::PendingPtr> Speculation::take_all() {
    std::vector<chain::PendingPtr> out(std::make_move_iterator(blocks_.begin()),
                                       std::make_move_iterator(blocks_.end()));
    blocks_.clear();
    bytes_ = 0;
    return out;
}

}  // namespace otento::consensus
