// eth_* methods that return transactions and receipts.
#include <otento/execution/fees.hpp>
#include <otento/rpc/lookup.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;

/// A mined transaction: its block and place in it.
struct Mined {
    BlockPtr block;
    size_t index = 0;
};

std::optional<Mined> find_mined(const chain::ChainView& view, const Hash& hash) {
    const auto location = view.find_transaction(hash);
    if (!location) {
        return std::nullopt;
    }
    auto block = view.block(location->number);
    if (block == nullptr || location->index >= block->tx_hashes.size()) {
        return std::nullopt;
    }
    return Mined{std::move(block), location->index};
}

/// Mined or in the pool. A transaction that is committed between the two questions is found by
/// asking a newer view again.
struct Found {
    std::optional<Mined> mined;
    std::optional<PoolTransaction> pooled;
};
Found find_anywhere(Context& context, const Hash& hash) {
    Found out{.mined = find_mined(*context.view, hash), .pooled = std::nullopt};
    if (!out.mined) {
        out.pooled = context.backend.pool_transaction(hash);
    }
    if (!out.mined && !out.pooled) {
        context.view = context.backend.view();
        out.mined = find_mined(*context.view, hash);
    }
    return out;
}

void write_mined(const chain::ExecutedBlock& block, size_t index, Writer& out) {
    const auto mined = mined_at(block, index);
    jsonrpc::write_transaction(out, block.block->transactions[index], block.tx_hashes[index],
                               block.senders[index], &mined);
}

Answer eth_get_transaction_by_hash(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    const Found found = find_anywhere(context, hash);
    if (found.mined) {
        write_mined(*found.mined->block, found.mined->index, out);
    } else if (found.pooled) {
        jsonrpc::write_transaction(out, *found.pooled->tx, found.pooled->hash, found.pooled->sender,
                                   nullptr);
    } else {
        out.null();
    }
    return {};
}

Answer eth_get_raw_transaction_by_hash(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    const Found found = find_anywhere(context, hash);
    if (found.mined) {
        out.data(
            types::encode_transaction(found.mined->block->block->transactions[found.mined->index]));
    } else if (found.pooled) {
        out.data(types::encode_transaction(*found.pooled->tx));
    } else {
        out.data({});
    }
    return {};
}

/// The block named by parameter 0, and the index of parameter 1.
struct Place {
    BlockPtr block;  ///< Null if there is no such transaction.
    size_t index = 0;
};
Place place_of(BlockPtr block, uint64_t index) {
    const bool there = block != nullptr && index < block->tx_hashes.size();
    return there ? Place{std::move(block), index} : Place{};
}
Result<Place, Error> place_by_number(Context& context, const Params& params) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block_number));
    TRY(const auto index, params.required(1, jsonrpc::decode_quantity64));
    const bool pending = param.tag == jsonrpc::BlockParam::Tag::pending;
    return place_of(pending ? nullptr : find_block(*context.view, param), index);
}
Result<Place, Error> place_by_hash(Context& context, const Params& params) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    TRY(const auto index, params.required(1, jsonrpc::decode_quantity64));
    return place_of(find_block(*context.view, hash), index);
}

void write_at(const Place& place, Writer& out) {
    if (place.block != nullptr) {
        write_mined(*place.block, place.index, out);
    } else {
        out.null();
    }
}

void write_raw_at(const Place& place, Writer& out) {
    if (place.block != nullptr) {
        out.data(types::encode_transaction(place.block->block->transactions[place.index]));
    } else {
        out.data({});
    }
}

Answer eth_get_transaction_by_block_number_and_index(Context& context, const Params& params,
                                                     Writer& out) {
    TRY(const auto place, place_by_number(context, params));
    write_at(place, out);
    return {};
}

Answer eth_get_transaction_by_block_hash_and_index(Context& context, const Params& params,
                                                   Writer& out) {
    TRY(const auto place, place_by_hash(context, params));
    write_at(place, out);
    return {};
}

Answer eth_get_raw_transaction_by_block_number_and_index(Context& context, const Params& params,
                                                         Writer& out) {
    TRY(const auto place, place_by_number(context, params));
    write_raw_at(place, out);
    return {};
}

Answer eth_get_raw_transaction_by_block_hash_and_index(Context& context, const Params& params,
                                                       Writer& out) {
    TRY(const auto place, place_by_hash(context, params));
    write_raw_at(place, out);
    return {};
}

uint256 blob_gas_price(const chain::ChainView& view, const types::Header& header) {
    if (!header.excess_blob_gas) {
        return {};
    }
    const auto rules = execution::rules_at(view.config(), header.number, header.timestamp);
    return execution::blob_base_fee(*header.excess_blob_gas, rules.blob);
}

void write_receipt_at(const chain::ChainView& view, const chain::ExecutedBlock& block, size_t index,
                      uint64_t first_log, Writer& out) {
    jsonrpc::write_receipt(out, block.receipts[index],
                           {.tx = block.block->transactions[index],
                            .tx_hash = block.tx_hashes[index],
                            .from = block.senders[index],
                            .mined = mined_at(block, index),
                            .first_log_index = first_log,
                            .blob_gas_price = blob_gas_price(view, block.block->header)});
}

Answer eth_get_transaction_receipt(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    const auto mined = find_mined(*context.view, hash);
    if (!mined || mined->index >= mined->block->receipts.size()) {
        out.null();
        return {};
    }
    uint64_t first_log = 0;
    for (size_t i = 0; i < mined->index; ++i) {
        first_log += mined->block->receipts[i].logs.size();
    }
    write_receipt_at(*context.view, *mined->block, mined->index, first_log, out);
    return {};
}

Answer eth_get_block_receipts(Context& context, const Params& params, Writer& out) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block));
    const auto block = find_block(*context.view, param);
    if (block == nullptr) {
        out.null();
        return {};
    }
    out.begin_array();
    uint64_t first_log = 0;
    for (size_t i = 0; i < block->receipts.size(); ++i) {
        write_receipt_at(*context.view, *block, i, first_log, out);
        first_log += block->receipts[i].logs.size();
    }
    out.end_array();
    return {};
}

}  // namespace

void add_transaction_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "eth_getTransactionByHash", .params_max = 1, .sync = eth_get_transaction_by_hash},
        {.name = "eth_getRawTransactionByHash",
         .params_max = 1,
         .sync = eth_get_raw_transaction_by_hash},
        {.name = "eth_getTransactionByBlockNumberAndIndex",
         .params_max = 2,
         .sync = eth_get_transaction_by_block_number_and_index},
        {.name = "eth_getTransactionByBlockHashAndIndex",
         .params_max = 2,
         .sync = eth_get_transaction_by_block_hash_and_index},
        {.name = "eth_getRawTransactionByBlockNumberAndIndex",
         .params_max = 2,
         .sync = eth_get_raw_transaction_by_block_number_and_index},
        {.name = "eth_getRawTransactionByBlockHashAndIndex",
         .params_max = 2,
         .sync = eth_get_raw_transaction_by_block_hash_and_index},
        {.name = "eth_getTransactionReceipt", .params_max = 1, .sync = eth_get_transaction_receipt},
        {.name = "eth_getBlockReceipts", .params_max = 1, .sync = eth_get_block_receipts},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
