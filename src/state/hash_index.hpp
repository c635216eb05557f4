// Open-addressing index over a dense vector that the caller keeps: hash -> position. No allocation
// per entry, no iteration order to leak; the caller compares keys.
#pragma once

#include <otento/base/bytes.hpp>

#include <vector>

namespace otento::state {

/// Positions are below 2^32 - 1. Entries are never removed one by one.
class HashIndex {
  public:
    static constexpr uint32_t NONE = UINT32_MAX;

    /// Position whose key `equal(position)` accepts, or NONE.
    template <typename Equal>
    [[nodiscard]] uint32_t find(uint64_t hash, Equal&& equal) const {
        if (slots_.empty()) {
            return NONE;
        }
        const auto tag = static_cast<uint32_t>(hash);
        for (size_t i = tag & mask_;; i = (i + 1) & mask_) {
            const Slot& slot = slots_[i];
            if (slot.position == NONE) {
                return NONE;
            }
            if (slot.tag == tag && equal(slot.position)) {
                return slot.position;
            }
        }
    }

    /// Adds an entry that find() did not find.
    void insert(uint64_t hash, uint32_t position) {
        if ((used_ + 1) * 4 > slots_.size() * 3) {
            grow();
        }
        place({static_cast<uint32_t>(hash), position});
        ++used_;
    }

    /// Forgets everything; capacity stays.
    void clear() {
        if (used_ != 0) {
            std::fill(slots_.begin(), slots_.end(), Slot{});
            used_ = 0;
        }
    }

    [[nodiscard]] size_t size_bytes() const noexcept { return slots_.size() * sizeof(Slot); }

  private:
    struct Slot {
        uint32_t tag = 0;  ///< Low half of the hash; enough to place the entry again when growing.
        uint32_t position = NONE;
    };

    void place(Slot entry) {
        size_t i = entry.tag & mask_;
        while (slots_[i].position != NONE) {
            i = (i + 1) & mask_;
        }
        slots_[i] = entry;
    }

    void grow() {
        std::vector<Slot> old = std::move(slots_);
        slots_.assign(old.empty() ? 64 : old.size() * 2, Slot{});
        mask_ = slots_.size() - 1;
        for (const Slot& slot : old) {
            if (slot.position != NONE) {
                place(slot);
            }
        }
    }

    std::vector<Slot> slots_;
    size_t mask_ = 0;
    size_t used_ = 0;
};

}  // namespace otento::state
