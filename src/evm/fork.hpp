// Ethereum forks in order. Rules that differ by fork live in evm/ (opcodes, gas, precompiles) and
// execution/.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace otento::evm {

enum class Fork : uint8_t {
    frontier,
    homestead,
    tangerine_whistle,  ///< EIP-150
    spurious_dragon,    ///< EIP-158
    byzantium,
    constantinople,  ///< With EIP-1283, as GoQuorum 2.2-2.5 runs it.
    petersburg,
    istanbul,
    berlin,
    london,
    paris,
    shanghai,
    cancun,
    prague,
    osaka,
};

/// Lower-case names ("tangerine_whistle", "cancun", …), and those of the test vectors ("EIP150",
/// "EIP158", "ConstantinopleFix", "Merge", …), any case.
[[nodiscard]] std::optional<Fork> fork_from_name(std::string_view name) noexcept;
[[nodiscard]] std::string_view to_string(Fork fork) noexcept;

}  // namespace otento::evm
