// The rules of every fork as one table: each fork is the one before it plus its EIPs.
// To add a fork: add it to Fork, write one function here, and append it to FORK_RULES.
#pragma once

#include <otento/evm/fork.hpp>
#include <otento/evm/opcodes.hpp>

namespace otento::evm {

/// Static cost of an opcode that the fork does not have; more than any frame's gas.
inline constexpr uint64_t UNDEFINED_GAS = uint64_t{1} << 63;

// Costs that are the same in every fork (Yellow Paper appendix G).
inline constexpr uint64_t GAS_MEMORY_WORD = 3;
inline constexpr uint64_t GAS_COPY_WORD = 3;
inline constexpr uint64_t GAS_KECCAK256_WORD = 6;
inline constexpr uint64_t GAS_LOG_BYTE = 8;
inline constexpr uint64_t GAS_CALL_VALUE = 9000;
inline constexpr uint64_t GAS_CALL_STIPEND = 2300;
inline constexpr uint64_t GAS_NEW_ACCOUNT = 25000;
inline constexpr uint64_t GAS_SSTORE_SET = 20000;
inline constexpr uint64_t GAS_CODE_DEPOSIT_BYTE = 200;
inline constexpr uint64_t GAS_INITCODE_WORD = 2;  // EIP-3860
inline constexpr uint64_t GAS_WARM_ACCESS = 100;  // EIP-2929
inline constexpr uint64_t GAS_COLD_ACCOUNT_ACCESS = 2600;
inline constexpr uint64_t GAS_COLD_SLOAD = 2100;
inline constexpr uint64_t SSTORE_SENTRY_GAS = 2300;  // EIP-2200
inline constexpr int CALL_DEPTH_MAX = 1024;

enum class SstoreRule : uint8_t {
    plain,   ///< Yellow Paper: by zero and non-zero only.
    net,     ///< EIP-1283: by original, current and new value.
    sentry,  ///< EIP-2200: the same, and refuses to run on the call stipend.
};

struct ForkRules {
    Fork fork = Fork::frontier;
    /// Static gas by opcode; UNDEFINED_GAS where the opcode does not exist.
    std::array<uint64_t, 256> gas{};

    uint64_t exp_byte = 10;
    SstoreRule sstore_rule = SstoreRule::plain;
    uint64_t sstore_unchanged = 0;  ///< Net rules: nothing changed, or dirty already.
    uint64_t sstore_reset = 5000;
    uint64_t sstore_clear_refund = 15000;
    uint64_t selfdestruct_refund = 24000;

    bool deposit_failure_is_fatal = false;  ///< EIP-2: Frontier leaves an empty contract instead.
    bool gas_all_but_one_64th = false;      ///< EIP-150
    bool selfdestruct_pays_new_account = false;  ///< EIP-150
    bool state_clearing = false;                 ///< EIP-161: touch, emptiness, contract nonce 1.
    bool code_size_limit = false;                ///< EIP-170
    bool access_lists = false;                   ///< EIP-2929
    bool rejects_ef_code = false;                ///< EIP-3541
    bool randao = false;                         ///< EIP-4399
    bool initcode_limit = false;                 ///< EIP-3860
    bool selfdestruct_same_tx_only = false;      ///< EIP-6780
    bool delegations = false;                    ///< EIP-7702

