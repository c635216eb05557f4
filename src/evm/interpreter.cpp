// The interpreter: one loop over code bytes, compiled with and without tracing. Every opcode has a
// label; the next one is reached by a jump through a table of labels, so that the processor
// predicts each of these jumps by itself.
//
// Stack use is a constant per opcode and checked against it; so is gas where it never changed,
// otherwise it is read from the fork's table. An opcode that the fork lacks has a price nobody can
// pay, so its absence costs nothing to check; `failed` then finds out which of the three it was.
#include <otento/evm/ops_arithmetic.hpp>
#include <otento/evm/ops_call.hpp>
#include <otento/evm/ops_memory.hpp>
#include <otento/evm/ops_state.hpp>
#include <otento/evm/words.hpp>

namespace otento::evm {
namespace {

/// Opcodes whose price depends on their operands report their step themselves, once they know it.
consteval bool reports_itself(uint8_t op) {
    switch (op) {
        case OP_EXP:
        case OP_KECCAK256:
        case OP_BALANCE:
        case OP_CALLDATACOPY:
        case OP_CODECOPY:
        case OP_EXTCODESIZE:
        case OP_EXTCODECOPY:
        case OP_RETURNDATACOPY:
        case OP_EXTCODEHASH:
        case OP_MLOAD:
        case OP_MSTORE:
        case OP_MSTORE8:
        case OP_SLOAD:
        case OP_SSTORE:
        case OP_MCOPY:
        case OP_LOG0:
        case OP_LOG1:
        case OP_LOG2:
        case OP_LOG3:
        case OP_LOG4:
        case OP_CREATE:
        case OP_CALL:
        case OP_CALLCODE:
        case OP_RETURN:
        case OP_DELEGATECALL:
        case OP_CREATE2:
        case OP_STATICCALL:
        case OP_REVERT:
        case OP_SELFDESTRUCT:
            return true;
        default:
            return false;
    }
}

/// Why the checks before an opcode failed, in the order of the Yellow Paper's Z.
Status reason_of_failure(const Machine& m, const Frame& f, uint8_t op, const uint256* sp) noexcept {
    if (m.fork->gas[op] == UNDEFINED_GAS) {
        return op == OP_INVALID ? Status::invalid_instruction : Status::undefined_instruction;
    }
    const int64_t height = sp - f.stack_floor;
    if (height < STACK_USE[op].in) {
        return Status::stack_underflow;
    }
    if (height - STACK_USE[op].in + STACK_USE[op].out > STACK_LIMIT) {
        return Status::stack_overflow;
    }
    return Status::out_of_gas;
}

/// The N bytes behind a PUSH; code is padded, so wider loads are safe.
template <unsigned N>
[[gnu::always_inline]] inline uint256 load_immediate(const uint8_t* bytes) noexcept {
    uint256 out;
    constexpr unsigned WHOLE = N / 8;
    constexpr unsigned REST = N % 8;
    for (unsigned i = 0; i < WHOLE; ++i) {
        out.limbs[i] = load_be<uint64_t>(bytes + REST + 8 * (WHOLE - 1 - i));
    }
    if constexpr (REST != 0) {
        out.limbs[WHOLE] = load_be<uint64_t>(bytes) >> (64 - 8 * REST);
    }
    return out;
}

[[nodiscard]] inline bool is_jump_destination(const AnalysedCode& code,
                                              const uint256& target) noexcept {
    if (!target.fits_u64() || target.low64() >= code.size()) {
        return false;
    }
    const uint64_t at = target.low64();
    return ((code.jump_destinations()[at / 64] >> (at % 64)) & 1) != 0;
}

}  // namespace

// The next opcode's label. TRACED notes the state before it.
#define DISPATCH()                                      \
    do {                                                \
        if constexpr (TRACED) {                         \
            m.step = {pc, gas, f.memory.size(), false}; \
        }                                               \
        goto* LABELS[*pc];                              \
    } while (false)

#define NEXT(bytes)    \
    do {               \
        pc += (bytes); \
        DISPATCH();    \
    } while (false)

// Label, stack check, static gas and, where the price is known by then, the report.
#define BEGIN(op)                                                                     \
    L_##op : if constexpr (STACK_USE[op].in > 0) {                                    \
        if (sp < floor + STACK_USE[op].in) [[unlikely]] {                             \
            goto failed;                                                              \
        }                                                                             \
    }                                                                                 \
    if constexpr (STACK_USE[op].out > STACK_USE[op].in) {                             \
        if (sp >= floor + (STACK_LIMIT + 1 - (STACK_USE[op].out - STACK_USE[op].in))) \
            [[unlikely]] {                                                            \
            goto failed;                                                              \
        }                                                                             \
    }                                                                                 \
    if constexpr (has_constant_gas(op)) {                                             \
        constexpr uint64_t PRICE = FORK_RULES[0].gas[op];                             \
        if constexpr (PRICE != 0) {                                                   \
            if (!spend(gas, PRICE)) [[unlikely]] {                                    \
                goto failed;                                                          \
            }                                                                         \
        }                                                                             \
    } else {                                                                          \
        if (!spend(gas, rules.gas[op])) [[unlikely]] {                                \
            goto failed;                                                              \
        }                                                                             \
    }                                                                                 \
    if constexpr (TRACED && !reports_itself(op)) {                                    \
        m.report_step(f, sp, gas);                                                    \
    }

