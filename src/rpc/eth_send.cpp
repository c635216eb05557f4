// eth_sendRawTransaction: into this node's pool; the answer says no more than that.
#include <otento/base/hex.hpp>
#include <otento/rpc/errors.hpp>
#include <otento/rpc/method.hpp>

#include <fmt/core.h>

namespace otento::rpc {
namespace {

/// Wei as ether with two digits, as geth prints it.
std::string ether(const uint256& wei) {
    constexpr uint64_t WEI_PER_CENT = 10'000'000'000'000'000;
    const auto [cents, rest] = divide(wei, WEI_PER_CENT);
    const auto [whole, fraction] = divide(rest.is_zero() ? cents : cents + 1, 100);
    return fmt::format("{}.{:02}", whole.to_decimal(), fraction.low64());
}

/// Guards users against a slip of the price. What does not decode is left to the pool, which says
/// why.
Result<void, Error> check_fee(BytesView encoded, const uint256& cap) {
    if (cap.is_zero()) {
        return {};
    }
    const auto tx = types::decode_transaction(encoded);
    if (!tx || tx->max_fee_per_gas.is_zero()) {
        return {};
    }
    uint256 fee;
    const bool overflow = mul_overflows(tx->max_fee_per_gas, tx->gas_limit, fee);
    if (overflow || fee > cap) {
        return Err(
            server_error(fmt::format("tx fee ({} ether) exceeds the configured cap ({} ether)",
                                     overflow ? "over 2^256 wei in" : ether(fee), ether(cap))));
    }
    return {};
}

void eth_send_raw_transaction(Context& context, const Params& params, Reply reply) {
    auto encoded = params.required(0, jsonrpc::decode_data);
    if (!encoded) {
        reply(Err(encoded.error()));
        return;
    }
    if (const auto checked = check_fee(*encoded, context.options.tx_fee_cap_wei); !checked) {
        reply(Err(checked.error()));
        return;
    }
    context.backend.submit_transaction(*std::move(encoded),
                                       [reply = std::move(reply)](const SubmitAnswer& answer) {
                                           if (answer.accepted) {
                                               reply('"' + to_hex0x(answer.hash) + '"');
                                           } else {
                                               reply(Err(server_error(answer.error)));
                                           }
                                       });
}

}  // namespace

void add_send_methods(std::vector<Method>& out) {
    out.push_back(
        {.name = "eth_sendRawTransaction", .params_max = 1, .async = eth_send_raw_transaction});
}

}  // namespace otento::rpc
