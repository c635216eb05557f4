// debug_getRaw*: encodings as they are hashed.
#include <otento/rpc/errors.hpp>
#include <otento/rpc/lookup.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;
using jsonrpc::BlockParam;

/// The block of parameter 0. Null for an unknown number; an unknown hash is an error.
Result<BlockPtr, Error> raw_block(Context& context, const Params& params) {
    TRY(const auto param, params.required(0, jsonrpc::decode_block));
    auto block = find_block(*context.view, param);
    if (block == nullptr && param.tag == BlockParam::Tag::hash) {
        return Err(server_error("block not found"));
    }
    return block;
}

Answer debug_get_raw_header(Context& context, const Params& params, Writer& out) {
    TRY(const auto block, raw_block(context, params));
    out.data(block != nullptr ? types::encode_header(block->block->header) : Bytes{});
    return {};
}

Answer debug_get_raw_block(Context& context, const Params& params, Writer& out) {
    TRY(const auto block, raw_block(context, params));
    out.data(block != nullptr ? types::encode_block(*block->block) : Bytes{});
    return {};
}

Answer debug_get_raw_receipts(Context& context, const Params& params, Writer& out) {
    TRY(const auto block, raw_block(context, params));
    if (block == nullptr) {
        return Err(server_error("block not found"));
    }
    out.begin_array();
    for (const auto& receipt : block->receipts) {
        out.data(types::encode_receipt(receipt));
    }
    out.end_array();
    return {};
}

Answer debug_get_raw_transaction(Context& context, const Params& params, Writer& out) {
    TRY(const auto hash, params.required(0, jsonrpc::decode_hash));
    const auto location = context.view->find_transaction(hash);
    const auto block = location ? context.view->block(location->number) : nullptr;
    if (block != nullptr && location->index < block->block->transactions.size()) {
        out.data(types::encode_transaction(block->block->transactions[location->index]));
    } else if (const auto pooled = context.backend.pool_transaction(hash)) {
        out.data(types::encode_transaction(*pooled->tx));
    } else {
        out.data({});
    }
    return {};
}

/// A bad block cannot be committed.
Answer debug_get_bad_blocks(Context&, const Params&, Writer& out) {
    out.begin_array().end_array();
    return {};
}

}  // namespace

void add_debug_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "debug_getRawHeader", .params_max = 1, .sync = debug_get_raw_header},
        {.name = "debug_getRawBlock", .params_max = 1, .sync = debug_get_raw_block},
        {.name = "debug_getRawReceipts", .params_max = 1, .sync = debug_get_raw_receipts},
        {.name = "debug_getRawTransaction", .params_max = 1, .sync = debug_get_raw_transaction},
        {.name = "debug_getBadBlocks", .sync = debug_get_bad_blocks},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
