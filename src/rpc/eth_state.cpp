// eth_* methods that read accounts.
#include <otento/base/hex.hpp>
#include <otento/rpc/lookup.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;

/// An account at a block, absent ones as empty.
struct Read {
    StateAt at;
    Address address;
    state::Account account;
};

Result<Read, Error> read_account(Context& context, const Params& params, size_t block_index) {
    TRY(const auto address, params.required(0, jsonrpc::decode_address));
    TRY(const auto param, block_param(params, block_index));
    TRY(auto at, find_state(*context.view, param));
    const auto account = at.state->account(address).value_or(state::Account{});
    TRY_VOID(check_readable(*at.state));
    return Read{std::move(at), address, account};
}

Answer eth_get_balance(Context& context, const Params& params, Writer& out) {
    TRY(const auto read, read_account(context, params, 1));
    out.quantity(read.account.balance);
    return {};
}

Answer eth_get_transaction_count(Context& context, const Params& params, Writer& out) {
    TRY(const auto address, params.required(0, jsonrpc::decode_address));
    TRY(const auto param, block_param(params, 1));
    if (param.tag == jsonrpc::BlockParam::Tag::pending) {
        out.quantity(context.backend.pending_nonce(address));
        return {};
    }
    TRY(const auto read, read_account(context, params, 1));
    out.quantity(read.account.nonce);
    return {};
}

Answer eth_get_code(Context& context, const Params& params, Writer& out) {
    TRY(const auto read, read_account(context, params, 1));
    const auto code = read.at.state->code(read.account.code_hash);
    TRY_VOID(check_readable(*read.at.state));
    out.data(*code);
    return {};
}

Answer eth_get_storage_at(Context& context, const Params& params, Writer& out) {
    TRY(const auto address, params.required(0, jsonrpc::decode_address));
    TRY(const auto key, params.required(1, jsonrpc::decode_storage_key));
    TRY(const auto param, block_param(params, 2));
    TRY(const auto at, find_state(*context.view, param));
    const Hash value = at.state->storage(address, key);
    TRY_VOID(check_readable(*at.state));
    out.data(value);
    return {};
}

/// {address: slots}, in the order of the request.
using SlotsOf = std::vector<std::pair<Address, std::vector<Hash>>>;

Result<SlotsOf, jsonrpc::Cause> decode_slots_of(jsonrpc::Value value) {
    if (!value.is_object()) {
        return Err(jsonrpc::Cause{"non-object"});
    }
    SlotsOf out;
    const auto last = value.end();
    for (auto i = value.begin(); i != last; ++i) {
        const jsonrpc::Value list = *i;
        if (!list.is_array()) {
            return Err(jsonrpc::Cause{"non-array"});
        }
        TRY(const auto address, jsonrpc::address_from(i.key()));
        auto& slots = out.emplace_back(address, std::vector<Hash>{}).second;
        for (const jsonrpc::Value slot : list) {
            TRY(const auto key, jsonrpc::decode_storage_key(slot));
            slots.push_back(key);
        }
    }
    return out;
}

Result<void, Error> check_slot_count(const SlotsOf& wanted) {
    constexpr size_t SLOTS_MAX = 1024;
    constexpr int CLIENT_LIMIT_EXCEEDED = -38026;  // execution-apis
    size_t count = 0;
    for (const auto& [address, slots] : wanted) {
        count += slots.size();
    }
    if (count == 0) {
        return Err(Error{.code = jsonrpc::INVALID_PARAMS, .message = "empty request"});
    }
    if (count > SLOTS_MAX) {
        return Err(Error{.code = CLIENT_LIMIT_EXCEEDED, .message = "too many slots (max 1024)"});
    }
    return {};
}

Answer eth_get_storage_values(Context& context, const Params& params, Writer& out) {
    TRY(const auto wanted, params.required(0, decode_slots_of));
    TRY_VOID(check_slot_count(wanted));
    TRY(const auto param, block_param(params, 1));
    TRY(const auto at, find_state(*context.view, param));
    out.begin_object();
    for (const auto& [address, slots] : wanted) {
        out.key(to_hex0x(address)).begin_array();
        for (const auto& slot : slots) {
            out.data(at.state->storage(address, slot));
        }
        out.end_array();
    }
    out.end_object();
    return check_readable(*at.state);
}

}  // namespace

void add_state_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "eth_getBalance", .params_max = 2, .sync = eth_get_balance},
        {.name = "eth_getTransactionCount", .params_max = 2, .sync = eth_get_transaction_count},
        {.name = "eth_getCode", .params_max = 2, .sync = eth_get_code},
        {.name = "eth_getStorageAt", .params_max = 3, .sync = eth_get_storage_at},
        {.name = "eth_getStorageValues", .params_max = 2, .sync = eth_get_storage_values},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
