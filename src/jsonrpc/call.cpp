#include <otento/jsonrpc/call.hpp>

namespace otento::jsonrpc {
namespace {

Err<Cause> cause(std::string text) {
    return Err(Cause{std::move(text)});
}

/// Stores member `key` if it is there and not null.
template <typename T>
Result<void, Cause> take(Value object, std::string_view key, Result<T, Cause> (*decoder)(Value),
                         std::optional<T>& out) {
    const auto member = object.find(key);
    if (!member || member->is_null()) {
        return {};
    }
    auto decoded = decoder(*member);
    if (!decoded) {
        return cause(std::string(key) + ": " + decoded.error().text);
    }
    out = *std::move(decoded);
    return {};
}

/// Every element of an array.
template <typename T>
Result<std::vector<T>, Cause> list_of(Value value, Result<T, Cause> (*decoder)(Value)) {
    if (!value.is_array()) {
        return cause("non-array");
    }
    std::vector<T> out;
    out.reserve(value.size());
    for (const Value element : value) {
        TRY(auto decoded, decoder(element));
        out.push_back(std::move(decoded));
    }
    return out;
}

Result<std::vector<Hash>, Cause> decode_hashes(Value value) {
    return list_of<Hash>(value, decode_hash);
}

Result<types::AccessListEntry, Cause> decode_access_list_entry(Value value) {
    std::optional<Address> address;
    std::optional<std::vector<Hash>> keys;
    TRY_VOID(take(value, "address", decode_address, address));
    TRY_VOID(take(value, "storageKeys", decode_hashes, keys));
    if (!address) {
        return cause("missing required field 'address' for AccessTuple");
    }
    return types::AccessListEntry{*address, keys ? *std::move(keys) : std::vector<Hash>{}};
}

Result<types::Authorization, Cause> decode_authorization(Value value) {
    std::optional<uint256> chain_id;
    std::optional<Address> address;
    std::optional<uint64_t> nonce;
    std::optional<uint256> y_parity;
    std::optional<uint256> r;
    std::optional<uint256> s;
    TRY_VOID(take(value, "chainId", decode_quantity, chain_id));
    TRY_VOID(take(value, "address", decode_address, address));
    TRY_VOID(take(value, "nonce", decode_quantity64, nonce));
    TRY_VOID(take(value, "yParity", decode_quantity, y_parity));
    TRY_VOID(take(value, "r", decode_quantity, r));
    TRY_VOID(take(value, "s", decode_quantity, s));
    if (!address) {
        return cause("missing required field 'address' for SetCodeAuthorization");
    }
    return types::Authorization{.chain_id = chain_id.value_or(uint256{}),
                                .address = *address,
                                .nonce = nonce.value_or(0),
                                .y_parity = y_parity.value_or(uint256{}),
                                .r = r.value_or(uint256{}),
                                .s = s.value_or(uint256{})};
}

Result<std::vector<types::Authorization>, Cause> decode_authorizations(Value value) {
    return list_of<types::Authorization>(value, decode_authorization);
}

Result<std::map<Hash, Hash>, Cause> decode_slots(Value value) {
    if (!value.is_object()) {
        return cause("non-object");
    }
    std::map<Hash, Hash> out;
    const auto last = value.end();
    for (auto i = value.begin(); i != last; ++i) {
        TRY(const auto key, hash_from(i.key()));
        TRY(const auto word, decode_hash(*i));
        out.insert_or_assign(key, word);
    }
    return out;
}

Result<AccountOverride, Cause> decode_account_override(Value value) {
    if (!value.is_object()) {
        return cause("non-object");
    }
    AccountOverride out;
    TRY_VOID(take(value, "nonce", decode_quantity64, out.nonce));
    TRY_VOID(take(value, "balance", decode_quantity, out.balance));
    TRY_VOID(take(value, "code", decode_data, out.code));
    TRY_VOID(take(value, "state", decode_slots, out.state));
    TRY_VOID(take(value, "stateDiff", decode_slots, out.state_diff));
    if (out.state && out.state_diff) {
        return cause("account has both 'state' and 'stateDiff'");
    }
    if (const auto moved = value.find("movePrecompileToAddress"); moved && !moved->is_null()) {
        return cause("movePrecompileToAddress is not supported");
    }
    return out;
}

Result<std::vector<Address>, Cause> decode_addresses(Value value) {
    if (value.is_array()) {
        return list_of<Address>(value, decode_address);
    }
    TRY(const auto address, decode_address(value));
    return std::vector<Address>{address};
}

/// One position: null or [] for any, one topic, or a list of them, in which null stands for any
/// too.
Result<std::vector<Hash>, Cause> decode_topic(Value value) {
    if (value.is_null()) {
        return std::vector<Hash>{};
    }
    if (!value.is_array()) {
        TRY(const auto topic, decode_hash(value));
        return std::vector<Hash>{topic};
    }
    std::vector<Hash> out;
    for (const Value element : value) {
        if (element.is_null()) {
            return std::vector<Hash>{};
        }
        TRY(const auto topic, decode_hash(element));
        out.push_back(topic);
    }
    return out;
}

Result<std::vector<std::vector<Hash>>, Cause> decode_topics(Value value) {
    return list_of<std::vector<Hash>>(value, decode_topic);
}

}  // namespace

Result<types::AccessList, Cause> decode_access_list(Value value) {
    return list_of<types::AccessListEntry>(value, decode_access_list_entry);
}

Result<CallObject, Cause> decode_call(Value value) {
    if (!value.is_object()) {
        return cause("non-object");
    }
    CallObject out;
    TRY_VOID(take(value, "from", decode_address, out.from));
    TRY_VOID(take(value, "to", decode_address, out.to));
    TRY_VOID(take(value, "gas", decode_quantity64, out.gas));
    TRY_VOID(take(value, "gasPrice", decode_quantity, out.gas_price));
    TRY_VOID(take(value, "maxFeePerGas", decode_quantity, out.max_fee_per_gas));
    TRY_VOID(take(value, "maxPriorityFeePerGas", decode_quantity, out.max_priority_fee_per_gas));
    TRY_VOID(take(value, "value", decode_quantity, out.value));
    TRY_VOID(take(value, "nonce", decode_quantity64, out.nonce));
    TRY_VOID(take(value, "input", decode_data, out.input));
    TRY_VOID(take(value, "data", decode_data, out.data));
    TRY_VOID(take(value, "accessList", decode_access_list, out.access_list));
    TRY_VOID(take(value, "chainId", decode_quantity, out.chain_id));
    TRY_VOID(take(value, "maxFeePerBlobGas", decode_quantity, out.max_fee_per_blob_gas));
    TRY_VOID(take(value, "blobVersionedHashes", decode_hashes, out.blob_versioned_hashes));
    TRY_VOID(take(value, "authorizationList", decode_authorizations, out.authorization_list));
    return out;
}

Result<StateOverride, Cause> decode_state_override(Value value) {
    if (!value.is_object()) {
        return cause("non-object");
    }
    StateOverride out;
    const auto last = value.end();
    for (auto i = value.begin(); i != last; ++i) {
        TRY(const auto address, address_from(i.key()));
        TRY(auto account, decode_account_override(*i));
        out.insert_or_assign(address, std::move(account));
    }
    return out;
}

Result<BlockOverride, Cause> decode_block_override(Value value) {
    if (!value.is_object()) {
        return cause("non-object");
    }
    BlockOverride out;
    TRY_VOID(take(value, "number", decode_quantity64, out.number));
    TRY_VOID(take(value, "time", decode_quantity64, out.time));
    TRY_VOID(take(value, "gasLimit", decode_quantity64, out.gas_limit));
    TRY_VOID(take(value, "feeRecipient", decode_address, out.fee_recipient));
    TRY_VOID(take(value, "prevRandao", decode_hash, out.prev_randao));
    TRY_VOID(take(value, "baseFeePerGas", decode_quantity, out.base_fee_per_gas));
    TRY_VOID(take(value, "blobBaseFee", decode_quantity, out.blob_base_fee));
    TRY_VOID(take(value, "difficulty", decode_quantity, out.difficulty));
    return out;
}

Result<LogFilter, Cause> decode_log_filter(Value value) {
    if (!value.is_object()) {
        return cause("non-object");
    }
    LogFilter out;
    std::optional<std::vector<Address>> addresses;
    std::optional<std::vector<std::vector<Hash>>> topics;
    TRY_VOID(take(value, "blockHash", decode_hash, out.block_hash));
    TRY_VOID(take(value, "fromBlock", decode_block_number, out.from));
    TRY_VOID(take(value, "toBlock", decode_block_number, out.to));
    TRY_VOID(take(value, "address", decode_addresses, addresses));
    TRY_VOID(take(value, "topics", decode_topics, topics));
    if (out.block_hash && (out.from || out.to)) {
        return cause(
            "cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other");
    }
    if (topics && topics->size() > LOG_TOPICS_MAX) {
        return cause("exceed max topics");
    }
    out.addresses = addresses ? *std::move(addresses) : std::vector<Address>{};
    out.topics = topics ? *std::move(topics) : std::vector<std::vector<Hash>>{};
    return out;
}

}  // namespace otento::jsonrpc
