// eth_getLogs: headers' blooms pick the blocks, receipts decide.
#include <otento/jsonrpc/call.hpp>
#include <otento/rpc/errors.hpp>
#include <otento/rpc/lookup.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;
using jsonrpc::BlockParam;
using jsonrpc::LogFilter;

Error invalid_params(std::string message) {
    return {.code = jsonrpc::INVALID_PARAMS, .message = std::move(message)};
}

bool matches(const LogFilter& filter, const types::Log& log) {
    const auto& addresses = filter.addresses;
    if (!addresses.empty() &&
        std::find(addresses.begin(), addresses.end(), log.address) == addresses.end()) {
        return false;
    }
    if (filter.topics.size() > log.topics.size()) {
        return false;
    }
    for (size_t i = 0; i < filter.topics.size(); ++i) {
        const auto& wanted = filter.topics[i];
        if (!wanted.empty() &&
            std::find(wanted.begin(), wanted.end(), log.topics[i]) == wanted.end()) {
            return false;
        }
    }
    return true;
}

template <typename Items>
bool any_in_bloom(const types::Bloom& bloom, const Items& items) {
    return items.empty() || std::any_of(items.begin(), items.end(), [&](const auto& item) {
               return types::bloom_may_contain(bloom, item);
           });
}

bool may_match(const LogFilter& filter, const types::Bloom& bloom) {
    return any_in_bloom(bloom, filter.addresses) &&
           std::all_of(filter.topics.begin(), filter.topics.end(),
                       [&](const auto& wanted) { return any_in_bloom(bloom, wanted); });
}

/// The matching logs of one block; returns how many.
uint64_t write_matching(const LogFilter& filter, const chain::ExecutedBlock& block, Writer& out) {
    const auto& header = block.block->header;
    uint64_t found = 0;
    uint64_t log_index = 0;
    for (size_t i = 0; i < block.receipts.size(); ++i) {
        for (const auto& log : block.receipts[i].logs) {
            if (matches(filter, log)) {
                jsonrpc::write_log(out, log,
                                   {.block_hash = block.hash,
                                    .block_number = header.number,
                                    .block_timestamp = header.timestamp,
                                    .tx_hash = block.tx_hashes[i],
                                    .tx_index = i,
                                    .log_index = log_index});
                ++found;
            }
            ++log_index;
        }
    }
    return found;
}

struct Range {
    uint64_t from = 0;
    uint64_t to = 0;
};

Result<uint64_t, Error> bound(const Context& context, const std::optional<BlockParam>& param) {
    const BlockParam which = param.value_or(BlockParam{});
    if (which.tag == BlockParam::Tag::pending) {
        return Err(invalid_params("pending logs are not supported"));
    }
    const auto number = block_number(*context.view, which);
    if (!number) {
        return Err(invalid_params("block range extends beyond current head block"));
    }
    return *number;
}

Result<Range, Error> range_of(const Context& context, const LogFilter& filter) {
    if (filter.block_hash) {
        const auto number = context.view->number_of(*filter.block_hash);
        if (!number) {
            return Err(server_error("unknown block"));
        }
        return Range{*number, *number};
    }
    Range out;
    TRY(out.from, bound(context, filter.from));
    TRY(out.to, bound(context, filter.to));
    if (out.from > out.to) {
        return Err(invalid_params("invalid block range params"));
    }
    const uint64_t most = context.options.log_blocks_max;
    if (most != 0 && out.to - out.from >= most) {
        return Err(
            Error{.code = jsonrpc::LIMIT_EXCEEDED,
                  .message = fmt::format("block range exceeds the limit of {} blocks", most)});
    }
    return out;
}

Result<void, Error> check_terms(const LogFilter& filter, size_t most) {
    const bool too_many = filter.addresses.size() > most ||
                          std::any_of(filter.topics.begin(), filter.topics.end(),
                                      [&](const auto& position) { return position.size() > most; });
    if (too_many) {
        return Err(server_error("exceed max addresses or topics per search position"));
    }
    return {};
}

Answer eth_get_logs(Context& context, const Params& params, Writer& out) {
    TRY(const auto filter, params.required(0, jsonrpc::decode_log_filter));
    TRY_VOID(check_terms(filter, context.options.log_terms_max));
    TRY(const auto range, range_of(context, filter));
    const uint64_t most = context.options.log_results_max;
    uint64_t found = 0;
    out.begin_array();
    for (uint64_t number = range.from; number <= range.to; ++number) {
        const auto header = context.view->header(number);
        if (!header) {
            return Err(
                Error{.code = jsonrpc::PRUNED_HISTORY, .message = "pruned history unavailable"});
        }
        if (context.expired()) {
            return Err(Error{.code = jsonrpc::TIMED_OUT, .message = "request timed out"});
        }
        if (header->logs_bloom.is_zero() || !may_match(filter, header->logs_bloom)) {
            continue;
        }
        const auto block = context.view->block(number);
        if (block == nullptr) {
            return Err(
                Error{.code = jsonrpc::PRUNED_HISTORY, .message = "pruned history unavailable"});
        }
        found += write_matching(filter, *block, out);
        if (most != 0 && found > most) {
            return Err(Error{.code = jsonrpc::LIMIT_EXCEEDED,
                             .message = fmt::format("query returns more than {} logs", most)});
        }
    }
    out.end_array();
    return {};
}

}  // namespace

void add_log_methods(std::vector<Method>& out) {
    out.push_back({.name = "eth_getLogs", .params_max = 1, .sync = eth_get_logs, .slow = true});
}

}  // namespace otento::rpc
