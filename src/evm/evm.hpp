// Message calls and contract creation: Yellow Paper 7, 8 and 9.
#pragma once

#include <otento/evm/fork.hpp>
#include <otento/evm/host.hpp>

#include <string_view>

namespace otento::evm {

enum class Status : uint8_t {
    success,
    revert,
    out_of_gas,
    invalid_instruction,
    undefined_instruction,
    stack_underflow,
    stack_overflow,
    bad_jump_destination,
    invalid_memory_access,
    static_mode_violation,
    call_depth_exceeded,
    insufficient_balance,
    create_collision,
    max_code_size_exceeded,
    invalid_code,  ///< EIP-3541.
    nonce_overflow,
    precompile_failure,
    max_initcode_size_exceeded,  ///< EIP-3860.
};
[[nodiscard]] std::string_view to_string(Status status) noexcept;

enum class CallKind : uint8_t { call, callcode, delegatecall, staticcall, create, create2 };

/// Rules of one block: fork and the limits a genesis may move.
struct Rules {
    Fork fork = Fork::cancun;
    size_t code_size_max = 24576;      ///< EIP-170
    size_t initcode_size_max = 49152;  ///< EIP-3860
    /// GoQuorum 1.8.18 quirks D1 and D2 (spec/quorum-raft.md 2.8): zero-value calls and STATICCALL
    /// do not touch their target.
    bool quorum_no_touch_on_zero_value = false;
    bool quorum_no_touch_on_staticcall = false;
    /// A GoQuorum genesis may schedule later forks without Homestead: EIP-2's part is missing then.
    bool quorum_no_homestead = false;
};

struct Message {
    CallKind kind = CallKind::call;
    bool is_static = false;
    int depth = 0;
    uint64_t gas = 0;
    Address sender;
    Address recipient;     ///< Whose storage and balance; for creations filled in by the EVM.
    Address code_address;  ///< Whose code runs.
    uint256 value;
    BytesView input;  ///< Call data, or init code.
    Hash salt;        ///< CREATE2
};

struct CallResult {
    Status status = Status::success;
    uint64_t gas_left = 0;
    Bytes output;
    Address created;  ///< For creations.
};

/// Observes execution; null costs nothing. Details in tracer.hpp.
class Tracer;

/// Analysed code shared by the Evm objects of one thread. Details in code_cache.hpp.
class CodeCache;

class Machine;

/// One EVM per thread: owns reusable stack and memory, so keep it from transaction to transaction.
/// Not thread-safe, not re-entrant: the host must not execute on the same Evm.
class Evm {
  public:
    /// @param tracer  Null for none; must outlive its use.
    /// @param cache   Of this thread, outliving the Evm; null for a private one.
    Evm(Host& host, const Rules& rules, Tracer* tracer = nullptr, CodeCache* cache = nullptr);
    ~Evm();
    Evm(const Evm&) = delete;
    Evm& operator=(const Evm&) = delete;

    /// For the next block, or the next transaction to trace. Not while execute() runs.
    void set_rules(const Rules& rules);
    void set_tracer(Tracer* tracer);

    /// Runs a message call or a creation. The caller has done the transaction's part (nonce, gas
    /// purchase, EIP-7702 authorisations, warm addresses); value transfer, checkpoint and rollback
    /// happen here.
    ///
    /// A message of depth 0 is the transaction's own. Its creation expects the sender's nonce to be
    /// bumped already, so the new address comes from nonce - 1; a delegation of its target is
    /// followed and warmed (EIP-7702). On success of a creation `output` is the deployed code.
    [[nodiscard]] CallResult execute(const Message& message);

  private:
    std::unique_ptr<Machine> machine_;
};

/// Precompile addresses active under a fork, for warming (EIP-2929).
[[nodiscard]] bool is_precompile(const Address& address, Fork fork) noexcept;
[[nodiscard]] std::vector<Address> precompile_addresses(Fork fork);

}  // namespace otento::evm
