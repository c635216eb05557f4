#include "machine.hpp"

namespace otento::sim {

uint64_t digest(BytesView data, uint64_t seed) {
    uint64_t hash = 0xcbf29ce484222325ULL ^ (seed * 0x9e3779b97f4a7c15ULL);
    for (; data.size() >= 8; data = data.subspan(8)) {
        uint64_t word = 0;
        std::memcpy(&word, data.data(), 8);
        hash = (hash ^ word) * 0xff51afd7ed558ccdULL;
        hash ^= hash >> 29;
    }
    for (const uint8_t byte : data) {
        hash = (hash ^ byte) * 0x100000001b3ULL;
    }
    hash ^= hash >> 31;
    return hash * 0xc4ceb9fe1a85ec53ULL;
}

void Machine::apply(raft::Index index, uint64_t entry_digest) {
    ASSERT(index == applied_ + 1);
    uint8_t words[16];
    store_be(words, state_);
    store_be(words + 8, entry_digest);
    applied_ = index;
    state_ = digest(words, index);
    history_.push_back({applied_, state_});
}

void Machine::take_snapshot(const ordering::SnapshotMeta& meta) {
    ASSERT(meta.index == applied_);
    data_.assign(snapshot_bytes(), 0x5a);
    store_be(data_.data(), applied_);
    store_be(data_.data() + 8, state_);
    meta_ = meta;
    meta_->bytes = data_.size();
    history_.assign(1, {applied_, state_});
}

bool Machine::install(const ordering::SnapshotMeta& meta) {
    if (incoming_index_ != meta.index || incoming_.size() < 16 ||
        load_be<uint64_t>(incoming_.data()) != meta.index) {
        return false;
    }
    data_ = std::move(incoming_);
    incoming_.clear();
    meta_ = meta;
    meta_->bytes = data_.size();
    applied_ = meta.index;
    state_ = load_be<uint64_t>(data_.data() + 8);
    history_.assign(1, {applied_, state_});
    return true;
}

void Machine::lose_power(Random& random) {
    incoming_.clear();
    const size_t choices = history_.size() + (meta_ ? 0 : 1);
    const size_t kept = random.below(choices) + (meta_ ? 1 : 0);
    history_.resize(kept);
    applied_ = kept == 0 ? 0 : history_.back().index;
    state_ = kept == 0 ? 0 : history_.back().state;
}

storage::DiskResult<ordering::SnapshotChunk> Machine::read(raft::Index index, uint64_t offset,
                                                           size_t bytes_max) {
    if (!meta_ || meta_->index != index || offset > data_.size()) {
        return Err(storage::DiskError{storage::DiskError::not_found, "no such snapshot"});
    }
    const BytesView rest = BytesView{data_}.subspan(offset);
    const size_t n = std::min(bytes_max, rest.size());
    return ordering::SnapshotChunk{.data = to_bytes(rest.first(n)), .done = n == rest.size()};
}

storage::DiskResult<void> Machine::write(const ordering::SnapshotMeta& meta, uint64_t offset,
                                         BytesView data) {
    if (offset == 0) {
        incoming_.clear();
        incoming_index_ = meta.index;
    }
    if (incoming_index_ != meta.index || offset != incoming_.size()) {
        return Err(storage::DiskError{storage::DiskError::io, "a chunk out of order"});
    }
    append(incoming_, data);
    return {};
}

}  // namespace otento::sim
