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

struct ChainConfig {
    uint64_t chain_id = 0;
    ForkSchedule forks;
    RuleSet rule_set = RuleSet::otento;  ///< otento when the document has `config.otento`.
    uint64_t code_size_max = 24576;      ///< Bytes; `maxCodeSize` is in KiB.
    uint64_t tx_size_max = 131072;       ///< Bytes; `txnSizeLimit` is in KiB. Pool rule only.
    bool fee_market = false;             ///< EIP-1559 base fee moves; else it stays at 0.
    std::vector<BlobParams> blob_schedule;  ///< By ascending time; empty: what the forks prescribe.
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
