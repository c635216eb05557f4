// eth_* methods that return blocks or count in them.
#include <otento/rpc/lookup.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;
using jsonrpc::BlockParam;

void write_executed(Context& context, const chain::ExecutedBlock& block, bool full, Writer& out) {
    jsonrpc::write_block(out, *block.block,
                         {.hash = block.hash,
                          .tx_hashes = block.tx_hashes,
                          .senders = block.senders,
                          .encoded_size = block.encoded_size,
                          .timestamp_nanos = context.backend.timestamp_nanos(block.block->header),
                          .full = full});
}

void write_pending(const Context& context, Writer& out) {
    const types::Block block = pending_block(context);
    jsonrpc::write_block(out, block,
                         {.encoded_size = types::encode_block(block).size(), .pending = true});
}

Answer eth_get_block_by_number(Context& context, const Params& params, Writer& out) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block_number));
    TRY(const bool full, params.required(1, jsonrpc::decode_bool));
    if (param.tag == BlockParam::Tag::pending) {
        write_pending(context, out);
    } else if (const auto block = find_block(*context.view, param)) {
        write_executed(context, *block, full, out);
    } else {
        out.null();
    }
    return {};
}

Answer eth_get_block_by_hash(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    TRY(const bool full, params.required(1, jsonrpc::decode_bool));
    if (const auto block = find_block(*context.view, hash)) {
        write_executed(context, *block, full, out);
    } else {
        out.null();
    }
    return {};
}

void write_header_of(Context& context, std::optional<uint64_t> number, Writer& out) {
    const auto header = number ? context.view->header(*number) : std::nullopt;
    const auto hash = number ? context.view->hash_of(*number) : std::nullopt;
    if (header && hash) {
        jsonrpc::write_header(out, *header, *hash, context.backend.timestamp_nanos(*header));
    } else {
        out.null();
    }
}

Answer eth_get_header_by_number(Context& context, const Params& params, Writer& out) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block_number));
    write_header_of(context, block_number(*context.view, param), out);
    return {};
}

Answer eth_get_header_by_hash(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    write_header_of(context, context.view->number_of(hash), out);
    return {};
}

Answer eth_get_block_transaction_count_by_number(Context& context, const Params& params,
                                                 Writer& out) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block_number));
    const auto block = find_block(*context.view, param);
    if (param.tag == BlockParam::Tag::pending) {
        out.quantity(0);
    } else if (block != nullptr) {
        out.quantity(block->tx_hashes.size());
    } else {
        out.null();
    }
    return {};
}

Answer eth_get_block_transaction_count_by_hash(Context& context, const Params& params,
                                               Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    if (const auto block = find_block(*context.view, hash)) {
        out.quantity(block->tx_hashes.size());
    } else {
        out.null();
    }
    return {};
}

// Ommers: our own blocks have none; blocks of imported Ethereum chains may.

void write_ommer_count(const BlockPtr& block, Writer& out) {
    if (block != nullptr) {
        out.quantity(block->block->ommers.size());
    } else {
        out.null();
    }
}

Answer eth_get_uncle_count_by_block_number(Context& context, const Params& params, Writer& out) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block_number));
    write_ommer_count(find_block(*context.view, param), out);
    return {};
}

Answer eth_get_uncle_count_by_block_hash(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    write_ommer_count(find_block(*context.view, hash), out);
    return {};
}

void write_ommer(Context& context, const BlockPtr& block, uint64_t index, Writer& out) {
    if (block == nullptr || index >= block->block->ommers.size()) {
        out.null();
        return;
    }
    const types::Block ommer{.header = block->block->ommers[index],
                             .transactions = {},
                             .ommers = {},
                             .withdrawals = std::nullopt};
    jsonrpc::write_block(out, ommer,
                         {.hash = types::header_hash(ommer.header),
                          .encoded_size = types::encode_block(ommer).size(),
                          .timestamp_nanos = context.backend.timestamp_nanos(ommer.header)});
}

Answer eth_get_uncle_by_block_number_and_index(Context& context, const Params& params,
                                               Writer& out) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block_number));
    TRY(const auto index, params.required(1, jsonrpc::decode_quantity64));
    write_ommer(context, find_block(*context.view, param), index, out);
    return {};
}

Answer eth_get_uncle_by_block_hash_and_index(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    TRY(const auto index, params.required(1, jsonrpc::decode_quantity64));
    write_ommer(context, find_block(*context.view, hash), index, out);
    return {};
}

}  // namespace

void add_block_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "eth_getBlockByNumber", .params_max = 2, .sync = eth_get_block_by_number},
        {.name = "eth_getBlockByHash", .params_max = 2, .sync = eth_get_block_by_hash},
        {.name = "eth_getHeaderByNumber", .params_max = 1, .sync = eth_get_header_by_number},
        {.name = "eth_getHeaderByHash", .params_max = 1, .sync = eth_get_header_by_hash},
        {.name = "eth_getBlockTransactionCountByNumber",
         .params_max = 1,
         .sync = eth_get_block_transaction_count_by_number},
        {.name = "eth_getBlockTransactionCountByHash",
         .params_max = 1,
         .sync = eth_get_block_transaction_count_by_hash},
        {.name = "eth_getUncleCountByBlockNumber",
         .params_max = 1,
         .sync = eth_get_uncle_count_by_block_number},
        {.name = "eth_getUncleCountByBlockHash",
         .params_max = 1,
         .sync = eth_get_uncle_count_by_block_hash},
        {.name = "eth_getUncleByBlockNumberAndIndex",
         .params_max = 2,
         .sync = eth_get_uncle_by_block_number_and_index},
        {.name = "eth_getUncleByBlockHashAndIndex",
         .params_max = 2,
         .sync = eth_get_uncle_by_block_hash_and_index},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
