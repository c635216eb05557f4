// Prices of the precompiles that need more than a constant.
#pragma once

#include <otento/evm/fork.hpp>

#include <otento/base/bytes.hpp>

namespace otento::evm {

/// Parts of a MODEXP input (EIP-198). Lengths saturate at 2^64 - 1.
struct ModexpInput {
    uint64_t base_size = 0;
    uint64_t exponent_size = 0;
    uint64_t modulus_size = 0;
    BytesView rest;  ///< What follows the three lengths; may be shorter than they say.

    [[nodiscard]] static ModexpInput parse(BytesView input) noexcept;
};

/// EIP-198 from Byzantium, EIP-2565 from Berlin, EIP-7883 from Osaka.
[[nodiscard]] uint64_t modexp_gas(BytesView input, Fork fork) noexcept;

/// EIP-2537: `pairs` times the price of one multiplication, less the discount for many.
[[nodiscard]] uint64_t bls12_g1_msm_gas(uint64_t pairs) noexcept;
[[nodiscard]] uint64_t bls12_g2_msm_gas(uint64_t pairs) noexcept;

}  // namespace otento::evm
