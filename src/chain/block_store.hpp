// Blocks, receipts and their indexes in column families of the key-value store. Layout (README.md):
//   headers   number (8 bytes, big-endian) -> hash (32) || header RLP
//   bodies    number -> sender count (4) || senders (20 each) || block RLP
//   receipts  number -> RLP list of stored receipts
//   tx_index  transaction hash -> number (8) || index (4)
//   numbers   block hash -> number (8)
//   meta      "genesis" -> hash, "head" -> number (8) || hash || applied index (8), "applied" ->
//   index (8), "members" -> bytes of consensus
#pragma once

#include <otento/chain/chain_view.hpp>
#include <otento/storage/key_value_store.hpp>

#include <string>

namespace otento::chain {

/// Reading is thread-safe; staging belongs to the ledger thread. Corrupt records read as errors in
/// `text`.
class BlockStore {
  public:
    struct Head {
        uint64_t number = 0;
        Hash hash;
    };
    template <typename T>
    using ReadResult = Result<std::optional<T>, std::string>;

    /// In the order in which they must be opened.
    [[nodiscard]] static std::vector<storage::ColumnFamily> column_families();

    /// @param kv     Outlives the store.
    /// @param first  Column of the first of column_families().
    BlockStore(const storage::KeyValueStore& kv, storage::ColumnId first,
               types::DecodeOptions options) noexcept
        : kv_(kv), first_(first), options_(options) {}

    // Reading; empty if there is no such thing.

    [[nodiscard]] ReadResult<ExecutedBlock> block(uint64_t number) const;
    [[nodiscard]] ReadResult<Header> header(uint64_t number) const;
    [[nodiscard]] ReadResult<Hash> hash_of(uint64_t number) const;
    [[nodiscard]] ReadResult<uint64_t> number_of(const Hash& block_hash) const;
    [[nodiscard]] ReadResult<TxLocation> find_transaction(const Hash& tx_hash) const;
    [[nodiscard]] ReadResult<Hash> genesis() const;
    [[nodiscard]] ReadResult<Head> head() const;
    /// Log index of the last consensus entry applied; and of the one that carried the head.
    [[nodiscard]] ReadResult<uint64_t> applied_index() const;
    [[nodiscard]] ReadResult<uint64_t> head_index() const;

    /// What the last stage_members() of a written batch was given.
    [[nodiscard]] ReadResult<Bytes> members() const;

    // Writing.

    /// @param encoded  RLP of the block.
    void stage_block(storage::WriteBatch& batch, const ExecutedBlock& block,
                     BytesView encoded) const;
    void stage_head(storage::WriteBatch& batch, const ExecutedBlock& block,
                    uint64_t applied_index) const;
    void stage_genesis(storage::WriteBatch& batch, const Hash& hash) const;
    void stage_applied(storage::WriteBatch& batch, uint64_t applied_index) const;
    void stage_members(storage::WriteBatch& batch, BytesView members) const;

  private:
    enum Column : storage::ColumnId { headers, bodies, receipts, tx_index, numbers, meta };
    [[nodiscard]] storage::ColumnId column(Column which) const noexcept { return first_ + which; }
    [[nodiscard]] Result<std::optional<Bytes>, std::string> get(Column which, BytesView key) const;

    const storage::KeyValueStore& kv_;
    storage::ColumnId first_;
    types::DecodeOptions options_;
};

}  // namespace otento::chain
