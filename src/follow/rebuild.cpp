#include <otento/follow/rebuild.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/rlp.hpp>
#include <otento/crypto/keccak.hpp>
#include <otento/jsonrpc/decode.hpp>

#include <fmt/core.h>

namespace otento::follow {
namespace {

using jsonrpc::Value;

/// How a member of the JSON object stands in the RLP list.
enum class Form { data, quantity, address_or_empty };

struct Field {
    const char* name;
    Form form;
    size_t bytes = 0;  ///< Exact length of data; 0: any.
};

constexpr Field HEADER[] = {
    {"parentHash", Form::data, 32},
    {"sha3Uncles", Form::data, 32},
    {"miner", Form::data, 20},
    {"stateRoot", Form::data, 32},
    {"transactionsRoot", Form::data, 32},
    {"receiptsRoot", Form::data, 32},
    {"logsBloom", Form::data, 256},
    {"difficulty", Form::quantity},
    {"number", Form::quantity},
    {"gasLimit", Form::quantity},
    {"gasUsed", Form::quantity},
    {"timestamp", Form::quantity},
    {"extraData", Form::data},
    {"mixHash", Form::data, 32},
    {"nonce", Form::data, 8},
};
constexpr Field LEGACY[] = {
    {"nonce", Form::quantity}, {"gasPrice", Form::quantity},
    {"gas", Form::quantity},   {"to", Form::address_or_empty, 20},
    {"value", Form::quantity}, {"input", Form::data},
    {"v", Form::quantity},     {"r", Form::quantity},
    {"s", Form::quantity},
};
constexpr Field ACCESS_LIST_HEAD[] = {
    {"chainId", Form::quantity}, {"nonce", Form::quantity},          {"gasPrice", Form::quantity},
    {"gas", Form::quantity},     {"to", Form::address_or_empty, 20}, {"value", Form::quantity},
    {"input", Form::data},
};
constexpr Field DYNAMIC_FEE_HEAD[] = {
    {"chainId", Form::quantity},
    {"nonce", Form::quantity},
    {"maxPriorityFeePerGas", Form::quantity},
    {"maxFeePerGas", Form::quantity},
    {"gas", Form::quantity},
    {"to", Form::address_or_empty, 20},
    {"value", Form::quantity},
    {"input", Form::data},
};
constexpr Field SIGNATURE[] = {{"v", Form::quantity}, {"r", Form::quantity}, {"s", Form::quantity}};

Result<void, std::string> append(rlp::Writer& out, Value object, const Field& field) {
    const auto value = object.find(field.name);
    const bool absent = !value || value->is_null();
    if (absent && field.form == Form::address_or_empty) {
        out.string({});
        return {};
    }
    if (absent) {
        return Err(fmt::format("{} is missing", field.name));
    }
    if (field.form == Form::quantity) {
        const auto number = jsonrpc::decode_quantity(*value);
        if (!number) {
            return Err(fmt::format("{}: {}", field.name, number.error().text));
        }
        out.uint(*number);
        return {};
    }
    const auto bytes = jsonrpc::decode_data(*value);
    if (!bytes) {
        return Err(fmt::format("{}: {}", field.name, bytes.error().text));
    }
    if (field.bytes != 0 && bytes->size() != field.bytes) {
        return Err(fmt::format("{} has {} bytes, not {}", field.name, bytes->size(), field.bytes));
    }
    out.string(*bytes);
    return {};
}

template <size_t N>
Result<void, std::string> append_all(rlp::Writer& out, Value object, const Field (&fields)[N]) {
    for (const Field& field : fields) {
        TRY_VOID(append(out, object, field));
    }
    return {};
}

Result<void, std::string> append_access_list(rlp::Writer& out, Value tx) {
    const auto list = tx.find("accessList");
    out.begin_list();
    if (list && list->is_array()) {
        for (const Value entry : *list) {
            out.begin_list();
            TRY_VOID(append(out, entry, {"address", Form::data, 20}));
            out.begin_list();
            const auto keys = entry.find("storageKeys");
            if (keys && keys->is_array()) {
                for (const Value key : *keys) {
                    const auto hash = jsonrpc::decode_hash(key);
                    if (!hash) {
                        return Err(fmt::format("storageKeys: {}", hash.error().text));
                    }
                    out.string(*hash);
                }
            }
            out.end_list();
            out.end_list();
        }
    }
    out.end_list();
    return {};
}

/// The canonical form: RLP list, or type || list.
Result<Bytes, std::string> encode_transaction(Value tx) {
    uint64_t type = 0;
    if (const auto given = tx.find("type"); given && !given->is_null()) {
        const auto number = jsonrpc::decode_quantity64(*given);
        if (!number || *number > 2) {
            return Err(std::string("is of a type that GoQuorum's Raft chains do not have"));
        }
        type = *number;
    }
    rlp::Writer out;
    out.begin_list();
    if (type == 0) {
        TRY_VOID(append_all(out, tx, LEGACY));
    } else {
        if (type == 1) {
            TRY_VOID(append_all(out, tx, ACCESS_LIST_HEAD));
        } else {
            TRY_VOID(append_all(out, tx, DYNAMIC_FEE_HEAD));
        }
        TRY_VOID(append_access_list(out, tx));
        TRY_VOID(append_all(out, tx, SIGNATURE));
    }
    out.end_list();
    Bytes list = out.take();
    if (type != 0) {
        list.insert(list.begin(), static_cast<uint8_t>(type));
    }
    return list;
}

Result<void, std::string> check_hash(Value object, BytesView encoded) {
    const auto claimed = object.find("hash");
    const auto hash = claimed ? jsonrpc::decode_hash(*claimed)
                              : Result<Hash, jsonrpc::Cause>(Err(jsonrpc::Cause{"is missing"}));
    if (!hash) {
        return Err(fmt::format("hash: {}", hash.error().text));
    }
    const Hash computed = crypto::keccak256(encoded);
    if (computed != *hash) {
        return Err(fmt::format("is named {}, but its fields hash to {}", to_hex0x(*hash),
                               to_hex0x(computed)));
    }
    return {};
}

Result<void, std::string> append_transactions(rlp::Writer& out, Value block) {
    const auto transactions = block.find("transactions");
    if (!transactions || !transactions->is_array()) {
        return Err(std::string("transactions are missing"));
    }
    out.begin_list();
    size_t index = 0;
    for (const Value tx : *transactions) {
        auto encoded = tx.is_object()
                           ? encode_transaction(tx)
                           : Result<Bytes, std::string>(Err(std::string("is no object")));
        auto checked =
            encoded ? check_hash(tx, *encoded) : Result<void, std::string>(Err(encoded.error()));
        if (!checked) {
            return Err(fmt::format("transaction {} {}", index, checked.error()));
        }
        if ((*encoded)[0] >= 0xc0) {
            out.raw(*encoded);
        } else {
            out.string(*encoded);
        }
        ++index;
    }
    out.end_list();
    return {};
}

}  // namespace

Result<Bytes, std::string> rebuild_block(Value block) {
    if (!block.is_object()) {
        return Err(std::string("is no object"));
    }
    rlp::Writer header;
    header.begin_list();
    TRY_VOID(append_all(header, block, HEADER));
    if (const auto base_fee = block.find("baseFeePerGas"); base_fee && !base_fee->is_null()) {
        TRY_VOID(append(header, block, {"baseFeePerGas", Form::quantity}));
    }
    header.end_list();
    TRY_VOID(check_hash(block, header.view()));
    const auto uncles = block.find("uncles");
    if (uncles && uncles->size() != 0) {
        return Err(std::string("has uncles"));
    }
    rlp::Writer out;
    out.begin_list();
    out.raw(header.view());
    TRY_VOID(append_transactions(out, block));
    out.begin_list();
    out.end_list();
    out.end_list();
    return out.take();
}

}  // namespace otento::follow
