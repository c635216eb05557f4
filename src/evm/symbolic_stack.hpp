// What the translator knows about the stack while it walks through a basic block: for every
// position which slot or constant holds its word, and which slots are still needed.
#pragma once

#include <otento/evm/translation.hpp>

#include <vector>

namespace otento::evm {

/// A word on the symbolic stack.
struct Value {
    bool constant = false;
    int slot = 0;    ///< Position whose memory holds it.
    uint256 word{};  ///< Of a constant.
};

/// The symbolic stack of one block. Position 0 is the top word at the block's entry, 1 the first
/// one pushed.
class SymbolicStack {
  public:
    void reset() {
        for (int p = low_; p <= high_water_; ++p) {
            references(p) = 0;
        }
        low_ = 1;
        top_ = 0;
        high_water_ = 0;
    }

    [[nodiscard]] int top() const noexcept { return top_; }
    [[nodiscard]] int low() const noexcept { return low_; }

    [[nodiscard]] const Value& at(int position) {
        while (low_ > position) {
            --low_;
            value(low_) = {.constant = false, .slot = low_};
            ++references(low_);
        }
        return value(position);
    }

    void push(const Value& pushed) {
        ++top_;
        high_water_ = std::max(high_water_, top_);
        value(top_) = pushed;
        hold(pushed);
    }
    /// Removes the top; its slot stays reserved until released.
    [[nodiscard]] Value take() {
        const Value taken = at(top_);
        --top_;
        return taken;
    }
    void release(const Value& taken) {
        if (!taken.constant) {
            --references(taken.slot);
        }
    }
    void hold(const Value& held) {
        if (!held.constant) {
            ++references(held.slot);
        }
    }
    void swap(int depth) {
        (void)at(top_ - depth);
        std::swap(value(top_), value(top_ - depth));
    }
    /// The slot where the next word pushed should be computed: its own position if nobody needs
    /// what is there.
    [[nodiscard]] int free_slot() {
        int slot = top_ + 1;
        while (references(slot) != 0) {
            ++slot;
        }
        high_water_ = std::max(high_water_, slot);
        return slot;
    }

  private:
    static constexpr int BELOW = 4 * BLOCK_OPCODES_MAX;
    static constexpr int ABOVE = 4 * BLOCK_OPCODES_MAX;

    [[nodiscard]] Value& value(int position) {
        return values_[static_cast<size_t>(position + BELOW)];
    }
    [[nodiscard]] uint16_t& references(int slot) {
        return references_[static_cast<size_t>(slot + BELOW)];
    }

    std::vector<Value> values_ = std::vector<Value>(BELOW + ABOVE);
    std::vector<uint16_t> references_ = std::vector<uint16_t>(BELOW + ABOVE);
    int low_ = 1;  ///< Lowest position that this block has looked at.
    int top_ = 0;
    int high_water_ = 0;  ///< Highest slot in use so far.
};

}  // namespace otento::evm
