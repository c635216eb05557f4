// The only file that includes RocksDB.
#include <otento/storage/key_value_store.hpp>

#include <otento/base/logger.hpp>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_manager.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>
#include <rocksdb/write_batch.h>
#include <rocksdb/write_buffer_manager.h>

#include <algorithm>
#include <atomic>

namespace otento::storage {
namespace {

constexpr int BLOOM_BITS_PER_KEY = 10;
/// Of a tiered column: what waits on top of its largest run before all is merged.
constexpr unsigned SPACE_AMPLIFICATION_PERCENT = 100;
constexpr int OPEN_FILES_MAX = 512;
constexpr uint64_t BYTES_PER_SYNC =
    1 << 20;  // Spreads write-back, so that no sync waits for a burst.

rocksdb::Slice slice(BytesView view) noexcept {
    return {reinterpret_cast<const char*>(view.data()), view.size()};
}

BytesView view_of(const rocksdb::Slice& value) noexcept {
    return {reinterpret_cast<const uint8_t*>(value.data()), value.size()};
}

StoreError error_of(const rocksdb::Status& status, const std::string& path) {
    StoreError error;
    error.text = path + ": " + status.ToString();
    if (status.IsNoSpace()) {
        error.code = StoreError::no_space;
    } else if (status.IsCorruption()) {
        error.code = StoreError::corrupt;
    } else if (status.IsInvalidArgument() || status.IsNotSupported()) {
        error.code = StoreError::bad_options;
    } else if (status.IsIOError() && (error.text.find("lock hold") != std::string::npos ||
                                      error.text.find("lock file") != std::string::npos)) {
        error.code = StoreError::locked;
        error.text = path + " is in use by another process (" + status.ToString() + ")";
    }
    return error;
}

rocksdb::CompressionType compression_of(Compression compression) noexcept {
    switch (compression) {
        case Compression::none:
            return rocksdb::kNoCompression;
        case Compression::lz4:
            return rocksdb::kLZ4Compression;
        case Compression::zstd:
            return rocksdb::kZSTD;
    }
    return rocksdb::kNoCompression;
}

rocksdb::ColumnFamilyOptions family_options(const ColumnFamily& family,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.cache_index_and_filter_blocks = true;
    table.pin_l0_filter_and_index_blocks_in_cache = true;
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    table.format_version = 5;
    if (family.bloom_filter) {
        table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(BLOOM_BITS_PER_KEY, false));
    }
    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.compression = compression_of(family.compression);
    options.write_buffer_size = family.write_buffer_bytes;
    options.level_compaction_dynamic_level_bytes = true;
    if (family.merging == Merging::tiered) {
        // Levels also rewrite every file of the last one, once whatever snapshot was open when it
        // was written is gone, only to clear the sequence numbers in it.
        options.compaction_style = rocksdb::kCompactionStyleUniversal;
        options.compaction_options_universal.max_size_amplification_percent =
            SPACE_AMPLIFICATION_PERCENT;
    }
    return options;
}

rocksdb::DBOptions database_options(const StoreOptions& options) {
    rocksdb::DBOptions out;
    out.create_if_missing = options.create_if_missing;
    out.create_missing_column_families = true;
    out.max_background_jobs = options.background_jobs;
    out.max_open_files = OPEN_FILES_MAX;
    out.max_total_wal_size = options.wal_bytes_max;
    out.bytes_per_sync = BYTES_PER_SYNC;
    out.wal_bytes_per_sync = BYTES_PER_SYNC;
    // What was logged before a crash is kept up to the first damaged record, never with holes.
    out.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    out.write_buffer_manager =
        std::make_shared<rocksdb::WriteBufferManager>(options.write_buffers_bytes, nullptr);
    // With a file manager RocksDB notices by itself when a full disk has room again.
    out.sst_file_manager.reset(rocksdb::NewSstFileManager(rocksdb::Env::Default()));
    // An idle node writes nothing.
    out.stats_dump_period_sec = 0;
    out.stats_persist_period_sec = 0;
    out.keep_log_file_num = 2;
    out.max_log_file_size = 4 << 20;
    out.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
    return out;
}

}  // namespace

std::string_view to_string(StoreError::Code code) noexcept {
    switch (code) {
        case StoreError::locked:
            return "locked by another process";
        case StoreError::corrupt:
            return "corrupt";
        case StoreError::no_space:
            return "no space left";
        case StoreError::io:
            return "input/output error";
        case StoreError::bad_options:
            return "bad options";
    }
    return "unknown";
}

