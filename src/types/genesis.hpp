// Genesis document as plain data: geth's JSON form, plus `config.otento`. config/ parses it, chain/
// builds block 0 from it.
#pragma once

#include <otento/types/account.hpp>

#include <map>
#include <optional>

namespace otento::types {

/// Activation by block number up to Paris, by timestamp from Shanghai on; absent: never.
struct ForkSchedule {
    std::optional<uint64_t> homestead_block;
    std::optional<uint64_t> eip150_block;
    std::optional<uint64_t> eip155_block;
    std::optional<uint64_t> eip158_block;
    std::optional<uint64_t> byzantium_block;
    std::optional<uint64_t> constantinople_block;
    std::optional<uint64_t> petersburg_block;
    std::optional<uint64_t> istanbul_block;
    std::optional<uint64_t> berlin_block;
    std::optional<uint64_t> london_block;
    std::optional<uint64_t>
        paris_block;  ///< mergeNetsplitBlock, or 0 with terminalTotalDifficulty 0.
    std::optional<uint64_t> shanghai_time;
    std::optional<uint64_t> cancun_time;
    std::optional<uint64_t> prague_time;
    std::optional<uint64_t> osaka_time;
    friend bool operator==(const ForkSchedule&, const ForkSchedule&) = default;
};

/// Blob limits from a time on (EIP-7840, EIP-7892). Counts are blobs per block.
struct BlobParams {
    uint64_t time = 0;  ///< Activation, seconds.
    uint64_t target = 0;
    uint64_t max = 0;
    uint64_t update_fraction = 0;
    friend bool operator==(const BlobParams&, const BlobParams&) = default;
};

/// `ethereum`: chains of standard Ethereum clients, imported for tests and tools: rewards, base fee, blobs and
/// system calls by fork; header rules of the Yellow Paper and of the merge, proofs of work unchecked.
enum class RuleSet : uint8_t { classic, otento, ethereum };

/// Largest contract from a block on, in bytes.
struct CodeSizeStep {
    uint64_t block = 0;
    uint64_t bytes_max = 0;
    friend bool operator==(const CodeSizeStep&, const CodeSizeStep&) = default;
};

/// What the blocks of a GoQuorum chain do not say themselves (spec/quorum-raft.md 2.8, 2.12).
struct ClassicOptions {
    /// From here on the nodes ran GoQuorum 2.6 or later: STATICCALL touches, and Constantinople
    /// brings Petersburg along. Before it 2.2 to 2.5 (geth 1.8.18), which know no later fork.
    /// Absent: never.
    std::optional<uint64_t> upgrade_block;
    /// True once `upgrade_block` was given by the operator or found by an import; else it is what
    /// the fork schedule suggests.
    bool upgrade_known = false;
    std::optional<uint64_t> gas_price_block;  ///< enableGasPriceBlock: prices above 0 from here on.
    std::optional<uint64_t> switch_block;     ///< Otento's own rules from this block on.
    ForkSchedule switch_forks;                ///< Forks that are active from switch_block on.
    friend bool operator==(const ClassicOptions&, const ClassicOptions&) = default;
};

struct ChainConfig {
    uint64_t chain_id = 0;
    ForkSchedule forks;
    RuleSet rule_set = RuleSet::otento;  ///< Of block 1; rule_set_at() knows about a switch.
    uint64_t code_size_max = 24576;      ///< Bytes, from block 0 on; `maxCodeSize` is in KiB.
    std::vector<CodeSizeStep> code_size_steps;  ///< Later sizes, by ascending block.
    uint64_t tx_size_max = 131072;  ///< Bytes; `txnSizeLimit` is in KiB. Pool rule only.
    bool fee_market = false;        ///< EIP-1559 base fee moves; else it stays at 0.
    std::vector<BlobParams> blob_schedule;  ///< By ascending time; empty: what the forks prescribe.
    ClassicOptions classic;                 ///< Only of a GoQuorum chain.

    /// Rules of one block: classic before the switch, otento from it on.
    [[nodiscard]] RuleSet rule_set_at(uint64_t number) const noexcept {
        const bool switched = rule_set == RuleSet::classic && classic.switch_block &&
                              number >= *classic.switch_block;
        return switched ? RuleSet::otento : rule_set;
    }
    /// Forks that count for one block.
    [[nodiscard]] const ForkSchedule& forks_at(uint64_t number) const noexcept {
        return rule_set_at(number) == rule_set ? forks : classic.switch_forks;
    }
    [[nodiscard]] uint64_t code_size_at(uint64_t number) const noexcept {
        uint64_t out = code_size_max;
        for (const CodeSizeStep& step : code_size_steps) {
            out = number >= step.block ? step.bytes_max : out;
        }
        return out;
    }
    /// Units of a header's timestamp in a second: nanoseconds (classic) or seconds.
    [[nodiscard]] uint64_t time_units_at(uint64_t number) const noexcept {
        return rule_set_at(number) == RuleSet::classic ? 1'000'000'000 : 1;
    }
};

struct GenesisAccount {
    uint64_t nonce = 0;
    uint256 balance;
    Bytes code;
    std::map<Hash, Hash> storage;
};

struct Genesis {
    ChainConfig config;
    FixedBytes<8> nonce;
    uint64_t timestamp = 0;
    Bytes extra_data;
    uint64_t gas_limit = 0;
    uint256 difficulty;
    Hash prev_randao;
    Address coinbase;
    std::optional<uint256> base_fee_per_gas;
    std::map<Address, GenesisAccount> alloc;
};

}  // namespace otento::types
