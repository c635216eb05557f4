// Precompiled contracts: which exist under a fork, what they charge, and how input becomes output.
// Yellow Paper appendix E; EIP-152, 196, 197, 198, 1108, 2537, 2565, 4844, 7823, 7883, 7951.
#pragma once

#include <otento/evm/fork.hpp>

#include <otento/base/bytes.hpp>

namespace otento::evm {

struct Precompile {
    Fork since;
    /// UINT64_MAX where the price does not fit.
    uint64_t (*gas)(BytesView input, Fork fork);
    /// Replaces `output`; false where the call fails and takes all its gas.
    bool (*run)(BytesView input, Fork fork, Bytes& output);
    bool run_by_fork = false;  ///< What run() does depends on the fork.
};

inline constexpr Address RIPEMD160_ADDRESS{
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}};

/// Null if the address is not one of a precompile active under `fork`.
[[nodiscard]] const Precompile* find_precompile(const Address& address, Fork fork) noexcept;

}  // namespace otento::evm
