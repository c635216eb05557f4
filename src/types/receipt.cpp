// Receipts, logs and their bloom filter.
#include <otento/types/block.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/types/fields.hpp>

namespace otento::types {
namespace {

void write_logs(rlp::Writer& out, const std::vector<Log>& logs) {
    out.begin_list();
    for (const Log& log : logs) {
        out.begin_list().string(log.address).begin_list();
        for (const Hash& topic : log.topics) {
            out.string(topic);
        }
        out.end_list().string(log.data).end_list();
    }
    out.end_list();
}

std::vector<Log> read_logs(Fields fields) {
    std::vector<Log> out;
    while (!fields.at_end()) {
        Fields entry = fields.list();
        Log& log = out.emplace_back();
        log.address = entry.fixed<20>();
        Fields topics = entry.list();
        while (!topics.at_end()) {
            log.topics.push_back(topics.fixed<32>());
        }
        log.data = entry.bytes();
        entry.finish();
    }
    return out;
}

/// State root before Byzantium, status since (EIP-658).
void write_outcome(rlp::Writer& out, const Receipt& receipt) {
    if (receipt.post_state) {
        out.string(*receipt.post_state);
    } else {
        out.uint(uint64_t{receipt.success});
    }
}

void read_outcome(Fields& fields, Receipt& out) {
    const BytesView outcome = fields.string();
    if (outcome.size() == 32) {
        out.post_state = Hash::from(outcome);
    } else if (outcome.size() == 1 && outcome[0] == 1) {
        out.success = true;
    } else if (!outcome.empty()) {
        fields.fail(rlp::Error::unexpected_length);
    }
}

/// Bit numbers of an item: the low 11 bits of the first three pairs of bytes of its hash.
void set_bits(Bloom& bloom, const Hash& hash) noexcept {
    for (size_t i = 0; i < 6; i += 2) {
        const unsigned bit = ((hash[i] & 7U) << 8) | hash[i + 1];
        bloom[255 - bit / 8] |= static_cast<uint8_t>(1U << (bit % 8));
    }
}

}  // namespace

Bytes encode_receipt(const Receipt& receipt) {
    rlp::Writer out;
    if (receipt.type != TxType::legacy) {
        const uint8_t type = static_cast<uint8_t>(receipt.type);
        out.raw({&type, 1});
    }
    out.begin_list();
    write_outcome(out, receipt);
    out.uint(receipt.cumulative_gas_used).string(receipt.logs_bloom);
    write_logs(out, receipt.logs);
    out.end_list();
    return out.take();
}

Bytes encode_logs(const std::vector<Log>& logs) {
    rlp::Writer out;
    write_logs(out, logs);
    return out.take();
}

Bytes encode_stored_receipt(const Receipt& receipt) {
    rlp::Writer out;
    out.begin_list().uint(static_cast<uint64_t>(receipt.type));
    write_outcome(out, receipt);
    out.uint(receipt.cumulative_gas_used).uint(receipt.gas_used);
    out.string(receipt.contract_address ? BytesView{*receipt.contract_address} : BytesView{});
    write_logs(out, receipt.logs);
    out.end_list();
    return out.take();
}

Result<Receipt, BlockDecodeError> decode_stored_receipt(BytesView in) {
    std::optional<rlp::Error> error;
    Fields fields = Fields::of_item(in, error);
    Receipt out;
    const uint64_t type = fields.u64();
    read_outcome(fields, out);
    out.cumulative_gas_used = fields.u64();
    out.gas_used = fields.u64();
    out.contract_address = fields.optional_fixed<20>();
    out.logs = read_logs(fields.list());
    fields.finish();
    if (error) {
        return Err(*error == rlp::Error::trailing_bytes ? BlockDecodeError::trailing_bytes
                                                        : BlockDecodeError::rlp);
    }
    if (type > static_cast<uint64_t>(TxType::set_code)) {
        return Err(BlockDecodeError::transaction);
    }
    out.type = static_cast<TxType>(type);
    out.logs_bloom = logs_bloom(out.logs);
    return out;
}

void add_to_bloom(Bloom& bloom, BytesView item) noexcept {
    set_bits(bloom, crypto::keccak256(item));
}

Bloom logs_bloom(const std::vector<Log>& logs) noexcept {
    // Hashed in batches, for the sake of the vector paths.
    constexpr size_t BATCH = 32;
    BytesView items[BATCH];
    Hash hashes[BATCH];
    size_t count = 0;
    Bloom bloom;
    const auto flush = [&] {
        crypto::keccak256_many(items, count, hashes);
        for (size_t i = 0; i < count; ++i) {
            set_bits(bloom, hashes[i]);
        }
        count = 0;
    };
    const auto add = [&](BytesView item) {
        items[count++] = item;
        if (count == BATCH) {
            flush();
        }
    };
    for (const Log& log : logs) {
        add(log.address);
        for (const Hash& topic : log.topics) {
            add(topic);
        }
    }
    flush();
    return bloom;
}

bool bloom_may_contain(const Bloom& bloom, BytesView item) noexcept {
    Bloom wanted;
    add_to_bloom(wanted, item);
    for (size_t i = 0; i < Bloom::SIZE; ++i) {
        if ((wanted[i] & bloom[i]) != wanted[i]) {
            return false;
        }
    }
    return true;
}

// Literal bytes, so that they are there before any constructor of another file runs.
constinit const Hash EMPTY_OMMERS_HASH{{
    0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a, 0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
    0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13, 0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47,
}};
constinit const Hash EMPTY_CODE_HASH{{
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
}};
constinit const Hash EMPTY_TRIE_ROOT{{
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
    0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
}};

}  // namespace otento::types
