// A program's world as a block under execution sees it: the state overlay that blocks use, on the
// program's pre-state. Calls on it are messages, not transactions: no nonce, no fee.
#pragma once

#include <otento/benchmarks/evm_vector.hpp>
#include <otento/benchmarks/pre_state.hpp>
#include <otento/execution/state_host.hpp>
#include <otento/state/state.hpp>

#include <deque>

namespace otento::benchmarks {

/// Belongs to one thread. The vector outlives it.
class EvmWorld {
  public:
    EvmWorld(const EvmVector& vector, evm::Fork fork, evm::CodeCache& cache);

    /// Makes `count` fresh overlays for as many calls to come, with warm whatever a transaction
    /// would have warmed (EIP-2929, EIP-3651).
    void prepare(size_t count);
    /// Runs the message on the next fresh overlay.
    evm::CallResult call();
    /// What the last call did. Settles its overlay, so only once.
    [[nodiscard]] EvmOutcome outcome(const evm::CallResult& result);

  private:
    void warm(state::State& state) const;

    const EvmVector& vector_;
    execution::Rules rules_;
    PreState pre_;
    evm::Message message_;
    std::deque<state::State> overlays_;
    size_t next_ = 0;
    /// The overlay is another one in every call, the EVM and its buffers are not.
    std::optional<execution::StateHost> host_;
    std::optional<evm::Evm> evm_;
    evm::CodeCache& cache_;
};

}  // namespace otento::benchmarks
