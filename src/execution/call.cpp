#include <otento/execution/call.hpp>

#include <otento/evm/code_cache.hpp>

#include <algorithm>

namespace otento::execution {

using evm::Fork;
using types::Transaction;

namespace {

/// The part of validation that still makes sense without nonce and signature.
[[nodiscard]] Result<Validated, TxError> validate_call(const Transaction& tx, const Rules& rules,
                                                       const uint256& balance,
                                                       const BlockContext& block) {
    if (tx.is_creation() && rules.at_least(Fork::shanghai) &&
        tx.data.size() > rules.evm.initcode_size_max) {
        return Err(TxError::initcode_too_large);
    }
    if (tx.max_priority_fee_per_gas > tx.max_fee_per_gas) {
        return Err(TxError::tip_above_fee_cap);
    }
    if (tx.max_fee_per_gas < block.base_fee) {
        return Err(TxError::fee_cap_below_base_fee);
    }
    Validated out;
    out.intrinsic = intrinsic_gas(tx, rules);
    if (tx.gas_limit < out.intrinsic.gas) {
        return Err(TxError::intrinsic_gas_too_low);
    }
    if (tx.gas_limit < out.intrinsic.floor) {
        return Err(TxError::floor_gas_too_low);
    }
    if (!tx.blob_versioned_hashes.empty()) {
        if (!rules.blob_transactions) {
            return Err(TxError::blob_not_supported);
        }
        out.blob_gas = GAS_PER_BLOB * tx.blob_versioned_hashes.size();
        if (tx.max_fee_per_blob_gas < block.blob_base_fee) {
            return Err(TxError::blob_fee_cap_too_low);
        }
    }
    const auto cost = cost_max(tx);
    if (!cost || *cost > balance) {
        return Err(TxError::insufficient_funds);
    }
    out.tip = std::min(tx.max_priority_fee_per_gas, tx.max_fee_per_gas - block.base_fee);
    out.price = block.base_fee + out.tip;
    return out;
}

/// Callers who name no price pay none (geth's NoBaseFee).
[[nodiscard]] BlockContext without_unpriced_fees(const BlockContext& block, const Transaction& tx) {
    BlockContext out = block;
    if (tx.max_fee_per_gas.is_zero()) {
        out.base_fee = 0;
    }
    if (tx.max_fee_per_blob_gas.is_zero()) {
        out.blob_base_fee = 0;
    }
    return out;
}

/// Repeated runs of one message under different gas limits.
class Estimator {
  public:
    Estimator(const state::StateView& view, const Rules& rules, const BlockContext& block,
              const CallRequest& request)
        : view_(view), rules_(rules), block_(block), request_(request) {}

    [[nodiscard]] Result<TxResult, TxError> run(uint64_t gas) {
        request_.tx.gas_limit = gas;
        return call(view_, rules_, block_, request_);
    }

    /// True if it succeeds; too little gas to start with counts as a failure.
    [[nodiscard]] Result<bool, TxError> succeeds(uint64_t gas) {
        auto result = run(gas);
        if (!result) {
            if (result.error() == TxError::intrinsic_gas_too_low ||
                result.error() == TxError::floor_gas_too_low) {
                return false;
            }
            return Err(result.error());
        }
        return result->status == evm::Status::success;
    }

