#include <otento/rpc/lookup.hpp>

#include <otento/execution/fees.hpp>
#include <otento/rpc/errors.hpp>

#include <algorithm>

namespace otento::rpc {

using jsonrpc::BlockParam;
using Tag = BlockParam::Tag;

namespace {

/// Now in the unit of the chain's headers.
uint64_t header_time(const chain::ChainView& view, const Clock& clock) {
    constexpr uint64_t NS_PER_S = 1'000'000'000;
    const uint64_t units = view.config().time_units_at(view.head_number() + 1);
    return clock.unix_ns() / (NS_PER_S / units);
}

}  // namespace

std::optional<uint64_t> block_number(const chain::ChainView& view, const BlockParam& param) {
    switch (param.tag) {
        case Tag::number:
            return param.number <= view.head_number() ? std::optional(param.number) : std::nullopt;
        case Tag::hash:
            return view.number_of(param.hash);
        case Tag::earliest:
            return 0;
        case Tag::latest:
        case Tag::safe:
        case Tag::finalized:
        case Tag::pending:
            break;
    }
    return view.head_number();
}

BlockPtr find_block(const chain::ChainView& view, const BlockParam& param) {
    const auto number = block_number(view, param);
    return number ? view.block(*number) : nullptr;
}

BlockPtr find_block(const chain::ChainView& view, const Hash& hash) {
    const auto number = view.number_of(hash);
    return number ? view.block(*number) : nullptr;
}

Result<StateAt, Error> find_state(const chain::ChainView& view, const BlockParam& param) {
    const auto number = block_number(view, param);
    if (!number) {
        return Err(header_not_found(param.tag == Tag::hash));
    }
    auto state = view.state_at(*number);
    if (state == nullptr) {
        return Err(pruned_state(*number));
    }
    return StateAt{*number, std::move(state)};
}

Result<void, Error> check_readable(const state::StateView& state) {
    if (state.failed()) {
        return Err(
            Error{.code = jsonrpc::INTERNAL_ERROR, .message = "state could not be read from disk"});
    }
    return {};
}

Result<BlockParam, Error> block_param(const Params& params, size_t index) {
    TRY(const auto param, params.optional(index, jsonrpc::decode_block));
    return param.value_or(BlockParam{});
}

jsonrpc::MinedAt mined_at(const chain::ExecutedBlock& block, size_t index) {
    const auto& header = block.block->header;
    return {.block_hash = block.hash,
            .block_number = header.number,
            .block_timestamp = header.timestamp,
            .index = index,
            .base_fee = header.base_fee_per_gas.value_or(uint256{})};
}

uint256 next_base_fee(const chain::ChainView& view) {
    const auto head = view.head();
    const auto& header = head->block->header;
    const auto rules = execution::rules_at(view.config(), header.number + 1, header.timestamp);
    if (rules.fee_market && rules.at_least(evm::Fork::london)) {
        return execution::next_base_fee(header);
    }
    return header.base_fee_per_gas.value_or(uint256{});
}

types::Block pending_block(const Context& context) {
    const auto head = context.view->head();
    types::Block out;
    out.header = head->block->header;
    auto& header = out.header;
    header.parent_hash = head->hash;
    header.number += 1;
    header.timestamp = std::max(header.timestamp, header_time(*context.view, context.clock));
    header.gas_used = 0;
    header.logs_bloom = {};
    header.ommers_hash = types::EMPTY_OMMERS_HASH;
    header.transactions_root = types::EMPTY_TRIE_ROOT;
    header.receipts_root = types::EMPTY_TRIE_ROOT;
    header.extra_data.clear();
    if (header.base_fee_per_gas) {
        header.base_fee_per_gas = next_base_fee(*context.view);
    }
    if (head->block->withdrawals) {
        header.withdrawals_root = types::EMPTY_TRIE_ROOT;
        out.withdrawals.emplace();
    }
    return out;
}

}  // namespace otento::rpc
