#include <otento/state/store.hpp>

#include <otento/state/change_list.hpp>
#include <otento/state/head_record.hpp>
#include <otento/state/layer_builder.hpp>
#include <otento/state/snapshot.hpp>
#include <otento/state/trie_redo.hpp>

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
    [[nodiscard]] Result<void, StoreError> stage(const LayerPtr& layer, WriteBatch& batch);
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
    bool initialized_ = false;

  private:
    [[nodiscard]] Result<void, StoreError> check_parent(const Layer* parent) const;
    void put_head(WriteBatch& batch, const HeadRecord& head) const {
        batch.put(columns_(Column::changes), bytes_of(HEAD_KEY), encode_head(head));
    }
    [[nodiscard]] HeadRecord head_after(const LayerData& layer, bool flush) const;
    [[nodiscard]] bool flush_due(const LayerData& layer) const noexcept;
    void put_flat(WriteBatch& batch, const LayerData& layer) const;
    void put_history(WriteBatch& batch, const LayerData& layer) const;
    /// Without history, change lists are only needed until the next flush.
    void forget_changes(WriteBatch& batch, uint64_t up_to) const;
    [[nodiscard]] Result<void, StoreError> prune_block(uint64_t number, WriteBatch& batch) const;

    /// What the last stage_commit put into its batch.
    struct Staged {
        LayerPtr layer;
        HeadRecord head;
    };
    std::optional<Staged> staged_;
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
    initialized_ = true;
    tries_.set_account_trie({head_.root, {}});
    if (head_.trie_number != head_.number) {
        TRY_VOID(redo_tries(kv_, columns_, head_, tries_));
    }
    return {};
}

Result<LayerPtr, StoreError> Store::Impl::compute(LayerPtr parent, uint64_t number,
                                                  const StateDiff& diff) {
    if (base_.failed()) {
        base_.clear_failure();  // The block was executed on unreliable answers.
        return Err(StoreError::io);
    }
    TRY_VOID(check_parent(parent.get()));
    const uint64_t parent_number = parent ? parent->number() : head_.number;
    const Hash parent_root = parent ? parent->state_root() : head_.root;
    if ((parent || initialized_) && number != parent_number + 1) {
        return Err(StoreError::wrong_parent);
    }
    LayerBuilder builder(base_, tries_, std::move(parent));
    auto out = builder.build(parent_number, parent_root, number, diff);
    base_.clear_failure();
    return out;
}

