// Runs code in register form (translation.hpp). Labels are named after RegisterOp; R() is a slot,
// K() a constant.
#include <otento/evm/ops_arithmetic.hpp>
#include <otento/evm/ops_call.hpp>
#include <otento/evm/ops_memory.hpp>
#include <otento/evm/ops_state.hpp>
#include <otento/evm/translation.hpp>
#include <otento/evm/words.hpp>

namespace otento::evm {

namespace {

[[gnu::always_inline]] inline uint256& word_at(uint256* sp, int32_t offset) noexcept {
    return *reinterpret_cast<uint256*>(reinterpret_cast<char*>(sp) + offset);
}
[[gnu::always_inline]] inline const uint256& word_at(const uint256* base, int32_t offset) noexcept {
    return *reinterpret_cast<const uint256*>(reinterpret_cast<const char*>(base) + offset);
}
[[gnu::always_inline]] inline uint256* moved(uint256* sp, int32_t offset) noexcept {
    return reinterpret_cast<uint256*>(reinterpret_cast<char*>(sp) + offset);
}

/// False if no gas could pay for a byte there; what is left is small enough to add to.
[[gnu::always_inline]] inline bool names_memory(const uint256& offset) noexcept {
    static_assert(MEMORY_SIZE_MAX <= uint64_t{1} << 33);
    return (offset.limbs[0] >> 33 | offset.limbs[1] | offset.limbs[2] | offset.limbs[3]) == 0;
}

}  // namespace

#define R(offset) word_at(sp, (offset))
#define K(offset) word_at(constants, (offset))

#define DISPATCH() goto* LABELS[static_cast<size_t>(ip->op)]
#define NEXT(count)    \
    do {               \
        ip += (count); \
        DISPATCH();    \
    } while (false)

// `ip` is at a block's check: pay for the block and enter it.
#define ENTER_BLOCK()                                                                          \
    do {                                                                                       \
        const uint64_t price = static_cast<uint32_t>(ip->a);                                   \
        const uint32_t stack = static_cast<uint32_t>(ip->b);                                   \
        if (gas < price ||                                                                     \
            reinterpret_cast<char*>(sp) - reinterpret_cast<char*>(floor) < (stack & 0xffff) || \
            reinterpret_cast<char*>(limit) - reinterpret_cast<char*>(sp) < (stack >> 16))      \
            [[unlikely]] {                                                                     \
            goto unaffordable;                                                                 \
        }                                                                                      \
        gas -= price;                                                                          \
        NEXT(1);                                                                               \
    } while (false)

#define JUMP_TO_BLOCK(index)         \
    do {                             \
        ip = instructions + (index); \
        ENTER_BLOCK();               \
    } while (false)

#define RESULT(name, expression)  \
    L_##name : {                  \
        R(ip->to) = (expression); \
        NEXT(1);                  \
    }

#define BRANCH(name, condition)                            \
    L_##name : {                                           \
        const bool taken = (condition) != (ip->flag != 0); \
        sp = moved(sp, ip->to);                            \
        if (taken) {                                       \
            JUMP_TO_BLOCK(ip[1].a);                        \
        }                                                  \
        ip += 2;                                           \
        ENTER_BLOCK();                                     \
    }

#define CHECKED(call)                                    \
    const OpResult result = (call);                      \
    if (result.status != Status::success) [[unlikely]] { \
        status = result.status;                          \
        goto faulted;                                    \
    }                                                    \
    gas = result.gas;

// Inside a block, with operands in slots.
#define INNER(name, call) \
    L_##name : {          \
        CHECKED(call)     \
        NEXT(1);          \
    }

// The last opcode of a block, on a stack that is in order.
#define LAST(name, opcode, function)                        \
    L_##name : {                                            \
        sp = moved(sp, ip->to);                             \
        CHECKED(function(m, f, sp, gas))                    \
        sp += STACK_USE[opcode].out - STACK_USE[opcode].in; \
        ++ip;                                               \
        ENTER_BLOCK();                                      \
    }

#define MESSAGE(name, opcode, function)                           \
    L_##name : {                                                  \
        sp = moved(sp, ip->to);                                   \
        CHECKED(function(m, f, sp, gas))                          \
        f.gas = gas;                                              \
        f.sp = sp + STACK_USE[opcode].out - STACK_USE[opcode].in; \
        f.instruction = ip + 1;                                   \
        if (m.enter_callee(f)) {                                  \
            return Exit::callee;                                  \
        }                                                         \
        gas = f.gas;                                              \
        sp = f.sp;                                                \
        ++ip;                                                     \
        ENTER_BLOCK();                                            \
    }

