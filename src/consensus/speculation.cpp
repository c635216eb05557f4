#include <otento/consensus/speculation.hpp>

#include <algorithm>

namespace otento::consensus {

void Speculation::push(Entry entry) {
    bytes_ += entry.payload->size();
    entries_.push_back(std::move(entry));
}

std::optional<Speculation::Entry> Speculation::take_if_front(const ordering::Payload& payload) {
    if (entries_.empty()) {
        return std::nullopt;
    }
    const Entry& front = entries_.front();
    // Usually the very bytes that were proposed; after a detour over the disk, equal ones.
    if (front.payload != payload && *front.payload != *payload) {
        return std::nullopt;
    }
    bytes_ -= front.payload->size();
    Entry out = std::move(entries_.front());
    entries_.pop_front();
    return out;
}

std::vector<Speculation::Entry> Speculation::cut_from(const ordering::Payload& payload) {
    const auto first = std::find_if(entries_.begin(), entries_.end(),
                                    [&](const Entry& entry) { return entry.payload == payload; });
    std::vector<Entry> out(std::make_move_iterator(first), std::make_move_iterator(entries_.end()));
    entries_.erase(first, entries_.end());
    for (const Entry& entry : out) {
        bytes_ -= entry.payload->size();
    }
    return out;
}

std::vector<Speculation::Entry> Speculation::take_all() {
    std::vector<Entry> out(std::make_move_iterator(entries_.begin()), std::make_move_iterator(entries_.end()));
    entries_.clear();
    bytes_ = 0;
    return out;
}

}  // namespace otento::consensus
