#include <otento/state/store.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/change_record.hpp>
#include <otento/state/flat_flush.hpp>
#include <otento/state/head_record.hpp>
#include <otento/state/layer_builder.hpp>
#include <otento/state/snapshot.hpp>

namespace otento::state {

using storage::WriteBatch;

std::string_view to_string(StoreError error) noexcept {
    switch (error) {
        case StoreError::io:
            return "state store cannot be read or written";
        case StoreError::corrupt:
            return "state store is corrupt";
        case StoreError::wrong_parent:
            return "not a child of the committed state";
        case StoreError::too_deep:
            return "too many uncommitted blocks";
        case StoreError::too_old:
            return "too many changes since that state";
        case StoreError::pruned:
            break;
    }
    return "state is not kept";
}

class Store::Impl {
  public:
    Impl(storage::KeyValueStore& kv, Columns columns, const StoreOptions& options)
        : kv_(kv),
          columns_(columns),
          options_(options),
          base_(kv, columns, options.flat_cache_bytes),
          tries_(kv, columns) {}

    Result<void, StoreError> open();
    [[nodiscard]] Result<LayerPtr, StoreError> compute(LayerPtr parent, uint64_t number,
                                                       const StateDiff& diff);
    [[nodiscard]] Result<void, StoreError> stage(const LayerPtr& layer, WriteBatch& batch,
                                                 bool with_head);
    void finish(const LayerPtr& layer);
    [[nodiscard]] Result<void, StoreError> stage_flush(WriteBatch& batch);
    void finish_flush();
    [[nodiscard]] Result<bool, StoreError> prune(uint64_t below, uint64_t blocks_max);

    storage::KeyValueStore& kv_;
    Columns columns_;
    StoreOptions options_;
    mutable BaseState base_;
    TrieStore tries_;
    HeadRecord head_;

    [[nodiscard]] std::shared_ptr<const Snapshot> snapshot();
    [[nodiscard]] bool flush_due(const LayerData& layer) const noexcept;
    void put_head(WriteBatch& batch, const HeadRecord& head) const {
        batch.put(columns_(Column::changes), bytes_of(HEAD_KEY), encode_head(head));
    }

  private:
    [[nodiscard]] Result<LayerPtr, StoreError> redo(uint64_t number);
    [[nodiscard]] Result<void, StoreError> check_parent(const Layer* parent) const;
    [[nodiscard]] HeadRecord head_after(const LayerData& layer, bool flush) const;
    /// @param next  A layer on top of those that wait, or null.
    void put_flush(WriteBatch& batch, const LayerPtr& next) const;
    void adopt(const LayerPtr& layer);
    void flushed();
    [[nodiscard]] Result<void, StoreError> prune_block(uint64_t number, WriteBatch& batch) const;

