#include <otento/state/flat_flush.hpp>

#include <algorithm>

namespace otento::state {

namespace {

/// One change of one key by one block.
struct Entry {
    uint64_t order = 0;  ///< First bytes of the key, to sort quickly.
    uint64_t number = 0;
    const AccountChange* account = nullptr;
    const SlotChange* slot = nullptr;  ///< Null for the account itself.
};

[[nodiscard]] std::strong_ordering compare_keys(const Entry& a, const Entry& b) noexcept {
    if (a.order != b.order) {
        return a.order <=> b.order;
    }
    if (a.slot == nullptr) {
        return a.account->key <=> b.account->key;
    }
    const auto by_area = a.account->area <=> b.account->area;
    return by_area != 0 ? by_area : a.slot->key_hash <=> b.slot->key_hash;
}

/// By key, then by block.
void sort(std::vector<Entry>& entries) {
    std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        const auto by_key = compare_keys(a, b);
        return by_key != 0 ? by_key < 0 : a.number < b.number;
    });
}

[[nodiscard]] bool is_last_of_key(const std::vector<Entry>& entries, size_t i) noexcept {
    return i + 1 == entries.size() || compare_keys(entries[i], entries[i + 1]) != 0;
}

void append_optional(Bytes& out, const std::optional<AccountRecord>& record) {
    out.clear();
    if (record) {
        append_record(out, *record);
    }
}

class FlatWriter {
  public:
    FlatWriter(storage::WriteBatch& batch, Columns columns) : batch_(batch), columns_(columns) {}

    void collect(const LayerData& layer) {
        for (const AccountChange& change : layer.accounts) {
            accounts_.push_back(
                {load_be<uint64_t>(change.key.data()), layer.number, &change, nullptr});
            for (const SlotChange& slot : change.slots) {
                slots_.push_back(
                    {load_be<uint64_t>(change.area.data()), layer.number, &change, &slot});
            }
        }
    }

    void write(bool history) {
        sort(accounts_);
        sort(slots_);
        write_accounts();
        write_slots();
        if (history) {
            write_history();
        }
    }

  private:
    void write_accounts() {
        Bytes record;
        for (size_t i = 0; i < accounts_.size(); ++i) {
            if (!is_last_of_key(accounts_, i)) {
                continue;
            }
            const AccountChange& change = *accounts_[i].account;
            append_optional(record, change.record);
            put_or_remove(Column::accounts, change.key, record);
        }
    }

    void write_slots() {
        for (size_t i = 0; i < slots_.size(); ++i) {
            if (is_last_of_key(slots_, i)) {
                const Entry& entry = slots_[i];
                put_or_remove(Column::slots,
                              slot_key(entry.account->area, entry.slot->key_hash).view(),
                              trim_slot(entry.slot->value));
            }
        }
    }

    void write_history() {
        const storage::ColumnId column = columns_(Column::history);
        Bytes record;
        for (const Entry& entry : accounts_) {
            append_optional(record, entry.account->previous);
            batch_.put(column,
                       account_history_key(entry.account->key).add_number(entry.number).view(),
                       record);
        }
        for (const Entry& entry : slots_) {
            batch_.put(column,
                       slot_history_key(entry.account->area, entry.slot->key_hash)
                           .add_number(entry.number)
                           .view(),
                       trim_slot(entry.slot->previous));
        }
    }

    void put_or_remove(Column column, BytesView key, BytesView value) {
        if (value.empty()) {
            batch_.remove(columns_(column), key);
        } else {
            batch_.put(columns_(column), key, value);
        }
    }

    storage::WriteBatch& batch_;
    Columns columns_;
    std::vector<Entry> accounts_;
    std::vector<Entry> slots_;
};

}  // namespace

void write_flat(storage::WriteBatch& batch, Columns columns, std::span<const LayerPtr> layers,
                bool history) {
    FlatWriter writer(batch, columns);
    for (const LayerPtr& layer : layers) {
        writer.collect(layer->data());
    }
    writer.write(history);
    if (history) {
        return;
    }
    for (const LayerPtr& layer : layers) {
        for (const AccountChange& change : layer->data().accounts) {
            if (change.dropped_area) {
                batch.remove_range(columns(Column::slots), *change.dropped_area,
                                   after_prefix(*change.dropped_area).view());
            }
        }
    }
}

}  // namespace otento::state
