// The inside of Evm: frames, the stack they share, and message calls between them. Calls do not
// recurse: the interpreter leaves once a frame is pushed, and the machine enters it again for that
// one.
#pragma once

#include <otento/evm/code_cache.hpp>
#include <otento/evm/evm.hpp>
#include <otento/evm/fork_rules.hpp>
#include <otento/evm/frame.hpp>
#include <otento/evm/precompile.hpp>
#include <otento/evm/tracer.hpp>
#include <otento/evm/translation.hpp>

#include <optional>

namespace otento::evm {

/// Why the interpreter returned.
enum class Exit : uint8_t {
    halt,    ///< Frame::status, gas and output say how.
    callee,  ///< A frame was pushed; its result goes to this frame's top word.
};

/// Result of a message call or creation, before the caller takes it.
struct Outcome {
    Status status = Status::success;
    uint64_t gas_left = 0;
    BytesView output;  ///< Valid until the next frame begins.
    Address created;
};

class Machine {
  public:
    Machine(Host& host_in, const Rules& rules_in, Tracer* tracer_in, CodeCache* cache_in);
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    [[nodiscard]] CallResult execute(const Message& message);

    // What opcodes use.
    Host& host;
    Rules rules;
    const ForkRules* fork;
    Tracer* tracer;
    const TxContext* tx = nullptr;
    Message pending;
    CodeRef pending_code;  ///< Code of `pending` where the opcode had to look at it already, else
                           ///< null bytes.

    /// The step being traced: what it was before it took effect.
    struct Step {
        const uint8_t* pc = nullptr;
        uint64_t gas = 0;
        uint64_t memory_size = 0;
        bool reported = false;
    } step;

    /// Reports `step`, once; `sp` is still as before the opcode, `gas` what its price left.
    void report_step(const Frame& frame, const uint256* sp, uint64_t gas);
    void report_fault(const Frame& frame, const uint256* sp, Status status);
    void touch(const Address& address);
    /// Begins `pending` for the frame whose registers are saved. False if that was all, as for a
    /// precompile or an account without code: the frame has its result and goes on.
    [[nodiscard]] bool enter_callee(Frame& caller);

  private:
    /// Frames of one transaction never hold more words than this: CALL_DEPTH_MAX + 1 full stacks.
    static constexpr size_t STACK_WORDS =
        size_t{CALL_DEPTH_MAX + 1} * (STACK_LIMIT + 1) + 1 + SCRATCH_WORDS;
    /// Buffers above this are given back after the outermost call.
    static constexpr uint64_t KEPT_MEMORY = uint64_t{24} << 20;
    static constexpr size_t KEPT_STACK_WORDS = size_t{32} << 10;

    struct Free {
        void operator()(uint256* words) const noexcept;
    };

    [[nodiscard]] Frame& top() noexcept { return *frames_[live_ - 1]; }
    [[nodiscard]] Exit run(Frame& frame);
    [[nodiscard]] bool begin(const Message& message, CodeRef* known_code);
    [[nodiscard]] bool begin_call(const Message& message, CodeRef* known_code);
    [[nodiscard]] bool begin_create(const Message& message);
    [[nodiscard]] Frame& push_frame(const Message& message);
    void run_precompile(const Precompile& precompile, const Message& message, size_t checkpoint);
    void finish_frame();
    [[nodiscard]] Status deposit_code(Frame& frame);
    void resume(Frame& parent);
    void fail(Status status, uint64_t gas_left = 0);
    void undo(size_t checkpoint);
    void trim();
    void report_enter(const Message& message, const Address& to, bool is_precompile);
    void report_exit(uint64_t gas, int depth);
    [[nodiscard]] CodeRef executable_code(const Message& message);
    [[nodiscard]] bool transfer(const Message& message, bool has_code, bool to_precompile);

    CodeCache own_cache_;
    CodeCache& cache_;
    std::unique_ptr<uint256, Free> stack_;
    static thread_local std::unique_ptr<uint256, Free> spare_stack;
    std::vector<std::unique_ptr<Frame>> frames_;
    size_t live_ = 0;
    bool deposit_failed_ = false;  ///< The receipt says so, although the contract stays.
    size_t peak_ = 0;              ///< Frames of this execution that lived at once.
    size_t stack_peak_ = 0;        ///< Words below the topmost frame.
    Outcome outcome_;
    Bytes precompile_output_;
    bool ripemd160_touched_ = false;
    /// Touched since the last rollback, so that another touch changes nothing; contracts call the
    /// same precompile again and again.
    std::optional<Address> last_touched_;
    bool reports_steps_ = false;
};

/// Runs the frame from its saved registers until it halts or has pushed another one.
/// @tparam TRACED  Reports every step to the machine's tracer, which must not be null.
template <bool TRACED>
[[nodiscard]] Exit interpret(Machine& machine, Frame& frame) noexcept;

/// As interpret, for a frame whose code is translated. Nothing is reported. Falls back to interpret
/// where a block cannot be paid for.
[[nodiscard]] Exit interpret_registers(Machine& machine, Frame& frame) noexcept;

/// Address of a contract made by CREATE: keccak256(rlp([sender, nonce])), Yellow Paper 7.
[[nodiscard]] Address create_address(const Address& sender, uint64_t nonce) noexcept;
/// EIP-1014.
[[nodiscard]] Address create2_address(const Address& sender, const Hash& salt,
                                      BytesView init_code) noexcept;

/// EIP-7702: the account whose code runs instead, if `code` is a delegation designator.
[[nodiscard]] std::optional<Address> delegation_target(BytesView code) noexcept;

}  // namespace otento::evm
