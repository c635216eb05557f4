// Hot code in register form. The stack machine's shuffling (DUP, SWAP, PUSH, POP) is worked out
// once per basic block: instructions name the stack slots and constants they read and the slot they
// write, and a block checks gas and stack height once, at its entry.
//
// Exactness. A block holds only opcodes that can fail for want of gas alone, except for the last
// one, which runs in stack form after the stack has been put in order. So when a block can be paid
// for, nothing in it can fail differently than opcode by opcode; when it cannot, the plain
// interpreter takes over at the block's start and finds the opcode at fault. Opcodes that see gas
// or the host (GAS, SLOAD, CALL, …) always end a block.
#pragma once

#include <otento/evm/code_cache.hpp>
#include <otento/evm/fork_rules.hpp>

#include <otento/base/uint256.hpp>

namespace otento::evm {

// r: slot, k: constant, s: small constant in the instruction. Binary: first operand, second
// operand.
#define OTENTO_REGISTER_OPS(X)                                                                    \
    /* Block entry; leave to the plain interpreter. */                                            \
    X(begin)                                                                                      \
    X(bail) /* Putting the stack in order. */                                                     \
    X(move)                                                                                       \
    X(move_k) X(move_s) X(exchange) X(advance) /* Arithmetic. */                                  \
        X(add_rr) X(add_rk) X(mul_rr) X(mul_rk) X(sub_rr) X(sub_rk) X(sub_kr) X(div_rr) X(div_rk) \
            X(sdiv_rr) X(mod_rr) X(mod_rk) X(smod_rr) X(addmod) X(mulmod) X(exp_rr)               \
                X(signextend_rr) X(signextend_sr) X(lt_rr) X(lt_rk) X(gt_rr) X(gt_rk) X(slt_rr)   \
                    X(slt_rk) X(sgt_rr) X(sgt_rk) X(eq_rr) X(eq_rk) X(iszero) X(and_rr) X(and_rk) \
                        X(or_rr) X(or_rk) X(xor_rr) X(xor_rk) X(not_r) X(byte_rr) X(byte_sr)      \
                            X(shl_rr) X(shl_sr) X(shr_rr) X(shr_sr) X(sar_rr) X(sar_sr)           \
                                X(clz) /* Environment and memory. */                              \
        X(keccak256) X(address) X(origin) X(caller) X(callvalue) X(calldataload_r)                \
            X(calldataload_s) X(calldatasize) X(calldatacopy) X(codecopy) X(gasprice)             \
                X(returndatasize) X(coinbase) X(timestamp) X(number) X(prevrandao) X(gaslimit)    \
                    X(chainid) X(basefee) X(blobbasefee) X(mload_r) X(mload_s) X(mstore_rr)       \
                        X(mstore_sr) X(mstore8_rr) X(msize)                                       \
                            X(mcopy) /* Ends of blocks, in stack form. */                         \
        X(stop) X(jump) X(jumpi) X(jump_to) X(jumpi_to) X(jumpz_to) X(branch_lt_rr)               \
            X(branch_lt_rk) X(branch_gt_rr) X(branch_gt_rk) X(branch_slt_rr) X(branch_sgt_rr)     \
                X(branch_eq_rr) X(branch_eq_rk) X(gas) X(balance) X(extcodesize) X(extcodecopy)   \
                    X(returndatacopy) X(extcodehash) X(blockhash) X(selfbalance) X(blobhash)      \
                        X(sload) X(sstore) X(tload) X(tstore) X(log0) X(log1) X(log2) X(log3)     \
                            X(log4) X(create) X(call) X(callcode) X(return_) X(delegatecall)      \
                                X(create2) X(staticcall) X(revert) X(selfdestruct)

enum class RegisterOp : uint16_t {
#define OTENTO_ENUMERATOR(name) name,
    OTENTO_REGISTER_OPS(OTENTO_ENUMERATOR)
#undef OTENTO_ENUMERATOR
};

/// Slots are byte offsets from the stack pointer at the block's entry, whose top word is slot 0;
/// constants are byte offsets into Translation::constants. What the fields mean beyond the names is
/// said at the labels of register_interpreter.cpp.
struct Instruction {
    RegisterOp op = RegisterOp::bail;
    uint16_t flag = 0;
    int32_t to = 0;  ///< Result slot; for ends of blocks what the stack pointer moves by first.
    int32_t a = 0;
    int32_t b = 0;
};
static_assert(sizeof(Instruction) == 16);

struct Translation {
    std::vector<Instruction> instructions;
    std::vector<uint256> constants;
    /// By code offset: 1 + index of the block that begins at this JUMPDEST, else 0.
    std::vector<uint32_t> blocks;
    Fork fork = Fork::frontier;

    [[nodiscard]] size_t footprint() const noexcept {
        return sizeof(Translation) + instructions.capacity() * sizeof(Instruction) +
               constants.capacity() * sizeof(uint256) + blocks.capacity() * sizeof(uint32_t);
    }
};

/// Opcodes in one block at most; no block writes further above the stack limit than it has opcodes.
inline constexpr int BLOCK_OPCODES_MAX = 512;
/// Words behind the stack that a block may use for its intermediate results.
inline constexpr int SCRATCH_WORDS = 1024;

/// Time and memory are linear in the code's size.
[[nodiscard]] std::unique_ptr<Translation> translate(const AnalysedCode& code,
                                                     const ForkRules& rules);

}  // namespace otento::evm
