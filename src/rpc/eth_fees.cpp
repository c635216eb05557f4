// eth_* methods about prices. A chain without a fee market answers 0 throughout, and 0 is then a
// valid price.
#include <otento/execution/fees.hpp>
#include <otento/rpc/errors.hpp>
#include <otento/rpc/lookup.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;
using jsonrpc::Cause;
using jsonrpc::Kind;
using jsonrpc::Value;

Answer eth_gas_price(Context& context, const Params&, Writer& out) {
    out.quantity(next_base_fee(*context.view));
    return {};
}

/// Blocks have room, and order does not depend on tips: none is needed.
Answer eth_max_priority_fee_per_gas(Context&, const Params&, Writer& out) {
    out.quantity(0);
    return {};
}

Answer eth_base_fee(Context& context, const Params&, Writer& out) {
    if (context.view->head()->block->header.base_fee_per_gas) {
        out.quantity(next_base_fee(*context.view));
    } else {
        out.null();
    }
    return {};
}

execution::Rules rules_of(const chain::ChainView& view, const types::Header& header) {
    return execution::rules_at(view.config(), header.number, header.timestamp);
}

/// Blob base fee of the child of `header` by the rules of its time.
uint256 next_blob_base_fee(const chain::ChainView& view, const types::Header& header) {
    const auto rules = execution::rules_at(view.config(), header.number + 1, header.timestamp);
    return execution::blob_base_fee(execution::next_excess_blob_gas(header, rules), rules.blob);
}

Answer eth_blob_base_fee(Context& context, const Params&, Writer& out) {
    const auto head = context.view->head();
    if (head->block->header.excess_blob_gas) {
        out.quantity(next_blob_base_fee(*context.view, head->block->header));
    } else {
        out.null();
    }
    return {};
}

/// A quantity, a JSON number, or decimal digits in a string, as geth takes them here.
Result<uint64_t, Cause> decode_count(Value value) {
    if (value.is_string() && value.text().starts_with("0x")) {
        return jsonrpc::decode_quantity64(value);
    }
    const auto number = value.kind() == Kind::number || value.is_string()
                            ? uint256::parse(value.text())
                            : std::nullopt;
    if (!number || !number->fits_u64()) {
        return Err(Cause{"invalid block count"});
    }
    return number->low64();
}

Result<std::vector<double>, Cause> decode_percentiles(Value value) {
    if (!value.is_array()) {
        return Err(Cause{"non-array"});
    }
    std::vector<double> out;
    for (const Value element : value) {
        const auto text = element.text();
        double number = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (element.kind() != Kind::number || error != std::errc{} ||
            end != text.data() + text.size()) {
            return Err(Cause{"non-number"});
        }
        out.push_back(number);
    }
    return out;
}

Result<void, Error> check_percentiles(const std::vector<double>& percentiles, size_t most) {
    if (percentiles.size() > most) {
        return Err(
            server_error(fmt::format("over the query limit {} of reward percentiles", most)));
    }
    for (size_t i = 0; i < percentiles.size(); ++i) {
        if (percentiles[i] < 0 || percentiles[i] > 100) {
            return Err(server_error(fmt::format("invalid reward percentile: {}", percentiles[i])));
        }
        if (i > 0 && percentiles[i] <= percentiles[i - 1]) {
            return Err(server_error(fmt::format("invalid reward percentile: #{}:{} >= #{}:{}",
                                                i - 1, percentiles[i - 1], i, percentiles[i])));
        }
    }
    return {};
}

/// Tips of a block at the given percentiles of its gas, the smallest tips first.
void write_rewards(const chain::ExecutedBlock& block, const std::vector<double>& percentiles,
                   Writer& out) {
    struct Share {
        uint256 tip;
        uint64_t gas;
    };
    const auto& header = block.block->header;
    const uint256 base_fee = header.base_fee_per_gas.value_or(uint256{});
    std::vector<Share> shares;
    for (size_t i = 0; i < block.receipts.size(); ++i) {
        const auto price = jsonrpc::effective_gas_price(block.block->transactions[i], base_fee);
        shares.push_back({price - std::min(price, base_fee), block.receipts[i].gas_used});
    }
    std::sort(shares.begin(), shares.end(),
              [](const Share& a, const Share& b) { return a.tip < b.tip; });
    out.begin_array();
    size_t at = 0;
    uint64_t sum = shares.empty() ? 0 : shares[0].gas;
    for (const double percentile : percentiles) {
        const auto threshold =
            static_cast<uint64_t>(static_cast<double>(header.gas_used) * percentile / 100);
        while (at + 1 < shares.size() && sum < threshold) {
            sum += shares[++at].gas;
        }
        out.quantity(shares.empty() ? uint256{} : shares[at].tip);
    }
    out.end_array();
}