// sp[0] and sp[-1] become one word.
#define BINARY(op, expression)     \
    BEGIN(op) {                    \
        const uint256& a = sp[0];  \
        const uint256& b = sp[-1]; \
        sp[-1] = (expression);     \
        --sp;                      \
        NEXT(1);                   \
    }
#define UNARY(op, expression)     \
    BEGIN(op) {                   \
        const uint256& a = sp[0]; \
        sp[0] = (expression);     \
        NEXT(1);                  \
    }
#define PUSHED(op, expression) \
    BEGIN(op) {                \
        *++sp = (expression);  \
        NEXT(1);               \
    }

// An opcode out of line.
#define CALLED(op, function)                                 \
    BEGIN(op) {                                              \
        const OpResult result = function(m, f, sp, gas);     \
        if (result.status != Status::success) [[unlikely]] { \
            status = result.status;                          \
            goto faulted;                                    \
        }                                                    \
        gas = result.gas;                                    \
        sp += STACK_USE[op].out - STACK_USE[op].in;          \
        NEXT(1);                                             \
    }

// An opcode that leaves a message for the machine; without a frame for it we go on at once.
#define MESSAGE(op, function)                                \
    BEGIN(op) {                                              \
        const OpResult result = function(m, f, sp, gas);     \
        if (result.status != Status::success) [[unlikely]] { \
            status = result.status;                          \
            goto faulted;                                    \
        }                                                    \
        f.gas = result.gas;                                  \
        f.sp = sp + STACK_USE[op].out - STACK_USE[op].in;    \
        f.pc = pc + 1;                                       \
        if (m.enter_callee(f)) {                             \
            return Exit::callee;                             \
        }                                                    \
        gas = f.gas;                                         \
        sp = f.sp;                                           \
        NEXT(1);                                             \
    }

// An opcode that ends the frame.
#define ENDING(op, function, how)                            \
    BEGIN(op) {                                              \
        const OpResult result = function(m, f, sp, gas);     \
        if (result.status != Status::success) [[unlikely]] { \
            status = result.status;                          \
            goto faulted;                                    \
        }                                                    \
        f.gas = result.gas;                                  \
        f.status = (how);                                    \
        return Exit::halt;                                   \
    }

#define PUSH(n)                            \
    BEGIN(OP_PUSH##n) {                    \
        *++sp = load_immediate<n>(pc + 1); \
        NEXT(1 + n);                       \
    }
#define DUP(n)             \
    BEGIN(OP_DUP##n) {     \
        sp[1] = sp[1 - n]; \
        ++sp;              \
        NEXT(1);           \
    }
#define SWAP(n)                     \
    BEGIN(OP_SWAP##n) {             \
        const uint256 word = sp[0]; \
        sp[0] = sp[-n];             \
        sp[-n] = word;              \
        NEXT(1);                    \
    }

