// Ordered key-value store with column families, atomic batches and immutable snapshots: RocksDB
// behind a door, so that no other module sees it. Derived data lives here; the durable truth is the
// Raft log.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace otento::storage {

/// Why the store refused. After `no_space` the store takes commits again once there is room.
struct StoreError {
    enum Code { locked, corrupt, no_space, io, bad_options };
    Code code = io;
    std::string text;  ///< For people; names the path.
};
[[nodiscard]] std::string_view to_string(StoreError::Code code) noexcept;

template <typename T>
using StoreResult = Result<T, StoreError>;

enum class Compression : uint8_t { none, lz4, zstd };

/// How table files are merged in the background.
enum class Merging : uint8_t {
    leveled,  ///< Files that do not overlap are not rewritten: for keys that only grow.
    tiered,   ///< Few merges of files of like size: for keys in random order. While its oldest and
              ///< largest files are merged a column needs twice its space.
};

/// A column family: an own key space with own settings, in one atomic store with the others.
struct ColumnFamily {
    std::string name;
    Compression compression = Compression::none;
    bool bloom_filter = true;  ///< 10 bits a key: misses cost no disk read.
    Merging merging = Merging::leveled;
    uint64_t write_buffer_bytes = 16 << 20;
};

/// A column family's place in StoreOptions::column_families.
using ColumnId = uint32_t;

struct StoreOptions {
    std::string path;
    /// Those found on disk but not named here are kept and cannot be reached.
    std::vector<ColumnFamily> column_families;
    bool create_if_missing = true;
    uint64_t block_cache_bytes = 32 << 20;    ///< Shared by all; indexes and filters are in it.
    uint64_t write_buffers_bytes = 32 << 20;  ///< Sum over all column families.
    uint64_t wal_bytes_max = 64 << 20;
    int background_jobs = 2;
};

enum class Durability : uint8_t {
    logged,  ///< In the write-ahead log: survives the process, and all but the last moments survive
             ///< power loss.
    synced,  ///< On disk before commit returns.
};

struct StoreStatistics {
    uint64_t memory_bytes = 0;  ///< Write buffers, block cache and table readers.
    uint64_t disk_bytes = 0;    ///< Table files.
    uint64_t keys_estimated = 0;
    uint64_t compaction_pending_bytes = 0;
    uint64_t background_errors = 0;
};

class StoreImpl;

/// Changes applied all or none, in the order given. From KeyValueStore::batch(); one owner.
class WriteBatch {
  public:
    WriteBatch(WriteBatch&&) noexcept;
    WriteBatch& operator=(WriteBatch&&) noexcept;
    ~WriteBatch();

    void put(ColumnId column, BytesView key, BytesView value);
    void remove(ColumnId column, BytesView key);
    /// Removes all keys in [begin, end).
    void remove_range(ColumnId column, BytesView begin, BytesView end);
    void clear();
    [[nodiscard]] size_t count() const noexcept;
    [[nodiscard]] size_t bytes() const noexcept;

