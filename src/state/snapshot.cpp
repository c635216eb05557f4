#include <otento/state/snapshot.hpp>

#include <otento/state/historic_view.hpp>
#include <otento/state/state_proof.hpp>

namespace otento::state {

namespace {

class StoreSnapshotView final : public Snapshot {
  public:
    explicit StoreSnapshotView(std::shared_ptr<const SnapshotSource> source)
        : source_(std::move(source)) {}

    uint64_t number() const noexcept override { return source_->number; }
    uint64_t history_begin() const noexcept override { return source_->history_begin; }

    std::shared_ptr<const StateView> at(uint64_t number) const override {
        return keeps(number) ? std::make_shared<HistoricView>(source_, number) : nullptr;
    }

    Result<AccountProof, StoreError> prove(uint64_t number, const Address& address,
                                           std::span<const Hash> slots) const override {
        if (!keeps(number)) {
            return Err(StoreError::pruned);
        }
        return prove_account(source_, number, address, slots);
    }

  private:
    [[nodiscard]] bool keeps(uint64_t number) const noexcept {
        return number <= source_->number && number >= source_->history_begin;
    }

    std::shared_ptr<const SnapshotSource> source_;
};

}  // namespace

std::shared_ptr<const Snapshot> make_snapshot(SnapshotSource source) {
    return std::make_shared<StoreSnapshotView>(
        std::make_shared<const SnapshotSource>(std::move(source)));
}

}  // namespace otento::state
