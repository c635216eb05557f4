// Protocol rules in force for one block, derived from a chain's configuration.
#pragma once

#include <otento/evm/evm.hpp>
#include <otento/types/genesis.hpp>

namespace otento::execution {

/// All rules of one block. Plain data: tests build their own.
struct Rules {
    evm::Rules evm;
    uint64_t chain_id = 1;
    types::BlobParams blob;          ///< EIP-7840; meaningful from Cancun on.
    bool blob_transactions = false;  ///< Execute type 3; else refused: our chains carry no blobs.
    /// Replay protection where a GoQuorum chain schedules it apart from EIP-158. Absent: with that.
    std::optional<bool> quorum_eip155;
    bool strict_accounts = true;        ///< EIP-2681 and EIP-3607; GoQuorum knows neither.
    bool private_transactions = false;  ///< GoQuorum v 37/38 (spec/quorum-raft.md 2.9).
    bool price_must_be_zero = false;    ///< GoQuorum "Gas price not 0".
    bool fee_market = false;            ///< The base fee moves by EIP-1559.
    bool system_calls = false;  ///< EIP-4788, 2935, and the requests of EIP-6110, 7002, 7251.
    uint256 block_reward;       ///< Wei to the coinbase of every block.

    [[nodiscard]] evm::Fork fork() const noexcept { return evm.fork; }
    [[nodiscard]] bool homestead() const noexcept {
        return at_least(evm::Fork::homestead) && !evm.quorum_no_homestead;
    }
    [[nodiscard]] bool eip155() const noexcept {
        return quorum_eip155.value_or(at_least(evm::Fork::spurious_dragon));
    }
    [[nodiscard]] bool at_least(evm::Fork fork) const noexcept { return evm.fork >= fork; }
};

/// The latest fork active at a block: by number up to Paris, by time (the header's unit) from
/// Shanghai on.
[[nodiscard]] evm::Fork fork_at(const types::ForkSchedule& forks, uint64_t number,
                                uint64_t timestamp) noexcept;

/// Proof-of-work reward by fork: 5, 3, 2 ether, nothing from Paris on (EIP-649, EIP-1234,
/// EIP-3675).
[[nodiscard]] uint256 proof_of_work_reward(evm::Fork fork) noexcept;

/// Blob limits that a fork brings along (EIP-4844, EIP-7691).
[[nodiscard]] types::BlobParams default_blob_params(evm::Fork fork) noexcept;

/// Never fails: an incomplete schedule simply never activates its later forks.
[[nodiscard]] Rules rules_at(const types::ChainConfig& config, uint64_t number,
                             uint64_t timestamp) noexcept;

/// Block numbers and times at which the fork changes after genesis, distinct and ascending.
[[nodiscard]] std::vector<uint64_t> fork_numbers(const types::ForkSchedule& forks);
[[nodiscard]] std::vector<uint64_t> fork_times(const types::ForkSchedule& forks);

}  // namespace otento::execution
