// JSON forms of blocks, transactions, receipts and logs (spec/json-rpc.md section 5).
#pragma once

#include <otento/jsonrpc/writer.hpp>
#include <otento/types/block.hpp>

#include <span>

namespace otento::jsonrpc {

/// Where a transaction was mined.
struct MinedAt {
    Hash block_hash = {};
    uint64_t block_number = 0;
    uint64_t block_timestamp = 0;
    uint64_t index = 0;
    uint256 base_fee = {};  ///< 0 before London.
};

/// Price per gas that is paid: EIP-1559. Without a base fee the cap of the older types is the
/// price.
[[nodiscard]] uint256 effective_gas_price(const types::Transaction& tx,
                                          const uint256& base_fee) noexcept;

/// @param mined  Null while pending: the place is null and gasPrice the cap.
void write_transaction(Writer& out, const types::Transaction& tx, const Hash& hash,
                       const Address& from, const MinedAt* mined);

/// What a receipt needs besides itself.
struct ReceiptContext {
    const types::Transaction& tx;
    Hash tx_hash = {};
    Address from = {};
    MinedAt mined;
    uint64_t first_log_index = 0;  ///< Within the block.
    uint256 blob_gas_price = {};        ///< For type 3.
};
void write_receipt(Writer& out, const types::Receipt& receipt, const ReceiptContext& context);

/// Where a log was emitted.
struct LogPlace {
    Hash block_hash = {};
    uint64_t block_number = 0;
    uint64_t block_timestamp = 0;
    Hash tx_hash = {};
    uint64_t tx_index = 0;
    uint64_t log_index = 0;  ///< Within the block.
};
void write_log(Writer& out, const types::Log& log, const LogPlace& place);

/// What a block needs besides itself.
struct BlockContext {
    Hash hash = {};
    std::span<const Hash> tx_hashes = {};
    std::span<const Address> senders = {};  ///< Only for full transactions.
    uint64_t encoded_size = 0;
    std::optional<uint64_t> timestamp_nanos = {};
    bool full = false;     ///< Transactions as objects, else hashes.
    bool pending = false;  ///< hash, nonce and miner are null.
};
void write_block(Writer& out, const types::Block& block, const BlockContext& context);
/// A block without size, transactions, uncles and withdrawals.
void write_header(Writer& out, const types::Header& header, const Hash& hash,
                  std::optional<uint64_t> timestamp_nanos);

void write_access_list(Writer& out, const types::AccessList& list);

}  // namespace otento::jsonrpc