double ratio(uint64_t used, uint64_t limit) {
    return limit == 0 ? 0 : static_cast<double>(used) / static_cast<double>(limit);
}

/// Columns of eth_feeHistory while they are collected.
struct Columns {
    Writer base_fees;
    Writer gas_ratios;
    Writer rewards;
    Writer blob_fees;
    Writer blob_ratios;

    void begin() {
        for (Writer* column : {&base_fees, &gas_ratios, &rewards, &blob_fees, &blob_ratios}) {
            column->begin_array();
        }
    }
    void end() {
        for (Writer* column : {&base_fees, &gas_ratios, &rewards, &blob_fees, &blob_ratios}) {
            column->end_array();
        }
    }
};

void add_fees(const chain::ChainView& view, const types::Header& header, Columns& columns) {
    const auto rules = rules_of(view, header);
    columns.base_fees.quantity(header.base_fee_per_gas.value_or(uint256{}));
    columns.gas_ratios.number(ratio(header.gas_used, header.gas_limit));
    columns.blob_fees.quantity(header.excess_blob_gas
                                   ? execution::blob_base_fee(*header.excess_blob_gas, rules.blob)
                                   : uint256{});
    columns.blob_ratios.number(
        ratio(header.blob_gas_used.value_or(0), rules.blob.max * execution::GAS_PER_BLOB));
}

/// The entry behind the last block: what its child pays.
void add_next_fees(const chain::ChainView& view, const types::Header& last, Columns& columns) {
    if (const auto next = view.header(last.number + 1)) {
        columns.base_fees.quantity(next->base_fee_per_gas.value_or(uint256{}));
    } else {
        columns.base_fees.quantity(next_base_fee(view));
    }
    columns.blob_fees.quantity(last.excess_blob_gas ? next_blob_base_fee(view, last) : uint256{});
}

Answer write_history(Context& context, uint64_t oldest, uint64_t count,
                     const std::vector<double>& percentiles, Writer& out) {
    Columns columns;
    columns.begin();
    for (uint64_t number = oldest; number < oldest + count; ++number) {
        const auto header = context.view->header(number);
        if (!header) {
            return Err(header_not_found(false));
        }
        add_fees(*context.view, *header, columns);
        if (!percentiles.empty()) {
            const auto block = context.view->block(number);
            if (block == nullptr) {
                return Err(header_not_found(false));
            }
            write_rewards(*block, percentiles, columns.rewards);
        }
        if (number + 1 == oldest + count) {
            add_next_fees(*context.view, *header, columns);
        }
    }
    columns.end();
    out.begin_object();
    out.member("oldestBlock", oldest);
    out.key("baseFeePerGas").raw(columns.base_fees.view());
    out.key("gasUsedRatio").raw(columns.gas_ratios.view());
    if (!percentiles.empty()) {
        out.key("reward").raw(columns.rewards.view());
    }
    out.key("baseFeePerBlobGas").raw(columns.blob_fees.view());
    out.key("blobGasUsedRatio").raw(columns.blob_ratios.view());
    out.end_object();
    return {};
}

Answer eth_fee_history(Context& context, const Params& params, Writer& out) {
    TRY(const auto wanted, params.required(0, decode_count));
    TRY(const auto newest, params.required(1, jsonrpc::decode_block_number));
    TRY(const auto percentiles_param, params.optional(2, decode_percentiles));
    const auto percentiles = percentiles_param.value_or(std::vector<double>{});
    TRY_VOID(check_percentiles(percentiles, context.options.fee_history_percentiles_max));
    const auto last = block_number(*context.view, newest);
    if (!last) {
        return Err(server_error(fmt::format("request beyond head block: requested {}, head {}",
                                            newest.number, context.view->head_number())));
    }
    const uint64_t count =
        std::min({wanted, uint64_t{context.options.fee_history_blocks_max}, *last + 1});
    return write_history(context, count == 0 ? 0 : *last + 1 - count, count, percentiles, out);
}

}  // namespace

void add_fee_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "eth_gasPrice", .sync = eth_gas_price},
        {.name = "eth_maxPriorityFeePerGas", .sync = eth_max_priority_fee_per_gas},
        {.name = "eth_baseFee", .sync = eth_base_fee},
        {.name = "eth_blobBaseFee", .sync = eth_blob_base_fee},
        {.name = "eth_feeHistory", .params_max = 3, .sync = eth_fee_history, .slow = true},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
