#include <otento/benchmarks/evm_world.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/evm/code_cache.hpp>
#include <otento/state/memory_state.hpp>

namespace otento::benchmarks {

EvmWorld::EvmWorld(const EvmVector& vector, evm::Fork fork, evm::CodeCache& cache)
    : vector_(vector), pre_(vector.pre), cache_(cache) {
    rules_.evm.fork = fork;
    rules_.chain_id = vector.chain_id;
    message_.gas = vector.gas;
    message_.sender = vector.from;
    message_.recipient = vector.to;
    message_.code_address = vector.to;
    message_.value = vector.value;
    message_.input = vector.data;
}

void EvmWorld::warm(state::State& state) const {
    if (!rules_.at_least(evm::Fork::berlin)) {
        return;
    }
    state.access_account(vector_.from);
    state.access_account(vector_.to);
    if (rules_.at_least(evm::Fork::shanghai)) {
        state.access_account(vector_.block.coinbase);
    }
}

void EvmWorld::prepare(size_t count) {
    overlays_.clear();
    for (next_ = 0; next_ < count; ++next_) {
        warm(overlays_.emplace_back(pre_));
    }
    next_ = 0;
}

evm::CallResult EvmWorld::call() {
    ASSERT(next_ < overlays_.size());
    // The EVM keeps its reference to the host, which is replaced in place.
    host_.emplace(overlays_[next_++], rules_, vector_.block);
    host_->begin_transaction(vector_.from, {}, {});
    if (!evm_) {
        evm_.emplace(*host_, rules_.evm, nullptr, &cache_);
    }
    return evm_->execute(message_);
}

EvmOutcome EvmWorld::outcome(const evm::CallResult& result) {
    ASSERT(next_ > 0);
    state::State& state = overlays_[next_ - 1];
    EvmOutcome out;
    out.status = evm::to_string(result.status);
    out.gas_used = vector_.gas - result.gas_left;
    out.refund = state.refund();
    out.output = result.output;
    out.logs = state.logs().size();
    out.logs_hash = crypto::keccak256(types::encode_logs(state.logs()));
    state.end_transaction(true);
    state::MemoryState post;
    post.apply(vector_.pre);
    post.apply(state.diff());
    out.state_root = post.state_root();
    return out;
}

}  // namespace otento::benchmarks