class StoreImpl {
  public:
    StoreImpl() = default;
    StoreImpl(const StoreImpl&) = delete;
    StoreImpl& operator=(const StoreImpl&) = delete;
    ~StoreImpl() {
        for (rocksdb::ColumnFamilyHandle* handle : handles) {
            static_cast<void>(db->DestroyColumnFamilyHandle(handle));
        }
        if (db != nullptr) {
            const rocksdb::Status status = db->Close();
            if (!status.ok()) {
                logger::warn("storage", "closing the store failed path={} reason={}", path,
                             status.ToString());
            }
        }
    }

    [[nodiscard]] rocksdb::ColumnFamilyHandle* handle(ColumnId column) const {
        ASSERT(column < columns.size());
        return columns[column];
    }
    [[nodiscard]] StoreError error(const rocksdb::Status& status) const {
        return error_of(status, path);
    }

    std::string path;
    std::shared_ptr<rocksdb::Cache> cache;
    std::unique_ptr<rocksdb::DB> db;
    std::vector<rocksdb::ColumnFamilyHandle*> handles;  // All, in the order opened.
    std::vector<rocksdb::ColumnFamilyHandle*> columns;  // By ColumnId.
    std::atomic<bool> stalled = false;                  // The last commit failed; try to resume.
};

struct WriteBatch::Impl {
    std::shared_ptr<StoreImpl> store;
    rocksdb::WriteBatch batch;
};

struct StoreIterator::Impl {
    std::shared_ptr<StoreImpl> store;
    Bytes lower;
    Bytes upper;
    rocksdb::Slice lower_slice;
    rocksdb::Slice upper_slice;
    std::unique_ptr<rocksdb::Iterator> iterator;
};

// --- WriteBatch

WriteBatch::WriteBatch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WriteBatch::WriteBatch(WriteBatch&&) noexcept = default;
WriteBatch& WriteBatch::operator=(WriteBatch&&) noexcept = default;
WriteBatch::~WriteBatch() = default;

void WriteBatch::put(ColumnId column, BytesView key, BytesView value) {
    ASSERT(impl_->batch.Put(impl_->store->handle(column), slice(key), slice(value)).ok());
}
void WriteBatch::remove(ColumnId column, BytesView key) {
    ASSERT(impl_->batch.Delete(impl_->store->handle(column), slice(key)).ok());
}
void WriteBatch::remove_range(ColumnId column, BytesView begin, BytesView end) {
    ASSERT(impl_->batch.DeleteRange(impl_->store->handle(column), slice(begin), slice(end)).ok());
}
void WriteBatch::clear() {
    impl_->batch.Clear();
}
size_t WriteBatch::count() const noexcept {
    return impl_->batch.Count();
}
size_t WriteBatch::bytes() const noexcept {
    return impl_->batch.GetDataSize();
}

// --- StoreSnapshot

StoreSnapshot::StoreSnapshot(std::shared_ptr<StoreImpl> store, const void* handle) noexcept
    : store_(std::move(store)), handle_(handle) {}
StoreSnapshot::~StoreSnapshot() {
    store_->db->ReleaseSnapshot(static_cast<const rocksdb::Snapshot*>(handle_));
}

// --- StoreIterator

StoreIterator::StoreIterator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StoreIterator::StoreIterator(StoreIterator&&) noexcept = default;
StoreIterator& StoreIterator::operator=(StoreIterator&&) noexcept = default;
StoreIterator::~StoreIterator() = default;

void StoreIterator::seek_to_first() {
    impl_->iterator->SeekToFirst();
}
void StoreIterator::seek_to_last() {
    impl_->iterator->SeekToLast();
}
void StoreIterator::seek(BytesView key) {
    impl_->iterator->Seek(slice(key));
}
void StoreIterator::seek_for_prev(BytesView key) {
    impl_->iterator->SeekForPrev(slice(key));
}
void StoreIterator::next() {
    impl_->iterator->Next();
}
void StoreIterator::prev() {
    impl_->iterator->Prev();
}
bool StoreIterator::valid() const {
    return impl_->iterator->Valid();
}
BytesView StoreIterator::key() const {
    return view_of(impl_->iterator->key());
}
BytesView StoreIterator::value() const {
    return view_of(impl_->iterator->value());
}
StoreResult<void> StoreIterator::status() const {
    const rocksdb::Status status = impl_->iterator->status();
    if (!status.ok()) {
        return Err(impl_->store->error(status));
    }
    return {};
}

