// Walks through the code block by block: where blocks begin, how they end, and where they go on.
#include <otento/evm/translation.hpp>

#include <otento/evm/translate_inner.hpp>

#include <optional>

namespace otento::evm {
namespace {

class Translator {
  public:
    Translator(const AnalysedCode& code, const ForkRules& rules, Translation& out)
        : code_(code), rules_(rules), out_(out), block_(rules, out), stack_(block_.stack()) {}

    void run() {
        out_.fork = rules_.fork;
        out_.blocks.assign(code_.size(), 0);
        copies_left_ = code_.size();
        translate_chain(0);
        for (size_t at = 1; at < code_.size(); ++at) {
            if (code_.is_destination(at)) {
                translate_chain(at);
            }
        }
        patch_targets();
        out_.instructions.shrink_to_fit();
        out_.constants.shrink_to_fit();
    }

  private:
    enum class After : uint8_t { goes_on, block_ended, code_unreachable };

    // Blocks.

    /// The blocks that follow one another from `start`, which is the beginning of the code or a
    /// jump destination.
    void translate_chain(size_t start) {
        at_ = start;
        copied_ = 0;
        After after = After::block_ended;
        while (after == After::block_ended) {
            block_.begin(at_);
            if (code_.opcode(at_) == OP_JUMPDEST && at_ == start && out_.blocks[at_] == 0) {
                out_.blocks[at_] = static_cast<uint32_t>(block_.first() + 1);
                if (code_.last_of_run(at_) == at_) {
                    block_.account(OP_JUMPDEST);
                    ++at_;
                }
            }
            do {
                after = translate_opcode();
            } while (after == After::goes_on);
        }
    }

    /// A block goes on behind a jump whose target is known, and through a jump destination that it
    /// runs into, as if the code stood there again: calls of small functions and their returns
    /// vanish. Every stretch that is copied is short, and all copies together are no longer than
    /// the code.
    [[nodiscard]] bool may_copy(size_t destination) noexcept {
        constexpr size_t STRETCH_MAX = 48;
        constexpr size_t CHAIN_MAX = 192;
        const size_t length = code_.stretch(destination);
        if (length > STRETCH_MAX || copied_ + length > CHAIN_MAX || length > copies_left_ ||
            !block_.has_room()) {
            return false;
        }
        copied_ += length;
        copies_left_ -= length;
        return true;
    }

    /// Goes on at a jump destination: in this block if it may, else by a jump to the block there.
    /// Of a run of them only the last one counts, the others are paid and passed.
    After go_on_at(size_t destination) {
        const size_t last = code_.last_of_run(destination);
        block_.account_gas((last - destination) * rules_.gas[OP_JUMPDEST]);
        if (may_copy(last)) {
            block_.account(OP_JUMPDEST);
            at_ = last + 1;
            return After::goes_on;
        }
        block_.put_stack_in_order();
        emit_target({.op = Op::jump_to, .to = BlockBuilder::offset(stack_.top())}, last);
        block_.close_check();
        return After::code_unreachable;
    }

    void fall_through() {
        block_.put_stack_in_order();
        if (stack_.top() != 0) {
            block_.emit({.op = Op::advance, .to = BlockBuilder::offset(stack_.top())});
        }
        block_.close_check();
    }

    // Opcodes.

    After translate_opcode() {
        const uint8_t op = code_.opcode(at_);
        if (at_ >= code_.size()) {
            block_.end(Op::stop);
            return After::code_unreachable;
        }
        if (op == OP_JUMPDEST) {
            return go_on_at(at_);
        }
        if (block_.is_full()) {
            fall_through();
            return After::block_ended;
        }
        if (rules_.gas[op] == UNDEFINED_GAS) {
            block_.put_stack_in_order();
            block_.emit({.op = Op::bail,
                         .to = BlockBuilder::offset(stack_.top()),
                         .a = static_cast<int32_t>(at_)});
            block_.close_check();
            return After::code_unreachable;
        }
        if (op == OP_JUMP) {
            return translate_jump();
        }
        if (op == OP_JUMPI) {
            translate_conditional_jump();
            return After::block_ended;
        }
        if (const auto* const form = find_form(ENDING_FORMS, op)) {
            block_.end(form->op);
            block_.account(op);
            block_.close_check();
            ++at_;
            return form->falls_through ? After::block_ended : After::code_unreachable;
        }
        if (translate_branch()) {
            return After::block_ended;
        }
        block_.account(op);
        translate_inner(block_, rules_, code_, at_);
        at_ += 1 + immediate_size(op);
        return After::goes_on;
    }

    // Jumps.

    /// To be replaced by the block's place once it is known.
    void emit_target(Instruction instruction, const uint256& target) {
        instruction.a = static_cast<int32_t>(target.low64());
        targets_.push_back(out_.instructions.size());
        block_.emit(instruction);
    }

    After translate_jump() {
        block_.account(OP_JUMP);
        const Value target = stack_.at(stack_.top());
        if (target.constant && code_.is_destination(target.word)) {
            (void)stack_.take();
            return go_on_at(static_cast<size_t>(target.word.low64()));
        }
        block_.end(Op::jump);
        return After::code_unreachable;
    }

