// Transaction codec. The order of fields is that of the specifications named in the header.
#include <otento/types/transaction.hpp>

#include <otento/types/fields.hpp>
#include <otento/types/transaction_encoding.hpp>

namespace otento::types {
namespace {

// Legacy v: Yellow Paper 4.3 (27 + parity), EIP-155 (35 + parity + 2 * chain id), GoQuorum (37 +
// parity).
constexpr uint64_t UNPROTECTED_V = 27;
constexpr uint64_t PROTECTED_V = 35;
constexpr uint64_t QUORUM_PRIVATE_V = 37;

TxDecodeError from_rlp(rlp::Error error) noexcept {
    return error == rlp::Error::trailing_bytes ? TxDecodeError::trailing_bytes : TxDecodeError::rlp;
}

/// Splits v into parity, chain id and GoQuorum's mark; false for the values that mean nothing.
bool read_legacy_v(const uint256& v, DecodeOptions options, Transaction& tx) noexcept {
    if (v == UNPROTECTED_V || v == UNPROTECTED_V + 1) {
        tx.y_parity = v == UNPROTECTED_V + 1;
        return true;
    }
    if (options.quorum_private && (v == QUORUM_PRIVATE_V || v == QUORUM_PRIVATE_V + 1)) {
        tx.quorum_private = true;
        tx.y_parity = v == QUORUM_PRIVATE_V + 1;
        return true;
    }
    if (v < PROTECTED_V) {
        return false;
    }
    const uint256 rest = v - PROTECTED_V;
    const uint256 chain_id = rest >> 1;
    if (!chain_id.fits_u64()) {
        return false;
    }
    tx.chain_id = chain_id.low64();
    tx.y_parity = (rest.low64() & 1) != 0;
    return true;
}

Result<Transaction, TxDecodeError> decode_legacy(BytesView in, DecodeOptions options) {
    std::optional<rlp::Error> error;
    Fields fields = Fields::of_item(in, error);
    Transaction tx;
    tx.nonce = fields.u64();
    tx.max_fee_per_gas = fields.u256();
    tx.max_priority_fee_per_gas = tx.max_fee_per_gas;
    tx.gas_limit = fields.u64();
    tx.to = fields.optional_fixed<20>();
    tx.value = fields.u256();
    tx.data = fields.bytes();
    const uint256 v = fields.u256();
    tx.r = fields.u256();
    tx.s = fields.u256();
    fields.finish();
    if (error) {
        return Err(from_rlp(*error));
    }
    if (!read_legacy_v(v, options, tx)) {
        return Err(TxDecodeError::bad_v);
    }
    return tx;
}

std::vector<Hash> read_hashes(Fields fields) {
    std::vector<Hash> out;
    while (!fields.at_end()) {
        out.push_back(fields.fixed<32>());
    }
    return out;
}

AccessList read_access_list(Fields fields) {
    AccessList out;
    while (!fields.at_end()) {
        Fields entry = fields.list();
        AccessListEntry& added = out.emplace_back();
        added.address = entry.fixed<20>();
        added.storage_keys = read_hashes(entry.list());
        entry.finish();
    }
    return out;
}

std::vector<Authorization> read_authorization_list(Fields fields) {
    std::vector<Authorization> out;
    while (!fields.at_end()) {
        Fields tuple = fields.list();
        Authorization& added = out.emplace_back();
        added.chain_id = tuple.u256();
        added.address = tuple.fixed<20>();
        added.nonce = tuple.u64();
        added.y_parity = tuple.u256();
        added.r = tuple.u256();
        added.s = tuple.u256();
        tuple.finish();
        if (added.y_parity > 0xff) {  // EIP-7702: y_parity < 2**8.
            tuple.fail(rlp::Error::overflow);
        }
    }
    return out;
}

Result<Transaction, TxDecodeError> decode_typed(TxType type, BytesView payload) {
    std::optional<rlp::Error> error;
    Fields fields = Fields::of_item(payload, error);
    Transaction tx;
    tx.type = type;
    const uint256 chain_id = fields.u256();
    tx.nonce = fields.u64();
    tx.max_priority_fee_per_gas = fields.u256();
    tx.max_fee_per_gas = type == TxType::access_list ? tx.max_priority_fee_per_gas : fields.u256();
    tx.gas_limit = fields.u64();
    if (type == TxType::blob || type == TxType::set_code) {
        tx.to = fields.fixed<20>();  // EIP-4844, EIP-7702: no contract creation.
    } else {
        tx.to = fields.optional_fixed<20>();
    }
    tx.value = fields.u256();
    tx.data = fields.bytes();
    tx.access_list = read_access_list(fields.list());
    if (type == TxType::blob) {
        tx.max_fee_per_blob_gas = fields.u256();
        tx.blob_versioned_hashes = read_hashes(fields.list());
    } else if (type == TxType::set_code) {
        tx.authorization_list = read_authorization_list(fields.list());
    }
    const uint256 y_parity = fields.u256();
    tx.r = fields.u256();
    tx.s = fields.u256();
    fields.finish();
    if (error) {
        return Err(from_rlp(*error));
    }
    if (y_parity > 1 || !chain_id.fits_u64()) {
        return Err(TxDecodeError::bad_v);
    }
    tx.chain_id = chain_id.low64();
    tx.y_parity = y_parity == 1;
    return tx;
}

Result<Transaction, TxDecodeError> decode_envelope(BytesView in) {
    const uint8_t type = in[0];
    if (type < static_cast<uint8_t>(TxType::access_list) ||
        type > static_cast<uint8_t>(TxType::set_code)) {
        return Err(TxDecodeError::unknown_type);
    }
    return decode_typed(static_cast<TxType>(type), in.subspan(1));
}

void write_to(rlp::Writer& out, const Transaction& tx) {
    out.string(tx.to ? BytesView{*tx.to} : BytesView{});
}

void write_access_list(rlp::Writer& out, const AccessList& list) {
    out.begin_list();
    for (const AccessListEntry& entry : list) {
        out.begin_list().string(entry.address).begin_list();
        for (const Hash& key : entry.storage_keys) {
            out.string(key);
        }
        out.end_list().end_list();
    }
    out.end_list();
}

void write_authorization_list(rlp::Writer& out, const std::vector<Authorization>& list) {
    out.begin_list();
    for (const Authorization& tuple : list) {
        out.begin_list().uint(tuple.chain_id).string(tuple.address).uint(tuple.nonce);
        out.uint(tuple.y_parity).uint(tuple.r).uint(tuple.s).end_list();
    }
    out.end_list();
}

void write_legacy(rlp::Writer& out, const Transaction& tx, Purpose purpose) {
    out.begin_list().uint(tx.nonce).uint(tx.max_fee_per_gas).uint(tx.gas_limit);
    write_to(out, tx);
    out.uint(tx.value).string(tx.data);
    if (purpose == Purpose::canonical) {
        out.uint(tx.legacy_v()).uint(tx.r).uint(tx.s);
    } else if (tx.chain_id && !tx.quorum_private) {
        out.uint(*tx.chain_id).uint(uint64_t{0}).uint(uint64_t{0});  // EIP-155.
    }
    out.end_list();
}

void write_typed(rlp::Writer& out, const Transaction& tx, Purpose purpose) {
    out.begin_list().uint(tx.chain_id.value_or(0)).uint(tx.nonce);
    if (tx.type != TxType::access_list) {
        out.uint(tx.max_priority_fee_per_gas);
    }
    out.uint(tx.max_fee_per_gas).uint(tx.gas_limit);
    write_to(out, tx);
    out.uint(tx.value).string(tx.data);
    write_access_list(out, tx.access_list);
    if (tx.type == TxType::blob) {
        out.uint(tx.max_fee_per_blob_gas).begin_list();
        for (const Hash& hash : tx.blob_versioned_hashes) {
            out.string(hash);
        }
        out.end_list();
    } else if (tx.type == TxType::set_code) {
        write_authorization_list(out, tx.authorization_list);
    }
    if (purpose == Purpose::canonical) {
        out.uint(uint64_t{tx.y_parity}).uint(tx.r).uint(tx.s);
    }
    out.end_list();
}

}  // namespace

std::string_view to_string(TxDecodeError error) noexcept {
    switch (error) {
        case TxDecodeError::rlp:
            return "transaction: malformed RLP";
        case TxDecodeError::unknown_type:
            return "transaction: type not supported";
        case TxDecodeError::bad_v:
            return "transaction: invalid v, y parity or chain id";
        case TxDecodeError::trailing_bytes:
            return "transaction: trailing bytes";
        case TxDecodeError::empty:
            return "transaction: empty";
    }
    return "transaction: unknown error";
}

uint256 Transaction::legacy_v() const noexcept {
    const uint256 parity{uint64_t{y_parity}};
    if (quorum_private) {
        return parity + QUORUM_PRIVATE_V;
    }
    if (!chain_id) {
        return parity + UNPROTECTED_V;
    }
    return (uint256{*chain_id} << 1) + PROTECTED_V + parity;
}

Result<Transaction, TxDecodeError> decode_transaction(BytesView in, DecodeOptions options) {
    if (in.empty()) {
        return Err(TxDecodeError::empty);
    }
    // EIP-2718: up to 0x7f is a type, from 0xc0 a legacy list; what lies between is no transaction.
    if (in[0] < 0x80) {
        return decode_envelope(in);
    }
    return decode_legacy(in, options);
}

Result<Transaction, TxDecodeError> decode_block_transaction(BytesView item, DecodeOptions options) {
    rlp::Reader reader(item);
    if (reader.at_end()) {
        return Err(TxDecodeError::empty);
    }
    if (reader.next_is_list()) {
        return decode_legacy(item, options);
    }
    const auto envelope = reader.read_string();
    if (!envelope) {
        return Err(TxDecodeError::rlp);
    }
    if (!reader.at_end()) {
        return Err(TxDecodeError::trailing_bytes);
    }
    if (envelope->empty()) {
        return Err(TxDecodeError::empty);
    }
    return decode_envelope(*envelope);
}

Bytes encode_for(const Transaction& tx, Purpose purpose) {
    rlp::Writer out;
    if (tx.type == TxType::legacy) {
        write_legacy(out, tx, purpose);
    } else {
        const uint8_t type = static_cast<uint8_t>(tx.type);
        out.raw({&type, 1});
        write_typed(out, tx, purpose);
    }
    return out.take();
}

Bytes encode_transaction(const Transaction& tx) {
    return encode_for(tx, Purpose::canonical);
}

void append_block_transaction(rlp::Writer& out, const Transaction& tx) {
    if (tx.type == TxType::legacy) {
        write_legacy(out, tx, Purpose::canonical);
    } else {
        out.string(encode_transaction(tx));
    }
}

}  // namespace otento::types
