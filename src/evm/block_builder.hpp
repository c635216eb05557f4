// One block in the making: its instructions, what it costs, and where on the symbolic stack its
// words are.
#pragma once

#include <otento/evm/register_forms.hpp>
#include <otento/evm/symbolic_stack.hpp>

#include <limits>

namespace otento::evm {

/// Appends to a translation, one block after another.
class BlockBuilder {
  public:
    BlockBuilder(const ForkRules& rules, Translation& out) : rules_(rules), out_(out) {}

    /// Opcodes that one step of the translator may take at most.
    static constexpr int LOOKAHEAD = 16;

    // The block as a whole.

    /// @param at  Code offset where the plain interpreter takes over if the block cannot be paid.
    void begin(size_t at);
    /// Index of the block's first instruction.
    [[nodiscard]] size_t first() const noexcept { return first_; }
    [[nodiscard]] bool has_room() const noexcept {
        return opcodes_ < BLOCK_OPCODES_MAX - LOOKAHEAD;
    }
    [[nodiscard]] bool is_full() const noexcept { return !has_room() || gas_ > GAS_MAX; }
    /// Counts an opcode's price and stack use into the block's check.
    void account(uint8_t op);
    void account_gas(uint64_t gas) noexcept { gas_ += gas; }
    /// Writes what was accounted so far into the check.
    void close_check();
    /// Puts the stack in order and ends the block with `op`.
    void end(Op op);

    // Words. Operands are released before the result is emitted, so that it may take their place.

    [[nodiscard]] SymbolicStack& stack() noexcept { return stack_; }
    [[nodiscard]] static int32_t offset(int position) noexcept { return position * 32; }
    [[nodiscard]] static bool is_small(const uint256& word) noexcept {
        return word.fits_u64() && word.low64() <= std::numeric_limits<int32_t>::max();
    }
    void push_constant(const uint256& word) {
        stack_.push({.constant = true, .slot = 0, .word = word});
    }
    /// Byte offset of the word among the constants; the last few are looked through.
    [[nodiscard]] int32_t constant(const uint256& word);
    /// The same value in a slot; a constant is written to a free one. Must be released.
    [[nodiscard]] Value in_slot(const Value& value);
    [[nodiscard]] Value take_in_slot() { return in_slot(stack_.take()); }
    void release(const Value& a, const Value& b) {
        stack_.release(a);
        stack_.release(b);
    }

    // Instructions.

    void emit(const Instruction& instruction) { out_.instructions.push_back(instruction); }
    /// An instruction whose result is pushed.
    void emit_result(Op op, int32_t a, int32_t b);

    // Before the block ends.

    /// A value that is read after the stack was put in order: moved away if its slot will be
    /// overwritten.
    [[nodiscard]] Value keep_through_ordering(const Value& value);
    /// Moves every word to its own position: a parallel assignment, in an order that overwrites
    /// nothing still to be read. What remains then are cycles, which exchanges resolve. Linear in
    /// the positions looked at.
    void put_stack_in_order();

  private:
    static constexpr uint64_t GAS_MAX = uint64_t{1} << 30;

    struct Move {
        uint16_t readers = 0;  ///< Pending moves that read this position.
        bool pending = false;
    };
    [[nodiscard]] Move& move_of(int position) {
        return moves_[static_cast<size_t>(position - stack_.low())];
    }
    void find_moves();
    void make_move(int to);
    void resolve_cycle(int first);
    void emit_constant(int slot, const uint256& word);

    const ForkRules& rules_;
    Translation& out_;
    SymbolicStack stack_;
    std::vector<Move> moves_;  ///< By position from the lowest on.
    std::vector<int> ready_;   ///< Positions that nobody reads any more.
    size_t first_ = 0;
    uint64_t gas_ = 0;
    int opcodes_ = 0;
    int height_ = 0;
    int needed_ = 0;
    int added_ = 0;
};

}  // namespace otento::evm
