// Header and block codec.
#include <otento/types/block.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/types/fields.hpp>

namespace otento::types {
namespace {

/// Nine fields in a list: no transaction is shorter. Keeps hostile counts from reserving memory.
constexpr size_t TRANSACTION_SIZE_MIN = 10;

BlockDecodeError from_rlp(rlp::Error error) noexcept {
    return error == rlp::Error::trailing_bytes ? BlockDecodeError::trailing_bytes
                                               : BlockDecodeError::rlp;
}

/// The fields that forks added follow in order, each present only if all before it are.
void read_optional_fields(Fields& fields, Header& out) {
    if (!fields.at_end()) {
        out.base_fee_per_gas = fields.u256();
    }
    if (!fields.at_end()) {
        out.withdrawals_root = fields.fixed<32>();
    }
    if (!fields.at_end()) {
        out.blob_gas_used = fields.u64();
    }
    if (!fields.at_end()) {
        out.excess_blob_gas = fields.u64();
    }
    if (!fields.at_end()) {
        out.parent_beacon_block_root = fields.fixed<32>();
    }
    if (!fields.at_end()) {
        out.requests_hash = fields.fixed<32>();
    }
}

Header read_header(Fields fields) {
    Header out;
    out.parent_hash = fields.fixed<32>();
    out.ommers_hash = fields.fixed<32>();
    out.coinbase = fields.fixed<20>();
    out.state_root = fields.fixed<32>();
    out.transactions_root = fields.fixed<32>();
    out.receipts_root = fields.fixed<32>();
    out.logs_bloom = fields.fixed<256>();
    out.difficulty = fields.u256();
    out.number = fields.u64();
    out.gas_limit = fields.u64();
    out.gas_used = fields.u64();
    out.timestamp = fields.u64();
    out.extra_data = fields.bytes();
    out.prev_randao = fields.fixed<32>();
    out.nonce = fields.fixed<8>();
    read_optional_fields(fields, out);
    fields.finish();
    return out;
}

void write_optional_fields(rlp::Writer& out, const Header& header) {
    bool gap = false;
    const auto write = [&](const auto& field, const auto& encode) {
        if (!field) {
            gap = true;
            return;
        }
        ASSERT(!gap);
        encode(*field);
    };
    const auto number = [&out](const auto& value) { out.uint(value); };
    const auto string = [&out](const auto& value) { out.string(value); };
    write(header.base_fee_per_gas, number);
    write(header.withdrawals_root, string);
    write(header.blob_gas_used, number);
    write(header.excess_blob_gas, number);
    write(header.parent_beacon_block_root, string);
    write(header.requests_hash, string);
}

void write_header(rlp::Writer& out, const Header& header) {
    out.begin_list()
        .string(header.parent_hash)
        .string(header.ommers_hash)
        .string(header.coinbase)
        .string(header.state_root)
        .string(header.transactions_root)
        .string(header.receipts_root)
        .string(header.logs_bloom)
        .uint(header.difficulty)
        .uint(header.number)
        .uint(header.gas_limit)
        .uint(header.gas_used)
        .uint(header.timestamp)
        .string(header.extra_data)
        .string(header.prev_randao)
        .string(header.nonce);
    write_optional_fields(out, header);
    out.end_list();
}

/// EIP-4895.
Withdrawal read_withdrawal(Fields fields) {
    Withdrawal out;
    out.index = fields.u64();
    out.validator_index = fields.u64();
    out.address = fields.fixed<20>();
    out.amount_gwei = fields.u64();
    fields.finish();
    return out;
}

void write_withdrawals(rlp::Writer& out, const std::vector<Withdrawal>& withdrawals) {
    out.begin_list();
    for (const Withdrawal& withdrawal : withdrawals) {
        out.begin_list().uint(withdrawal.index).uint(withdrawal.validator_index);
        out.string(withdrawal.address).uint(withdrawal.amount_gwei).end_list();
    }
    out.end_list();
}

}  // namespace

std::string_view to_string(BlockDecodeError error) noexcept {
    switch (error) {
        case BlockDecodeError::rlp:
            return "block: malformed RLP";
        case BlockDecodeError::transaction:
            return "block: malformed transaction";
        case BlockDecodeError::trailing_bytes:
            return "block: trailing bytes";
    }
    return "block: unknown error";
}

Bytes encode_header(const Header& header) {
    rlp::Writer out;
    write_header(out, header);
    return out.take();
}

Result<Header, BlockDecodeError> decode_header(BytesView in) {
    std::optional<rlp::Error> error;
    Header out = read_header(Fields::of_item(in, error));
    if (error) {
        return Err(from_rlp(*error));
    }
    return out;
}

Hash header_hash(const Header& header) {
    return crypto::keccak256(encode_header(header));
}

Bytes encode_block(const Block& block) {
    rlp::Writer out;
    out.begin_list();
    write_header(out, block.header);
    out.begin_list();
    for (const Transaction& tx : block.transactions) {
        append_block_transaction(out, tx);
    }
    out.end_list().begin_list();
    for (const Header& ommer : block.ommers) {
        write_header(out, ommer);
    }
    out.end_list();
    if (block.withdrawals) {
        write_withdrawals(out, *block.withdrawals);
    }
    out.end_list();
    return out.take();
}

Result<Block, BlockDecodeError> decode_block(BytesView in, DecodeOptions options) {
    std::optional<rlp::Error> error;
    Fields fields = Fields::of_item(in, error);
    Block out;
    out.header = read_header(fields.list());
    Fields transactions = fields.list();
    out.transactions.reserve(
        std::min(transactions.count(), transactions.size_bytes() / TRANSACTION_SIZE_MIN));
    while (!transactions.at_end()) {
        auto tx = decode_block_transaction(transactions.raw(), options);
        if (error) {
            break;
        }
        if (!tx) {
            return Err(BlockDecodeError::transaction);
        }
        out.transactions.push_back(*std::move(tx));
    }
    Fields ommers = fields.list();
    while (!ommers.at_end()) {
        out.ommers.push_back(read_header(ommers.list()));
    }
    if (!fields.at_end()) {
        Fields withdrawals = fields.list();
        out.withdrawals.emplace();
        while (!withdrawals.at_end()) {
            out.withdrawals->push_back(read_withdrawal(withdrawals.list()));
        }
    }
    fields.finish();
    if (error) {
        return Err(from_rlp(*error));
    }
    return out;
}

}  // namespace otento::types
