#include <otento/state/snapshot.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/base_state.hpp>

#include <algorithm>
#include <atomic>

namespace otento::state {

namespace {

class HistoricView final : public StateView {
  public:
    HistoricView(std::shared_ptr<const SnapshotSource> source, uint64_t number)
        : source_(std::move(source)), number_(number) {}

    std::optional<Account> account(const Address& address) const override {
        const auto found = record(address);
        return found ? std::optional(found->account) : std::nullopt;
    }

    Hash storage(const Address& address, const Hash& key) const override {
        for (size_t i = waiting_count(); i-- > 0;) {
            if (const auto value = source_->waiting[i]->data().find_slot(address, key)) {
                return *value;
            }
        }
        const auto owner = record(address);
        if (!owner || !owner->has_storage()) {
            return {};
        }
        const Hash area = storage_area(crypto::keccak256(address), owner->storage_epoch);
        const Hash slot = crypto::keccak256(key);
        const Bytes value =
            value_at(slot_history_key(area, slot), Column::slots, slot_key(area, slot));
        return checked(decode_slot(value)).value_or(Hash{});
    }

    std::shared_ptr<const Bytes> code(const Hash& code_hash) const override {
        if (code_hash == types::EMPTY_CODE_HASH) {
            return empty_code();
        }
        for (const LayerPtr& layer : source_->waiting) {
            if (auto code = layer->data().find_code(code_hash)) {
                return code;
            }
        }
        Bytes code = flat(Column::code, code_hash);
        if (code.empty()) {
            failed_ = true;
            return empty_code();
        }
        return std::make_shared<const Bytes>(std::move(code));
    }

    bool has_storage(const Address& address) const override {
        const auto found = record(address);
        return found && found->has_storage();
    }

    bool failed() const noexcept override { return failed_; }

  private:
    /// How many of the waiting blocks this view has in it.
    [[nodiscard]] size_t waiting_count() const noexcept {
        if (number_ <= source_->flushed_number) {
            return 0;
        }
        return std::min<uint64_t>(source_->waiting.size(), number_ - source_->flushed_number);
    }

    std::optional<AccountRecord> record(const Address& address) const {
        for (size_t i = waiting_count(); i-- > 0;) {
            if (const AccountChange* const change = source_->waiting[i]->data().find(address)) {
                return change->record;
            }
        }
        const Hash key = crypto::keccak256(address);
        const Bytes value =
            value_at(account_history_key(key), Column::accounts, KeyBuffer().add(key));
        return value.empty() ? std::nullopt : checked(decode_record(value));
    }

    /// The value before the first change after `number_`, or the one flushed last. Empty: absent.
    Bytes value_at(const KeyBuffer& history_prefix, Column column, const KeyBuffer& key) const {
        if (number_ < source_->flushed_number) {
            KeyBuffer from = history_prefix;
            from.add_number(number_ + 1);
            const KeyBuffer end = after_prefix(history_prefix.view());
            storage::StoreIterator at = source_->kv.iterate(
                source_->columns(Column::history),
                {.lower = from.view(), .upper = end.view(), .snapshot = source_->content.get()});
            at.seek(from.view());
            if (at.valid()) {
                return to_bytes(at.value());
            }
            if (!at.status()) {
                failed_ = true;
            }
        }
        return flat(column, key.view());
    }

    Bytes flat(Column column, BytesView key) const {
        auto found = source_->kv.get(source_->columns(column), key, source_->content.get());
        if (!found) {
            failed_ = true;
            return {};
        }
        return std::move(*found).value_or(Bytes{});
    }

    template <typename T>
    std::optional<T> checked(std::optional<T> decoded) const {
        if (!decoded) {
            failed_ = true;
        }
        return decoded;
    }

    std::shared_ptr<const SnapshotSource> source_;
    uint64_t number_;
    mutable std::atomic<bool> failed_ = false;
};

class StoreSnapshotView final : public Snapshot {
  public:
    explicit StoreSnapshotView(std::shared_ptr<const SnapshotSource> source)
        : source_(std::move(source)) {}

    uint64_t number() const noexcept override { return source_->number; }
    uint64_t history_begin() const noexcept override { return source_->history_begin; }
    std::shared_ptr<const StateView> at(uint64_t number) const override {
        if (number > source_->number || number < source_->history_begin) {
            return nullptr;
        }
        return std::make_shared<HistoricView>(source_, number);
    }

  private:
    std::shared_ptr<const SnapshotSource> source_;
};

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(SnapshotSource source) {
    return std::make_shared<StoreSnapshotView>(
        std::make_shared<const SnapshotSource>(std::move(source)));
}

}  // namespace otento::state
