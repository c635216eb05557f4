// One running message call or creation (Yellow Paper 9.4: machine state and execution environment).
#pragma once

#include <otento/evm/code_cache.hpp>
#include <otento/evm/evm.hpp>
#include <otento/evm/memory.hpp>

namespace otento::evm {

struct Instruction;
struct Translation;

/// Frames are pooled by depth: memory, return data and init code keep their buffers from call to
/// call.
struct Frame {
    // Registers of the interpreter, saved while a callee runs.
    const uint8_t* pc = nullptr;
    uint256* sp = nullptr;  ///< The top word; stack_floor when the stack is empty.
    uint64_t gas = 0;

    /// Place in the register form; null while the plain interpreter runs the frame, `pc` counts
    /// then.
    const Instruction* instruction = nullptr;
    const Translation* translation = nullptr;

    uint256* stack_floor = nullptr;  ///< One below the first word.
    const AnalysedCode* code = nullptr;
    Memory memory;
    BytesView input;
    Bytes return_data;  ///< Of the last call this frame made (EIP-211).

    Address recipient;
    Address sender;
    uint256 value;
    CallKind kind = CallKind::call;
    bool is_static = false;
    int depth = 0;
    uint64_t gas_at_start = 0;

    // How the frame ended.
    Status status = Status::success;
    BytesView output;  ///< In this frame's memory.

    // Where the result of the callee goes.
    bool awaits_creation = false;
    uint64_t output_offset = 0;
    uint64_t output_size = 0;

    size_t checkpoint = 0;
    CodeCache::Entry* cached_code = nullptr;  ///< Pinned; null for init code.
    AnalysedCode init_code;
};

}  // namespace otento::evm
