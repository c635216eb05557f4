// eth_* methods for accounts whose keys this node keeps, as geth had them: eth_accounts, eth_sign,
// eth_signTransaction, eth_sendTransaction.
#include <otento/rpc/signing.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;

Answer eth_sign(Context& context, const Params& params, Writer& out) {
    TRY(const auto account, params.required(0, jsonrpc::decode_address));
    TRY(const auto message, params.required(1, jsonrpc::decode_data));
    TRY(const auto key, unlocked_key(context, params, account));
    TRY(const auto signature, sign_message(message, key));
    out.data(signature);
    return {};
}

Answer eth_sign_transaction(Context& context, const Params& params, Writer& out) {
    return sign_transaction(context, params, unlocked_key, out);
}

void eth_send_transaction(Context& context, const Params& params, Reply reply) {
    send_transaction(context, params, unlocked_key, std::move(reply));
}

}  // namespace

void add_sign_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "eth_accounts", .sync = list_accounts, .slow = true},
        {.name = "eth_sign", .params_max = 2, .sync = eth_sign, .slow = true},
        {.name = "eth_signTransaction",
         .params_max = 1,
         .sync = eth_sign_transaction,
         .slow = true},
        {.name = "eth_sendTransaction",
         .params_max = 1,
         .async = eth_send_transaction,
         .slow = true},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
