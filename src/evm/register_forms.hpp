// Which opcodes have which register forms.
#pragma once

#include <otento/evm/ops_arithmetic.hpp>
#include <otento/evm/translation.hpp>

#include <array>

namespace otento::evm {

using Op = RegisterOp;

/// Two-operand opcodes with a register form.
struct BinaryForms {
    Opcode opcode;
    Op rr;
    Op rk;  ///< bail: none.
    Op kr;
    bool commutative;
    uint256 (*fold)(const uint256& a, const uint256& b);
};

inline uint256 as_word(bool flag) {
    return flag ? 1 : 0;
}

inline constexpr Op NONE = Op::bail;

inline constexpr std::array BINARY_FORMS = {
    BinaryForms{OP_ADD, Op::add_rr, Op::add_rk, NONE, true,
                [](const uint256& a, const uint256& b) { return a + b; }},
    BinaryForms{OP_MUL, Op::mul_rr, Op::mul_rk, NONE, true,
                [](const uint256& a, const uint256& b) { return a * b; }},
    BinaryForms{OP_SUB, Op::sub_rr, Op::sub_rk, Op::sub_kr, false,
                [](const uint256& a, const uint256& b) { return a - b; }},
    BinaryForms{OP_DIV, Op::div_rr, Op::div_rk, NONE, false,
                [](const uint256& a, const uint256& b) { return a / b; }},
    BinaryForms{OP_SDIV, Op::sdiv_rr, NONE, NONE, false, sdiv},
    BinaryForms{OP_MOD, Op::mod_rr, Op::mod_rk, NONE, false,
                [](const uint256& a, const uint256& b) { return a % b; }},
    BinaryForms{OP_SMOD, Op::smod_rr, NONE, NONE, false, smod},
    BinaryForms{OP_SIGNEXTEND, Op::signextend_rr, NONE, NONE, false, sign_extend},
    BinaryForms{OP_LT, Op::lt_rr, Op::lt_rk, NONE, false,
                [](const uint256& a, const uint256& b) { return as_word(a < b); }},
    BinaryForms{OP_GT, Op::gt_rr, Op::gt_rk, NONE, false,
                [](const uint256& a, const uint256& b) { return as_word(b < a); }},
    BinaryForms{OP_SLT, Op::slt_rr, Op::slt_rk, NONE, false,
                [](const uint256& a, const uint256& b) { return as_word(signed_less(a, b)); }},
    BinaryForms{OP_SGT, Op::sgt_rr, Op::sgt_rk, NONE, false,
                [](const uint256& a, const uint256& b) { return as_word(signed_less(b, a)); }},
    BinaryForms{OP_EQ, Op::eq_rr, Op::eq_rk, NONE, true,
                [](const uint256& a, const uint256& b) { return as_word(a == b); }},
    BinaryForms{OP_AND, Op::and_rr, Op::and_rk, NONE, true,
                [](const uint256& a, const uint256& b) { return a & b; }},
    BinaryForms{OP_OR, Op::or_rr, Op::or_rk, NONE, true,
                [](const uint256& a, const uint256& b) { return a | b; }},
    BinaryForms{OP_XOR, Op::xor_rr, Op::xor_rk, NONE, true,
                [](const uint256& a, const uint256& b) { return a ^ b; }},
    BinaryForms{OP_BYTE, Op::byte_rr, NONE, NONE, false,
                [](const uint256& a, const uint256& b) { return uint256{byte_at(a, b)}; }},
    BinaryForms{OP_SHL, Op::shl_rr, NONE, NONE, false, shift_left},
    BinaryForms{OP_SHR, Op::shr_rr, NONE, NONE, false, shift_right},
    BinaryForms{OP_SAR, Op::sar_rr, NONE, NONE, false, shift_right_arithmetic},
};

/// Opcodes whose first operand may stand in the instruction, below `limit`.
struct SmallFirstForm {
    Opcode opcode;
    Op op;
    unsigned limit;
};
inline constexpr std::array SMALL_FIRST_FORMS = {
    SmallFirstForm{OP_SIGNEXTEND, Op::signextend_sr, 31}, SmallFirstForm{OP_BYTE, Op::byte_sr, 32},
    SmallFirstForm{OP_SHL, Op::shl_sr, 256}, SmallFirstForm{OP_SHR, Op::shr_sr, 256},
    SmallFirstForm{OP_SAR, Op::sar_sr, 256}};

/// Opcodes that only push a word of the environment.
struct PushingForm {
    Opcode opcode;
    Op op;
};
inline constexpr std::array PUSHING_FORMS = {PushingForm{OP_ADDRESS, Op::address},
                                             PushingForm{OP_ORIGIN, Op::origin},
                                             PushingForm{OP_CALLER, Op::caller},
                                             PushingForm{OP_CALLVALUE, Op::callvalue},
                                             PushingForm{OP_CALLDATASIZE, Op::calldatasize},
                                             PushingForm{OP_GASPRICE, Op::gasprice},
                                             PushingForm{OP_RETURNDATASIZE, Op::returndatasize},
                                             PushingForm{OP_COINBASE, Op::coinbase},
                                             PushingForm{OP_TIMESTAMP, Op::timestamp},
                                             PushingForm{OP_NUMBER, Op::number},
                                             PushingForm{OP_PREVRANDAO, Op::prevrandao},
                                             PushingForm{OP_GASLIMIT, Op::gaslimit},
                                             PushingForm{OP_CHAINID, Op::chainid},
                                             PushingForm{OP_BASEFEE, Op::basefee},
                                             PushingForm{OP_BLOBBASEFEE, Op::blobbasefee},
                                             PushingForm{OP_MSIZE, Op::msize}};

/// Opcodes that end a block and run in stack form. `falls_through`: the next opcode begins a new
/// block.
struct EndingForm {
    Opcode opcode;
    Op op;
    bool falls_through;
};
inline constexpr std::array ENDING_FORMS = {EndingForm{OP_STOP, Op::stop, false},
                                            EndingForm{OP_GAS, Op::gas, true},
                                            EndingForm{OP_BALANCE, Op::balance, true},
                                            EndingForm{OP_EXTCODESIZE, Op::extcodesize, true},
                                            EndingForm{OP_EXTCODECOPY, Op::extcodecopy, true},
                                            EndingForm{OP_RETURNDATACOPY, Op::returndatacopy, true},
                                            EndingForm{OP_EXTCODEHASH, Op::extcodehash, true},
                                            EndingForm{OP_BLOCKHASH, Op::blockhash, true},
                                            EndingForm{OP_SELFBALANCE, Op::selfbalance, true},
                                            EndingForm{OP_BLOBHASH, Op::blobhash, true},
                                            EndingForm{OP_SLOAD, Op::sload, true},
                                            EndingForm{OP_SSTORE, Op::sstore, true},
                                            EndingForm{OP_TLOAD, Op::tload, true},
                                            EndingForm{OP_TSTORE, Op::tstore, true},
                                            EndingForm{OP_LOG0, Op::log0, true},
                                            EndingForm{OP_LOG1, Op::log1, true},
                                            EndingForm{OP_LOG2, Op::log2, true},
                                            EndingForm{OP_LOG3, Op::log3, true},
                                            EndingForm{OP_LOG4, Op::log4, true},
                                            EndingForm{OP_CREATE, Op::create, true},
                                            EndingForm{OP_CALL, Op::call, true},
                                            EndingForm{OP_CALLCODE, Op::callcode, true},
                                            EndingForm{OP_RETURN, Op::return_, false},
                                            EndingForm{OP_DELEGATECALL, Op::delegatecall, true},
                                            EndingForm{OP_CREATE2, Op::create2, true},
                                            EndingForm{OP_STATICCALL, Op::staticcall, true},
                                            EndingForm{OP_REVERT, Op::revert, false},
                                            EndingForm{OP_SELFDESTRUCT, Op::selfdestruct, false}};

template <typename Forms>
constexpr const auto* find_form(const Forms& forms, uint8_t op) noexcept {
    for (const auto& form : forms) {
        if (form.opcode == op) {
            return &form;
        }
    }
    return static_cast<decltype(&forms[0])>(nullptr);
}

}  // namespace otento::evm
