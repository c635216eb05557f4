#include <otento/execution/fees.hpp>

#include <algorithm>

namespace otento::execution {

namespace {

constexpr uint64_t MIN_BASE_FEE_PER_BLOB_GAS = 1;  // EIP-4844
constexpr uint64_t BLOB_BASE_COST = 1 << 13;       // EIP-7918

[[nodiscard]] uint256 max_uint256() noexcept {
    return ~uint256{};
}

}  // namespace

uint256 next_base_fee(const types::Header& parent) noexcept {
    if (!parent.base_fee_per_gas) {
        return INITIAL_BASE_FEE;
    }
    const uint256& base_fee = *parent.base_fee_per_gas;
    const uint64_t target = parent.gas_limit / ELASTICITY_MULTIPLIER;
    if (parent.gas_used == target || target == 0) {
        return base_fee;
    }
    if (parent.gas_used > target) {
        const uint256 delta = base_fee * uint256{parent.gas_used - target} / uint256{target} /
                              uint256{BASE_FEE_CHANGE_DENOMINATOR};
        return base_fee + std::max(delta, uint256{1});
    }
    const uint256 delta = base_fee * uint256{target - parent.gas_used} / uint256{target} /
                          uint256{BASE_FEE_CHANGE_DENOMINATOR};
    return base_fee - delta;
}

uint64_t next_excess_blob_gas(uint64_t parent_excess, uint64_t parent_used,
                              const uint256& parent_base_fee, const Rules& rules) noexcept {
    const uint64_t target = rules.blob.target * GAS_PER_BLOB;
    const uint64_t sum =
        parent_excess > UINT64_MAX - parent_used ? UINT64_MAX : parent_excess + parent_used;
    if (sum < target) {
        return 0;
    }
    if (rules.at_least(evm::Fork::osaka) && rules.blob.max != 0) {
        // EIP-7918: while blobs are cheaper than the gas to carry them, the price may not fall.
        const uint256 reserve = uint256{BLOB_BASE_COST} * parent_base_fee;
        const uint256 blob_price = uint256{GAS_PER_BLOB} * blob_base_fee(parent_excess, rules.blob);
        if (reserve > blob_price) {
            return parent_excess +
                   parent_used * (rules.blob.max - rules.blob.target) / rules.blob.max;
        }
    }
    return sum - target;
}

uint64_t next_excess_blob_gas(const types::Header& parent, const Rules& rules) noexcept {
    return next_excess_blob_gas(parent.excess_blob_gas.value_or(0),
                                parent.blob_gas_used.value_or(0),
                                parent.base_fee_per_gas.value_or(uint256{}), rules);
}

uint256 blob_base_fee(uint64_t excess_blob_gas, const types::BlobParams& params) noexcept {
    if (params.update_fraction == 0) {
        return MIN_BASE_FEE_PER_BLOB_GAS;
    }
    // fake_exponential(1, numerator, denominator): Taylor series in integers.
    const uint256 numerator{excess_blob_gas};
    const uint256 denominator{params.update_fraction};
    uint256 output;
    uint256 term = uint256{MIN_BASE_FEE_PER_BLOB_GAS} * denominator;
    for (uint64_t i = 1; !term.is_zero(); ++i) {
        if (add_overflows(output, term, output)) {
            return max_uint256();
        }
        uint256 product;
        if (mul_overflows(term, numerator, product)) {
            return max_uint256();
        }
        term = product / (denominator * uint256{i});
    }
    return output / denominator;
}

}  // namespace otento::execution