// --- KeyValueStore

KeyValueStore::KeyValueStore(std::shared_ptr<StoreImpl> impl) noexcept : impl_(std::move(impl)) {}
KeyValueStore::~KeyValueStore() = default;

StoreResult<std::unique_ptr<KeyValueStore>> KeyValueStore::open(const StoreOptions& options) {
    auto impl = std::make_shared<StoreImpl>();
    impl->path = options.path;
    impl->cache = rocksdb::NewLRUCache(options.block_cache_bytes, /*num_shard_bits=*/4);
    const rocksdb::DBOptions database = database_options(options);

    std::vector<rocksdb::ColumnFamilyDescriptor> descriptors;
    for (const ColumnFamily& family : options.column_families) {
        const auto same = [&](const auto& known) { return known.name == family.name; };
        if (family.name.empty() || std::any_of(descriptors.begin(), descriptors.end(), same)) {
            return Err(
                StoreError{StoreError::bad_options, "column family named twice: " + family.name});
        }
        descriptors.emplace_back(family.name, family_options(family, impl->cache));
    }
    std::vector<std::string> present;
    if (!rocksdb::DB::ListColumnFamilies(database, options.path, &present).ok()) {
        present.clear();  // Nothing there yet, or open() finds the reason.
    }
    present.push_back(rocksdb::kDefaultColumnFamilyName);
    for (const std::string& name : present) {
        const auto same = [&](const auto& known) { return known.name == name; };
        if (std::none_of(descriptors.begin(), descriptors.end(), same)) {
            descriptors.emplace_back(name, family_options({.name = name}, impl->cache));
        }
    }

    rocksdb::DB* db = nullptr;
    const rocksdb::Status status =
        rocksdb::DB::Open(database, options.path, descriptors, &impl->handles, &db);
    if (!status.ok()) {
        return Err(error_of(status, options.path));
    }
    impl->db.reset(db);
    impl->columns.assign(
        impl->handles.begin(),
        impl->handles.begin() + static_cast<std::ptrdiff_t>(options.column_families.size()));
    return std::unique_ptr<KeyValueStore>(new KeyValueStore(std::move(impl)));
}

WriteBatch KeyValueStore::batch() const {
    auto impl = std::make_unique<WriteBatch::Impl>();
    impl->store = impl_;
    return WriteBatch(std::move(impl));
}

StoreResult<void> KeyValueStore::commit(WriteBatch& batch, Durability durability) {
    ASSERT(batch.impl_->store == impl_);
    if (impl_->stalled.load(std::memory_order_relaxed)) {
        const rocksdb::Status resumed = impl_->db->Resume();
        if (!resumed.ok()) {
            return Err(impl_->error(resumed));
        }
        impl_->stalled.store(false, std::memory_order_relaxed);
    }
    rocksdb::WriteOptions options;
    options.sync = durability == Durability::synced;
    const rocksdb::Status status = impl_->db->Write(options, &batch.impl_->batch);
    if (!status.ok()) {
        impl_->stalled.store(true, std::memory_order_relaxed);
        return Err(impl_->error(status));
    }
    batch.clear();
    return {};
}

StoreResult<std::optional<Bytes>> KeyValueStore::get(ColumnId column, BytesView key,
                                                     const StoreSnapshot* snapshot) const {
    std::optional<Bytes> out;
    TRY([[maybe_unused]] const bool found,
        visit(column, key, [&](BytesView value) { out = to_bytes(value); }, snapshot));
    return out;
}

StoreResult<bool> KeyValueStore::contains(ColumnId column, BytesView key,
                                          const StoreSnapshot* snapshot) const {
    return visit(column, key, [](BytesView) {}, snapshot);
}

StoreResult<bool> KeyValueStore::visit_raw(ColumnId column, BytesView key,
                                           const StoreSnapshot* snapshot, void* context,
                                           void (*call)(void*, BytesView)) const {
    rocksdb::ReadOptions options;
    options.snapshot =
        snapshot == nullptr ? nullptr : static_cast<const rocksdb::Snapshot*>(snapshot->handle_);
    rocksdb::PinnableSlice value;
    const rocksdb::Status status =
        impl_->db->Get(options, impl_->handle(column), slice(key), &value);
    if (status.IsNotFound()) {
        return false;
    }
    if (!status.ok()) {
        return Err(impl_->error(status));
    }
    call(context, view_of(value));
    return true;
}

