// Abstract execution of one block after another: the symbolic stack says for every position
// which slot or constant holds its word.
#include <otento/evm/translation.hpp>

#include <otento/evm/register_forms.hpp>
#include <otento/evm/symbolic_stack.hpp>

#include <limits>
#include <optional>

namespace otento::evm {
namespace {

class Translator {
  public:
    Translator(const AnalysedCode& code, const ForkRules& rules, Translation& out)
        : code_(code), rules_(rules), out_(out) {}

    void run() {
        out_.fork = rules_.fork;
        out_.blocks.assign(code_.size(), 0);
        copies_left_ = code_.size();
        measure_stretches();
        translate_chain(0);
        for (size_t at = 1; at < code_.size(); ++at) {
            if (is_destination(at)) {
                translate_chain(at);
            }
        }
        patch_targets();
        out_.instructions.shrink_to_fit();
        out_.constants.shrink_to_fit();
    }

  private:
    enum class After : uint8_t { goes_on, block_ended, code_unreachable };

    [[nodiscard]] uint8_t opcode(size_t at) const noexcept {
        return at < code_.size() ? code_.data()[at] : static_cast<uint8_t>(OP_STOP);
    }

    // Blocks.

    void begin_block() {
        stack_.reset();
        gas_ = 0;
        opcodes_ = 0;
        height_ = needed_ = added_ = 0;
        first_ = out_.instructions.size();
        emit({.op = Op::begin, .to = static_cast<int32_t>(at_)});
    }

