// What a header must look like given its parent, by rule set: strict for otento, lenient for
// classic (as GoQuorum was, spec/quorum-raft.md 2.5), Ethereum's own for imported chains. Seals are
// consensus' business.
#pragma once

#include <otento/execution/execute_block.hpp>

namespace otento::chain {

/// What a block producer may choose.
struct HeaderChoice {
    uint64_t timestamp = 0;          ///< Seconds (otento) or nanoseconds (classic).
    uint64_t gas_limit_aim = 0;      ///< 0: keep the parent's. Approached by the rule set's step.
    uint64_t gas_limit_ceiling = 0;  ///< Classic only: --miner.gaslimit; 0: GoQuorum's default.
    Bytes extra_data{};
};

/// Bytes of extraData at most: the seal of either rule set, with room.
inline constexpr size_t EXTRA_DATA_MAX = 1024;

/// A header for the child of `parent` with every field that is known before execution. The
/// timestamp is lifted to the least one allowed.
[[nodiscard]] types::Header prepare_header(const types::ChainConfig& config,
                                           const types::Header& parent, const Hash& parent_hash,
                                           const HeaderChoice& choice);

/// All rules that need no execution, but for parent_hash, which the caller has looked up.
[[nodiscard]] Result<void, execution::BlockFault> check_header(const types::ChainConfig& config,
                                                               const types::Header& header,
                                                               const types::Header& parent);

/// EIP-7934 (Osaka on): bytes of the block's RLP.
[[nodiscard]] Result<void, execution::BlockFault> check_size(size_t encoded_size,
                                                             const execution::Rules& rules);

/// Proof-of-work difficulty of a child, Yellow Paper 4.3.4, EIP-2, EIP-100, with the ice age up to
/// EIP-1234. Times in the header's unit, as GoQuorum did with nanoseconds
/// (spec/quorum-raft.md 2.3).
[[nodiscard]] uint256 next_difficulty(const types::ForkSchedule& forks, const types::Header& parent,
                                      uint64_t timestamp) noexcept;

/// GoQuorum's gas limit rule, spec/quorum-raft.md 2.2.
[[nodiscard]] uint64_t quorum_gas_limit(const types::Header& parent, uint64_t floor,
                                        uint64_t ceiling) noexcept;

/// SHA-256 of nothing: requests hash of a block without requests (EIP-7685).
[[nodiscard]] const Hash& empty_requests_hash();

}  // namespace otento::chain
