#include <otento/state/snapshot.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/base_state.hpp>

#include <atomic>

namespace otento::state {

namespace {

/// What a snapshot and its views share.
struct Source {
    const storage::KeyValueStore& kv;
    Columns columns;
    std::shared_ptr<const storage::StoreSnapshot> content;
    uint64_t number;
    uint64_t history_begin;
};

class HistoricView final : public StateView {
  public:
    HistoricView(std::shared_ptr<const Source> source, uint64_t number)
        : source_(std::move(source)), number_(number) {}

    std::optional<Account> account(const Address& address) const override {
        const auto found = record(crypto::keccak256(address));
        return found ? std::optional(found->account) : std::nullopt;
    }

    Hash storage(const Address& address, const Hash& key) const override {
        const Hash account_key = crypto::keccak256(address);
        const auto owner = record(account_key);
        if (!owner || !owner->has_storage()) {
            return {};
        }
        const Hash area = storage_area(account_key, owner->storage_epoch);
        const Hash slot = crypto::keccak256(key);
        const Bytes value =
            value_at(slot_history_key(area, slot), Column::slots, slot_key(area, slot));
        const auto out = decode_slot(value);
        if (!out) {
            failed_ = true;
        }
        return out.value_or(Hash{});
    }

    std::shared_ptr<const Bytes> code(const Hash& code_hash) const override {
        if (code_hash == types::EMPTY_CODE_HASH) {
            return empty_code();
        }
        Bytes code = flat(Column::code, code_hash);
        if (code.empty()) {
            failed_ = true;
            return empty_code();
        }
        return std::make_shared<const Bytes>(std::move(code));
    }

    bool has_storage(const Address& address) const override {
        const auto found = record(crypto::keccak256(address));
        return found && found->has_storage();
    }

    bool failed() const noexcept override { return failed_; }

  private:
    std::optional<AccountRecord> record(const Hash& account_key) const {
        const Bytes value = value_at(account_history_key(account_key), Column::accounts,
                                     KeyBuffer().add(account_key));
        if (value.empty()) {
            return std::nullopt;
        }
        auto out = decode_record(value);
        if (!out) {
            failed_ = true;
        }
        return out;
    }

    /// The value before the first change after `number_`, or the present one. Empty: absent.
    Bytes value_at(const KeyBuffer& history_prefix, Column column, const KeyBuffer& key) const {
        if (number_ < source_->number) {
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

    std::shared_ptr<const Source> source_;
    uint64_t number_;
    mutable std::atomic<bool> failed_ = false;
};

class StoreSnapshotView final : public Snapshot {
  public:
    explicit StoreSnapshotView(std::shared_ptr<const Source> source) : source_(std::move(source)) {}

    uint64_t number() const noexcept override { return source_->number; }
    uint64_t history_begin() const noexcept override { return source_->history_begin; }
    std::shared_ptr<const StateView> at(uint64_t number) const override {
        if (number > source_->number || number < source_->history_begin) {
            return nullptr;
        }
        return std::make_shared<HistoricView>(source_, number);
    }

  private:
    std::shared_ptr<const Source> source_;
};

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(const storage::KeyValueStore& kv, Columns columns,
                                              uint64_t number, uint64_t history_begin) {
    return std::make_shared<StoreSnapshotView>(
        std::make_shared<const Source>(Source{kv, columns, kv.snapshot(), number, history_begin}));
}

}  // namespace otento::state
