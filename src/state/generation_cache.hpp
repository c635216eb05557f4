// Bounded cache of two generations: entries of the older one that are asked for move to the younger
// one, and when that is full the older one is dropped whole. Costs one hash table lookup or two,
// and no list to keep.
#pragma once

#include <otento/state/hash_index.hpp>

#include <utility>

namespace otento::state {

template <typename Key, typename Value, typename Hasher>
class GenerationCache {
  public:
    explicit GenerationCache(size_t bytes_max) : bytes_max_(bytes_max) {}

    /// Null if unknown. Valid until the next call.
    [[nodiscard]] Value* find(const Key& key) {
        const uint64_t hash = hasher_(key);
        if (Value* const value = young_.find(hash, key)) {
            return value;
        }
        Value* const value = old_.find(hash, key);
        return value == nullptr ? nullptr : &add(hash, key, *value);
    }

    /// Adds or replaces. `extra_bytes` is what the value holds beyond its own size.
    Value& put(const Key& key, Value value, size_t extra_bytes = 0) {
        const uint64_t hash = hasher_(key);
        young_.extra_bytes += extra_bytes;
        if (Value* const known = young_.find(hash, key)) {
            return *known = std::move(value);
        }
        return add(hash, key, std::move(value));
    }

    void clear() {
        young_ = {};
        old_ = {};
    }
    [[nodiscard]] size_t size_bytes() const noexcept { return young_.bytes() + old_.bytes(); }

  private:
    struct Generation {
        HashIndex index;
        std::vector<std::pair<Key, Value>> entries;
        size_t extra_bytes = 0;

        [[nodiscard]] Value* find(uint64_t hash, const Key& key) {
            const uint32_t at =
                index.find(hash, [&](uint32_t position) { return entries[position].first == key; });
            return at == HashIndex::NONE ? nullptr : &entries[at].second;
        }
        [[nodiscard]] size_t bytes() const noexcept {
            return entries.capacity() * sizeof(std::pair<Key, Value>) + index.size_bytes() +
                   extra_bytes;
        }
    };

    Value& add(uint64_t hash, const Key& key, Value value) {
        if (young_.bytes() > bytes_max_ / 2) {
            old_ = std::move(young_);
            young_ = {};
        }
        young_.index.insert(hash, static_cast<uint32_t>(young_.entries.size()));
        return young_.entries.emplace_back(key, std::move(value)).second;
    }

    size_t bytes_max_;
    Hasher hasher_;
    Generation young_;
    Generation old_;
};

}  // namespace otento::state
