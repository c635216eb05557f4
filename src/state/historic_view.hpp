// The state at a kept number, read through a snapshot: what the waiting blocks say, then history,
// then the flat state.
#pragma once

#include <otento/state/record.hpp>
#include <otento/state/snapshot.hpp>

#include <atomic>

namespace otento::state {

/// Immutable, for any thread.
class HistoricView final : public StateView {
  public:
    HistoricView(std::shared_ptr<const SnapshotSource> source, uint64_t number)
        : source_(std::move(source)), number_(number) {}

    [[nodiscard]] std::optional<AccountRecord> record(const Address& address) const;
    /// Value of a slot by the hash of its key, of a view not above the last flush.
    [[nodiscard]] Hash flushed_slot(const Hash& area, const Hash& slot_hash) const;

    [[nodiscard]] std::optional<Account> account(const Address& address) const override;
    [[nodiscard]] Hash storage(const Address& address, const Hash& key) const override;
    [[nodiscard]] std::shared_ptr<const Bytes> code(const Hash& code_hash) const override;
    [[nodiscard]] bool has_storage(const Address& address) const override;
    [[nodiscard]] bool failed() const noexcept override { return failed_; }

  private:
    /// How many of the waiting blocks this view has in it.
    [[nodiscard]] size_t waiting_count() const noexcept;
    /// The value before the first change after `number_`, or the one flushed last. Empty: absent.
    [[nodiscard]] Bytes value_at(const KeyBuffer& history_prefix, Column column,
                                 const KeyBuffer& key) const;
    [[nodiscard]] Bytes flat(Column column, BytesView key) const;
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

}  // namespace otento::state
