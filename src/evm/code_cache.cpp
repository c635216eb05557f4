#include <otento/evm/code_cache.hpp>

#include <otento/evm/opcodes.hpp>
#include <otento/evm/translation.hpp>

namespace otento::evm {

void AnalysedCode::assign(BytesView code) {
    size_ = code.size();
    padded_.resize(size_ + PADDING);
    if (size_ != 0) {
        std::memcpy(padded_.data(), code.data(), size_);
    }
    std::memset(padded_.data() + size_, 0, PADDING);

    bitmap_.assign(size_ / 64 + 1, 0);
    const uint8_t* const bytes = padded_.data();
    for (size_t i = 0; i < size_; ++i) {
        const uint8_t op = bytes[i];
        if (op == OP_JUMPDEST) {
            bitmap_[i / 64] |= uint64_t{1} << (i % 64);
        } else {
            i += immediate_size(op);
        }
    }
}

CodeCache::Entry::Entry() = default;
CodeCache::Entry::~Entry() = default;

void CodeCache::grow(Entry& entry, size_t bytes) {
    entry.footprint += bytes;
    footprint_ += bytes;
    if (footprint_ > capacity_) {
        evict();
    }
}

const Translation* CodeCache::translation(Entry& entry, const ForkRules& rules) {
    if (entry.translation != nullptr && entry.translation->fork == rules.fork) {
        return entry.translation.get();
    }
    if (entry.gas_spent < translate_after_ * entry.code.size()) {
        return nullptr;
    }
    if (entry.translation != nullptr) {
        if (entry.pins > 1) {
            return nullptr;  // A frame may be running the form of another fork.
        }
        const size_t freed = entry.translation->footprint();
        entry.translation.reset();
        entry.footprint -= freed;
        footprint_ -= freed;
    }
    entry.translation = translate(entry.code, rules);
    grow(entry, entry.translation->footprint());
    return entry.translation.get();
}

CodeCache::Entry* CodeCache::pin(const Hash& hash, BytesView code) {
    std::unique_ptr<Entry>& place = entries_[hash];
    if (place == nullptr) {
        place = std::make_unique<Entry>();
        Entry* const fresh = place.get();
        fresh->code.assign(code);
        fresh->hash = hash;
        fresh->pins = 1;
        fresh->slot = ring_.size();
        ring_.push_back(fresh);
        grow(*fresh, fresh->code.footprint() + ENTRY_OVERHEAD);
        return fresh;
    }
    ++place->pins;
    place->recently_used = true;
    return place.get();
}

void CodeCache::evict() {
    // Two rounds: the first may only clear marks. Pinned code stays, so the bound can be passed for
    // a while.
    for (size_t steps = 2 * ring_.size(); steps > 0 && footprint_ > capacity_; --steps) {
        if (hand_ >= ring_.size()) {
            hand_ = 0;
        }
        Entry* const entry = ring_[hand_];
        if (entry->pins != 0 || entry->recently_used) {
            entry->recently_used = false;
            ++hand_;
            continue;
        }
        footprint_ -= entry->footprint;
        ring_[hand_] = ring_.back();
        ring_[hand_]->slot = hand_;
        ring_.pop_back();
        const Hash hash = entry->hash;
        entries_.erase(hash);
    }
}

}  // namespace otento::evm
