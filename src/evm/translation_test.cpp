// Register form against the plain interpreter: whatever a program does, gas and status included,
// both do the same.
#include <otento/evm/testing/evm_fixture.hpp>
#include <otento/evm/translation.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/random.hpp>

namespace otento::evm::testing {
namespace {

const uint256 MAX = ~uint256{};

using Translations = EvmTest;  // The fixture runs both interpreters and compares.

TEST_F(Translations, permutations_of_the_stack) {
    const Program numbers = Program{} << push(1) << push(2) << push(3) << push(4) << push(5);
    const Program digits = times(4, Program{} << push(10) << OP_MUL << OP_ADD);
    for (const Program& shuffle :
         {Program{} << OP_SWAP1, Program{} << OP_SWAP4, Program{} << OP_SWAP1 << OP_SWAP2,
          Program{} << OP_SWAP1 << OP_SWAP2 << OP_SWAP3 << OP_SWAP4,
          Program{} << OP_DUP3 << OP_SWAP4 << OP_POP, Program{} << OP_SWAP2 << OP_SWAP4 << OP_SWAP1,
          Program{} << OP_DUP1 << OP_SWAP5 << OP_ADD}) {
        // JUMPDEST makes the translator put the stack in order, with the numbers from another
        // block.
        (void)word_of(Program{} << numbers << OP_JUMPDEST << shuffle << OP_JUMPDEST << digits);
    }
}

TEST_F(Translations, results_do_not_overwrite_what_is_still_needed) {
    // The sum's own place holds a word that the swap moved elsewhere.
    EXPECT_EQ(word_of(Program{} << push(1) << push(2) << push(3) << OP_JUMPDEST << OP_SWAP2
                                << OP_DUP2 << OP_ADD << OP_JUMPDEST << push(10) << OP_MUL << OP_ADD
                                << push(10) << OP_MUL << OP_ADD),
              uint256{3 + 10 * (2 + 10 * 3)});
}

TEST_F(Translations, folded_constants) {
    EXPECT_EQ(word_of(Program{} << push(1) << push(1) << push(160) << OP_SHL << OP_SUB),
              (uint256{1} << 160) - 1);
    EXPECT_EQ(word_of(Program{} << push(18) << push(10) << OP_EXP),
              uint256{1'000'000'000'000'000'000});
    EXPECT_EQ(gas_of(Program{} << push(18) << push(10) << OP_EXP), 6U + 10 + 50);
}

TEST_F(Translations, jumps_to_computed_constants) {
    // PUSH 3 PUSH 4 ADD JUMP over INVALID.
    const Bytes code{OP_PUSH1, 3, OP_PUSH1, 4, OP_ADD, OP_JUMP, OP_INVALID, OP_JUMPDEST, OP_STOP};
    EXPECT_EQ(run(code).status, Status::success);
    Bytes wrong = code;
    wrong[1] = 2;
    EXPECT_EQ(run(wrong).status, Status::bad_jump_destination);
}

TEST_F(Translations, branches_of_every_kind) {
    for (const Opcode op : {OP_LT, OP_GT, OP_SLT, OP_SGT, OP_EQ}) {
        for (int zeros = 0; zeros < 3; ++zeros) {
            for (const uint256& a : {uint256{1}, uint256{2}, MAX}) {
                for (const uint256& b : {uint256{1}, uint256{2}, MAX}) {
                    for (const bool constant_b : {false, true}) {
                        Program code;
                        input = to_bytes(b.to_be());
                        append(input, a.to_be());
                        code << (constant_b ? push(b) : Program{} << push(0) << OP_CALLDATALOAD)
                             << push(32) << OP_CALLDATALOAD << op
                             << times(static_cast<size_t>(zeros), Program{} << OP_ISZERO);
                        const size_t target = code.size() + 3 + 1;
                        code << push(target) << OP_JUMPI << OP_STOP << OP_JUMPDEST << OP_INVALID;
                        run(code);
                    }
                }
            }
        }
    }
}

TEST_F(Translations, know_every_block) {
    AnalysedCode code;
    code.assign(
        Bytes{OP_JUMPDEST, OP_JUMPDEST, OP_PUSH1, OP_JUMPDEST, OP_STOP, OP_ADD, OP_JUMPDEST});
    const auto translation = translate(code, fork_rules(Fork::osaka));
    const auto is_block = [&](size_t at) {
        return translation->blocks[at] != 0 &&
               translation->instructions[translation->blocks[at] - 1].op == RegisterOp::begin;
    };
    EXPECT_TRUE(is_block(0));
    EXPECT_TRUE(is_block(1));
    EXPECT_FALSE(is_block(3));
    EXPECT_TRUE(is_block(6));
}

TEST_F(Translations, runs_of_destinations) {
    const Program run_of_them = times(1000, Program{} << OP_JUMPDEST);
    for (const uint64_t target : {4U, 5U, 500U, 1003U}) {
        Program code;
        code << OP_PUSH2 << BytesView{uint256{target}.to_be()}.last(2) << OP_JUMP << run_of_them
             << push(1) << return_top();
        EXPECT_EQ(gas_of(code), 3U + 8 + (1004 - target) + 3 + 3 + 6 + 6) << target;
    }
}

TEST_F(Translations, long_straight_code) {
    EXPECT_EQ(word_of(Program{} << push(0) << times(3000, Program{} << push(1) << OP_ADD)),
              uint256{3000});
    EXPECT_EQ(word_of(times(1000, push(1)) << times(999, Program{} << OP_ADD)), uint256{1000});
    (void)run(times(1000, push(1)) << times(5000, Program{} << OP_SWAP16 << OP_DUP5 << OP_ADD));
}

/// Random code that mostly keeps within its stack, with jumps to real destinations.
class Generator {
  public:
    explicit Generator(uint64_t seed) : random_(seed) {}

