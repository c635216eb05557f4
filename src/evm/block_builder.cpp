#include <otento/evm/block_builder.hpp>

namespace otento::evm {

void BlockBuilder::begin(size_t at) {
    stack_.reset();
    gas_ = 0;
    opcodes_ = 0;
    height_ = needed_ = added_ = 0;
    first_ = out_.instructions.size();
    emit({.op = Op::begin, .to = static_cast<int32_t>(at)});
}

void BlockBuilder::account(uint8_t op) {
    gas_ += rules_.gas[op];
    ++opcodes_;
    needed_ = std::max(needed_, STACK_USE[op].in - height_);
    height_ += STACK_USE[op].out - STACK_USE[op].in;
    added_ = std::max(added_, height_);
}

void BlockBuilder::close_check() {
    // One word more than there can be makes the check fail, as it must.
    const uint32_t needed = static_cast<uint32_t>(std::min(needed_, STACK_LIMIT + 1)) * 32;
    const uint32_t added = static_cast<uint32_t>(std::min(added_, STACK_LIMIT + 1)) * 32;
    Instruction& check = out_.instructions[first_];
    check.a = static_cast<int32_t>(gas_);
    check.b = static_cast<int32_t>(needed | added << 16);
}

void BlockBuilder::end(Op op) {
    put_stack_in_order();
    emit({.op = op, .to = offset(stack_.top())});
    close_check();
}

int32_t BlockBuilder::constant(const uint256& word) {
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

void BlockBuilder::emit_result(Op op, int32_t a, int32_t b) {
    const int slot = stack_.free_slot();
    stack_.push({.constant = false, .slot = slot});
    emit({.op = op, .to = offset(slot), .a = a, .b = b});
}

void BlockBuilder::emit_constant(int slot, const uint256& word) {
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

Value BlockBuilder::in_slot(const Value& value) {
    if (!value.constant) {
        return value;
    }
    const Value scratch{.constant = false, .slot = stack_.free_slot()};
    stack_.hold(scratch);
    emit_constant(scratch.slot, value.word);
    return scratch;
}

Value BlockBuilder::keep_through_ordering(const Value& value) {
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

void BlockBuilder::put_stack_in_order() {
    if (stack_.low() > stack_.top()) {
        return;
    }
    find_moves();
    while (!ready_.empty()) {
        const int to = ready_.back();
        ready_.pop_back();
        make_move(to);
    }
    for (int p = stack_.low(); p <= stack_.top(); ++p) {
        if (move_of(p).pending) {
            resolve_cycle(p);
        }
    }
}

/// Which words are not in their place, and who reads whose place.
void BlockBuilder::find_moves() {
    const int low = stack_.low();
    const int top = stack_.top();
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
}

/// Nobody reads `to` any more. The place that its word comes from may be the next one to be free.
void BlockBuilder::make_move(int to) {
    const Value& value = stack_.at(to);
    move_of(to).pending = false;
    if (value.constant) {
        emit_constant(to, value.word);
        return;
    }
    emit({.op = Op::move, .to = offset(to), .a = offset(value.slot)});
    if (value.slot <= stack_.top() && --move_of(value.slot).readers == 0 &&
        move_of(value.slot).pending) {
        ready_.push_back(value.slot);
    }
}

void BlockBuilder::resolve_cycle(int first) {
    for (int to = first; move_of(to).pending;) {
        move_of(to).pending = false;
        const int from = stack_.at(to).slot;
        if (from != first) {
            emit({.op = Op::exchange, .to = offset(to), .a = offset(from)});
        }
        to = from;
    }
}

}  // namespace otento::evm
