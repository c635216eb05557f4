// eth_call, eth_estimateGas and eth_createAccessList.
#include <otento/rpc/access_list_tracer.hpp>
#include <otento/rpc/call_scene.hpp>
#include <otento/rpc/errors.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;

/// Runs the message; its error if it could not even start.
Result<execution::TxResult, Error> run(const CallScene& scene,
                                       const execution::CallRequest& request,
                                       evm::Tracer* tracer = nullptr) {
    auto result = execution::call(scene.state(), scene.rules, scene.block, request, tracer);
    TRY_VOID(check_readable(scene.state()));
    if (!result) {
        return Err(call_refused(result.error(), request.tx.gas_limit));
    }
    return *std::move(result);
}

Answer eth_call(Context& context, const Params& params, Writer& out) {
    TRY(auto call, params.required(0, jsonrpc::decode_call));
    TRY(const auto scene, make_scene(context, params));
    const uint64_t gas = call_gas(context, call.gas);
    TRY(auto request, make_request(std::move(call), *scene));
    request.tx.gas_limit = gas;
    TRY(const auto result, run(*scene, request));
    if (result.status == evm::Status::revert) {
        return Err(execution_reverted(result.output));
    }
    if (result.status != evm::Status::success) {
        return Err(server_error(std::string(failure_text(result.status))));
    }
    out.data(result.output);
    return {};
}

Answer eth_estimate_gas(Context& context, const Params& params, Writer& out) {
    TRY(auto call, params.required(0, jsonrpc::decode_call));
    TRY(const auto scene, make_scene(context, params));
    const uint64_t wanted = call.gas.value_or(0);
    const uint64_t highest = wanted >= execution::TX_BASE_COST ? wanted : scene->block.gas_limit;
    TRY(auto request, make_request(std::move(call), *scene));
    request.tx.gas_limit = wanted;
    TRY(const uint64_t gas, estimate_gas(*scene, request, call_gas(context, highest)));
    out.quantity(gas);
    return {};
}

/// The addresses that a list need not name: warm anyway.
std::set<Address> warm_anyway(const execution::CallRequest& request, const CallScene& scene) {
    std::set<Address> out = {request.from};
    if (request.tx.to) {
        out.insert(*request.tx.to);
    } else {
        const auto account = scene.state().account(request.from);
        out.insert(execution::creation_address(request.from, account ? account->nonce : 0));
    }
    for (const auto& address : evm::precompile_addresses(scene.rules.fork())) {
        out.insert(address);
    }
    return out;
}

/// Runs the message under the list that the last run used, until the list stands: a list changes
/// gas, and gas may change the path.
Answer eth_create_access_list(Context& context, const Params& params, Writer& out) {
    constexpr int RUNS_MAX = 8;
    TRY(auto call, params.required(0, jsonrpc::decode_call));
    TRY(const auto scene, make_scene(context, params));
    const uint64_t gas = call_gas(context, call.gas);
    TRY(auto request, make_request(std::move(call), *scene));
    request.tx.gas_limit = gas;
    if (request.tx.type == types::TxType::legacy) {
        request.tx.type = types::TxType::access_list;
    }
    AccessListTracer tracer(request.tx.access_list, warm_anyway(request, *scene));
    execution::TxResult result;
    for (int i = 0; i < RUNS_MAX; ++i) {
        request.tx.access_list = tracer.list();
        TRY(result, run(*scene, request, &tracer));
        if (tracer.list() == request.tx.access_list) {
            break;
        }
    }
    out.begin_object();
    out.key("accessList");
    jsonrpc::write_access_list(out, request.tx.access_list);
    if (result.status != evm::Status::success) {
        out.key("error").string(failure_text(result.status));
    }
    out.member("gasUsed", result.gas_used);
    out.end_object();
    return {};
}

}  // namespace

void add_call_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "eth_call", .params_max = 4, .sync = eth_call, .slow = true},
        {.name = "eth_estimateGas", .params_max = 4, .sync = eth_estimate_gas, .slow = true},
        {.name = "eth_createAccessList",
         .params_max = 3,
         .sync = eth_create_access_list,
         .slow = true},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