  private:
    friend class KeyValueStore;
    struct Impl;
    explicit WriteBatch(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// The content at one moment, unchanged by later commits. Free to share between threads; keeps the
/// store open, and disk space of replaced values in use, for as long as it lives.
class StoreSnapshot {
  public:
    ~StoreSnapshot();
    StoreSnapshot(const StoreSnapshot&) = delete;
    StoreSnapshot& operator=(const StoreSnapshot&) = delete;

  private:
    friend class KeyValueStore;
    StoreSnapshot(std::shared_ptr<StoreImpl> store, const void* handle) noexcept;
    std::shared_ptr<StoreImpl> store_;
    const void* handle_;
};

/// Walks keys in byte order inside the bounds it was made with, seeing the content at its creation.
/// One owner.
class StoreIterator {
  public:
    StoreIterator(StoreIterator&&) noexcept;
    StoreIterator& operator=(StoreIterator&&) noexcept;
    ~StoreIterator();

    void seek_to_first();
    void seek_to_last();
    /// To the first key at or after `key`.
    void seek(BytesView key);
    /// To the last key at or before `key`.
    void seek_for_prev(BytesView key);
    void next();
    void prev();
    /// False past either end and after an error; status() tells which.
    [[nodiscard]] bool valid() const;
    /// Views until the iterator moves.
    [[nodiscard]] BytesView key() const;
    [[nodiscard]] BytesView value() const;
    [[nodiscard]] StoreResult<void> status() const;

  private:
    friend class KeyValueStore;
    struct Impl;
    explicit StoreIterator(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

struct IterateOptions {
    BytesView lower{};  ///< First key seen; empty: no bound.
    BytesView upper{};  ///< First key not seen; empty: no bound.
    const StoreSnapshot* snapshot = nullptr;
    bool fill_cache = true;  ///< False for scans that would push everything else out of the cache.
};

/// An open store. All methods may be called from any thread. Reads and commits may block on the
/// disk.
class KeyValueStore {
  public:
    /// @return  `locked` if another process (or this one) has it open, `corrupt` if files do not
    /// add up.
    [[nodiscard]] static StoreResult<std::unique_ptr<KeyValueStore>> open(
        const StoreOptions& options);
    ~KeyValueStore();
    KeyValueStore(const KeyValueStore&) = delete;
    KeyValueStore& operator=(const KeyValueStore&) = delete;

    [[nodiscard]] WriteBatch batch() const;
    /// Applies a batch and leaves it empty; after an error nothing of it is applied and it is kept.
    [[nodiscard]] StoreResult<void> commit(WriteBatch& batch,
                                           Durability durability = Durability::logged);

    /// The value, or empty if there is none.
    [[nodiscard]] StoreResult<std::optional<Bytes>> get(
        ColumnId column, BytesView key, const StoreSnapshot* snapshot = nullptr) const;
    /// Calls visit(BytesView) with the value in place, not copied; false if there is none.
    template <typename Visit>
    [[nodiscard]] StoreResult<bool> visit(ColumnId column, BytesView key, Visit&& visit,
                                          const StoreSnapshot* snapshot = nullptr) const {
        return visit_raw(column, key, snapshot, &visit, [](void* context, BytesView value) {
            (*static_cast<std::remove_reference_t<Visit>*>(context))(value);
        });
    }
    [[nodiscard]] StoreResult<bool> contains(ColumnId column, BytesView key,
                                             const StoreSnapshot* snapshot = nullptr) const;
    /// Answers in the order of `keys`.
    [[nodiscard]] StoreResult<std::vector<std::optional<Bytes>>> multi_get(
        ColumnId column, std::span<const BytesView> keys,
        const StoreSnapshot* snapshot = nullptr) const;
    [[nodiscard]] StoreIterator iterate(ColumnId column, const IterateOptions& options = {}) const;
    [[nodiscard]] std::shared_ptr<const StoreSnapshot> snapshot() const;

    /// Writes memory to table files, so that the next open replays no log.
    [[nodiscard]] StoreResult<void> flush();
    /// A consistent copy of the store at the absent path `directory`, by hard links where possible.
    [[nodiscard]] StoreResult<void> checkpoint(const std::string& directory) const;
    [[nodiscard]] StoreStatistics statistics() const;
    /// A RocksDB property by its name, for diagnosis; empty if unknown.
    [[nodiscard]] std::string property(ColumnId column, std::string_view name) const;

  private:
    explicit KeyValueStore(std::shared_ptr<StoreImpl> impl) noexcept;
    [[nodiscard]] StoreResult<bool> visit_raw(ColumnId column, BytesView key,
                                              const StoreSnapshot* snapshot, void* context,
                                              void (*call)(void*, BytesView)) const;
    std::shared_ptr<StoreImpl> impl_;
};

}  // namespace otento::storage
