// Base fee (EIP-1559) and blob gas market (EIP-4844, EIP-7691, EIP-7918).
#pragma once

#include <otento/execution/rules.hpp>
#include <otento/types/block.hpp>

namespace otento::execution {

constexpr uint64_t GAS_PER_BLOB = 1 << 17;            ///< EIP-4844
constexpr uint64_t INITIAL_BASE_FEE = 1'000'000'000;  ///< EIP-1559, wei
constexpr uint64_t BASE_FEE_CHANGE_DENOMINATOR = 8;   ///< EIP-1559
constexpr uint64_t ELASTICITY_MULTIPLIER = 2;         ///< EIP-1559

/// Base fee of the child of `parent`; INITIAL_BASE_FEE where the parent has none. Only for fee
/// markets.
[[nodiscard]] uint256 next_base_fee(const types::Header& parent) noexcept;

/// Excess blob gas of the child of `parent` under the child's rules (Cancun on).
[[nodiscard]] uint64_t next_excess_blob_gas(const types::Header& parent,
                                            const Rules& rules) noexcept;
/// As above from the bare numbers; `parent_base_fee` matters from Osaka on (EIP-7918).
[[nodiscard]] uint64_t next_excess_blob_gas(uint64_t parent_excess, uint64_t parent_used,
                                            const uint256& parent_base_fee,
                                            const Rules& rules) noexcept;

/// Wei per unit of blob gas: fake_exponential of EIP-4844; saturates at 2^256 - 1.
[[nodiscard]] uint256 blob_base_fee(uint64_t excess_blob_gas,
                                    const types::BlobParams& params) noexcept;

}  // namespace otento::execution