StoreResult<std::vector<std::optional<Bytes>>> KeyValueStore::multi_get(
    ColumnId column, std::span<const BytesView> keys, const StoreSnapshot* snapshot) const {
    rocksdb::ReadOptions options;
    options.snapshot =
        snapshot == nullptr ? nullptr : static_cast<const rocksdb::Snapshot*>(snapshot->handle_);
    std::vector<rocksdb::Slice> slices;
    slices.reserve(keys.size());
    for (const BytesView key : keys) {
        slices.push_back(slice(key));
    }
    std::vector<rocksdb::PinnableSlice> values(keys.size());
    std::vector<rocksdb::Status> statuses(keys.size());
    impl_->db->MultiGet(options, impl_->handle(column), keys.size(), slices.data(), values.data(),
                        statuses.data());
    std::vector<std::optional<Bytes>> out(keys.size());
    for (size_t i = 0; i < keys.size(); ++i) {
        if (statuses[i].ok()) {
            out[i] = to_bytes(view_of(values[i]));
        } else if (!statuses[i].IsNotFound()) {
            return Err(impl_->error(statuses[i]));
        }
    }
    return out;
}

StoreIterator KeyValueStore::iterate(ColumnId column, const IterateOptions& options) const {
    auto impl = std::make_unique<StoreIterator::Impl>();
    impl->store = impl_;
    rocksdb::ReadOptions read;
    read.fill_cache = options.fill_cache;
    read.snapshot = options.snapshot == nullptr
                        ? nullptr
                        : static_cast<const rocksdb::Snapshot*>(options.snapshot->handle_);
    if (!options.lower.empty()) {
        impl->lower = to_bytes(options.lower);
        impl->lower_slice = slice(impl->lower);
        read.iterate_lower_bound = &impl->lower_slice;
    }
    if (!options.upper.empty()) {
        impl->upper = to_bytes(options.upper);
        impl->upper_slice = slice(impl->upper);
        read.iterate_upper_bound = &impl->upper_slice;
    }
    impl->iterator.reset(impl_->db->NewIterator(read, impl_->handle(column)));
    return StoreIterator(std::move(impl));
}

std::shared_ptr<const StoreSnapshot> KeyValueStore::snapshot() const {
    return std::shared_ptr<const StoreSnapshot>(new StoreSnapshot(impl_, impl_->db->GetSnapshot()));
}

StoreResult<void> KeyValueStore::flush() {
    const rocksdb::Status status = impl_->db->Flush(rocksdb::FlushOptions{}, impl_->handles);
    if (!status.ok()) {
        return Err(impl_->error(status));
    }
    return {};
}

StoreResult<void> KeyValueStore::checkpoint(const std::string& directory) const {
    rocksdb::Checkpoint* raw = nullptr;
    rocksdb::Status status = rocksdb::Checkpoint::Create(impl_->db.get(), &raw);
    const std::unique_ptr<rocksdb::Checkpoint> maker(raw);
    if (status.ok()) {
        status = maker->CreateCheckpoint(directory);
    }
    if (!status.ok()) {
        return Err(impl_->error(status));
    }
    return {};
}

StoreStatistics KeyValueStore::statistics() const {
    const auto sum = [&](const rocksdb::Slice& name) {
        uint64_t value = 0;
        static_cast<void>(impl_->db->GetAggregatedIntProperty(name, &value));
        return value;
    };
    StoreStatistics out;
    out.memory_bytes = sum(rocksdb::DB::Properties::kCurSizeAllMemTables) +
                       sum(rocksdb::DB::Properties::kEstimateTableReadersMem) +
                       impl_->cache->GetUsage();
    out.disk_bytes = sum(rocksdb::DB::Properties::kTotalSstFilesSize);
    out.keys_estimated = sum(rocksdb::DB::Properties::kEstimateNumKeys);
    out.compaction_pending_bytes = sum(rocksdb::DB::Properties::kEstimatePendingCompactionBytes);
    out.background_errors = sum(rocksdb::DB::Properties::kBackgroundErrors);
    return out;
}

std::string KeyValueStore::property(ColumnId column, std::string_view name) const {
    std::string value;
    static_cast<void>(impl_->db->GetProperty(impl_->handle(column),
                                             rocksdb::Slice(name.data(), name.size()), &value));
    return value;
}

}  // namespace otento::storage