    void translate_conditional_jump() {
        const Value target = stack_.at(stack_.top());
        if (target.constant && code_.is_destination(target.word)) {
            (void)stack_.take();
            const Value condition = block_.keep_through_ordering(block_.take_in_slot());
            stack_.release(condition);
            block_.put_stack_in_order();
            emit_target({.op = Op::jumpi_to,
                         .to = BlockBuilder::offset(stack_.top()),
                         .b = BlockBuilder::offset(condition.slot)},
                        target.word);
        } else {
            block_.end(Op::jumpi);
        }
        block_.account(OP_JUMPI);
        block_.close_check();
        ++at_;
    }

    /// A comparison or ISZERO, any number of ISZERO, a PUSH of a destination and JUMPI: one
    /// instruction.
    [[nodiscard]] bool translate_branch() {
        const uint8_t op = code_.opcode(at_);
        if (op != OP_ISZERO && !branch_form(op, false)) {
            return false;
        }
        bool negated = op == OP_ISZERO;
        size_t at = at_ + 1;
        int count = 1;
        for (; code_.opcode(at) == OP_ISZERO && count < BlockBuilder::LOOKAHEAD - 2;
             ++at, ++count) {
            negated = !negated;
        }
        const unsigned size = immediate_size(code_.opcode(at));
        if (size == 0 || size > 4 || code_.opcode(at + 1 + size) != OP_JUMPI) {
            return false;
        }
        const uint256 target = uint256::from_be({code_.data() + at + 1, size});
        if (!code_.is_destination(target)) {
            return false;
        }
        block_.account(op);
        for (int i = 1; i < count; ++i) {
            block_.account(OP_ISZERO);
        }
        block_.account(code_.opcode(at));
        block_.account(OP_JUMPI);
        if (op == OP_ISZERO) {
            branch_on_word(negated, target);
        } else {
            branch_on_comparison(op, negated, target);
        }
        block_.close_check();
        at_ = at + 1 + size + 1;
        return true;
    }

    [[nodiscard]] static std::optional<Op> branch_form(uint8_t op, bool by_constant) noexcept {
        switch (op) {
            case OP_LT:
                return by_constant ? Op::branch_lt_rk : Op::branch_lt_rr;
            case OP_GT:
                return by_constant ? Op::branch_gt_rk : Op::branch_gt_rr;
            case OP_EQ:
                return by_constant ? Op::branch_eq_rk : Op::branch_eq_rr;
            case OP_SLT:
                return by_constant ? std::nullopt : std::optional{Op::branch_slt_rr};
            case OP_SGT:
                return by_constant ? std::nullopt : std::optional{Op::branch_sgt_rr};
            default:
                return std::nullopt;
        }
    }

    void branch_on_word(bool negated, const uint256& target) {
        const Value word = block_.keep_through_ordering(block_.take_in_slot());
        stack_.release(word);
        block_.put_stack_in_order();
        emit_target({.op = negated ? Op::jumpz_to : Op::jumpi_to,
                     .to = BlockBuilder::offset(stack_.top()),
                     .b = BlockBuilder::offset(word.slot)},
                    target);
    }

    /// The target follows in an instruction of its own.
    void branch_on_comparison(uint8_t op, bool negated, const uint256& target) {
        Value a = stack_.take();
        Value b = stack_.take();
        if (a.constant && !b.constant) {
            op = mirror(*find_form(BINARY_FORMS, op))->opcode;
            std::swap(a, b);
        }
        const bool by_constant = !a.constant && b.constant && branch_form(op, true).has_value();
        a = block_.keep_through_ordering(block_.in_slot(a));
        if (!by_constant) {
            b = block_.keep_through_ordering(block_.in_slot(b));
        }
        const Op form = *branch_form(op, by_constant);
        stack_.release(a);
        stack_.release(b);
        block_.put_stack_in_order();
        block_.emit({.op = form,
                     .flag = static_cast<uint16_t>(negated ? 1 : 0),
                     .to = BlockBuilder::offset(stack_.top()),
                     .a = BlockBuilder::offset(a.slot),
                     .b = by_constant ? block_.constant(b.word) : BlockBuilder::offset(b.slot)});
        emit_target({.op = Op::bail}, target);
    }

    void patch_targets() {
        for (const size_t index : targets_) {
            Instruction& instruction = out_.instructions[index];
            const uint32_t block = out_.blocks[static_cast<size_t>(instruction.a)];
            ASSERT(block != 0);
            instruction.a = static_cast<int32_t>(block - 1);
        }
    }

    const CodeLayout code_;
    const ForkRules& rules_;
    Translation& out_;
    BlockBuilder block_;
    SymbolicStack& stack_;         ///< The block's.
    std::vector<size_t> targets_;  ///< Instructions whose target is still a code offset.
    size_t copies_left_ = 0;       ///< Opcodes that may still be copied.
    size_t copied_ = 0;            ///< In this chain.
    size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Translation> translate(const AnalysedCode& code, const ForkRules& rules) {
    auto out = std::make_unique<Translation>();
    out->instructions.reserve(code.size());
    Translator{code, rules, *out}.run();
    return out;
}

}  // namespace otento::evm
