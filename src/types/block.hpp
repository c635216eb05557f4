// Headers, blocks, receipts and logs with their RLP and hashes: Yellow Paper 4.3, EIP-1559, 2718,
// 4788, 4844, 4895, 7685.
#pragma once

#include <otento/types/transaction.hpp>

#include <memory>

namespace otento::types {

using Bloom = FixedBytes<256>;

struct Header {
    Hash parent_hash;
    Hash ommers_hash;  ///< sha3Uncles
    Address coinbase;
    Hash state_root;
    Hash transactions_root;
    Hash receipts_root;
    Bloom logs_bloom;
    uint256 difficulty;
    uint64_t number = 0;
    uint64_t gas_limit = 0;
    uint64_t gas_used = 0;
    uint64_t timestamp = 0;  ///< Seconds (otento) or nanoseconds (classic), as the rule set says.
    Bytes extra_data;
    Hash prev_randao;  ///< mixHash
    FixedBytes<8> nonce;
    std::optional<uint256> base_fee_per_gas;       ///< London on
    std::optional<Hash> withdrawals_root;          ///< Shanghai on
    std::optional<uint64_t> blob_gas_used;         ///< Cancun on
    std::optional<uint64_t> excess_blob_gas;       ///< Cancun on
    std::optional<Hash> parent_beacon_block_root;  ///< Cancun on
    std::optional<Hash> requests_hash;             ///< Prague on
    friend bool operator==(const Header&, const Header&) = default;
};

struct Withdrawal {
    uint64_t index = 0;
    uint64_t validator_index = 0;
    Address address;
    uint64_t amount_gwei = 0;
    friend bool operator==(const Withdrawal&, const Withdrawal&) = default;
};

struct Block {
    Header header;
    std::vector<Transaction> transactions;
    std::vector<Header> ommers;
    std::optional<std::vector<Withdrawal>> withdrawals;
    friend bool operator==(const Block&, const Block&) = default;
};

struct Log {
    Address address;
    std::vector<Hash> topics;
    Bytes data;
    friend bool operator==(const Log&, const Log&) = default;
};

struct Receipt {
    TxType type = TxType::legacy;
    std::optional<Hash> post_state;  ///< Before Byzantium.
    bool success = false;            ///< Byzantium on (EIP-658).
    uint64_t cumulative_gas_used = 0;
    Bloom logs_bloom;
    std::vector<Log> logs;
    // Not part of the consensus encoding; kept for RPC.
    uint64_t gas_used = 0;
    std::optional<Address> contract_address;
    friend bool operator==(const Receipt&, const Receipt&) = default;
};

enum class BlockDecodeError { rlp, transaction, trailing_bytes };
[[nodiscard]] std::string_view to_string(BlockDecodeError error) noexcept;

/// Optional fields follow in the order of their declaration; one that is present needs all before
/// it.
[[nodiscard]] Bytes encode_header(const Header& header);
[[nodiscard]] Result<Header, BlockDecodeError> decode_header(BytesView in);
[[nodiscard]] Hash header_hash(const Header& header);

[[nodiscard]] Bytes encode_block(const Block& block);
[[nodiscard]] Result<Block, BlockDecodeError> decode_block(BytesView in,
                                                           DecodeOptions options = {});

/// Consensus encoding: RLP list (legacy) or type || list.
[[nodiscard]] Bytes encode_receipt(const Receipt& receipt);
/// RLP list [address, topics, data].
[[nodiscard]] Bytes encode_logs(const std::vector<Log>& logs);

/// Storage form of a receipt, including the fields kept for RPC; not a consensus encoding.
[[nodiscard]] Bytes encode_stored_receipt(const Receipt& receipt);
[[nodiscard]] Result<Receipt, BlockDecodeError> decode_stored_receipt(BytesView in);

/// Yellow Paper 4.3.1, M3:2048.
void add_to_bloom(Bloom& bloom, BytesView item) noexcept;
[[nodiscard]] Bloom logs_bloom(const std::vector<Log>& logs) noexcept;
[[nodiscard]] bool bloom_may_contain(const Bloom& bloom, BytesView item) noexcept;

/// Keccak-256 of the RLP of an empty list, of an empty string, of an empty trie (the last two).
extern const Hash EMPTY_OMMERS_HASH;
extern const Hash EMPTY_CODE_HASH;
extern const Hash EMPTY_TRIE_ROOT;

}  // namespace otento::types