template <bool TRACED>
Exit interpret(Machine& m, Frame& f) noexcept {
#include <otento/evm/labels.inc>
    const uint8_t* pc = f.pc;
    uint256* sp = f.sp;
    uint64_t gas = f.gas;
    uint256* const floor = f.stack_floor;
    const ForkRules& rules = *m.fork;
    Status status = Status::success;
    DISPATCH();

    BEGIN(OP_STOP) {
        f.output = {};
        f.gas = gas;
        f.status = Status::success;
        return Exit::halt;
    }

    BINARY(OP_ADD, a + b)
    BINARY(OP_MUL, a * b)
    BINARY(OP_SUB, a - b)
    BINARY(OP_DIV, a / b)
    BINARY(OP_SDIV, sdiv(a, b))
    BINARY(OP_MOD, a % b)
    BINARY(OP_SMOD, smod(a, b))
    BEGIN(OP_ADDMOD) {
        sp[-2] = addmod(sp[0], sp[-1], sp[-2]);
        sp -= 2;
        NEXT(1);
    }
    BEGIN(OP_MULMOD) {
        sp[-2] = mulmod(sp[0], sp[-1], sp[-2]);
        sp -= 2;
        NEXT(1);
    }
    BEGIN(OP_EXP) {
        if (!spend(gas, rules.exp_byte * exponent_bytes(sp[-1]))) [[unlikely]] {
            goto failed;
        }
        report<TRACED>(m, f, sp, gas);
        sp[-1] = exp(sp[0], sp[-1]);
        --sp;
        NEXT(1);
    }
    BINARY(OP_SIGNEXTEND, sign_extend(a, b))
    BINARY(OP_LT, uint256{a < b ? 1U : 0U})
    BINARY(OP_GT, uint256{b < a ? 1U : 0U})
    BINARY(OP_SLT, uint256{signed_less(a, b) ? 1U : 0U})
    BINARY(OP_SGT, uint256{signed_less(b, a) ? 1U : 0U})
    BINARY(OP_EQ, uint256{a == b ? 1U : 0U})
    UNARY(OP_ISZERO, uint256{a.is_zero() ? 1U : 0U})
    BINARY(OP_AND, a & b)
    BINARY(OP_OR, a | b)
    BINARY(OP_XOR, a ^ b)
    UNARY(OP_NOT, ~a)
    BINARY(OP_BYTE, uint256{byte_at(a, b)})
    BINARY(OP_SHL, shift_left(a, b))
    BINARY(OP_SHR, shift_right(a, b))
    BINARY(OP_SAR, shift_right_arithmetic(a, b))
    UNARY(OP_CLZ, uint256{256 - a.bit_width()})
    CALLED(OP_KECCAK256, op_keccak256<TRACED>)

    PUSHED(OP_ADDRESS, uint256::from(f.recipient))
    CALLED(OP_BALANCE, op_balance<TRACED>)
    PUSHED(OP_ORIGIN, uint256::from(m.tx->origin))
    PUSHED(OP_CALLER, uint256::from(f.sender))
    PUSHED(OP_CALLVALUE, f.value)
    UNARY(OP_CALLDATALOAD, load_word(f.input, a))
    PUSHED(OP_CALLDATASIZE, uint256{f.input.size()})
    CALLED(OP_CALLDATACOPY, op_calldatacopy<TRACED>)
    PUSHED(OP_CODESIZE, uint256{f.code->size()})
    CALLED(OP_CODECOPY, op_codecopy<TRACED>)
    PUSHED(OP_GASPRICE, m.tx->gas_price)
    CALLED(OP_EXTCODESIZE, op_extcodesize<TRACED>)
    CALLED(OP_EXTCODECOPY, op_extcodecopy<TRACED>)
    PUSHED(OP_RETURNDATASIZE, uint256{f.return_data.size()})
    CALLED(OP_RETURNDATACOPY, op_returndatacopy<TRACED>)
    CALLED(OP_EXTCODEHASH, op_extcodehash<TRACED>)
    CALLED(OP_BLOCKHASH, op_blockhash<TRACED>)
    PUSHED(OP_COINBASE, uint256::from(m.tx->coinbase))
    PUSHED(OP_TIMESTAMP, uint256{m.tx->timestamp})
    PUSHED(OP_NUMBER, uint256{m.tx->number})
    PUSHED(OP_PREVRANDAO, rules.randao ? uint256::from(m.tx->prev_randao) : m.tx->difficulty)
    PUSHED(OP_GASLIMIT, uint256{m.tx->gas_limit})
    PUSHED(OP_CHAINID, uint256{m.tx->chain_id})
    CALLED(OP_SELFBALANCE, op_selfbalance<TRACED>)
    PUSHED(OP_BASEFEE, m.tx->base_fee)
    CALLED(OP_BLOBHASH, op_blobhash<TRACED>)
    PUSHED(OP_BLOBBASEFEE, m.tx->blob_base_fee)

    BEGIN(OP_POP) {
        --sp;
        NEXT(1);
    }
    BEGIN(OP_MLOAD) {
        if (!sp[0].fits_u64() || sp[0].low64() > MEMORY_SIZE_MAX ||
            !spend_memory(f.memory, sp[0].low64() + 32, gas)) [[unlikely]] {
            goto failed;
        }
        report<TRACED>(m, f, sp, gas);
        sp[0] = uint256::load_be32(f.memory.data() + sp[0].low64());
        NEXT(1);
    }
    BEGIN(OP_MSTORE) {
        if (!sp[0].fits_u64() || sp[0].low64() > MEMORY_SIZE_MAX ||
            !spend_memory(f.memory, sp[0].low64() + 32, gas)) [[unlikely]] {
            goto failed;
        }
        report<TRACED>(m, f, sp, gas);
        sp[-1].store_be32(f.memory.data() + sp[0].low64());
        sp -= 2;
        NEXT(1);
    }
    BEGIN(OP_MSTORE8) {
        if (!sp[0].fits_u64() || sp[0].low64() > MEMORY_SIZE_MAX ||
            !spend_memory(f.memory, sp[0].low64() + 1, gas)) [[unlikely]] {
            goto failed;
        }
        report<TRACED>(m, f, sp, gas);
        f.memory.data()[sp[0].low64()] = static_cast<uint8_t>(sp[-1].low64());
        sp -= 2;
        NEXT(1);
    }
    CALLED(OP_SLOAD, op_sload<TRACED>)
    CALLED(OP_SSTORE, op_sstore<TRACED>)
    BEGIN(OP_JUMP) {
        if (!is_jump_destination(*f.code, sp[0])) [[unlikely]] {
            status = Status::bad_jump_destination;
            goto faulted;
        }
        pc = f.code->data() + sp[0].low64();
        --sp;
        DISPATCH();
    }
    BEGIN(OP_JUMPI) {
        if (sp[-1].is_zero()) {
            sp -= 2;
            NEXT(1);
        }
        if (!is_jump_destination(*f.code, sp[0])) [[unlikely]] {
            status = Status::bad_jump_destination;
            goto faulted;
        }
        pc = f.code->data() + sp[0].low64();
        sp -= 2;
        DISPATCH();
    }
    PUSHED(OP_PC, uint256{static_cast<uint64_t>(pc - f.code->data())})
    PUSHED(OP_MSIZE, uint256{f.memory.size()})
    PUSHED(OP_GAS, uint256{gas})
    BEGIN(OP_JUMPDEST) {
        NEXT(1);
    }
    CALLED(OP_TLOAD, op_tload<TRACED>)
    CALLED(OP_TSTORE, op_tstore<TRACED>)
    CALLED(OP_MCOPY, op_mcopy<TRACED>)
    PUSHED(OP_PUSH0, uint256{})

    // clang-format off
    PUSH(1) PUSH(2) PUSH(3) PUSH(4) PUSH(5) PUSH(6) PUSH(7) PUSH(8)
    PUSH(9) PUSH(10) PUSH(11) PUSH(12) PUSH(13) PUSH(14) PUSH(15) PUSH(16)
    PUSH(17) PUSH(18) PUSH(19) PUSH(20) PUSH(21) PUSH(22) PUSH(23) PUSH(24)
    PUSH(25) PUSH(26) PUSH(27) PUSH(28) PUSH(29) PUSH(30) PUSH(31) PUSH(32)
    DUP(1) DUP(2) DUP(3) DUP(4) DUP(5) DUP(6) DUP(7) DUP(8)
    DUP(9) DUP(10) DUP(11) DUP(12) DUP(13) DUP(14) DUP(15) DUP(16)
    SWAP(1) SWAP(2) SWAP(3) SWAP(4) SWAP(5) SWAP(6) SWAP(7) SWAP(8)
    SWAP(9) SWAP(10) SWAP(11) SWAP(12) SWAP(13) SWAP(14) SWAP(15) SWAP(16)
        // clang-format on

        CALLED(OP_LOG0, (op_log<TRACED, 0>)) CALLED(OP_LOG1, (op_log<TRACED, 1>))
            CALLED(OP_LOG2, (op_log<TRACED, 2>)) CALLED(OP_LOG3, (op_log<TRACED, 3>))
                CALLED(OP_LOG4, (op_log<TRACED, 4>))

                    MESSAGE(OP_CREATE, (op_create<TRACED, CallKind::create>))
                        MESSAGE(OP_CREATE2, (op_create<TRACED, CallKind::create2>))
                            MESSAGE(OP_CALL, (op_call<TRACED, CallKind::call>))
                                MESSAGE(OP_CALLCODE, (op_call<TRACED, CallKind::callcode>)) MESSAGE(
                                    OP_DELEGATECALL, (op_call<TRACED, CallKind::delegatecall>))
                                    MESSAGE(OP_STATICCALL, (op_call<TRACED, CallKind::staticcall>))

                                        ENDING(OP_RETURN, op_return<TRACED>, Status::success)
                                            ENDING(OP_REVERT, op_return<TRACED>, Status::revert)
                                                ENDING(OP_SELFDESTRUCT, op_selfdestruct<TRACED>,
                                                       Status::success)

                                                    L_undefined : failed
        : status = reason_of_failure(m, f, *pc, sp);
faulted:
    if constexpr (TRACED) {
        m.report_fault(f, sp, status);
    }
    f.gas = 0;
    f.status = status;
    f.output = {};
    return Exit::halt;
}

template Exit interpret<false>(Machine&, Frame&) noexcept;
template Exit interpret<true>(Machine&, Frame&) noexcept;

}  // namespace otento::evm
