// eth_sendRawTransaction: into this node's pool; the answer says no more than that.
#include <otento/rpc/submit.hpp>

namespace otento::rpc {
namespace {

void eth_send_raw_transaction(Context& context, const Params& params, Reply reply) {
    auto encoded = params.required(0, jsonrpc::decode_data);
    if (!encoded) {
        reply(Err(encoded.error()));
        return;
    }
    submit(context.backend, context.options.tx_fee_cap_wei, *std::move(encoded), std::move(reply));
}

}  // namespace

void add_send_methods(std::vector<Method>& out) {
    out.push_back(
        {.name = "eth_sendRawTransaction", .params_max = 1, .async = eth_send_raw_transaction});
}

}  // namespace otento::rpc
