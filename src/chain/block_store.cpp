#include <otento/base/hex.hpp>
#include <otento/base/rlp.hpp>
#include <otento/chain/block_store.hpp>

#include <fmt/core.h>

namespace otento::chain {

using storage::ColumnFamily;
using storage::Compression;
using storage::Merging;
using storage::WriteBatch;

namespace {

constexpr std::string_view GENESIS_KEY = "genesis";
constexpr std::string_view HEAD_KEY = "head";
constexpr std::string_view APPLIED_KEY = "applied";
constexpr std::string_view MEMBERS_KEY = "members";
constexpr size_t HEAD_RECORD_SIZE = 8 + 32 + 8;

[[nodiscard]] std::array<uint8_t, 8> number_key(uint64_t number) noexcept {
    std::array<uint8_t, 8> out{};
    store_be(out.data(), number);
    return out;
}

[[nodiscard]] std::string corrupt(std::string_view what, uint64_t number) {
    return fmt::format("corrupt {} of block {}", what, number);
}

/// The block's hash, and its header as it is in the block.
[[nodiscard]] Bytes encode_head(const Hash& hash, BytesView encoded) {
    rlp::Reader block(encoded);
    auto fields = block.read_list();
    ASSERT(fields.has_value());
    const auto header = fields->read_raw();
    ASSERT(header.has_value());
    Bytes out;
    out.reserve(Hash::SIZE + header->size());
    append(out, hash);
    append(out, *header);
    return out;
}

[[nodiscard]] Bytes encode_body(const ExecutedBlock& block, BytesView encoded) {
    Bytes out;
    out.reserve(4 + block.senders.size() * Address::SIZE + encoded.size());
    append_be(out, static_cast<uint32_t>(block.senders.size()));
    for (const auto& sender : block.senders) {
        append(out, sender);
    }
    append(out, encoded);
    return out;
}

/// Fills senders and block; false if the record is damaged.
[[nodiscard]] bool decode_body(BytesView record, types::DecodeOptions options, ExecutedBlock& out) {
    if (record.size() < 4) {
        return false;
    }
    const size_t count = load_be<uint32_t>(record.data());
    record = record.subspan(4);
    if (record.size() / Address::SIZE < count) {
        return false;
    }
    out.senders.reserve(count);
    for (size_t i = 0; i < count; ++i) {
        out.senders.push_back(Address::from(record.subspan(i * Address::SIZE, Address::SIZE)));
    }
    record = record.subspan(count * Address::SIZE);
    auto block = types::decode_block(record, options);
    if (!block || block->transactions.size() != count) {
        return false;
    }
    out.encoded_size = record.size();
    out.block = std::make_shared<const Block>(*std::move(block));
    return true;
}

[[nodiscard]] Bytes encode_receipts(const std::vector<Receipt>& receipts) {
    rlp::Writer writer;
    writer.begin_list();
    for (const auto& receipt : receipts) {
        writer.raw(types::encode_stored_receipt(receipt));
    }
    writer.end_list();
    return writer.take();
}

[[nodiscard]] bool decode_receipts(BytesView record, std::vector<Receipt>& out) {
    rlp::Reader reader(record);
    auto list = reader.read_list();
    if (!list || !reader.at_end()) {
        return false;
    }
    while (!list->at_end()) {
        const auto item = list->read_raw();
        if (!item) {
            return false;
        }
        auto receipt = types::decode_stored_receipt(*item);
        if (!receipt) {
            return false;
        }
        out.push_back(*std::move(receipt));
    }
    return true;
}

}  // namespace

std::vector<ColumnFamily> BlockStore::column_families() {
    return {
        {.name = "headers", .compression = Compression::lz4},
        {.name = "bodies", .compression = Compression::lz4},
        {.name = "receipts", .compression = Compression::lz4},
        {.name = "tx_index", .merging = Merging::tiered},
        {.name = "numbers", .merging = Merging::tiered},
        {.name = "meta", .compression = Compression::none, .write_buffer_bytes = 1 << 20},
    };
}

Result<std::optional<Bytes>, std::string> BlockStore::get(Column which, BytesView key) const {
    auto value = kv_.get(column(which), key);
    if (!value) {
        return Err(std::move(value).error().text);
    }
    return *std::move(value);
}

BlockStore::ReadResult<Header> BlockStore::header(uint64_t number) const {
    TRY(const auto record, get(headers, number_key(number)));
    if (!record) {
        return std::optional<Header>{};
    }
    if (record->size() < Hash::SIZE) {
        return Err(corrupt("header", number));
    }
    auto header = types::decode_header(BytesView{*record}.subspan(Hash::SIZE));
    if (!header) {
        return Err(corrupt("header", number));
    }
    return std::optional<Header>{*std::move(header)};
}

BlockStore::ReadResult<Hash> BlockStore::hash_of(uint64_t number) const {
    TRY(const auto record, get(headers, number_key(number)));
    if (!record) {
        return std::optional<Hash>{};
    }
    if (record->size() < Hash::SIZE) {
        return Err(corrupt("header", number));
    }
    return std::optional<Hash>{Hash::from(BytesView{*record}.first(Hash::SIZE))};
}

BlockStore::ReadResult<uint64_t> BlockStore::number_of(const Hash& block_hash) const {
    TRY(const auto record, get(numbers, block_hash));
    if (!record) {
        return std::optional<uint64_t>{};
    }
    if (record->size() != 8) {
        return Err(fmt::format("corrupt number of block {}", to_hex0x(block_hash)));
    }
    return std::optional<uint64_t>{load_be<uint64_t>(record->data())};
}

BlockStore::ReadResult<TxLocation> BlockStore::find_transaction(const Hash& tx_hash) const {
    TRY(const auto record, get(tx_index, tx_hash));
    if (!record) {
        return std::optional<TxLocation>{};
    }
    if (record->size() != 12) {
        return Err(fmt::format("corrupt index of transaction {}", to_hex0x(tx_hash)));
    }
    return std::optional<TxLocation>{TxLocation{.number = load_be<uint64_t>(record->data()),
                                                .index = load_be<uint32_t>(record->data() + 8)}};
}

BlockStore::ReadResult<ExecutedBlock> BlockStore::block(uint64_t number) const {
    const auto key = number_key(number);
    TRY(const auto body, get(bodies, key));
    if (!body) {
        return std::optional<ExecutedBlock>{};
    }
    TRY(const auto hash, hash_of(number));
    TRY(const auto receipt_record, get(receipts, key));
    ExecutedBlock out;
    if (!hash || !receipt_record || !decode_body(*body, options_, out) ||
        !decode_receipts(*receipt_record, out.receipts) ||
        out.receipts.size() != out.senders.size()) {
        return Err(corrupt("body or receipts", number));
    }
    out.hash = *hash;
    out.tx_hashes.reserve(out.senders.size());
    for (const auto& tx : out.block->transactions) {
        out.tx_hashes.push_back(types::transaction_hash(tx));
    }
    return std::optional<ExecutedBlock>{std::move(out)};
}

BlockStore::ReadResult<Hash> BlockStore::genesis() const {
    TRY(const auto record, get(meta, bytes_of(GENESIS_KEY)));
    if (!record) {
        return std::optional<Hash>{};
    }
    if (record->size() != Hash::SIZE) {
        return Err(std::string{"corrupt genesis record"});
    }
    return std::optional<Hash>{Hash::from(*record)};
}

BlockStore::ReadResult<BlockStore::Head> BlockStore::head() const {
    TRY(const auto record, get(meta, bytes_of(HEAD_KEY)));
    if (!record) {
        return std::optional<Head>{};
    }
    if (record->size() != HEAD_RECORD_SIZE) {
        return Err(std::string{"corrupt head record"});
    }
    return std::optional<Head>{Head{.number = load_be<uint64_t>(record->data()),
                                    .hash = Hash::from(BytesView{*record}.subspan(8, 32))}};
}

BlockStore::ReadResult<uint64_t> BlockStore::head_index() const {
    TRY(const auto record, get(meta, bytes_of(HEAD_KEY)));
    if (!record) {
        return std::optional<uint64_t>{};
    }
    if (record->size() != HEAD_RECORD_SIZE) {
        return Err(std::string{"corrupt head record"});
    }
    return std::optional<uint64_t>{load_be<uint64_t>(record->data() + 40)};
}

BlockStore::ReadResult<uint64_t> BlockStore::applied_index() const {
    TRY(const auto record, get(meta, bytes_of(APPLIED_KEY)));
    if (!record) {
        return std::optional<uint64_t>{};
    }
    if (record->size() != 8) {
        return Err(std::string{"corrupt applied index record"});
    }
    return std::optional<uint64_t>{load_be<uint64_t>(record->data())};
}

void BlockStore::stage_block(WriteBatch& batch, const ExecutedBlock& block,
                             BytesView encoded) const {
    const Header& header = block.block->header;
    const auto key = number_key(header.number);
    batch.put(column(headers), key, encode_head(block.hash, encoded));
    batch.put(column(bodies), key, encode_body(block, encoded));
    batch.put(column(receipts), key, encode_receipts(block.receipts));
    batch.put(column(numbers), block.hash, key);

    std::array<uint8_t, 12> location{};
    store_be(location.data(), header.number);
    for (size_t i = 0; i < block.tx_hashes.size(); ++i) {
        store_be(location.data() + 8, static_cast<uint32_t>(i));
        batch.put(column(tx_index), block.tx_hashes[i], location);
    }
}

void BlockStore::stage_head(WriteBatch& batch, const ExecutedBlock& block,
                            uint64_t applied_index) const {
    Bytes head;
    append_be(head, block.block->header.number);
    append(head, block.hash);
    append_be(head, applied_index);
    batch.put(column(meta), bytes_of(HEAD_KEY), head);
    stage_applied(batch, applied_index);
}

void BlockStore::stage_genesis(WriteBatch& batch, const Hash& hash) const {
    batch.put(column(meta), bytes_of(GENESIS_KEY), hash);
}

BlockStore::ReadResult<Bytes> BlockStore::members() const {
    return get(meta, bytes_of(MEMBERS_KEY));
}

void BlockStore::stage_members(WriteBatch& batch, BytesView members) const {
    batch.put(column(meta), bytes_of(MEMBERS_KEY), members);
}

void BlockStore::stage_applied(WriteBatch& batch, uint64_t applied_index) const {
    batch.put(column(meta), bytes_of(APPLIED_KEY), number_key(applied_index));
}

}  // namespace otento::chain