    constexpr void price(unsigned first, unsigned last, uint64_t cost) noexcept {
        for (unsigned op = first; op <= last; ++op) {
            gas[op] = cost;
        }
    }
    constexpr void price(unsigned op, uint64_t cost) noexcept { gas[op] = cost; }
};

namespace detail {

constexpr ForkRules frontier() noexcept {
    ForkRules r;
    r.price(0x00, 0xff, UNDEFINED_GAS);
    r.price(OP_STOP, 0);
    r.price(OP_ADD, 3);
    r.price(OP_MUL, 5);
    r.price(OP_SUB, 3);
    r.price(OP_DIV, OP_SMOD, 5);
    r.price(OP_ADDMOD, OP_MULMOD, 8);
    r.price(OP_EXP, 10);
    r.price(OP_SIGNEXTEND, 5);
    r.price(OP_LT, OP_BYTE, 3);
    r.price(OP_KECCAK256, 30);
    r.price(OP_ADDRESS, OP_GASPRICE, 2);
    r.price(OP_BALANCE, 20);
    r.price(OP_CALLDATALOAD, 3);
    r.price(OP_CALLDATACOPY, 3);
    r.price(OP_CODECOPY, 3);
    r.price(OP_EXTCODESIZE, OP_EXTCODECOPY, 20);
    r.price(OP_BLOCKHASH, 20);
    r.price(OP_COINBASE, OP_GASLIMIT, 2);
    r.price(OP_POP, 2);
    r.price(OP_MLOAD, OP_MSTORE8, 3);
    r.price(OP_SLOAD, 50);
    r.price(OP_SSTORE, 0);
    r.price(OP_JUMP, 8);
    r.price(OP_JUMPI, 10);
    r.price(OP_PC, OP_GAS, 2);
    r.price(OP_JUMPDEST, 1);
    r.price(OP_PUSH1, OP_SWAP16, 3);
    for (unsigned topics = 0; topics <= 4; ++topics) {
        r.price(OP_LOG0 + topics, 375 + 375 * topics);
    }
    r.price(OP_CREATE, 32000);
    r.price(OP_CALL, OP_CALLCODE, 40);
    r.price(OP_RETURN, 0);
    r.price(OP_SELFDESTRUCT, 0);
    return r;
}

constexpr ForkRules homestead() noexcept {
    ForkRules r = frontier();
    r.fork = Fork::homestead;
    r.price(OP_DELEGATECALL, 40);       // EIP-7
    r.deposit_failure_is_fatal = true;  // EIP-2
    return r;
}

constexpr ForkRules tangerine_whistle() noexcept {
    ForkRules r = homestead();
    r.fork = Fork::tangerine_whistle;
    r.price(OP_BALANCE, 400);  // EIP-150, all of these
    r.price(OP_EXTCODESIZE, OP_EXTCODECOPY, 700);
    r.price(OP_SLOAD, 200);
    r.price(OP_CALL, OP_CALLCODE, 700);
    r.price(OP_DELEGATECALL, 700);
    r.price(OP_SELFDESTRUCT, 5000);
    r.gas_all_but_one_64th = true;
    r.selfdestruct_pays_new_account = true;
    return r;
}

constexpr ForkRules spurious_dragon() noexcept {
    ForkRules r = tangerine_whistle();
    r.fork = Fork::spurious_dragon;
    r.exp_byte = 50;           // EIP-160
    r.state_clearing = true;   // EIP-161
    r.code_size_limit = true;  // EIP-170
    return r;
}

constexpr ForkRules byzantium() noexcept {
    ForkRules r = spurious_dragon();
    r.fork = Fork::byzantium;
    r.price(OP_REVERT, 0);          // EIP-140
    r.price(OP_RETURNDATASIZE, 2);  // EIP-211
    r.price(OP_RETURNDATACOPY, 3);  // EIP-211
    r.price(OP_STATICCALL, 700);    // EIP-214
    return r;
}

constexpr ForkRules constantinople() noexcept {
    ForkRules r = byzantium();
    r.fork = Fork::constantinople;
    r.price(OP_SHL, OP_SAR, 3);       // EIP-145
    r.price(OP_CREATE2, 32000);       // EIP-1014
    r.price(OP_EXTCODEHASH, 400);     // EIP-1052
    r.sstore_rule = SstoreRule::net;  // EIP-1283
    r.sstore_unchanged = 200;
    return r;
}

constexpr ForkRules petersburg() noexcept {
    ForkRules r = constantinople();
    r.fork = Fork::petersburg;
    r.sstore_rule = SstoreRule::plain;  // EIP-1716 takes EIP-1283 back
    r.sstore_unchanged = 0;
    return r;
}

constexpr ForkRules istanbul() noexcept {
    ForkRules r = petersburg();
    r.fork = Fork::istanbul;
    r.price(OP_CHAINID, 2);      // EIP-1344
    r.price(OP_SELFBALANCE, 5);  // EIP-1884
    r.price(OP_BALANCE, 700);
    r.price(OP_EXTCODEHASH, 700);
    r.price(OP_SLOAD, 800);
    r.sstore_rule = SstoreRule::sentry;  // EIP-2200
    r.sstore_unchanged = 800;
    return r;
}

constexpr ForkRules berlin() noexcept {
    ForkRules r = istanbul();
    r.fork = Fork::berlin;
    r.access_lists = true;  // EIP-2929: the warm price here, the cold surcharge at run time
    for (const unsigned op : {OP_BALANCE, OP_EXTCODESIZE, OP_EXTCODECOPY, OP_EXTCODEHASH, OP_SLOAD,
                              OP_CALL, OP_CALLCODE, OP_DELEGATECALL, OP_STATICCALL}) {
        r.price(op, GAS_WARM_ACCESS);
    }
    r.sstore_unchanged = GAS_WARM_ACCESS;
    r.sstore_reset = 5000 - GAS_COLD_SLOAD;
    return r;
}

constexpr ForkRules london() noexcept {
    ForkRules r = berlin();
    r.fork = Fork::london;
    r.price(OP_BASEFEE, 2);        // EIP-3198
    r.sstore_clear_refund = 4800;  // EIP-3529
    r.selfdestruct_refund = 0;     // EIP-3529
    r.rejects_ef_code = true;      // EIP-3541
    return r;
}

constexpr ForkRules paris() noexcept {
    ForkRules r = london();
    r.fork = Fork::paris;
    r.randao = true;  // EIP-4399
    return r;
}

constexpr ForkRules shanghai() noexcept {
    ForkRules r = paris();
    r.fork = Fork::shanghai;
    r.price(OP_PUSH0, 2);     // EIP-3855
    r.initcode_limit = true;  // EIP-3860
    return r;
}

constexpr ForkRules cancun() noexcept {
    ForkRules r = shanghai();
    r.fork = Fork::cancun;
    r.price(OP_TLOAD, OP_TSTORE, GAS_WARM_ACCESS);  // EIP-1153
    r.price(OP_BLOBHASH, 3);                        // EIP-4844
    r.price(OP_MCOPY, 3);                           // EIP-5656
    r.selfdestruct_same_tx_only = true;             // EIP-6780
    r.price(OP_BLOBBASEFEE, 2);                     // EIP-7516
    return r;
}

constexpr ForkRules prague() noexcept {
    ForkRules r = cancun();
    r.fork = Fork::prague;
    r.delegations = true;  // EIP-7702
    return r;
}

constexpr ForkRules osaka() noexcept {
    ForkRules r = prague();
    r.fork = Fork::osaka;
    r.price(OP_CLZ, 5);  // EIP-7939
    return r;
}

}  // namespace detail

inline constexpr std::array<ForkRules, 15> FORK_RULES = {
    detail::frontier(),        detail::homestead(), detail::tangerine_whistle(),
    detail::spurious_dragon(), detail::byzantium(), detail::constantinople(),
    detail::petersburg(),      detail::istanbul(),  detail::berlin(),
    detail::london(),          detail::paris(),     detail::shanghai(),
    detail::cancun(),          detail::prague(),    detail::osaka()};

[[nodiscard]] constexpr const ForkRules& fork_rules(Fork fork) noexcept {
    return FORK_RULES[static_cast<size_t>(fork)];
}

/// True if the opcode exists at the same price in every fork, so that the price is a constant in
/// code.
[[nodiscard]] consteval bool has_constant_gas(uint8_t op) {
    for (const ForkRules& rules : FORK_RULES) {
        if (rules.gas[op] != FORK_RULES[0].gas[op]) {
            return false;
        }
    }
    return FORK_RULES[0].gas[op] != UNDEFINED_GAS;
}

}  // namespace otento::evm
