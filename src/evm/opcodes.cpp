#include <otento/evm/opcodes.hpp>

namespace otento::evm {
namespace {

constexpr std::array<std::string_view, 256> make_names() noexcept {
    std::array<std::string_view, 256> names{};
    constexpr std::array<std::string_view, 12> ARITHMETIC = {
        "STOP", "ADD",  "MUL",    "SUB",    "DIV", "SDIV",
        "MOD",  "SMOD", "ADDMOD", "MULMOD", "EXP", "SIGNEXTEND"};
    constexpr std::array<std::string_view, 15> LOGIC = {"LT",     "GT",  "SLT", "SGT", "EQ",
                                                        "ISZERO", "AND", "OR",  "XOR", "NOT",
                                                        "BYTE",   "SHL", "SHR", "SAR", "CLZ"};
    constexpr std::array<std::string_view, 27> ENVIRONMENT = {
        "ADDRESS",      "BALANCE",      "ORIGIN",       "CALLER",         "CALLVALUE",
        "CALLDATALOAD", "CALLDATASIZE", "CALLDATACOPY", "CODESIZE",       "CODECOPY",
        "GASPRICE",     "EXTCODESIZE",  "EXTCODECOPY",  "RETURNDATASIZE", "RETURNDATACOPY",
        "EXTCODEHASH",  "BLOCKHASH",    "COINBASE",     "TIMESTAMP",      "NUMBER",
        "PREVRANDAO",   "GASLIMIT",     "CHAINID",      "SELFBALANCE",    "BASEFEE",
        "BLOBHASH",     "BLOBBASEFEE"};
    constexpr std::array<std::string_view, 16> FLOW = {
        "POP", "MLOAD", "MSTORE", "MSTORE8",  "SLOAD", "SSTORE", "JUMP",  "JUMPI",
        "PC",  "MSIZE", "GAS",    "JUMPDEST", "TLOAD", "TSTORE", "MCOPY", "PUSH0"};
    constexpr std::array<std::string_view, 32> PUSH = {
        "PUSH1",  "PUSH2",  "PUSH3",  "PUSH4",  "PUSH5",  "PUSH6",  "PUSH7",  "PUSH8",
        "PUSH9",  "PUSH10", "PUSH11", "PUSH12", "PUSH13", "PUSH14", "PUSH15", "PUSH16",
        "PUSH17", "PUSH18", "PUSH19", "PUSH20", "PUSH21", "PUSH22", "PUSH23", "PUSH24",
        "PUSH25", "PUSH26", "PUSH27", "PUSH28", "PUSH29", "PUSH30", "PUSH31", "PUSH32"};
    constexpr std::array<std::string_view, 16> DUP = {
        "DUP1", "DUP2",  "DUP3",  "DUP4",  "DUP5",  "DUP6",  "DUP7",  "DUP8",
        "DUP9", "DUP10", "DUP11", "DUP12", "DUP13", "DUP14", "DUP15", "DUP16"};
    constexpr std::array<std::string_view, 16> SWAP = {
        "SWAP1", "SWAP2",  "SWAP3",  "SWAP4",  "SWAP5",  "SWAP6",  "SWAP7",  "SWAP8",
        "SWAP9", "SWAP10", "SWAP11", "SWAP12", "SWAP13", "SWAP14", "SWAP15", "SWAP16"};
    constexpr std::array<std::string_view, 5> LOG = {"LOG0", "LOG1", "LOG2", "LOG3", "LOG4"};
    const auto fill = [&names](unsigned first, const auto& list) {
        for (size_t i = 0; i < list.size(); ++i) {
            names[first + i] = list[i];
        }
    };
    fill(OP_STOP, ARITHMETIC);
    fill(OP_LT, LOGIC);
    names[OP_KECCAK256] = "KECCAK256";
    fill(OP_ADDRESS, ENVIRONMENT);
    fill(OP_POP, FLOW);
    fill(OP_PUSH1, PUSH);
    fill(OP_DUP1, DUP);
    fill(OP_SWAP1, SWAP);
    fill(OP_LOG0, LOG);
    names[OP_CREATE] = "CREATE";
    names[OP_CALL] = "CALL";
    names[OP_CALLCODE] = "CALLCODE";
    names[OP_RETURN] = "RETURN";
    names[OP_DELEGATECALL] = "DELEGATECALL";
    names[OP_CREATE2] = "CREATE2";
    names[OP_STATICCALL] = "STATICCALL";
    names[OP_REVERT] = "REVERT";
    names[OP_INVALID] = "INVALID";
    names[OP_SELFDESTRUCT] = "SELFDESTRUCT";
    return names;
}

constexpr std::array<std::string_view, 256> NAMES = make_names();

}  // namespace

std::string_view opcode_name(uint8_t op) noexcept {
    return NAMES[op];
}

}  // namespace otento::evm
