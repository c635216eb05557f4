// One door to the pool: the fee cap, then the backend.
#include <otento/rpc/submit.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/rlp.hpp>
#include <otento/rpc/errors.hpp>

#include <fmt/core.h>

namespace otento::rpc {
namespace {

/// Wei as ether with two digits, as geth prints it.
std::string ether(const uint256& wei) {
    constexpr uint64_t WEI_PER_CENT = 10'000'000'000'000'000;
    const auto [cents, rest] =
        divide(wei, WEI_PER_CENT);  // Rounded up: a cap is never shown as kept.
    const auto [whole, fraction] = divide(rest.is_zero() ? cents : cents + 1, 100);
    return fmt::format("{}.{:02}", whole.to_decimal(), fraction.low64());
}

/// Most that an encoded transaction can pay for gas; empty for what has no such fields. Reads three
/// numbers where a whole decoding would come again in the pool.
std::optional<std::pair<uint256, uint64_t>> price_and_gas(BytesView encoded) {
    constexpr uint8_t LIST_FROM = 0xc0;
    const bool typed = !encoded.empty() && encoded[0] < LIST_FROM;
    const bool two_prices = typed && encoded[0] >= static_cast<uint8_t>(types::TxType::dynamic_fee);
    rlp::Reader outer(typed ? encoded.subspan(1) : encoded);
    auto fields = outer.read_list();
    if (!fields) {
        return std::nullopt;
    }
    // Chain id (typed), nonce, tip (from EIP-1559 on), then price and gas.
    for (int i = 0; i < 1 + (typed ? 1 : 0) + (two_prices ? 1 : 0); ++i) {
        if (!fields->read_raw()) {
            return std::nullopt;
        }
    }
    const auto price = fields->read_uint256();
    const auto gas = price ? fields->read_uint64() : Result<uint64_t, rlp::Error>(0);
    return price && gas ? std::optional(std::pair(*price, *gas)) : std::nullopt;
}

}  // namespace

Result<void, Error> check_fee(BytesView encoded, const uint256& cap) {
    const auto paid = cap.is_zero() ? std::nullopt : price_and_gas(encoded);
    if (!paid) {
        return {};
    }
    uint256 fee;
    const bool overflow = mul_overflows(paid->first, paid->second, fee);
    if (overflow || fee > cap) {
        return Err(
            server_error(fmt::format("tx fee ({} ether) exceeds the configured cap ({} ether)",
                                     overflow ? "more than all" : ether(fee), ether(cap))));
    }
    return {};
}

void submit(Backend& backend, const uint256& fee_cap, Bytes encoded, Reply reply) {
    if (const auto checked = check_fee(encoded, fee_cap); !checked) {
        reply(Err(checked.error()));
        return;
    }
    backend.submit_transaction(std::move(encoded),
                               [reply = std::move(reply)](const SubmitAnswer& answer) {
                                   if (answer.accepted) {
                                       reply('"' + to_hex0x(answer.hash) + '"');
                                   } else {
                                       reply(Err(server_error(answer.error)));
                                   }
                               });
}

}  // namespace otento::rpc
