#include <otento/rpc/fill.hpp>

#include <otento/rpc/call_scene.hpp>
#include <otento/rpc/errors.hpp>

#include <fmt/core.h>

namespace otento::rpc {
namespace {

using jsonrpc::CallObject;

jsonrpc::BlockParam pending() {
    return {.tag = jsonrpc::BlockParam::Tag::pending};
}

Result<void, Error> check_prices(const CallObject& call) {
    if (call.max_fee_per_gas && call.max_priority_fee_per_gas &&
        *call.max_fee_per_gas < *call.max_priority_fee_per_gas) {
        return Err(server_error(fmt::format("maxFeePerGas ({}) < maxPriorityFeePerGas ({})",
                                            call.max_fee_per_gas->to_decimal(),
                                            call.max_priority_fee_per_gas->to_decimal())));
    }
    return {};
}

/// Tips buy nothing here, so none is offered; twice the base fee outlives six full blocks.
void fill_prices(const CallScene& scene, CallObject& call) {
    const uint256 base_fee = scene.block.base_fee;
    if (call.gas_price) {
        return;
    }
    if (!scene.rules.at_least(evm::Fork::london)) {
        call.gas_price = uint256{};
        return;
    }
    call.max_priority_fee_per_gas = call.max_priority_fee_per_gas.value_or(uint256{});
    call.max_fee_per_gas =
        call.max_fee_per_gas.value_or(base_fee + base_fee + *call.max_priority_fee_per_gas);
}

Result<types::Transaction, Error> to_transaction(const Context& context, const CallScene& scene,
                                                 CallObject call) {
    TRY_VOID(check_prices(call));
    const auto wanted_gas = call.gas;
    TRY(auto request, make_request(std::move(call), scene));
    if (request.tx.is_creation() && request.tx.data.empty()) {
        return Err(server_error("contract creation without any data provided"));
    }
    if (wanted_gas) {
        request.tx.gas_limit = *wanted_gas;
    } else {
        const uint64_t most = call_gas(context, scene.block.gas_limit);
        TRY(request.tx.gas_limit, estimate_gas(scene, request, most));
    }
    if (!scene.rules.eip155()) {
        request.tx.chain_id = std::nullopt;  // EIP-155 is not there yet.
    }
    return std::move(request.tx);
}

}  // namespace

Result<CallObject, Error> transaction_param(const Params& params) {
    TRY(auto call, params.required(0, jsonrpc::decode_call));
    for (const auto* field : {"privateFor", "privateFrom"}) {
        const auto value = params.at(0)->find(field);
        if (value && !value->is_null()) {
            return Err(server_error(fmt::format(
                "{}: private transactions are not supported; every member executes everything",
                field)));
        }
    }
    return call;
}

Result<types::Transaction, Error> fill(const Context& context, CallObject call) {
    TRY(const auto scene, make_scene(context, pending()));
    fill_prices(*scene, call);
    return to_transaction(context, *scene, std::move(call));
}

Result<types::Transaction, Error> complete(const Context& context, CallObject call) {
    if (!call.gas) {
        return Err(server_error("gas not specified"));
    }
    if (!call.gas_price && !(call.max_fee_per_gas && call.max_priority_fee_per_gas)) {
        return Err(server_error("missing gasPrice or maxFeePerGas/maxPriorityFeePerGas"));
    }
    if (!call.nonce) {
        return Err(server_error("nonce not specified"));
    }
    TRY(const auto scene, make_scene(context, pending()));
    return to_transaction(context, *scene, std::move(call));
}

}  // namespace otento::rpc
