#include <otento/evm/tracer.hpp>

#include <otento/evm/testing/evm_fixture.hpp>

namespace otento::evm::testing {
namespace {

/// Writes down everything as text.
class Recorder : public Tracer {
  public:
    bool steps = true;
    std::vector<std::string> lines;
    std::vector<TraceStep> seen;
    std::vector<size_t> memory_sizes;

    void on_step(const TraceStep& step) override {
        seen.push_back(step);
        memory_sizes.push_back(step.memory.size());
        lines.push_back(std::to_string(step.pc) + " " + std::string{opcode_name(step.op)} + " " +
                        std::to_string(step.gas_cost) + " stack " +
                        std::to_string(step.stack.size()));
    }
    void on_fault(const TraceStep&, Status status) override {
        lines.push_back("fault " + std::string{to_string(status)});
    }
    void on_enter(const TraceEnter& frame) override {
        lines.push_back("enter depth " + std::to_string(frame.depth) + " kind " +
                        std::to_string(static_cast<int>(frame.kind)));
    }
    void on_exit(const TraceExit& frame) override {
        lines.push_back("exit " + std::string{to_string(frame.status)} + " gas " +
                        std::to_string(frame.gas_used));
    }
    void on_self_destruct(const Address&, const Address&, const uint256& balance, int) override {
        lines.push_back("self-destruct " + balance.to_decimal());
    }
    void on_log(const Address&, std::span<const Hash> topics, BytesView data, int) override {
        lines.push_back("log " + std::to_string(topics.size()) + " " + std::to_string(data.size()));
    }
    [[nodiscard]] bool wants_steps() const override { return steps; }
};

class Traces : public EvmTest {
  protected:
    Traces() { tracer = &recorder; }
    Recorder recorder;
};

TEST_F(Traces, tell_each_step_with_its_whole_price) {
    run(Program{} << push(2) << push(0) << OP_MSTORE << push(3) << push(2) << OP_EXP << OP_STOP);
    EXPECT_EQ(recorder.lines, (std::vector<std::string>{
                                  "enter depth 0 kind 0", "0 PUSH1 3 stack 0", "2 PUSH1 3 stack 1",
                                  "4 MSTORE 6 stack 2", "5 PUSH1 3 stack 0", "7 PUSH1 3 stack 1",
                                  "9 EXP 60 stack 2", "10 STOP 0 stack 1", "exit success gas 78"}));
    EXPECT_EQ(recorder.seen[0].gas, gas);
    EXPECT_EQ(recorder.seen[2].gas, gas - 6);
    EXPECT_EQ(recorder.memory_sizes[2], 0U);  // MSTORE is seen before it grows memory.
    EXPECT_EQ(recorder.memory_sizes[3], 32U);
}

TEST_F(Traces, show_frames_and_what_calls_hand_over) {
    host.make_contract(OTHER, Program{} << OP_STOP);
    run(call({.to = OTHER, .gas = 5000}));
    EXPECT_EQ(recorder.lines[8], "34 CALL 7600 stack 7");
    EXPECT_EQ(recorder.lines[9], "enter depth 1 kind 0");
    EXPECT_EQ(recorder.lines[10], "0 STOP 0 stack 0");
    EXPECT_EQ(recorder.lines[11], "exit success gas 0");
    EXPECT_EQ(recorder.lines[12], "35 STOP 0 stack 1");
    EXPECT_EQ(recorder.seen[8].depth, 1);
}

TEST_F(Traces, tell_faults_once_with_their_step) {
    run(Program{} << push(1) << OP_ADD);
    EXPECT_EQ(recorder.lines, (std::vector<std::string>{"enter depth 0 kind 0", "0 PUSH1 3 stack 0",
                                                        "2 ADD 3 stack 1", "fault stack underflow",
                                                        "exit stack underflow gas 10000000"}));
}

TEST_F(Traces, show_calls_that_cannot_start) {
    run(call({.to = OTHER, .value = 1}));
    EXPECT_EQ(recorder.lines[9], "enter depth 1 kind 0");
    EXPECT_EQ(recorder.lines[10], "exit insufficient balance gas 0");
}

TEST_F(Traces, without_steps_show_frames_logs_and_self_destructs) {
    recorder.steps = false;
    balance = 3;
    run(Program{} << push(1) << push(0) << push(0) << OP_LOG1 << push(OTHER) << OP_SELFDESTRUCT);
    EXPECT_EQ(recorder.lines,
              (std::vector<std::string>{"enter depth 0 kind 0", "log 1 0", "self-destruct 3",
                                        "exit success gas " + std::to_string(gas_used)}));
}

TEST_F(Traces, change_no_result) {
    host.make_contract(OTHER, Program{} << sstore(1, 2) << push(5) << return_top());
    const Program code = Program{} << call({.to = OTHER, .output_size = 32}) << push(0) << OP_MLOAD
                                   << OP_ADD;
    EXPECT_EQ(word_of(code), uint256{6});
    const uint64_t traced = gas_used;
    host.rollback(0);
    tracer = nullptr;
    EXPECT_EQ(word_of(code), uint256{6});
    EXPECT_EQ(gas_used, traced);
}

}  // namespace
}  // namespace otento::evm::testing