    /// What the last stage_commit put into its batch.
    struct Staged {
        LayerPtr layer;
        HeadRecord head;
    };
    std::optional<Staged> staged_;
    size_t waiting_bytes_ = 0;  ///< Of the flat changes that wait for a flush.
    std::shared_ptr<const storage::StoreSnapshot>
        content_;  ///< After the last flush; made on demand.
};

Result<void, StoreError> Store::Impl::open() {
    auto stored = kv_.get(columns_(Column::changes), bytes_of(HEAD_KEY));
    if (!stored) {
        return Err(StoreError::io);
    }
    if (!*stored) {
        return {};
    }
    const auto head = decode_head(**stored);
    if (!head) {
        return Err(StoreError::corrupt);
    }
    head_ = *head;
    tries_.set_account_trie({head_.flushed_root, {}});
    base_.set_number(head_.flushed_number);
    for (uint64_t number = head_.flushed_number + 1; number <= head_.number; ++number) {
        TRY(const LayerPtr layer, redo(number));
        adopt(layer);
    }
    return tries_.account_trie().hash == head_.root
               ? Result<void, StoreError>()
               : Result<void, StoreError>(Err(StoreError::corrupt));
}

/// Makes the layer of a committed block again from its change record.
Result<LayerPtr, StoreError> Store::Impl::redo(uint64_t number) {
    std::optional<ChangeRecord> record;
    const auto found = kv_.visit(columns_(Column::changes), KeyBuffer().add_number(number).view(),
                                 [&](BytesView value) { record = decode_change_record(value); });
    if (!found) {
        return Err(StoreError::io);
    }
    if (!record) {
        return Err(StoreError::corrupt);
    }
    return LayerBuilder(base_, tries_, nullptr).build(number, record->diff());
}

Result<LayerPtr, StoreError> Store::Impl::compute(LayerPtr parent, uint64_t number,
                                                  const StateDiff& diff) {
    if (base_.failed()) {
        base_.clear_failure();  // The block was executed on unreliable answers.
        return Err(StoreError::io);
    }
    TRY_VOID(check_parent(parent.get()));
    const uint64_t parent_number = parent ? parent->number() : head_.number;
    if ((parent || base_.initialized()) && number != parent_number + 1) {
        return Err(StoreError::wrong_parent);
    }
    auto out = LayerBuilder(base_, tries_, std::move(parent)).build(number, diff);
    base_.clear_failure();
    return out;
}

/// The chain of uncommitted layers must be bounded, and stand on the committed head.
Result<void, StoreError> Store::Impl::check_parent(const Layer* parent) const {
    if (parent == nullptr || !base_.initialized()) {
        return {};
    }
    uint64_t number = parent->number();
    Hash root = parent->state_root();
    size_t depth = 0;
    for (const Layer* layer = parent; layer != nullptr && layer->number() > head_.number;
         layer = layer->data().parent.get()) {
        if (++depth >= LAYERS_MAX) {
            return Err(StoreError::too_deep);
        }
        number = layer->data().parent_number;
        root = layer->data().parent_root;
    }
    if (number != head_.number || root != head_.root) {
        return Err(StoreError::wrong_parent);
    }
    return {};
}

bool Store::Impl::flush_due(const LayerData& layer) const noexcept {
    return !base_.initialized() || layer.number - head_.flushed_number >= options_.flush_blocks ||
           tries_.dirty_bytes() + waiting_bytes_ >= options_.flush_bytes;
}

HeadRecord Store::Impl::head_after(const LayerData& layer, bool flush) const {
    HeadRecord out = head_;
    out.number = layer.number;
    out.root = layer.root;
    if (flush) {
        out.flushed_number = out.number;
        out.flushed_root = out.root;
    }
    if (!base_.initialized() || !options_.history) {
        out.history_begin = out.flushed_number;
    }
    return out;
}

Result<void, StoreError> Store::Impl::stage(const LayerPtr& layer, WriteBatch& batch,
                                            bool with_head) {
    const LayerData& data = layer->data();
    if (base_.initialized() &&
        (data.parent_number != head_.number || data.parent_root != head_.root)) {
        return Err(StoreError::wrong_parent);
    }
    const bool flush = flush_due(data);
    for (const auto& [hash, code] : data.new_code) {
        batch.put(columns_(Column::code), hash, *code);
    }
    if (flush) {
        put_flush(batch, layer);
    }
    if (base_.initialized() && (options_.history || !flush)) {
        batch.put(columns_(Column::changes), KeyBuffer().add_number(data.number).view(),
                  encode_change_record(data));
    }
    const HeadRecord head = head_after(data, flush);
    if (with_head) {
        put_head(batch, head);
    }
    staged_ = {layer, head};
    return {};
}

void Store::Impl::put_flush(WriteBatch& batch, const LayerPtr& next) const {
    std::vector<LayerPtr> layers = base_.waiting();
    if (next) {
        layers.push_back(next);
    }
    write_flat(batch, columns_, layers, options_.history && base_.initialized());
    tries_.stage_flush(batch, next ? &next->data() : nullptr);
    if (!options_.history) {
        batch.remove_range(columns_(Column::changes), KeyBuffer().add_number(0).view(),
                           KeyBuffer().add_number(head_.number + 1).view());
    }
}

void Store::Impl::adopt(const LayerPtr& layer) {
    waiting_bytes_ += layer->size_bytes() - layer->data().tries.memory.bytes_made;
    tries_.adopt(layer->data(), layer->commit());
    base_.adopt(layer);
}

void Store::Impl::flushed() {
    base_.finish_flush();
    tries_.finish_flush();
    tries_.trim(options_.trie_cache_bytes, static_cast<uint32_t>(head_.number));
    waiting_bytes_ = 0;
    content_.reset();
}

void Store::Impl::finish(const LayerPtr& layer) {
    ASSERT(staged_.has_value());
    ASSERT(staged_->layer == layer);
    adopt(layer);
    head_ = staged_->head;
    staged_.reset();
    if (head_.flushed_number == head_.number) {
        flushed();
    }
}

Result<void, StoreError> Store::Impl::stage_flush(WriteBatch& batch) {
    if (!base_.initialized() || head_.flushed_number == head_.number) {
        return {};
    }
    put_flush(batch, nullptr);
    HeadRecord head = head_;
    head.flushed_number = head.number;
    head.flushed_root = head.root;
    if (!options_.history) {
        head.history_begin = head.number;
    }
    put_head(batch, head);
    return {};
}

void Store::Impl::finish_flush() {
    head_.flushed_number = head_.number;
    head_.flushed_root = head_.root;
    if (!options_.history) {
        head_.history_begin = head_.number;
    }
    flushed();
}

std::shared_ptr<const Snapshot> Store::Impl::snapshot() {
    if (!content_) {
        content_ = kv_.snapshot();
    }
    return make_snapshot({.kv = kv_,
                          .columns = columns_,
                          .content = content_,
                          .flushed_number = head_.flushed_number,
                          .flushed_root = head_.flushed_root,
                          .waiting = base_.waiting(),
                          .number = head_.number,
                          .history_begin = head_.history_begin});
}

Result<void, StoreError> Store::Impl::prune_block(uint64_t number, WriteBatch& batch) const {
    const KeyBuffer key = KeyBuffer().add_number(number);
    std::optional<ChangeRecord> record;
    const auto found = kv_.visit(columns_(Column::changes), key.view(),
                                 [&](BytesView value) { record = decode_change_record(value); });
    if (!found) {
        return Err(StoreError::io);
    }
    if (!*found) {
        return {};  // Pruned before.
    }
    if (!record) {
        return Err(StoreError::corrupt);
    }
    const storage::ColumnId history = columns_(Column::history);
    for (const ChangeRecord::Account& change : record->accounts) {
        const Hash account = crypto::keccak256(change.address);
        batch.remove(history, account_history_key(account).add_number(number).view());
        const Hash area = storage_area(account, change.slots_epoch);
        for (const auto& [slot, value] : change.slots) {
            const KeyBuffer entry = slot_history_key(area, crypto::keccak256(slot));
            batch.remove(history, KeyBuffer(entry).add_number(number).view());
        }
        if (change.dropped_epoch) {
            const Hash dropped = storage_area(account, *change.dropped_epoch);
            const KeyBuffer prefix = KeyBuffer().add('s').add(dropped);
            batch.remove_range(history, prefix.view(), after_prefix(prefix.view()).view());
            batch.remove_range(columns_(Column::slots), dropped, after_prefix(dropped).view());
        }
    }
    batch.remove(columns_(Column::changes), key.view());
    return {};
}

Result<bool, StoreError> Store::Impl::prune(uint64_t below, uint64_t blocks_max) {
    const uint64_t limit = std::min(below, head_.flushed_number);
    if (!base_.initialized() || !options_.history || head_.history_begin >= limit) {
        return false;
    }
    const uint64_t last =
        limit - head_.history_begin > blocks_max ? head_.history_begin + blocks_max : limit;
    WriteBatch batch = kv_.batch();
    for (uint64_t number = head_.history_begin + 1; number <= last; ++number) {
        TRY_VOID(prune_block(number, batch));
    }
    HeadRecord head = head_;
    head.history_begin = last;
    put_head(batch, head);
    if (!kv_.commit(batch)) {
        return Err(StoreError::io);
    }
    head_ = head;
    return last < limit;
}

// ---- Store

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Store::~Store() = default;

std::vector<storage::ColumnFamily> Store::column_families() {
    using storage::Compression;
    using storage::Merging;
    // In the order of Column. Nodes are hashes and do not compress; history is read by seeking.
    return {
        {.name = "state_accounts", .merging = Merging::tiered},
        {.name = "state_slots", .merging = Merging::tiered},
        {.name = "state_code", .compression = Compression::lz4},
        {.name = "state_trie", .merging = Merging::tiered},
        {.name = "state_history",
         .compression = Compression::lz4,
         .bloom_filter = false,
         .merging = Merging::tiered},
        {.name = "state_changes", .compression = Compression::lz4, .bloom_filter = false},
    };
}

Result<std::unique_ptr<Store>, StoreError> Store::open(storage::KeyValueStore& kv,
                                                       storage::ColumnId first_column,
                                                       const StoreOptions& options) {
    auto impl = std::make_unique<Impl>(kv, Columns{first_column}, options);
    TRY_VOID(impl->open());
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

bool Store::initialized() const noexcept {
    return impl_->base_.initialized();
}
uint64_t Store::number() const noexcept {
    return impl_->head_.number;
}
const Hash& Store::state_root() const noexcept {
    return impl_->head_.root;
}

std::shared_ptr<const StateView> Store::view(LayerPtr layer) const {
    return std::make_shared<LayerView>(std::move(layer), impl_->base_);
}

Result<LayerPtr, StoreError> Store::compute_layer(LayerPtr parent, uint64_t number,
                                                  const StateDiff& diff) {
    return impl_->compute(std::move(parent), number, diff);
}

Result<void, StoreError> Store::stage_commit(const LayerPtr& layer, WriteBatch& batch,
                                             bool with_head) {
    return impl_->stage(layer, batch, with_head);
}

bool Store::needs_writing(const LayerPtr& layer) const noexcept {
    return !layer->data().new_code.empty() || impl_->flush_due(layer->data());
}

void Store::stage_head(WriteBatch& batch) const {
    impl_->put_head(batch, impl_->head_);
}

void Store::finish_commit(const LayerPtr& layer) {
    impl_->finish(layer);
}

Result<void, StoreError> Store::stage_flush(WriteBatch& batch) {
    return impl_->stage_flush(batch);
}

void Store::finish_flush() {
    impl_->finish_flush();
}

Result<bool, StoreError> Store::prune_history(uint64_t below, uint64_t blocks_max) {
    return impl_->prune(std::min(below, impl_->head_.number), blocks_max);
}

std::shared_ptr<const Snapshot> Store::snapshot() {
    return impl_->snapshot();
}

}  // namespace otento::state
