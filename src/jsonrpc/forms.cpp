#include <otento/jsonrpc/forms.hpp>

#include <algorithm>

namespace otento::jsonrpc {
namespace {

using types::TxType;

constexpr uint64_t GAS_PER_BLOB = 1 << 17;  // EIP-4844

void optional_address(Writer& out, const std::optional<Address>& address) {
    if (address) {
        out.data(*address);
    } else {
        out.null();
    }
}

void write_place(Writer& out, const MinedAt* mined) {
    if (mined == nullptr) {
        for (const char* name :
             {"blockHash", "blockNumber", "blockTimestamp", "transactionIndex"}) {
            out.key(name).null();
        }
        return;
    }
    out.member("blockHash", mined->block_hash);
    out.member("blockNumber", mined->block_number);
    out.member("blockTimestamp", mined->block_timestamp);
    out.member("transactionIndex", mined->index);
}

void write_authorizations(Writer& out, const std::vector<types::Authorization>& list) {
    out.begin_array();
    for (const auto& entry : list) {
        out.begin_object();
        out.member("chainId", entry.chain_id);
        out.member("address", entry.address);
        out.member("nonce", entry.nonce);
        out.member("yParity", entry.y_parity);
        out.member("r", entry.r);
        out.member("s", entry.s);
        out.end_object();
    }
    out.end_array();
}

void write_hashes(Writer& out, std::span<const Hash> hashes) {
    out.begin_array();
    for (const auto& hash : hashes) {
        out.data(hash);
    }
    out.end_array();
}

/// Members that came with the typed transactions.
void write_typed_members(Writer& out, const types::Transaction& tx) {
    if (tx.type == TxType::legacy) {
        return;
    }
    out.key("accessList");
    write_access_list(out, tx.access_list);
    out.member("yParity", uint64_t{tx.y_parity});
    if (tx.type == TxType::access_list) {
        return;
    }
    out.member("maxFeePerGas", tx.max_fee_per_gas);
    out.member("maxPriorityFeePerGas", tx.max_priority_fee_per_gas);
    if (tx.type == TxType::blob) {
        out.member("maxFeePerBlobGas", tx.max_fee_per_blob_gas);
        out.key("blobVersionedHashes");
        write_hashes(out, tx.blob_versioned_hashes);
    } else if (tx.type == TxType::set_code) {
        out.key("authorizationList");
        write_authorizations(out, tx.authorization_list);
    }
}

void write_header_members(Writer& out, const types::Header& header, const Hash& hash,
                          std::optional<uint64_t> timestamp_nanos, bool pending) {
    out.member("number", header.number);
    if (pending) {
        out.key("hash").null().key("nonce").null().key("miner").null();
    } else {
        out.member("hash", hash);
        out.member("nonce", header.nonce);
        out.member("miner", header.coinbase);
    }
    out.member("parentHash", header.parent_hash);
    out.member("mixHash", header.prev_randao);
    out.member("sha3Uncles", header.ommers_hash);
    out.member("logsBloom", header.logs_bloom);
    out.member("transactionsRoot", header.transactions_root);
    out.member("stateRoot", header.state_root);
    out.member("receiptsRoot", header.receipts_root);
    out.member("difficulty", header.difficulty);
    out.member("extraData", header.extra_data);
    out.member("gasLimit", header.gas_limit);
    out.member("gasUsed", header.gas_used);
    out.member("timestamp", header.timestamp);
    if (timestamp_nanos) {
        out.member("timestampNanos", *timestamp_nanos);
    }
    if (header.base_fee_per_gas) {
        out.member("baseFeePerGas", *header.base_fee_per_gas);
    }
    if (header.withdrawals_root) {
        out.member("withdrawalsRoot", *header.withdrawals_root);
    }
    if (header.blob_gas_used) {
        out.member("blobGasUsed", *header.blob_gas_used);
    }
    if (header.excess_blob_gas) {
        out.member("excessBlobGas", *header.excess_blob_gas);
    }
    if (header.parent_beacon_block_root) {
        out.member("parentBeaconBlockRoot", *header.parent_beacon_block_root);
    }
    if (header.requests_hash) {
        out.member("requestsHash", *header.requests_hash);
    }
}

void write_withdrawals(Writer& out, const std::vector<types::Withdrawal>& withdrawals) {
    out.begin_array();
    for (const auto& entry : withdrawals) {
        out.begin_object();
        out.member("index", entry.index);
        out.member("validatorIndex", entry.validator_index);
        out.member("address", entry.address);
        out.member("amount", entry.amount_gwei);
        out.end_object();
    }
    out.end_array();
}

}  // namespace

uint256 effective_gas_price(const types::Transaction& tx, const uint256& base_fee) noexcept {
    uint256 wanted;
    if (add_overflows(tx.max_priority_fee_per_gas, base_fee, wanted)) {
        return tx.max_fee_per_gas;
    }
    return std::min(wanted, tx.max_fee_per_gas);
}

void write_access_list(Writer& out, const types::AccessList& list) {
    out.begin_array();
    for (const auto& entry : list) {
        out.begin_object();
        out.member("address", entry.address);
        out.key("storageKeys");
        write_hashes(out, entry.storage_keys);
        out.end_object();
    }
    out.end_array();
}

void write_transaction(Writer& out, const types::Transaction& tx, const Hash& hash,
                       const Address& from, const MinedAt* mined) {
    out.begin_object();
    write_place(out, mined);
    out.member("hash", hash);
    out.member("type", static_cast<uint64_t>(tx.type));
    out.member("nonce", tx.nonce);
    out.member("from", from);
    out.key("to");
    optional_address(out, tx.to);
    out.member("value", tx.value);
    out.member("gas", tx.gas_limit);
    out.member("gasPrice",
               mined != nullptr ? effective_gas_price(tx, mined->base_fee) : tx.max_fee_per_gas);
    out.member("input", tx.data);
    if (tx.chain_id) {
        out.member("chainId", *tx.chain_id);
    }
    write_typed_members(out, tx);
    out.member("v", tx.type == TxType::legacy ? tx.legacy_v() : uint256{uint64_t{tx.y_parity}});
    out.member("r", tx.r);
    out.member("s", tx.s);
    out.end_object();
}

void write_log(Writer& out, const types::Log& log, const LogPlace& place) {
    out.begin_object();
    out.member("address", log.address);
    out.key("topics");
    write_hashes(out, log.topics);
    out.member("data", log.data);
    out.member("blockNumber", place.block_number);
    out.member("blockHash", place.block_hash);
    out.member("blockTimestamp", place.block_timestamp);
    out.member("transactionHash", place.tx_hash);
    out.member("transactionIndex", place.tx_index);
    out.member("logIndex", place.log_index);
    out.key("removed").boolean(false);  // Committed blocks are final.
    out.end_object();
}

void write_receipt(Writer& out, const types::Receipt& receipt, const ReceiptContext& context) {
    const auto& mined = context.mined;
    out.begin_object();
    out.member("transactionHash", context.tx_hash);
    out.member("transactionIndex", mined.index);
    out.member("blockHash", mined.block_hash);
    out.member("blockNumber", mined.block_number);
    out.member("from", context.from);
    out.key("to");
    optional_address(out, context.tx.to);
    out.key("contractAddress");
    optional_address(out, receipt.contract_address);
    out.member("gasUsed", receipt.gas_used);
    out.member("cumulativeGasUsed", receipt.cumulative_gas_used);
    out.member("effectiveGasPrice", effective_gas_price(context.tx, mined.base_fee));
    out.member("type", static_cast<uint64_t>(receipt.type));
    if (receipt.post_state) {
        out.member("root", *receipt.post_state);
    } else {
        out.member("status", uint64_t{receipt.success});
    }
    if (receipt.type == TxType::blob) {
        out.member("blobGasUsed", context.tx.blob_versioned_hashes.size() * GAS_PER_BLOB);
        out.member("blobGasPrice", context.blob_gas_price);
    }
    out.key("logs").begin_array();
    uint64_t log_index = context.first_log_index;
    for (const auto& log : receipt.logs) {
        write_log(out, log,
                  {.block_hash = mined.block_hash,
                   .block_number = mined.block_number,
                   .block_timestamp = mined.block_timestamp,
                   .tx_hash = context.tx_hash,
                   .tx_index = mined.index,
                   .log_index = log_index++});
    }
    out.end_array();
    out.member("logsBloom", receipt.logs_bloom);
    out.end_object();
}

void write_block(Writer& out, const types::Block& block, const BlockContext& context) {
    const auto& header = block.header;
    out.begin_object();
    write_header_members(out, header, context.hash, context.timestamp_nanos, context.pending);
    out.member("size", context.encoded_size);
    out.key("transactions").begin_array();
    for (size_t i = 0; i < block.transactions.size(); ++i) {
        if (!context.full) {
            out.data(context.tx_hashes[i]);
            continue;
        }
        const MinedAt mined{.block_hash = context.hash,
                            .block_number = header.number,
                            .block_timestamp = header.timestamp,
                            .index = i,
                            .base_fee = header.base_fee_per_gas.value_or(uint256{})};
        write_transaction(out, block.transactions[i], context.tx_hashes[i], context.senders[i],
                          context.pending ? nullptr : &mined);
    }
    out.end_array();
    out.key("uncles").begin_array();
    for (const auto& ommer : block.ommers) {
        out.data(types::header_hash(ommer));
    }
    out.end_array();
    if (block.withdrawals) {
        out.key("withdrawals");
        write_withdrawals(out, *block.withdrawals);
    }
    out.end_object();
}

void write_header(Writer& out, const types::Header& header, const Hash& hash,
                  std::optional<uint64_t> timestamp_nanos) {
    out.begin_object();
    write_header_members(out, header, hash, timestamp_nanos, false);
    out.end_object();
}

}  // namespace otento::jsonrpc