#define ENDING(name, function, how)      \
    L_##name : {                         \
        sp = moved(sp, ip->to);          \
        CHECKED(function(m, f, sp, gas)) \
        f.gas = gas;                     \
        f.status = (how);                \
        return Exit::halt;               \
    }

Exit interpret_registers(Machine& m, Frame& f) noexcept {
#define OTENTO_LABEL(name) &&L_##name,
    static const void* const LABELS[] = {OTENTO_REGISTER_OPS(OTENTO_LABEL)};
#undef OTENTO_LABEL
    const Instruction* ip = f.instruction;
    const Instruction* const instructions = f.translation->instructions.data();
    const uint256* const constants = f.translation->constants.data();
    uint256* sp = f.sp;
    uint256* const floor = f.stack_floor;
    uint256* const limit = floor + STACK_LIMIT;
    uint64_t gas = f.gas;
    Status status = Status::success;
    DISPATCH();

L_begin:
    ENTER_BLOCK();

    RESULT(move, R(ip->a))
    RESULT(move_k, K(ip->a))
    RESULT(move_s, (uint256{static_cast<uint32_t>(ip->a) |
                            static_cast<uint64_t>(static_cast<uint32_t>(ip->b)) << 32}))
L_exchange: {
    const uint256 word = R(ip->to);
    R(ip->to) = R(ip->a);
    R(ip->a) = word;
    NEXT(1);
}
L_advance: {
    sp = moved(sp, ip->to);
    ++ip;
    ENTER_BLOCK();
}

    RESULT(add_rr, R(ip->a) + R(ip->b))
    RESULT(add_rk, R(ip->a) + K(ip->b))
    RESULT(mul_rr, R(ip->a) * R(ip->b))
    RESULT(mul_rk, R(ip->a) * K(ip->b))
    RESULT(sub_rr, R(ip->a) - R(ip->b))
    RESULT(sub_rk, R(ip->a) - K(ip->b))
    RESULT(sub_kr, K(ip->a) - R(ip->b))
    RESULT(div_rr, R(ip->a) / R(ip->b))
    RESULT(div_rk, R(ip->a) / K(ip->b))
    RESULT(sdiv_rr, sdiv(R(ip->a), R(ip->b)))
    RESULT(mod_rr, R(ip->a) % R(ip->b))
    RESULT(mod_rk, R(ip->a) % K(ip->b))
    RESULT(smod_rr, smod(R(ip->a), R(ip->b)))
L_addmod: {
    R(ip->to) = addmod(R(ip->a), R(ip->b), R(ip[1].a));
    NEXT(2);
}
L_mulmod: {
    R(ip->to) = mulmod(R(ip->a), R(ip->b), R(ip[1].a));
    NEXT(2);
}
L_exp_rr: {
    if (!spend(gas, m.fork->exp_byte * exponent_bytes(R(ip->b)))) [[unlikely]] {
        status = Status::out_of_gas;
        goto faulted;
    }
    R(ip->to) = exp(R(ip->a), R(ip->b));
    NEXT(1);
}
    RESULT(signextend_rr, sign_extend(R(ip->a), R(ip->b)))
    RESULT(signextend_sr, sign_extend(uint256{static_cast<uint32_t>(ip->a)}, R(ip->b)))
    RESULT(lt_rr, uint256{R(ip->a) < R(ip->b) ? 1U : 0U})
    RESULT(lt_rk, uint256{R(ip->a) < K(ip->b) ? 1U : 0U})
    RESULT(gt_rr, uint256{R(ip->b) < R(ip->a) ? 1U : 0U})
    RESULT(gt_rk, uint256{K(ip->b) < R(ip->a) ? 1U : 0U})
    RESULT(slt_rr, uint256{signed_less(R(ip->a), R(ip->b)) ? 1U : 0U})
    RESULT(slt_rk, uint256{signed_less(R(ip->a), K(ip->b)) ? 1U : 0U})
    RESULT(sgt_rr, uint256{signed_less(R(ip->b), R(ip->a)) ? 1U : 0U})
    RESULT(sgt_rk, uint256{signed_less(K(ip->b), R(ip->a)) ? 1U : 0U})
    RESULT(eq_rr, uint256{R(ip->a) == R(ip->b) ? 1U : 0U})
    RESULT(eq_rk, uint256{R(ip->a) == K(ip->b) ? 1U : 0U})
    RESULT(iszero, uint256{R(ip->a).is_zero() ? 1U : 0U})
    RESULT(and_rr, R(ip->a) & R(ip->b))
    RESULT(and_rk, R(ip->a) & K(ip->b))
    RESULT(or_rr, R(ip->a) | R(ip->b))
    RESULT(or_rk, R(ip->a) | K(ip->b))
    RESULT(xor_rr, R(ip->a) ^ R(ip->b))
    RESULT(xor_rk, R(ip->a) ^ K(ip->b))
    RESULT(not_r, ~R(ip->a))
    RESULT(byte_rr, uint256{byte_at(R(ip->a), R(ip->b))})
    RESULT(byte_sr, uint256{byte_at(uint256{static_cast<uint32_t>(ip->a)}, R(ip->b))})
    RESULT(shl_rr, shift_left(R(ip->a), R(ip->b)))
    RESULT(shl_sr, R(ip->b) << static_cast<unsigned>(ip->a))
    RESULT(shr_rr, shift_right(R(ip->a), R(ip->b)))
    RESULT(shr_sr, R(ip->b) >> static_cast<unsigned>(ip->a))
    RESULT(sar_rr, shift_right_arithmetic(R(ip->a), R(ip->b)))
    RESULT(sar_sr, shift_right_arithmetic(uint256{static_cast<uint32_t>(ip->a)}, R(ip->b)))
    RESULT(clz, uint256{256 - R(ip->a).bit_width()})

    INNER(keccak256, hash_memory<false>(m, f, sp, gas, R(ip->a), R(ip->b), R(ip->to)))
    RESULT(address, uint256::from(f.recipient))
    RESULT(origin, uint256::from(m.tx->origin))
    RESULT(caller, uint256::from(f.sender))
    RESULT(callvalue, f.value)
    RESULT(calldataload_r, load_word(f.input, R(ip->a)))
    RESULT(calldataload_s, load_word(f.input, uint256{static_cast<uint32_t>(ip->a)}))
    RESULT(calldatasize, uint256{f.input.size()})
    INNER(calldatacopy,
          copy_to_memory<false>(m, f, sp, gas, R(ip->a), R(ip->b), R(ip->to), f.input))
    INNER(codecopy, copy_to_memory<false>(m, f, sp, gas, R(ip->a), R(ip->b), R(ip->to),
                                          {f.code->data(), f.code->size()}))
    RESULT(gasprice, m.tx->gas_price)
    RESULT(returndatasize, uint256{f.return_data.size()})
    RESULT(coinbase, uint256::from(m.tx->coinbase))
    RESULT(timestamp, uint256{m.tx->timestamp})
    RESULT(number, uint256{m.tx->number})
    RESULT(prevrandao, m.fork->randao ? uint256::from(m.tx->prev_randao) : m.tx->difficulty)
    RESULT(gaslimit, uint256{m.tx->gas_limit})
    RESULT(chainid, uint256{m.tx->chain_id})
    RESULT(basefee, m.tx->base_fee)
    RESULT(blobbasefee, m.tx->blob_base_fee)

L_mload_r: {
    const uint256& offset = R(ip->a);
    if (!names_memory(offset) || !spend_memory(f.memory, offset.low64() + 32, gas)) [[unlikely]] {
        goto out_of_gas;
    }
    R(ip->to) = uint256::load_be32(f.memory.data() + offset.low64());
    NEXT(1);
}
L_mload_s: {
    const uint64_t offset = static_cast<uint32_t>(ip->a);
    if (!spend_memory(f.memory, offset + 32, gas)) [[unlikely]] {
        goto out_of_gas;
    }
    R(ip->to) = uint256::load_be32(f.memory.data() + offset);
    NEXT(1);
}
L_mstore_rr: {
    const uint256& offset = R(ip->a);
    if (!names_memory(offset) || !spend_memory(f.memory, offset.low64() + 32, gas)) [[unlikely]] {
        goto out_of_gas;
    }
    R(ip->b).store_be32(f.memory.data() + offset.low64());
    NEXT(1);
}
L_mstore_sr: {
    const uint64_t offset = static_cast<uint32_t>(ip->a);
    if (!spend_memory(f.memory, offset + 32, gas)) [[unlikely]] {
        goto out_of_gas;
    }
    R(ip->b).store_be32(f.memory.data() + offset);
    NEXT(1);
}
L_mstore8_rr: {
    const uint256& offset = R(ip->a);
    if (!names_memory(offset) || !spend_memory(f.memory, offset.low64() + 1, gas)) [[unlikely]] {
        goto out_of_gas;
    }
    f.memory.data()[offset.low64()] = static_cast<uint8_t>(R(ip->b).low64());
    NEXT(1);
}
    RESULT(msize, uint256{f.memory.size()})
    INNER(mcopy, copy_memory<false>(m, f, sp, gas, R(ip->a), R(ip->b), R(ip->to)))

L_stop: {
    f.output = {};
    f.gas = gas;
    f.status = Status::success;
    return Exit::halt;
}
L_jump: {
    sp = moved(sp, ip->to);
    const uint32_t block = block_at(*f.translation, sp[0]);
    if (block == 0) [[unlikely]] {
        status = Status::bad_jump_destination;
        goto faulted;
    }
    --sp;
    JUMP_TO_BLOCK(block - 1);
}
L_jumpi: {
    sp = moved(sp, ip->to);
    if (sp[-1].is_zero()) {
        sp -= 2;
        ++ip;
        ENTER_BLOCK();
    }
    const uint32_t block = block_at(*f.translation, sp[0]);
    if (block == 0) [[unlikely]] {
        status = Status::bad_jump_destination;
        goto faulted;
    }
    sp -= 2;
    JUMP_TO_BLOCK(block - 1);
}
L_jump_to: {
    sp = moved(sp, ip->to);
    JUMP_TO_BLOCK(ip->a);
}
L_jumpi_to: {
    const bool taken = !R(ip->b).is_zero();
    sp = moved(sp, ip->to);
    if (taken) {
        JUMP_TO_BLOCK(ip->a);
    }
    ++ip;
    ENTER_BLOCK();
}
L_jumpz_to: {
    const bool taken = R(ip->b).is_zero();
    sp = moved(sp, ip->to);
    if (taken) {
        JUMP_TO_BLOCK(ip->a);
    }
    ++ip;
    ENTER_BLOCK();
}
    BRANCH(branch_lt_rr, R(ip->a) < R(ip->b))
    BRANCH(branch_lt_rk, R(ip->a) < K(ip->b))
    BRANCH(branch_gt_rr, R(ip->b) < R(ip->a))
    BRANCH(branch_gt_rk, K(ip->b) < R(ip->a))
    BRANCH(branch_slt_rr, signed_less(R(ip->a), R(ip->b)))
    BRANCH(branch_sgt_rr, signed_less(R(ip->b), R(ip->a)))
    BRANCH(branch_eq_rr, R(ip->a) == R(ip->b))
    BRANCH(branch_eq_rk, R(ip->a) == K(ip->b))

L_gas: {
    sp = moved(sp, ip->to);
    *++sp = uint256{gas};
    ++ip;
    ENTER_BLOCK();
}
    LAST(balance, OP_BALANCE, op_balance<false>)
    LAST(extcodesize, OP_EXTCODESIZE, op_extcodesize<false>)
    LAST(extcodecopy, OP_EXTCODECOPY, op_extcodecopy<false>)
    LAST(returndatacopy, OP_RETURNDATACOPY, op_returndatacopy<false>)
    LAST(extcodehash, OP_EXTCODEHASH, op_extcodehash<false>)
    LAST(blockhash, OP_BLOCKHASH, op_blockhash<false>)
    LAST(selfbalance, OP_SELFBALANCE, op_selfbalance<false>)
    LAST(blobhash, OP_BLOBHASH, op_blobhash<false>)
    LAST(sload, OP_SLOAD, op_sload<false>)
    LAST(sstore, OP_SSTORE, op_sstore<false>)
    LAST(tload, OP_TLOAD, op_tload<false>)
    LAST(tstore, OP_TSTORE, op_tstore<false>)
    LAST(log0, OP_LOG0, (op_log<false, 0>))
    LAST(log1, OP_LOG1, (op_log<false, 1>))
    LAST(log2, OP_LOG2, (op_log<false, 2>))
    LAST(log3, OP_LOG3, (op_log<false, 3>))
    LAST(log4, OP_LOG4, (op_log<false, 4>))

    MESSAGE(create, OP_CREATE, (op_create<false, CallKind::create>))
    MESSAGE(create2, OP_CREATE2, (op_create<false, CallKind::create2>))
    MESSAGE(call, OP_CALL, (op_call<false, CallKind::call>))
    MESSAGE(callcode, OP_CALLCODE, (op_call<false, CallKind::callcode>))
    MESSAGE(delegatecall, OP_DELEGATECALL, (op_call<false, CallKind::delegatecall>))
    MESSAGE(staticcall, OP_STATICCALL, (op_call<false, CallKind::staticcall>))

    ENDING(return_, op_return<false>, Status::success)
    ENDING(revert, op_return<false>, Status::revert)
    ENDING(selfdestruct, op_selfdestruct<false>, Status::success)

L_bail:
    // An opcode that the fork does not have.
    f.sp = moved(sp, ip->to);
    f.pc = f.code->data() + ip->a;
    f.gas = gas;
    f.instruction = nullptr;
    return interpret<false>(m, f);
unaffordable:
    f.sp = sp;
    f.pc = f.code->data() + ip->to;
    f.gas = gas;
    f.instruction = nullptr;
    return interpret<false>(m, f);
out_of_gas:
    status = Status::out_of_gas;
faulted:
    f.gas = 0;
    f.status = status;
    f.output = {};
    return Exit::halt;
}

}  // namespace otento::evm
