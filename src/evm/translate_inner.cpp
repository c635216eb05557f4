#include <otento/evm/translate_inner.hpp>

namespace otento::evm {
namespace {

class InnerTranslator {
  public:
    InnerTranslator(BlockBuilder& block, const ForkRules& rules, const CodeLayout& code, size_t at)
        : block_(block), stack_(block.stack()), rules_(rules), code_(code), at_(at) {}

    void translate() {
        const uint8_t op = code_.opcode(at_);
        if (op >= OP_PUSH0 && op <= OP_PUSH32) {
            block_.push_constant(uint256::from_be({code_.data() + at_ + 1, immediate_size(op)}));
        } else if (op >= OP_DUP1 && op <= OP_DUP16) {
            stack_.push(stack_.at(stack_.top() - (op - OP_DUP1)));
        } else if (op >= OP_SWAP1 && op <= OP_SWAP16) {
            stack_.swap(op - OP_SWAP1 + 1);
        } else if (const auto* const binary = find_form(BINARY_FORMS, op)) {
            translate_binary(*binary);
        } else if (const auto* const pushing = find_form(PUSHING_FORMS, op)) {
            block_.emit_result(pushing->op, 0, 0);
        } else {
            translate_other(op);
        }
    }

  private:
    void translate_other(uint8_t op) {
        switch (op) {
            case OP_POP:
                stack_.release(stack_.take());
                break;
            case OP_PC:
                block_.push_constant(at_);
                break;
            case OP_CODESIZE:
                block_.push_constant(code_.size());
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
                const Value where = block_.take_in_slot();
                const Value size = block_.take_in_slot();
                block_.release(where, size);
                block_.emit_result(Op::keccak256, BlockBuilder::offset(where.slot),
                                   BlockBuilder::offset(size.slot));
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
                const Value where = block_.take_in_slot();
                const Value word = block_.take_in_slot();
                block_.release(where, word);
                block_.emit({.op = Op::mstore8_rr,
                             .a = BlockBuilder::offset(where.slot),
                             .b = BlockBuilder::offset(word.slot)});
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
            block_.push_constant(forms.fold(a.word, b.word));
            return;
        }
        if (a.constant) {
            if (const auto* const small = find_form(SMALL_FIRST_FORMS, forms.opcode)) {
                if (a.word < small->limit) {
                    stack_.release(b);
                    block_.emit_result(small->op, static_cast<int32_t>(a.word.low64()),
                                       BlockBuilder::offset(b.slot));
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
            block_.emit_result(used->rk, BlockBuilder::offset(a.slot), block_.constant(b.word));
        } else if (a.constant && used->kr != NONE) {
            stack_.release(b);
            block_.emit_result(used->kr, block_.constant(a.word), BlockBuilder::offset(b.slot));
        } else {
            a = block_.in_slot(a);
            b = block_.in_slot(b);
            block_.release(a, b);
            block_.emit_result(used->rr, BlockBuilder::offset(a.slot),
                               BlockBuilder::offset(b.slot));
        }
    }

    template <typename Fold>
    void translate_unary(Op op, Fold fold) {
        const Value a = stack_.take();
        if (a.constant) {
            block_.push_constant(fold(a.word));
            return;
        }
        stack_.release(a);
        block_.emit_result(op, BlockBuilder::offset(a.slot), 0);
    }

    /// The third operand follows in an instruction of its own.
    template <typename Fold>
    void translate_ternary(Op op, Fold fold) {
        Value a = stack_.take();
        Value b = stack_.take();
        Value c = stack_.take();
        if (a.constant && b.constant && c.constant) {
            block_.push_constant(fold(a.word, b.word, c.word));
            return;
        }
        a = block_.in_slot(a);
        b = block_.in_slot(b);
        c = block_.in_slot(c);
        block_.release(a, b);
        stack_.release(c);
        block_.emit_result(op, BlockBuilder::offset(a.slot), BlockBuilder::offset(b.slot));
        block_.emit({.op = Op::bail, .a = BlockBuilder::offset(c.slot)});
    }

    void translate_exp() {
        Value base = stack_.take();
        Value exponent = stack_.take();
        if (exponent.constant && base.constant) {
            block_.account_gas(rules_.exp_byte * exponent_bytes(exponent.word));
            block_.push_constant(exp(base.word, exponent.word));
            return;
        }
        base = block_.in_slot(base);
        exponent = block_.in_slot(exponent);
        block_.release(base, exponent);
        block_.emit_result(Op::exp_rr, BlockBuilder::offset(base.slot),
                           BlockBuilder::offset(exponent.slot));
    }

    void translate_load(Op by_slot, Op by_number) {
        const Value where = stack_.take();
        if (where.constant && BlockBuilder::is_small(where.word)) {
            block_.emit_result(by_number, static_cast<int32_t>(where.word.low64()), 0);
            return;
        }
        const Value slot = block_.in_slot(where);
        stack_.release(slot);
        block_.emit_result(by_slot, BlockBuilder::offset(slot.slot), 0);
    }

    void translate_mstore() {
        const Value where = stack_.take();
        const Value word = block_.take_in_slot();
        if (where.constant && BlockBuilder::is_small(where.word)) {
            stack_.release(word);
            block_.emit({.op = Op::mstore_sr,
                         .a = static_cast<int32_t>(where.word.low64()),
                         .b = BlockBuilder::offset(word.slot)});
            return;
        }
        const Value slot = block_.in_slot(where);
        block_.release(slot, word);
        block_.emit({.op = Op::mstore_rr,
                     .a = BlockBuilder::offset(slot.slot),
                     .b = BlockBuilder::offset(word.slot)});
    }

    /// Destination, source, and size in `to`.
    void translate_copy(Op op) {
        const Value destination = block_.take_in_slot();
        const Value source = block_.take_in_slot();
        const Value size = block_.take_in_slot();
        block_.release(destination, source);
        stack_.release(size);
        block_.emit({.op = op,
                     .to = BlockBuilder::offset(size.slot),
                     .a = BlockBuilder::offset(destination.slot),
                     .b = BlockBuilder::offset(source.slot)});
    }

    BlockBuilder& block_;
    SymbolicStack& stack_;
    const ForkRules& rules_;
    const CodeLayout& code_;
    size_t at_;
};

}  // namespace

void translate_inner(BlockBuilder& block, const ForkRules& rules, const CodeLayout& code,
                     size_t at) {
    InnerTranslator{block, rules, code, at}.translate();
}

const BinaryForms* mirror(const BinaryForms& forms) noexcept {
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

}  // namespace otento::evm