  private:
    const state::StateView& view_;
    const Rules& rules_;
    const BlockContext& block_;
    CallRequest request_;
};

[[nodiscard]] EstimateFailure invalid(TxError error) {
    return {.kind = EstimateFailure::invalid, .tx_error = error};
}

[[nodiscard]] EstimateFailure exceeds(uint64_t allowance) {
    return {.kind = EstimateFailure::exceeds_allowance, .allowance = allowance};
}

/// Upper bound of the search: what was asked, what the block holds, what the balance pays for.
[[nodiscard]] Result<uint64_t, EstimateFailure> upper_bound(const state::StateView& view,
                                                            const Rules& rules,
                                                            const BlockContext& block,
                                                            const CallRequest& request,
                                                            uint64_t gas_max) {
    const Transaction& tx = request.tx;
    uint64_t high = tx.gas_limit >= TX_BASE_COST ? tx.gas_limit : block.gas_limit;
    if (!tx.max_fee_per_gas.is_zero()) {
        const auto account = view.account(request.from);
        uint256 available = account ? account->balance : uint256{};
        if (available < tx.value) {
            return Err(invalid(TxError::insufficient_funds));
        }
        available -= tx.value;
        high = std::min(high, (available / tx.max_fee_per_gas).saturate_u64());
    }
    high = std::min(high, gas_max);
    if (rules.at_least(Fork::osaka)) {
        high = std::min(high, TX_GAS_LIMIT_MAX);
    }
    return high;
}

[[nodiscard]] bool is_plain_transfer(const state::StateView& view, const Transaction& tx) {
    if (!tx.to || !tx.data.empty() || !tx.access_list.empty() || !tx.authorization_list.empty()) {
        return false;
    }
    const auto account = view.account(*tx.to);
    return !account || account->code_hash == types::EMPTY_CODE_HASH;
}

}  // namespace

Result<TxResult, TxError> call(state::State& state, const Rules& rules, const BlockContext& block,
                               const CallRequest& request, evm::Tracer* tracer) {
    const BlockContext context = without_unpriced_fees(block, request.tx);
    TRY(const Validated validated,
        validate_call(request.tx, rules, state.balance(request.from), context));
    // Reads ask for the same contracts again and again.
    thread_local evm::CodeCache code_cache;
    StateHost host(state, rules, context);
    evm::Evm evm(host, rules.evm, tracer, &code_cache);
    Environment env{.state = state, .host = host, .evm = evm, .rules = rules, .block = context};
    return execute_transaction(env, request.tx, request.from, validated);
}

Result<TxResult, TxError> call(const state::StateView& view, const Rules& rules,
                               const BlockContext& block, const CallRequest& request,
                               evm::Tracer* tracer) {
    state::State state(view);
    return call(state, rules, block, request, tracer);
}

Result<uint64_t, EstimateFailure> estimate_gas(const state::StateView& view, const Rules& rules,
                                               const BlockContext& block,
                                               const CallRequest& request, uint64_t gas_max) {
    constexpr uint64_t ERROR_PER_MILLE = 15;
    TRY(uint64_t high, upper_bound(view, rules, block, request, gas_max));
    Estimator estimator(view, rules, block, request);
    const auto try_with = [&](uint64_t gas) -> Result<bool, EstimateFailure> {
        const auto answer = estimator.succeeds(gas);
        if (!answer) {
            return Err(invalid(answer.error()));
        }
        return *answer;
    };

    if (is_plain_transfer(view, request.tx) && high >= TX_BASE_COST) {
        TRY(const bool enough, try_with(TX_BASE_COST));
        if (enough) {
            return TX_BASE_COST;
        }
    }

    auto most = estimator.run(high);
    if (!most) {
        const bool too_little = most.error() == TxError::intrinsic_gas_too_low ||
                                most.error() == TxError::floor_gas_too_low;
        return Err(too_little ? exceeds(high) : invalid(most.error()));
    }
    if (most->status == evm::Status::revert) {
        return Err(EstimateFailure{.kind = EstimateFailure::reverted,
                                   .status = most->status,
                                   .output = std::move(most->output)});
    }
    if (most->status == evm::Status::out_of_gas) {
        return Err(exceeds(high));
    }
    if (most->status != evm::Status::success) {
        return Err(EstimateFailure{.kind = EstimateFailure::failed, .status = most->status});
    }

    // Bisection, with a guess first: most messages need their peak, a stipend, and what 63/64 hold
    // back.
    constexpr uint64_t CALL_STIPEND = 2300;
    uint64_t low = most->gas_used - 1;
    const uint64_t guess = (most->gas_peak + CALL_STIPEND) / 63 * 64 + 64;
    if (guess < high) {
        TRY(const bool enough, try_with(guess));
        (enough ? high : low) = guess;
    }
    while (low + 1 < high && (high - low) * 1000 >= high * ERROR_PER_MILLE) {
        const uint64_t middle = std::min(low + (high - low) / 2, low * 2);
        TRY(const bool enough, try_with(middle));
        (enough ? high : low) = middle;
    }
    return high;
}

}  // namespace otento::execution
