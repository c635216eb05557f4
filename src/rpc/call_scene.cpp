#include <otento/rpc/call_scene.hpp>

#include <otento/rpc/errors.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::rpc {

using jsonrpc::CallObject;
using types::TxType;

namespace {

void apply(const jsonrpc::BlockOverride& change, execution::BlockContext& block) {
    block.number = change.number.value_or(block.number);
    block.timestamp = change.time.value_or(block.timestamp);
    block.gas_limit = change.gas_limit.value_or(block.gas_limit);
    block.coinbase = change.fee_recipient.value_or(block.coinbase);
    block.prev_randao = change.prev_randao.value_or(block.prev_randao);
    block.base_fee = change.base_fee_per_gas.value_or(block.base_fee);
    block.blob_base_fee = change.blob_base_fee.value_or(block.blob_base_fee);
    block.difficulty = change.difficulty.value_or(block.difficulty);
}

Result<Bytes, Error> call_data(CallObject& call) {
    if (call.input && call.data && *call.input != *call.data) {
        return Err(server_error(
            "both \"data\" and \"input\" are set and not equal. Please use \"input\" to pass "
            "transaction call data"));
    }
    return call.input ? *std::move(call.input) : std::move(call.data).value_or(Bytes{});
}

Result<void, Error> check_call(const CallObject& call, const CallScene& scene) {
    if (call.gas_price && (call.max_fee_per_gas || call.max_priority_fee_per_gas)) {
        return Err(
            server_error("both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified"));
    }
    if (call.chain_id && *call.chain_id != uint256{scene.rules.chain_id}) {
        return Err(server_error(fmt::format("chainId does not match node's (have={}, want={})",
                                            call.chain_id->to_decimal(), scene.rules.chain_id)));
    }
    if (call.authorization_list && !scene.rules.at_least(evm::Fork::prague)) {
        return Err(server_error("transaction type not supported"));
    }
    if (call.blob_versioned_hashes && !call.to) {
        return Err(server_error("missing \"to\" in blob transaction"));
    }
    return {};
}

TxType type_of(const CallObject& call) {
    if (call.authorization_list) {
        return TxType::set_code;
    }
    if (call.blob_versioned_hashes) {
        return TxType::blob;
    }
    if (call.max_fee_per_gas || call.max_priority_fee_per_gas) {
        return TxType::dynamic_fee;
    }
    return call.access_list ? TxType::access_list : TxType::legacy;
}

}  // namespace

Result<std::unique_ptr<CallScene>, Error> make_scene(const Context& context,
                                                     const jsonrpc::BlockParam& param) {
    auto scene = std::make_unique<CallScene>();
    TRY(scene->at, find_state(*context.view, param));
    std::optional<types::Header> header;
    if (param.tag == jsonrpc::BlockParam::Tag::pending) {
        header = pending_block(context).header;
    } else {
        header = context.view->header(scene->at.number);
    }
    if (!header) {
        return Err(header_not_found(param.tag == jsonrpc::BlockParam::Tag::hash));
    }
    scene->hashes = std::make_unique<chain::ViewHashes>(*context.view);
    scene->rules = execution::rules_at(context.view->config(), header->number, header->timestamp);
    scene->block = execution::context_of(*header, scene->rules, scene->hashes.get());
    return scene;
}

Result<std::unique_ptr<CallScene>, Error> make_scene(const Context& context, const Params& params) {
    TRY(const auto param, block_param(params, 1));
    TRY(auto overrides, params.optional(2, jsonrpc::decode_state_override));
    TRY(const auto block_change, params.optional(3, jsonrpc::decode_block_override));
    TRY(auto scene, make_scene(context, param));
    if (block_change) {
        apply(*block_change, scene->block);
    }
    if (overrides && !overrides->empty()) {
        scene->overrides = *std::move(overrides);
        scene->overridden = std::make_unique<OverrideView>(*scene->at.state, scene->overrides);
    }
    return scene;
}

Result<execution::CallRequest, Error> make_request(CallObject call, const CallScene& scene) {
    TRY_VOID(check_call(call, scene));
    execution::CallRequest out;
    out.from = call.from.value_or(Address{});
    auto& tx = out.tx;
    tx.type = type_of(call);
    tx.chain_id = scene.rules.chain_id;
    tx.nonce = call.nonce.value_or(0);
    tx.to = call.to;
    tx.value = call.value.value_or(uint256{});
    if (call.gas_price) {
        tx.max_fee_per_gas = *call.gas_price;
        tx.max_priority_fee_per_gas = *call.gas_price;
    } else {
        tx.max_fee_per_gas = call.max_fee_per_gas.value_or(uint256{});
        tx.max_priority_fee_per_gas = call.max_priority_fee_per_gas.value_or(uint256{});
    }
    tx.access_list = std::move(call.access_list).value_or(types::AccessList{});
    tx.max_fee_per_blob_gas = call.max_fee_per_blob_gas.value_or(uint256{});
    tx.blob_versioned_hashes = std::move(call.blob_versioned_hashes).value_or(std::vector<Hash>{});
    tx.authorization_list =
        std::move(call.authorization_list).value_or(std::vector<types::Authorization>{});
    TRY(tx.data, call_data(call));
    return out;
}

Result<uint64_t, Error> estimate_gas(const CallScene& scene, const execution::CallRequest& request,
                                     uint64_t gas_max) {
    const auto gas =
        execution::estimate_gas(scene.state(), scene.rules, scene.block, request, gas_max);
    TRY_VOID(check_readable(scene.state()));
    if (!gas) {
        return Err(estimate_failed(gas.error()));
    }
    return *gas;
}

uint64_t call_gas(const Context& context, std::optional<uint64_t> wanted) {
    constexpr uint64_t UNLIMITED =
        INT64_MAX / 2;  // Enough for any message, and far from overflow in sums.
    const uint64_t cap = context.options.gas_cap != 0 ? context.options.gas_cap : UNLIMITED;
    return std::min(wanted.value_or(UNLIMITED), cap);
}

}  // namespace otento::rpc