    Bytes make() {
        const size_t blocks = 1 + random_.below(8);
        for (size_t i = 0; i < blocks; ++i) {
            destinations_.push_back(code_.size());
            code_.push_back(OP_JUMPDEST);
            const size_t length = random_.below(40);
            for (size_t k = 0; k < length; ++k) {
                add_opcode();
            }
            if (random_.chance(700)) {
                add_jump();
            }
        }
        finish();
        for (const size_t at : jumps_) {
            const size_t target = random_.chance(30)
                                      ? random_.below(code_.size())
                                      : destinations_[random_.below(destinations_.size())];
            code_[at] = static_cast<uint8_t>(target >> 8);
            code_[at + 1] = static_cast<uint8_t>(target);
        }
        return code_;
    }

  private:
    void add(uint8_t op) { code_.push_back(op); }

    void add_push() {
        const unsigned size =
            random_.chance(800) ? 1 : 1 + static_cast<unsigned>(random_.below(32));
        add(static_cast<uint8_t>(OP_PUSH0 + size));
        for (unsigned i = 0; i < size; ++i) {
            const uint64_t kind = random_.below(4);
            add(kind == 0   ? 0
                : kind == 1 ? 0xff
                            : static_cast<uint8_t>(random_.below(size == 1 ? 40 : 256)));
        }
        ++height_;
    }

