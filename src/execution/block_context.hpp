// What one block tells the transactions in it.
#pragma once

#include <otento/execution/fees.hpp>
#include <otento/types/block.hpp>

namespace otento::execution {

/// Answers BLOCKHASH: hashes of the ancestors of the block under execution, uncommitted ones
/// included.
class BlockHashes {
  public:
    BlockHashes() = default;
    BlockHashes(const BlockHashes&) = delete;
    BlockHashes& operator=(const BlockHashes&) = delete;
    virtual ~BlockHashes() = default;

    /// Hash of ancestor `number`; zero if unknown. Callers ask only for the last 256.
    [[nodiscard]] virtual Hash block_hash(uint64_t number) const = 0;
};

struct BlockContext {
    Address coinbase;
    uint64_t number = 0;
    uint64_t timestamp = 0;
    uint64_t gas_limit = 0;
    uint256 difficulty;
    Hash prev_randao;
    uint256 base_fee;
    uint256 blob_base_fee;
    Hash parent_hash;
    Hash parent_beacon_block_root;
    const BlockHashes* hashes = nullptr;  ///< Null: every BLOCKHASH is zero.
};

/// The context that a header describes.
[[nodiscard]] inline BlockContext context_of(const types::Header& header, const Rules& rules,
                                             const BlockHashes* hashes) {
    BlockContext out;
    out.coinbase = header.coinbase;
    out.number = header.number;
    out.timestamp = header.timestamp;
    out.gas_limit = header.gas_limit;
    out.difficulty = header.difficulty;
    out.prev_randao = header.prev_randao;
    out.base_fee = header.base_fee_per_gas.value_or(uint256{});
    out.blob_base_fee = rules.at_least(evm::Fork::cancun)
                            ? blob_base_fee(header.excess_blob_gas.value_or(0), rules.blob)
                            : uint256{};
    out.parent_hash = header.parent_hash;
    out.parent_beacon_block_root = header.parent_beacon_block_root.value_or(Hash{});
    out.hashes = hashes;
    return out;
}

}  // namespace otento::execution