    /// The blocks that follow one another from `start`, which is the beginning of the code or a
    /// jump destination.
    void translate_chain(size_t start) {
        at_ = start;
        copied_ = 0;
        After after = After::block_ended;
        while (after == After::block_ended) {
            begin_block();
            if (opcode(at_) == OP_JUMPDEST && at_ == start && out_.blocks[at_] == 0) {
                out_.blocks[at_] = static_cast<uint32_t>(first_ + 1);
                if (last_of_run(at_) == at_) {
                    account(OP_JUMPDEST);
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
        const size_t length = stretches_[destination];
        if (length > STRETCH_MAX || copied_ + length > CHAIN_MAX || length > copies_left_ ||
            opcodes_ >= BLOCK_OPCODES_MAX - LOOKAHEAD) {
            return false;
        }
        copied_ += length;
        copies_left_ -= length;
        return true;
    }

    /// Opcodes from every jump destination up to the next one, or to where the code ends or goes
    /// elsewhere.
    void measure_stretches() {
        stretches_.assign(code_.size(), 0);
        size_t start = 0;
        unsigned length = 0;
        bool reachable = true;
        for (size_t at = 0; at < code_.size(); at += 1 + immediate_size(opcode(at))) {
            const uint8_t op = opcode(at);
            if (op == OP_JUMPDEST) {
                start = at;
                length = 0;
                reachable = true;
            }
            if (reachable) {
                ++length;
                stretches_[start] = static_cast<uint16_t>(std::min<unsigned>(length, UINT16_MAX));
            }
            const auto* const ending = find_form(ENDING_FORMS, op);
            if (op == OP_JUMP || op == OP_INVALID ||
                (ending != nullptr && !ending->falls_through)) {
                reachable = false;
            }
        }
    }

    /// Where the JUMPDESTs that stand side by side from `destination` on end.
    [[nodiscard]] size_t last_of_run(size_t destination) noexcept {
        if (runs_.empty()) {
            runs_.assign(code_.size(), 0);
            for (size_t at = code_.size(); at-- > 0;) {
                const bool joined = opcode(at) == OP_JUMPDEST && opcode(at + 1) == OP_JUMPDEST;
                runs_[at] = joined ? runs_[at + 1] : static_cast<uint32_t>(at);
            }
        }
        return runs_[destination];
    }

    /// Goes on at a jump destination: in this block if it may, else by a jump to the block there.
    /// Of a run of them only the last one counts, the others are paid and passed.
    After go_on_at(size_t destination) {
        const size_t last = last_of_run(destination);
        gas_ += (last - destination) * rules_.gas[OP_JUMPDEST];
        if (may_copy(last)) {
            account(OP_JUMPDEST);
            at_ = last + 1;
            return After::goes_on;
        }
        put_stack_in_order();
        emit_target({.op = Op::jump_to, .to = offset(stack_.top())}, last);
        close_check();
        return After::code_unreachable;
    }

    /// Counts an opcode's price and stack use into the block's check.
    void account(uint8_t op) {
        gas_ += rules_.gas[op];
        ++opcodes_;
        needed_ = std::max(needed_, STACK_USE[op].in - height_);
        height_ += STACK_USE[op].out - STACK_USE[op].in;
        added_ = std::max(added_, height_);
    }

    void close_check() {
        // One word more than there can be makes the check fail, as it must.
        const uint32_t needed = static_cast<uint32_t>(std::min(needed_, STACK_LIMIT + 1)) * 32;
        const uint32_t added = static_cast<uint32_t>(std::min(added_, STACK_LIMIT + 1)) * 32;
        Instruction& check = out_.instructions[first_];
        check.a = static_cast<int32_t>(gas_);
        check.b = static_cast<int32_t>(needed | added << 16);
    }

    void fall_through() {
        put_stack_in_order();
        if (stack_.top() != 0) {
            emit({.op = Op::advance, .to = offset(stack_.top())});
        }
        close_check();
    }

    void end_block(Op op) {
        put_stack_in_order();
        emit({.op = op, .to = offset(stack_.top())});
        close_check();
    }

    // Opcodes.

    After translate_opcode() {
        const uint8_t op = opcode(at_);
        if (at_ >= code_.size()) {
            end_block(Op::stop);
            return After::code_unreachable;
        }
        if (op == OP_JUMPDEST) {
            return go_on_at(at_);
        }
        if (opcodes_ >= BLOCK_OPCODES_MAX - LOOKAHEAD || gas_ > GAS_MAX) {
            fall_through();
            return After::block_ended;
        }
        if (rules_.gas[op] == UNDEFINED_GAS) {
            put_stack_in_order();
            emit({.op = Op::bail, .to = offset(stack_.top()), .a = static_cast<int32_t>(at_)});
            close_check();
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
            end_block(form->op);
            account(op);
            close_check();
            ++at_;
            return form->falls_through ? After::block_ended : After::code_unreachable;
        }
        if (translate_branch()) {
            return After::block_ended;
        }
        account(op);
        translate_inner(op);
        at_ += 1 + immediate_size(op);
        return After::goes_on;
    }

    void translate_inner(uint8_t op) {
        if (op >= OP_PUSH0 && op <= OP_PUSH32) {
            push_constant(uint256::from_be({code_.data() + at_ + 1, immediate_size(op)}));
        } else if (op >= OP_DUP1 && op <= OP_DUP16) {
            stack_.push(stack_.at(stack_.top() - (op - OP_DUP1)));
        } else if (op >= OP_SWAP1 && op <= OP_SWAP16) {
            stack_.swap(op - OP_SWAP1 + 1);
        } else if (const auto* const binary = find_form(BINARY_FORMS, op)) {
            translate_binary(*binary);
        } else if (const auto* const pushing = find_form(PUSHING_FORMS, op)) {
            emit_result(pushing->op, 0, 0);
        } else {
            translate_other(op);
        }
    }

    void translate_other(uint8_t op) {
        switch (op) {
            case OP_POP:
                stack_.release(stack_.take());
                break;
            case OP_PC:
                push_constant(at_);
                break;
            case OP_CODESIZE:
                push_constant(code_.size());
                break;
            case OP_ISZERO:
                translate_unary(Op::iszero, [](const uint256& x) { return as_word(x.is_zero()); });
                break;
            case OP_NOT:
                translate_unary(Op::not_r, [](const uint256& x) { return ~x; });
                break;
            case OP_CLZ:
                translate_unary(Op::clz,
                                [](const uint256& x) { return uint256{256 - x.bit_width()}; });
                break;
            case OP_ADDMOD:
                translate_ternary(Op::addmod, addmod);
                break;
            case OP_MULMOD:
                translate_ternary(Op::mulmod, mulmod);
                break;
            case OP_EXP:
                translate_exp();
                break;
            case OP_KECCAK256: {
                const Value where = take_in_slot();
                const Value size = take_in_slot();
                release(where, size);
                emit_result(Op::keccak256, offset(where.slot), offset(size.slot));
                break;
            }
            case OP_CALLDATALOAD:
                translate_load(Op::calldataload_r, Op::calldataload_s);
                break;
            case OP_MLOAD:
                translate_load(Op::mload_r, Op::mload_s);
                break;
            case OP_MSTORE:
                translate_mstore();
                break;
            case OP_MSTORE8: {
                const Value where = take_in_slot();
                const Value word = take_in_slot();
                release(where, word);
                emit({.op = Op::mstore8_rr, .a = offset(where.slot), .b = offset(word.slot)});
                break;
            }
            case OP_CALLDATACOPY:
                translate_copy(Op::calldatacopy);
                break;
            case OP_CODECOPY:
                translate_copy(Op::codecopy);
                break;
            case OP_MCOPY:
                translate_copy(Op::mcopy);
                break;
            default:
                ASSERT(op == OP_JUMPDEST);
        }
    }

    void translate_binary(const BinaryForms& forms) {
        Value a = stack_.take();
        Value b = stack_.take();
        if (a.constant && b.constant) {
            push_constant(forms.fold(a.word, b.word));
            return;
        }
        if (a.constant) {
            if (const auto* const small = find_form(SMALL_FIRST_FORMS, forms.opcode)) {
                if (a.word < small->limit) {
                    stack_.release(b);
                    emit_result(small->op, static_cast<int32_t>(a.word.low64()), offset(b.slot));
                    return;
                }
            }
        }
        const BinaryForms* used = &forms;
        if (a.constant) {
            if (const BinaryForms* const mirrored = mirror(forms)) {
                std::swap(a, b);
                used = mirrored;
            }
        }
        if (b.constant && used->rk != NONE) {
            stack_.release(a);
            emit_result(used->rk, offset(a.slot), constant(b.word));
        } else if (a.constant && used->kr != NONE) {
            stack_.release(b);
            emit_result(used->kr, constant(a.word), offset(b.slot));
        } else {
            a = in_slot(a);
            b = in_slot(b);
            release(a, b);
            emit_result(used->rr, offset(a.slot), offset(b.slot));
        }
    }

    /// The form that gives the same result with its operands exchanged, or null.
    static const BinaryForms* mirror(const BinaryForms& forms) {
        switch (forms.opcode) {
            case OP_LT:
                return find_form(BINARY_FORMS, OP_GT);
            case OP_GT:
                return find_form(BINARY_FORMS, OP_LT);
            case OP_SLT:
                return find_form(BINARY_FORMS, OP_SGT);
            case OP_SGT:
                return find_form(BINARY_FORMS, OP_SLT);
            default:
                return forms.commutative ? &forms : nullptr;
        }
    }

    template <typename Fold>
    void translate_unary(Op op, Fold fold) {
        const Value a = stack_.take();
        if (a.constant) {
            push_constant(fold(a.word));
            return;
        }
        stack_.release(a);
        emit_result(op, offset(a.slot), 0);
    }

    /// The third operand follows in an instruction of its own.
    template <typename Fold>
    void translate_ternary(Op op, Fold fold) {
        Value a = stack_.take();
        Value b = stack_.take();
        Value c = stack_.take();
        if (a.constant && b.constant && c.constant) {
            push_constant(fold(a.word, b.word, c.word));
            return;
        }
        a = in_slot(a);
        b = in_slot(b);
        c = in_slot(c);
        release(a, b);
        stack_.release(c);
        emit_result(op, offset(a.slot), offset(b.slot));
        emit({.op = Op::bail, .a = offset(c.slot)});
    }

    void translate_exp() {
        Value base = stack_.take();
        Value exponent = stack_.take();
        if (exponent.constant && base.constant) {
            gas_ += rules_.exp_byte * exponent_bytes(exponent.word);
            push_constant(exp(base.word, exponent.word));
            return;
        }
        base = in_slot(base);
        exponent = in_slot(exponent);
        release(base, exponent);
        emit_result(Op::exp_rr, offset(base.slot), offset(exponent.slot));
    }

    void translate_load(Op by_slot, Op by_number) {
        const Value where = stack_.take();
        if (where.constant && is_small(where.word)) {
            emit_result(by_number, static_cast<int32_t>(where.word.low64()), 0);
            return;
        }
        const Value slot = in_slot(where);
        stack_.release(slot);
        emit_result(by_slot, offset(slot.slot), 0);
    }

    void translate_mstore() {
        const Value where = stack_.take();
        const Value word = take_in_slot();
        if (where.constant && is_small(where.word)) {
            stack_.release(word);
            emit({.op = Op::mstore_sr,
                  .a = static_cast<int32_t>(where.word.low64()),
                  .b = offset(word.slot)});
            return;
        }
        const Value slot = in_slot(where);
        release(slot, word);
        emit({.op = Op::mstore_rr, .a = offset(slot.slot), .b = offset(word.slot)});
    }

    /// Destination, source, and size in `to`.
    void translate_copy(Op op) {
        const Value destination = take_in_slot();
        const Value source = take_in_slot();
        const Value size = take_in_slot();
        release(destination, source);
        stack_.release(size);
        emit({.op = op,
              .to = offset(size.slot),
              .a = offset(destination.slot),
              .b = offset(source.slot)});
    }

    // Jumps.

    [[nodiscard]] bool is_destination(const uint256& word) const noexcept {
        if (!word.fits_u64() || word.low64() >= code_.size()) {
            return false;
        }
        const uint64_t at = word.low64();
        return ((code_.jump_destinations()[at / 64] >> (at % 64)) & 1) != 0;
    }

    /// To be replaced by the block's place once it is known.
    void emit_target(Instruction instruction, const uint256& target) {
        instruction.a = static_cast<int32_t>(target.low64());
        targets_.push_back(out_.instructions.size());
        emit(instruction);
    }

    After translate_jump() {
        account(OP_JUMP);
        const Value target = stack_.at(stack_.top());
        if (target.constant && is_destination(target.word)) {
            (void)stack_.take();
            return go_on_at(static_cast<size_t>(target.word.low64()));
        }
        end_block(Op::jump);
        return After::code_unreachable;
    }

    void translate_conditional_jump() {
        const Value target = stack_.at(stack_.top());
        if (target.constant && is_destination(target.word)) {
            (void)stack_.take();
            const Value condition = keep_through_ordering(take_in_slot());
            stack_.release(condition);
            put_stack_in_order();
            emit_target(
                {.op = Op::jumpi_to, .to = offset(stack_.top()), .b = offset(condition.slot)},
                target.word);
        } else {
            end_block(Op::jumpi);
        }
        account(OP_JUMPI);
        close_check();
        ++at_;
    }

    /// A comparison or ISZERO, any number of ISZERO, a PUSH of a destination and JUMPI: one
    /// instruction.
    [[nodiscard]] bool translate_branch() {
        const uint8_t op = opcode(at_);
        if (op != OP_ISZERO && !branch_form(op, false)) {
            return false;
        }
        bool negated = op == OP_ISZERO;
        size_t at = at_ + 1;
        int count = 1;
        for (; opcode(at) == OP_ISZERO && count < LOOKAHEAD - 2; ++at, ++count) {
            negated = !negated;
        }
        const unsigned size = immediate_size(opcode(at));
        if (size == 0 || size > 4 || opcode(at + 1 + size) != OP_JUMPI) {
            return false;
        }
        const uint256 target = uint256::from_be({code_.data() + at + 1, size});
        if (!is_destination(target)) {
            return false;
        }
        account(op);
        for (int i = 1; i < count; ++i) {
            account(OP_ISZERO);
        }
        account(opcode(at));
        account(OP_JUMPI);
        if (op == OP_ISZERO) {
            branch_on_word(negated, target);
        } else {
            branch_on_comparison(op, negated, target);
        }
        close_check();
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
        const Value word = keep_through_ordering(take_in_slot());
        stack_.release(word);
        put_stack_in_order();
        emit_target({.op = negated ? Op::jumpz_to : Op::jumpi_to,
                     .to = offset(stack_.top()),
                     .b = offset(word.slot)},
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
        a = keep_through_ordering(in_slot(a));
        if (!by_constant) {
            b = keep_through_ordering(in_slot(b));
        }
        const Op form = *branch_form(op, by_constant);
        stack_.release(a);
        stack_.release(b);
        put_stack_in_order();
        emit({.op = form,
              .flag = static_cast<uint16_t>(negated ? 1 : 0),
              .to = offset(stack_.top()),
              .a = offset(a.slot),
              .b = by_constant ? constant(b.word) : offset(b.slot)});
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

    // Values.

    [[nodiscard]] static int32_t offset(int position) noexcept { return position * 32; }
    [[nodiscard]] static bool is_small(const uint256& word) noexcept {
        return word.fits_u64() && word.low64() <= std::numeric_limits<int32_t>::max();
    }

    void push_constant(const uint256& word) {
        stack_.push({.constant = true, .slot = 0, .word = word});
    }

    /// Byte offset of the word among the constants; the last few are looked through.
    [[nodiscard]] int32_t constant(const uint256& word) {
        constexpr size_t LOOK_BACK = 16;
        std::vector<uint256>& all = out_.constants;
        for (size_t i = all.size(); i > 0 && all.size() - i < LOOK_BACK; --i) {
            if (all[i - 1] == word) {
                return static_cast<int32_t>((i - 1) * sizeof(uint256));
            }
        }
        all.push_back(word);
        return static_cast<int32_t>((all.size() - 1) * sizeof(uint256));
    }

    void emit(const Instruction& instruction) { out_.instructions.push_back(instruction); }

    /// An instruction whose result is pushed. Operands were released, so that the result may take
    /// their place.
    void emit_result(Op op, int32_t a, int32_t b) {
        const int slot = stack_.free_slot();
        stack_.push({.constant = false, .slot = slot});
        emit({.op = op, .to = offset(slot), .a = a, .b = b});
    }

    void emit_constant(int slot, const uint256& word) {
        if (word.fits_u64()) {
            const uint64_t low = word.low64();
            emit({.op = Op::move_s,
                  .to = offset(slot),
                  .a = static_cast<int32_t>(static_cast<uint32_t>(low)),
                  .b = static_cast<int32_t>(static_cast<uint32_t>(low >> 32))});
        } else {
            emit({.op = Op::move_k, .to = offset(slot), .a = constant(word)});
        }
    }

    /// The same value in a slot; a constant is written to a free one. Must be released.
    [[nodiscard]] Value in_slot(const Value& value) {
        if (!value.constant) {
            return value;
        }
        const Value scratch{.constant = false, .slot = stack_.free_slot()};
        stack_.hold(scratch);
        emit_constant(scratch.slot, value.word);
        return scratch;
    }
    [[nodiscard]] Value take_in_slot() { return in_slot(stack_.take()); }

    void release(const Value& a, const Value& b) {
        stack_.release(a);
        stack_.release(b);
    }

    /// A value that is read after the stack was put in order: moved away if its slot will be
    /// overwritten.
    [[nodiscard]] Value keep_through_ordering(const Value& value) {
        const int slot = value.slot;
        if (slot > stack_.top() || slot < stack_.low()) {
            return value;
        }
        const Value& there = stack_.at(slot);
        if (!there.constant && there.slot == slot) {
            return value;
        }
        const Value scratch{.constant = false, .slot = stack_.free_slot()};
        stack_.hold(scratch);
        emit({.op = Op::move, .to = offset(scratch.slot), .a = offset(slot)});
        stack_.release(value);
        return scratch;
    }

    /// Moves every word to its own position: a parallel assignment, in an order that overwrites
    /// nothing still to be read. What remains then are cycles, which exchanges resolve. Linear in
    /// the positions looked at.
    void put_stack_in_order() {
        const int low = stack_.low();
        const int top = stack_.top();
        if (low > top) {
            return;
        }
        moves_.assign(static_cast<size_t>(top - low + 1), {});
        for (int p = low; p <= top; ++p) {
            const Value& value = stack_.at(p);
            move_of(p).pending = value.constant || value.slot != p;
            if (move_of(p).pending && !value.constant && value.slot <= top) {
                ++move_of(value.slot).readers;
            }
        }
        ready_.clear();
        for (int p = low; p <= top; ++p) {
            if (move_of(p).pending && move_of(p).readers == 0) {
                ready_.push_back(p);
            }
        }
        while (!ready_.empty()) {
            const int p = ready_.back();
            ready_.pop_back();
            const Value& value = stack_.at(p);
            move_of(p).pending = false;
            if (value.constant) {
                emit_constant(p, value.word);
                continue;
            }
            emit({.op = Op::move, .to = offset(p), .a = offset(value.slot)});
            if (value.slot <= top && --move_of(value.slot).readers == 0 &&
                move_of(value.slot).pending) {
                ready_.push_back(value.slot);
            }
        }
        for (int p = low; p <= top; ++p) {
            if (move_of(p).pending) {
                resolve_cycle(p);
            }
        }
    }

    struct Move {
        uint16_t readers = 0;  ///< Pending moves that read this position.
        bool pending = false;
    };
    [[nodiscard]] Move& move_of(int position) {
        return moves_[static_cast<size_t>(position - stack_.low())];
    }

    void resolve_cycle(int first) {
        for (int to = first; move_of(to).pending;) {
            move_of(to).pending = false;
            const int from = stack_.at(to).slot;
            if (from != first) {
                emit({.op = Op::exchange, .to = offset(to), .a = offset(from)});
            }
            to = from;
        }
    }

    /// Opcodes that one step may take at most.
    static constexpr int LOOKAHEAD = 16;
    static constexpr uint64_t GAS_MAX = uint64_t{1} << 30;

    const AnalysedCode& code_;
    const ForkRules& rules_;
    Translation& out_;
    SymbolicStack stack_;
    std::vector<Move> moves_;  ///< By position from the lowest on.
    std::vector<int> ready_;
    std::vector<size_t> targets_;
    std::vector<uint32_t> runs_;       ///< By jump destination; filled at its first use.
    std::vector<uint16_t> stretches_;  ///< By jump destination.
    size_t copies_left_ = 0;           ///< Opcodes that may still be copied.
    size_t copied_ = 0;                ///< In this chain.
    size_t at_ = 0;
    size_t first_ = 0;
    uint64_t gas_ = 0;
    int opcodes_ = 0;
    int height_ = 0;
    int needed_ = 0;
    int added_ = 0;
};

}  // namespace

std::unique_ptr<Translation> translate(const AnalysedCode& code, const ForkRules& rules) {
    auto out = std::make_unique<Translation>();
    out->instructions.reserve(code.size());
    Translator{code, rules, *out}.run();
    return out;
}

}  // namespace otento::evm
