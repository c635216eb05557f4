// Opcodes by family, as the Yellow Paper's appendix H.2 describes them, and how frames fail.
#include <otento/evm/testing/evm_fixture.hpp>

namespace otento::evm::testing {
namespace {

const uint256 MAX = ~uint256{};

using Opcodes = EvmTest;

TEST_F(Opcodes, operands_are_taken_from_the_top) {
    EXPECT_EQ(word_of(Program{} << push(3) << push(10) << OP_SUB), uint256{7});
    EXPECT_EQ(word_of(Program{} << push(3) << push(10) << OP_DIV), uint256{3});
    EXPECT_EQ(word_of(Program{} << push(8) << push(5) << push(4) << OP_ADDMOD), uint256{1});
    EXPECT_EQ(word_of(Program{} << push(7) << push(5) << push(4) << OP_MULMOD), uint256{6});
    EXPECT_EQ(word_of(Program{} << push(5) << push(2) << OP_EXP), uint256{32});
    EXPECT_EQ(word_of(Program{} << push(1) << push(0) << OP_LT), uint256{1});
}

TEST_F(Opcodes, division_by_zero_gives_zero) {
    for (const Opcode op : {OP_DIV, OP_SDIV, OP_MOD, OP_SMOD}) {
        EXPECT_EQ(word_of(Program{} << push(0) << push(10) << op), uint256{});
    }
    EXPECT_EQ(word_of(Program{} << push(0) << push(5) << push(4) << OP_ADDMOD), uint256{});
    EXPECT_EQ(word_of(Program{} << push(0) << push(5) << push(4) << OP_MULMOD), uint256{});
}

TEST_F(Opcodes, signextend_takes_the_sign_of_the_named_byte) {
    EXPECT_EQ(word_of(Program{} << push(0x80) << push(0) << OP_SIGNEXTEND), MAX - 0x7f);
    EXPECT_EQ(word_of(Program{} << push(0x1234) << push(0) << OP_SIGNEXTEND), uint256{0x34});
    EXPECT_EQ(word_of(Program{} << push(0x12f4) << push(0) << OP_SIGNEXTEND), MAX - 0x0b);
    EXPECT_EQ(word_of(Program{} << push(uint256{1} << 247) << push(30) << OP_SIGNEXTEND),
              MAX << 247);
    EXPECT_EQ(word_of(Program{} << push(MAX) << push(31) << OP_SIGNEXTEND), MAX);
    EXPECT_EQ(word_of(Program{} << push(0x80) << push(MAX) << OP_SIGNEXTEND), uint256{0x80});
    EXPECT_EQ(word_of(Program{} << push(uint256{0xff} << 64) << push(8) << OP_SIGNEXTEND),
              MAX << 64);
}

TEST_F(Opcodes, exp_pays_for_the_bytes_of_the_exponent) {
    const auto exp = [](const uint256& exponent) {
        return Program{} << push(exponent) << push(3) << OP_EXP;
    };
    EXPECT_EQ(gas_of(exp(0)), 6U + 10);
    EXPECT_EQ(gas_of(exp(0xff)), 6U + 10 + 50);
    EXPECT_EQ(gas_of(exp(0x100)), 6U + 10 + 100);
    EXPECT_EQ(gas_of(exp(MAX)), 6U + 10 + 32 * 50);
    fork = Fork::tangerine_whistle;
    EXPECT_EQ(gas_of(exp(0x100)), 6U + 10 + 20);
}

TEST_F(Opcodes, push_at_the_end_of_code_reads_zeros) {
    // PUSH2 with one byte left: 0xab00, then STOP.
    const Bytes code = Program{} << OP_PUSH2 << Bytes{0xab};
    EXPECT_EQ(run(code).status, Status::success);
    EXPECT_EQ(gas_used, 3U);
    EXPECT_EQ(status_of(Program{} << OP_PUSH32), Status::success);
}

TEST_F(Opcodes, dup_and_swap_reach_sixteen_deep) {
    Program numbers;
    for (uint64_t i = 1; i <= 17; ++i) {
        numbers << push(i);
    }
    EXPECT_EQ(word_of(Program{} << numbers << OP_DUP16), uint256{2});
    EXPECT_EQ(word_of(Program{} << numbers << OP_SWAP16), uint256{1});
    EXPECT_EQ(word_of(Program{} << numbers << OP_SWAP16 << times(16, Program{} << OP_POP)),
              uint256{17});
}

TEST_F(Opcodes, stack_holds_1024_words) {
    EXPECT_EQ(status_of(times(1024, push(1))), Status::success);
    EXPECT_EQ(status_of(times(1025, push(1))), Status::stack_overflow);
    EXPECT_EQ(status_of(times(1024, push(1)) << OP_DUP1), Status::stack_overflow);
    EXPECT_EQ(status_of(times(1024, push(1)) << OP_SWAP1), Status::success);
    EXPECT_EQ(status_of(times(1024, push(1)) << OP_ADDRESS), Status::stack_overflow);
}

TEST_F(Opcodes, every_opcode_checks_its_operands) {
    for (unsigned op = 0; op < 256; ++op) {
        const StackUse use = STACK_USE[op];
        if (use.in == 0 || fork_rules(fork).gas[op] == UNDEFINED_GAS) {
            continue;
        }
        EXPECT_EQ(status_of(times(use.in - 1, push(0)) << static_cast<Opcode>(op)),
                  Status::stack_underflow)
            << op;
    }
}

TEST_F(Opcodes, every_fork_knows_its_opcodes_only) {
    for (const ForkRules& forked : FORK_RULES) {
        fork = forked.fork;
        for (unsigned op = 0; op < 256; ++op) {
            const Status status =
                status_of(times(STACK_USE[op].in, push(0)) << static_cast<Opcode>(op));
            const bool undefined =
                status == Status::undefined_instruction || status == Status::invalid_instruction;
            EXPECT_EQ(undefined, forked.gas[op] == UNDEFINED_GAS) << op << to_string(fork);
        }
    }
    EXPECT_EQ(status_of(Program{} << OP_INVALID), Status::invalid_instruction);
}

TEST_F(Opcodes, failure_takes_all_gas) {
    const CallResult result = run(Program{} << OP_ADD);
    EXPECT_EQ(result.gas_left, 0U);
    EXPECT_TRUE(result.output.empty());
}

TEST_F(Opcodes, running_out_of_gas_one_short) {
    const Program code = Program{} << push(1) << push(2) << OP_ADD;
    gas = 9;
    EXPECT_EQ(status_of(code), Status::success);
    gas = 8;
    EXPECT_EQ(status_of(code), Status::out_of_gas);
}

TEST_F(Opcodes, gas_is_that_after_the_opcode) {
    gas = 1000;
    EXPECT_EQ(word_of(Program{} << OP_GAS), uint256{998});
}

TEST_F(Opcodes, gas_beyond_63_bits_is_kept) {
    gas = UINT64_MAX;
    EXPECT_EQ(gas_of(Program{} << push(1)), 3U);
}

using Jumps = EvmTest;

TEST_F(Jumps, reach_a_destination) {
    const Bytes code{OP_PUSH1, 4, OP_JUMP, OP_INVALID, OP_JUMPDEST, OP_STOP};
    EXPECT_EQ(run(code).status, Status::success);
    EXPECT_EQ(gas_used, 3U + 8 + 1);
}

TEST_F(Jumps, need_a_jumpdest) {
    EXPECT_EQ(run(Bytes{OP_PUSH1, 3, OP_JUMP, OP_STOP}).status, Status::bad_jump_destination);
    EXPECT_EQ(run(Bytes{OP_PUSH1, 9, OP_JUMP}).status, Status::bad_jump_destination);
    EXPECT_EQ(status_of(Program{} << push(MAX) << OP_JUMP), Status::bad_jump_destination);
    EXPECT_EQ(status_of(Program{} << push(uint256{1} << 64) << OP_JUMP << OP_JUMPDEST),
              Status::bad_jump_destination);
}

TEST_F(Jumps, into_push_data_fail) {
    // The JUMPDEST byte at 4 is data of PUSH2.
    EXPECT_EQ(run(Bytes{OP_PUSH1, 4, OP_JUMP, OP_PUSH2, OP_JUMPDEST, OP_JUMPDEST, OP_STOP}).status,
              Status::bad_jump_destination);
    // In the last byte of PUSH32's data, and right behind it.
    Bytes code{OP_PUSH1, 35, OP_JUMP, OP_PUSH32};
    code.insert(code.end(), 32, OP_JUMPDEST);
    code.push_back(OP_JUMPDEST);
    EXPECT_EQ(run(code).status, Status::bad_jump_destination);
    code[1] = 36;
    EXPECT_EQ(run(code).status, Status::success);
}

TEST_F(Jumps, conditional_ignores_a_bad_target_when_not_taken) {
    EXPECT_EQ(status_of(Program{} << push(0) << push(MAX) << OP_JUMPI), Status::success);
    EXPECT_EQ(status_of(Program{} << push(1) << push(MAX) << OP_JUMPI),
              Status::bad_jump_destination);
    EXPECT_EQ(status_of(Program{} << push(uint256{1} << 200) << push(MAX) << OP_JUMPI),
              Status::bad_jump_destination);
}

TEST_F(Jumps, pc_is_that_of_the_opcode) {
    EXPECT_EQ(word_of(Program{} << OP_JUMPDEST << OP_JUMPDEST << OP_PC), uint256{2});
}

using MemoryOpcodes = EvmTest;

TEST_F(MemoryOpcodes, words_are_big_endian) {
    EXPECT_EQ(word_of(Program{} << push(0x1122) << push(0) << OP_MSTORE << push(30) << OP_MLOAD),
              uint256{0x1122} << 240);
    EXPECT_EQ(word_of(Program{} << push(0x1122) << push(31) << OP_MSTORE8 << push(0) << OP_MLOAD),
              uint256{0x22});
}

TEST_F(MemoryOpcodes, growth_is_paid_by_word_and_square) {
    const auto touch = [](const uint256& offset) {
        return Program{} << push(offset) << OP_MLOAD << OP_MSIZE;
    };
    EXPECT_EQ(word_of(touch(0)), uint256{32});
    EXPECT_EQ(word_of(touch(1)), uint256{64});
    const auto grow = [](uint64_t offset) { return Program{} << push(offset) << OP_MLOAD; };
    EXPECT_EQ(gas_of(grow(0)), 6U + 3);
    EXPECT_EQ(gas_of(grow(1)), 6U + 6);
    EXPECT_EQ(gas_of(grow(32 * 1023)), 6U + 3 * 1024 + 1024 * 1024 / 512);
    // Growing in steps costs the same.
    EXPECT_EQ(gas_of(times(1, grow(0)) << grow(32 * 1023)), 12U + 3 * 1024 + 1024 * 1024 / 512);
}

TEST_F(MemoryOpcodes, impossible_sizes_are_out_of_gas) {
    for (const uint256& far : {uint256{1} << 32, uint256{UINT64_MAX}, uint256{1} << 64, MAX}) {
        EXPECT_EQ(status_of(Program{} << push(far) << OP_MLOAD), Status::out_of_gas);
        EXPECT_EQ(status_of(Program{} << push(1) << push(far) << OP_MSTORE), Status::out_of_gas);
        EXPECT_EQ(status_of(Program{} << push(1) << push(far) << OP_MSTORE8), Status::out_of_gas);
        EXPECT_EQ(status_of(Program{} << push(1) << push(far) << OP_KECCAK256), Status::out_of_gas);
        EXPECT_EQ(status_of(Program{} << push(far) << push(0) << OP_KECCAK256), Status::out_of_gas);
        EXPECT_EQ(status_of(Program{} << push(far) << push(0) << OP_RETURN), Status::out_of_gas);
        EXPECT_EQ(status_of(Program{} << push(far) << push(0) << push(0) << OP_CALLDATACOPY),
                  Status::out_of_gas);
    }
}

TEST_F(MemoryOpcodes, empty_regions_may_lie_anywhere) {
    EXPECT_EQ(status_of(Program{} << push(0) << push(MAX) << OP_RETURN), Status::success);
    EXPECT_EQ(status_of(Program{} << push(0) << push(MAX) << OP_LOG0), Status::success);
    EXPECT_EQ(status_of(Program{} << push(0) << push(MAX) << push(MAX) << OP_CODECOPY),
              Status::success);
}

TEST_F(MemoryOpcodes, keccak256_hashes_and_pays_by_word) {
    EXPECT_EQ(word_of(Program{} << push(0) << push(0) << OP_KECCAK256),
              uint256::from(crypto::keccak256({})));
    EXPECT_EQ(gas_of(Program{} << push(33) << push(0) << OP_KECCAK256), 6U + 30 + 2 * 6 + 2 * 3);
}

TEST_F(MemoryOpcodes, call_data_reads_zeros_behind_its_end) {
    input = Bytes(33, 0xaa);
    EXPECT_EQ(word_of(Program{} << OP_CALLDATASIZE), uint256{33});
    EXPECT_EQ(word_of(Program{} << push(32) << OP_CALLDATALOAD), uint256{0xaa} << 248);
    EXPECT_EQ(word_of(Program{} << push(33) << OP_CALLDATALOAD), uint256{});
    EXPECT_EQ(word_of(Program{} << push(MAX) << OP_CALLDATALOAD), uint256{});
    EXPECT_EQ(word_of(Program{} << push(MAX) << push(0) << OP_MSTORE << push(32) << push(32)
                                << push(0) << OP_CALLDATACOPY << push(0) << OP_MLOAD),
              uint256{0xaa} << 248);
}

TEST_F(MemoryOpcodes, codecopy_reads_code_and_zeros_behind) {
    const Program code = Program{} << push(32) << push(0) << push(0) << OP_CODECOPY << push(0)
                                   << OP_MLOAD;
    const uint256 word = word_of(code);
    EXPECT_EQ(word >> 248, uint256{OP_PUSH1});
    EXPECT_EQ(word_of(Program{} << push(MAX) << push(0) << OP_MSTORE << push(32) << push(MAX)
                                << push(0) << OP_CODECOPY << push(0) << OP_MLOAD),
              uint256{});
}

using Environment = EvmTest;

TEST_F(Environment, block_and_transaction_values) {
    host.context.coinbase = OTHER;
    host.context.timestamp = 1234;
    host.context.gas_price = 5;
    host.context.base_fee = 6;
    host.context.blob_base_fee = 8;
    host.context.difficulty = 99;
    host.context.prev_randao = uint256{77}.to_be();
    value = 21;
    EXPECT_EQ(word_of(Program{} << OP_COINBASE), uint256::from(OTHER));
    EXPECT_EQ(word_of(Program{} << OP_TIMESTAMP), uint256{1234});
    EXPECT_EQ(word_of(Program{} << OP_NUMBER), uint256{1000});
    EXPECT_EQ(word_of(Program{} << OP_GASLIMIT), uint256{30'000'000});
    EXPECT_EQ(word_of(Program{} << OP_CHAINID), uint256{7});
    EXPECT_EQ(word_of(Program{} << OP_GASPRICE), uint256{5});
    EXPECT_EQ(word_of(Program{} << OP_BASEFEE), uint256{6});
    EXPECT_EQ(word_of(Program{} << OP_BLOBBASEFEE), uint256{8});
    EXPECT_EQ(word_of(Program{} << OP_ORIGIN), uint256::from(CALLER));
    EXPECT_EQ(word_of(Program{} << OP_CALLER), uint256::from(CALLER));
    EXPECT_EQ(word_of(Program{} << OP_ADDRESS), uint256::from(SELF));
    EXPECT_EQ(word_of(Program{} << OP_CALLVALUE), uint256{21});
    EXPECT_EQ(word_of(Program{} << OP_CODESIZE << OP_POP << OP_CODESIZE), uint256{11});
    EXPECT_EQ(word_of(Program{} << OP_PREVRANDAO), uint256{77});  // EIP-4399
    fork = Fork::london;
    EXPECT_EQ(word_of(Program{} << OP_PREVRANDAO), uint256{99});
}

TEST_F(Environment, blockhash_knows_256_ancestors) {
    const auto hash_of = [this](uint64_t number) {
        return word_of(Program{} << push(number) << OP_BLOCKHASH);
    };
    EXPECT_EQ(hash_of(999), uint256::from(host.block_hash(999)));
    EXPECT_EQ(hash_of(744), uint256::from(host.block_hash(744)));
    EXPECT_EQ(hash_of(743), uint256{});
    EXPECT_EQ(hash_of(1000), uint256{});
    EXPECT_EQ(word_of(Program{} << push(MAX) << OP_BLOCKHASH), uint256{});
}

TEST_F(Environment, blobhash_by_index) {  // EIP-4844
    host.context.blob_hashes = {uint256{1}.to_be(), uint256{2}.to_be()};
    EXPECT_EQ(word_of(Program{} << push(1) << OP_BLOBHASH), uint256{2});
    EXPECT_EQ(word_of(Program{} << push(2) << OP_BLOBHASH), uint256{});
    EXPECT_EQ(word_of(Program{} << push(MAX) << OP_BLOBHASH), uint256{});
    EXPECT_EQ(gas_of(Program{} << push(0) << OP_BLOBHASH), 6U);
}

TEST_F(Environment, other_accounts) {
    host.make_account(NOBODY, 42);
    host.make_contract(OTHER, Bytes{1, 2, 3});
    EXPECT_EQ(word_of(Program{} << push(NOBODY) << OP_BALANCE), uint256{42});
    EXPECT_EQ(word_of(Program{} << push(OTHER) << OP_EXTCODESIZE), uint256{3});
    EXPECT_EQ(word_of(Program{} << push(5) << push(1) << push(0) << push(OTHER) << OP_EXTCODECOPY
                                << push(0) << OP_MLOAD),
              uint256{0x0203} << 240);
    balance = 1000;
    EXPECT_EQ(word_of(Program{} << OP_SELFBALANCE), uint256{1000});
}

TEST_F(Environment, extcodehash_of_empty_accounts_is_zero) {  // EIP-1052
    host.make_contract(OTHER, Bytes{1, 2, 3});
    EXPECT_EQ(word_of(Program{} << push(OTHER) << OP_EXTCODEHASH),
              uint256::from(crypto::keccak256(Bytes{1, 2, 3})));
    EXPECT_EQ(word_of(Program{} << push(NOBODY) << OP_EXTCODEHASH), uint256{});
    host.make_account(NOBODY);
    EXPECT_EQ(word_of(Program{} << push(NOBODY) << OP_EXTCODEHASH), uint256{});
    host.make_account(NOBODY, 1);
    EXPECT_EQ(word_of(Program{} << push(NOBODY) << OP_EXTCODEHASH),
              uint256::from(crypto::keccak256({})));
}

TEST_F(Environment, logs_carry_topics_and_data) {
    EXPECT_EQ(gas_of(Program{} << push(0xab) << push(0) << OP_MSTORE << push(4) << push(3)
                               << push(2) << push(1) << push(32) << push(0) << OP_LOG4),
              6U * 3 + 3 + 3 + 6 + 375 * 5 + 8 * 32);
    ASSERT_EQ(host.logs().size(), 1U);
    EXPECT_EQ(host.logs()[0].address, SELF);
    EXPECT_EQ(host.logs()[0].topics.size(), 4U);
    EXPECT_EQ(uint256::from(host.logs()[0].topics[0]), uint256{1});
    EXPECT_EQ(uint256::from(host.logs()[0].topics[3]), uint256{4});
    EXPECT_EQ(uint256::load_be32(host.logs()[0].data.data()), uint256{0xab});
}

}  // namespace
}  // namespace otento::evm::testing