    void add_opcode() {
        static constexpr std::array SAMPLE = {OP_ADD,
                                              OP_MUL,
                                              OP_SUB,
                                              OP_DIV,
                                              OP_SDIV,
                                              OP_MOD,
                                              OP_SMOD,
                                              OP_ADDMOD,
                                              OP_MULMOD,
                                              OP_EXP,
                                              OP_SIGNEXTEND,
                                              OP_LT,
                                              OP_GT,
                                              OP_SLT,
                                              OP_SGT,
                                              OP_EQ,
                                              OP_ISZERO,
                                              OP_AND,
                                              OP_OR,
                                              OP_XOR,
                                              OP_NOT,
                                              OP_BYTE,
                                              OP_SHL,
                                              OP_SHR,
                                              OP_SAR,
                                              OP_CLZ,
                                              OP_KECCAK256,
                                              OP_ADDRESS,
                                              OP_CALLER,
                                              OP_CALLVALUE,
                                              OP_CALLDATALOAD,
                                              OP_CALLDATASIZE,
                                              OP_CALLDATACOPY,
                                              OP_CODESIZE,
                                              OP_CODECOPY,
                                              OP_RETURNDATASIZE,
                                              OP_RETURNDATACOPY,
                                              OP_NUMBER,
                                              OP_POP,
                                              OP_MLOAD,
                                              OP_MSTORE,
                                              OP_MSTORE8,
                                              OP_SLOAD,
                                              OP_SSTORE,
                                              OP_PC,
                                              OP_MSIZE,
                                              OP_GAS,
                                              OP_TLOAD,
                                              OP_TSTORE,
                                              OP_MCOPY,
                                              OP_LOG1,
                                              OP_BALANCE,
                                              OP_SELFBALANCE,
                                              OP_JUMP,
                                              OP_JUMPI,
                                              OP_STATICCALL,
                                              OP_REVERT,
                                              OP_INVALID};
        const uint64_t kind = random_.below(100);
        if (kind < 25 || height_ < 3) {
            add_push();
        } else if (kind < 45) {
            const unsigned n =
                static_cast<unsigned>(random_.below(static_cast<uint64_t>(std::min(height_, 16))));
            add(static_cast<uint8_t>(OP_DUP1 + n));
            ++height_;
        } else if (kind < 60) {
            const unsigned n = static_cast<unsigned>(
                random_.below(static_cast<uint64_t>(std::min(height_ - 1, 16))));
            add(static_cast<uint8_t>(OP_SWAP1 + n));
        } else {
            // The last ones end the frame: keep them rare.
            const size_t index =
                random_.below(random_.chance(950) ? SAMPLE.size() - 5 : SAMPLE.size());
            const uint8_t op = SAMPLE[index];
            if (STACK_USE[op].in > height_ && random_.chance(990)) {
                add_push();
                return;
            }
            add(op);
            height_ += STACK_USE[op].out - STACK_USE[op].in;
        }
    }

    void add_jump() {
        const bool conditional = random_.chance(700);
        if (conditional && random_.chance(500)) {
            add(static_cast<uint8_t>(OP_LT + random_.below(6)));
        }
        add(OP_PUSH2);
        jumps_.push_back(code_.size());
        add(0);
        add(0);
        add(conditional ? OP_JUMPI : OP_JUMP);
    }

    /// Shows some of the stack and memory.
    void finish() {
        destinations_.push_back(code_.size());
        add(OP_JUMPDEST);
        for (uint8_t i = 0; i < 3; ++i) {
            append(code_, Bytes{OP_PUSH1, i, OP_SSTORE});
        }
        append(code_, Bytes{OP_PUSH1, 0xff, OP_PUSH1, 0, OP_RETURN});
    }

    Random random_;
    Bytes code_;
    std::vector<size_t> destinations_;
    std::vector<size_t> jumps_;
    int height_ = 0;
};

TEST_F(Translations, agree_on_random_programs) {
    host.make_contract(OTHER, Program{} << push(7) << return_top());
    input = Bytes(100, 0x5a);
    size_t successes = 0;
    for (uint64_t seed = 0; seed < 4000; ++seed) {
        const Bytes code = Generator{seed}.make();
        for (const uint64_t limit : {100'000U, 2'000U, 300U}) {
            gas = limit - seed % 7;
            fork = seed % 3 == 0 ? Fork::byzantium : Fork::osaka;
            successes += run(code).status == Status::success ? 1 : 0;
            host.rollback(0);
            ASSERT_FALSE(HasFailure()) << "seed " << seed << " gas " << gas << ' ' << to_hex(code);
        }
    }
    EXPECT_GT(successes, 300U);
}

}  // namespace
}  // namespace otento::evm::testing
