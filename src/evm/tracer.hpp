// What an observer of execution sees. The interpreter is compiled twice; without a tracer nothing
// of this runs.
#pragma once

#include <otento/evm/evm.hpp>

#include <span>

namespace otento::evm {

/// One opcode about to take effect. Views are valid during the call only.
struct TraceStep {
    uint64_t pc = 0;
    uint8_t op = 0;
    int depth = 0;     ///< 0 for the outermost frame.
    uint64_t gas = 0;  ///< Before the opcode.
    uint64_t gas_cost =
        0;  ///< Static and dynamic; for calls with the gas handed over, without stipend.
    std::span<const uint256> stack;  ///< Bottom first, before the opcode.
    BytesView memory;                ///< Before the opcode expands it.
    BytesView return_data;           ///< Of the last call made by this frame.
    Address address;                 ///< Account whose storage is in use.
};

/// A message call or creation begins. Also reported when it fails at once (depth, balance,
/// collision).
struct TraceEnter {
    CallKind kind = CallKind::call;
    int depth = 0;
    Address from;
    Address to;     ///< Recipient for calls and callcode the code's address; for creations the new
                    ///< address.
    uint256 value;  ///< The inherited value for DELEGATECALL.
    BytesView input;
    uint64_t gas = 0;
    bool is_precompile = false;
};

struct TraceExit {
    Status status = Status::success;
    int depth = 0;
    BytesView output;
    uint64_t gas_used = 0;
};

class Tracer {
  public:
    Tracer() = default;
    Tracer(const Tracer&) = delete;
    Tracer& operator=(const Tracer&) = delete;
    virtual ~Tracer() = default;

    /// Every opcode, after its gas is known and before its effect; also one that fails.
    virtual void on_step(const TraceStep& step) { (void)step; }
    /// The opcode just reported failed.
    virtual void on_fault(const TraceStep& step, Status status) {
        (void)step;
        (void)status;
    }
    virtual void on_enter(const TraceEnter& frame) { (void)frame; }
    virtual void on_exit(const TraceExit& frame) { (void)frame; }
    /// SELFDESTRUCT moves `balance` (maybe zero) of `account` to `beneficiary`.
    virtual void on_self_destruct(const Address& account, const Address& beneficiary,
                                  const uint256& balance, int depth) {
        (void)account;
        (void)beneficiary;
        (void)balance;
        (void)depth;
    }
    virtual void on_log(const Address& address, std::span<const Hash> topics, BytesView data,
                        int depth) {
        (void)address;
        (void)topics;
        (void)data;
        (void)depth;
    }
    /// False: on_step and on_fault are not wanted, and the fast interpreter runs.
    [[nodiscard]] virtual bool wants_steps() const { return true; }
};

}  // namespace otento::evm