/// The chain of uncommitted layers must be bounded, and stand on the committed head.
Result<void, StoreError> Store::Impl::check_parent(const Layer* parent) const {
    if (parent == nullptr || !initialized_) {
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
    return !initialized_ || layer.number - head_.trie_number >= options_.trie_flush_blocks ||
           tries_.dirty_bytes() + layer.memory.bytes_made >= options_.trie_dirty_bytes;
}

HeadRecord Store::Impl::head_after(const LayerData& layer, bool flush) const {
    HeadRecord out = head_;
    out.number = layer.number;
    out.root = layer.account_trie.hash;
    if (flush) {
        out.trie_number = out.number;
        out.trie_root = out.root;
    }
    if (!initialized_ || !options_.history) {
        out.history_begin = out.number;
    }
    return out;
}

/// In the order of the keys: a run of near keys is cheap to insert.
void Store::Impl::put_flat(WriteBatch& batch, const LayerData& layer) const {
    Bytes record;
    for (const uint32_t place : layer.by_key) {
        const AccountChange& change = layer.accounts[place];
        if (change.record) {
            record.clear();
            append_record(record, *change.record);
            batch.put(columns_(Column::accounts), change.key, record);
        } else {
            batch.remove(columns_(Column::accounts), change.key);
        }
    }
    for (const AccountChange& change : layer.accounts) {
        for (const uint32_t place : change.slots_by_key) {
            const SlotChange& slot = change.slots[place];
            const KeyBuffer key = slot_key(change.area, slot.key_hash);
            if (slot.value.is_zero()) {
                batch.remove(columns_(Column::slots), key.view());
            } else {
                batch.put(columns_(Column::slots), key.view(), trim_slot(slot.value));
            }
        }
        if (change.dropped_area && !options_.history) {
            batch.remove_range(columns_(Column::slots), *change.dropped_area,
                               after_prefix(*change.dropped_area).view());
        }
    }
    for (const auto& [hash, code] : layer.new_code) {
        batch.put(columns_(Column::code), hash, *code);
    }
}

void Store::Impl::put_history(WriteBatch& batch, const LayerData& layer) const {
    const storage::ColumnId column = columns_(Column::history);
    Bytes record;
    for (const uint32_t place : layer.by_key) {
        const AccountChange& change = layer.accounts[place];
        record.clear();
        if (change.previous) {
            append_record(record, *change.previous);
        }
        batch.put(column, account_history_key(change.key).add_number(layer.number).view(), record);
    }
    for (const AccountChange& change : layer.accounts) {
        for (const uint32_t place : change.slots_by_key) {
            const SlotChange& slot = change.slots[place];
            batch.put(column,
                      slot_history_key(change.area, slot.key_hash).add_number(layer.number).view(),
                      trim_slot(slot.previous));
        }
    }
}

void Store::Impl::forget_changes(WriteBatch& batch, uint64_t up_to) const {
    batch.remove_range(columns_(Column::changes), KeyBuffer().add_number(0).view(),
                       KeyBuffer().add_number(up_to + 1).view());
}

Result<void, StoreError> Store::Impl::stage(const LayerPtr& layer, WriteBatch& batch) {
    const LayerData& data = layer->data();
    if (initialized_ && (data.parent_number != head_.number || data.parent_root != head_.root)) {
        return Err(StoreError::wrong_parent);
    }
    const bool flush = flush_due(data);
    const HeadRecord head = head_after(data, flush);
    put_flat(batch, data);
    if (options_.history && initialized_) {
        put_history(batch, data);
    }
    if (flush) {
        tries_.stage_flush(batch, &data);
        if (!options_.history) {
            forget_changes(batch, data.number);
        }
    }
    if (initialized_ && (options_.history || !flush)) {
        batch.put(columns_(Column::changes), KeyBuffer().add_number(data.number).view(),
                  encode_change_list(change_list(data)));
    }
    put_head(batch, head);
    staged_ = {layer, head};
    return {};
}

void Store::Impl::finish(const LayerPtr& layer) {
    ASSERT(staged_.has_value());
    ASSERT(staged_->layer == layer);
    const LayerData& data = layer->data();
    for (const AccountChange& change : data.accounts) {
        base_.put_account(change.address, change.record);
        for (const SlotChange& slot : change.slots) {
            base_.put_slot(change.area, slot.key, slot.value);
        }
    }
    for (const auto& [hash, code] : data.new_code) {
        base_.put_code(hash, code);
    }
    tries_.adopt(data);
    head_ = staged_->head;
    initialized_ = true;
    staged_.reset();
    if (head_.trie_number == head_.number) {
        tries_.finish_flush();
        tries_.trim(options_.trie_cache_bytes, static_cast<uint32_t>(head_.number));
    }
    layer->drop_parent();
}

Result<void, StoreError> Store::Impl::stage_flush(WriteBatch& batch) {
    if (!initialized_ || head_.trie_number == head_.number) {
        return {};
    }
    tries_.stage_flush(batch, nullptr);
    if (!options_.history) {
        forget_changes(batch, head_.number);
    }
    HeadRecord head = head_;
    head.trie_number = head.number;
    head.trie_root = head.root;
    put_head(batch, head);
    return {};
}

void Store::Impl::finish_flush() {
    head_.trie_number = head_.number;
    head_.trie_root = head_.root;
    tries_.finish_flush();
    tries_.trim(options_.trie_cache_bytes, static_cast<uint32_t>(head_.number));
}

Result<void, StoreError> Store::Impl::prune_block(uint64_t number, WriteBatch& batch) const {
    const KeyBuffer key = KeyBuffer().add_number(number);
    std::optional<ChangeList> list;
    const auto found = kv_.visit(columns_(Column::changes), key.view(),
                                 [&](BytesView value) { list = decode_change_list(value); });
    if (!found) {
        return Err(StoreError::io);
    }
    if (!*found) {
        return {};  // Pruned before.
    }
    if (!list) {
        return Err(StoreError::corrupt);
    }
    const storage::ColumnId history = columns_(Column::history);
    for (const Hash& account : list->accounts) {
        batch.remove(history, account_history_key(account).add_number(number).view());
    }
    for (const ChangeList::Area& area : list->areas) {
        for (const Hash& slot : area.slots) {
            batch.remove(history, slot_history_key(area.area, slot).add_number(number).view());
        }
        if (area.dropped) {
            const KeyBuffer prefix = KeyBuffer().add('s').add(area.area);
            batch.remove_range(history, prefix.view(), after_prefix(prefix.view()).view());
            batch.remove_range(columns_(Column::slots), area.area, after_prefix(area.area).view());
        }
    }
    batch.remove(columns_(Column::changes), key.view());
    return {};
}

Result<bool, StoreError> Store::Impl::prune(uint64_t below, uint64_t blocks_max) {
    const uint64_t limit = std::min(below, head_.trie_number);
    if (!initialized_ || head_.history_begin >= limit) {
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
    // In the order of Column. Nodes are hashes and do not compress; history is read by seeking.
    return {
        {.name = "state_accounts"},
        {.name = "state_slots"},
        {.name = "state_code", .compression = Compression::lz4},
        {.name = "state_trie"},
        {.name = "state_history", .compression = Compression::lz4, .bloom_filter = false},
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
    return impl_->initialized_;
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

Result<void, StoreError> Store::stage_commit(const LayerPtr& layer, WriteBatch& batch) {
    return impl_->stage(layer, batch);
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

Result<std::shared_ptr<const Snapshot>, StoreError> Store::snapshot() const {
    return make_snapshot(impl_->kv_, impl_->columns_, impl_->head_.number,
                         impl_->head_.history_begin);
}

}  // namespace otento::state
