#include <otento/state/state_proof.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/state/change_record.hpp>
#include <otento/state/historic_view.hpp>
#include <otento/state/layer_builder.hpp>
#include <otento/state/stored_nodes.hpp>
#include <otento/trie/proof.hpp>

#include <map>
#include <set>

namespace otento::state {

namespace {

/// Change records read for one proof.
constexpr uint64_t PROOF_BLOCKS_MAX = 20'000;

class Prover {
  public:
    Prover(std::shared_ptr<const SnapshotSource> source, uint64_t number, const Address& address)
        : source_(std::move(source)),
          number_(number),
          address_(address),
          key_(crypto::keccak256(address)),
          view_(source_, number) {}

    Result<AccountProof, StoreError> run(std::span<const Hash> slots) {
        record_ = view_.record(address_);
        if (record_ && record_->has_storage()) {
            area_ = storage_area(key_, record_->storage_epoch);
        }
        TRY_VOID(collect());
        AccountProof out;
        TRY_VOID(prove_account(out));
        TRY_VOID(prove_slots(slots, out));
        if (view_.failed()) {
            return Err(StoreError::io);
        }
        return out;
    }

  private:
    /// Finds the keys that differ between the trie in the store and the state at `number_`.
    Result<void, StoreError> collect() {
        if (number_ >= source_->flushed_number) {
            return collect_waiting();
        }
        if (source_->flushed_number - number_ > PROOF_BLOCKS_MAX) {
            return Err(StoreError::too_old);
        }
        for (uint64_t block = number_ + 1; block <= source_->flushed_number; ++block) {
            TRY_VOID(collect_record(block));
        }
        return {};
    }

    Result<void, StoreError> collect_waiting() {
        for (uint64_t i = 0; i < number_ - source_->flushed_number; ++i) {
            for (const AccountChange& change : source_->waiting[i]->data().accounts) {
                accounts_.insert(change.address);
                if (change.address == address_ && area_ == change.area) {
                    for (const SlotChange& slot : change.slots) {
                        slots_[slot.key_hash] = slot.value;
                    }
                }
            }
            TRY_VOID(check_size());
        }
        return {};
    }

    Result<void, StoreError> collect_record(uint64_t block) {
        std::optional<ChangeRecord> record;
        const auto found = source_->kv.visit(
            source_->columns(Column::changes), KeyBuffer().add_number(block).view(),
            [&](BytesView value) { record = decode_change_record(value); }, source_->content.get());
        if (!found) {
            return Err(StoreError::io);
        }
        if (!record) {
            return Err(StoreError::corrupt);
        }
        for (const ChangeRecord::Account& change : record->accounts) {
            accounts_.insert(change.address);
            if (change.address != address_ || !area_) {
                continue;
            }
            if (*area_ == storage_area(key_, change.slots_epoch)) {
                for (const auto& [key, value] : change.slots) {
                    const Hash slot = crypto::keccak256(key);
                    slots_[slot] = view_.flushed_slot(*area_, slot);
                }
            }
            if (change.dropped_epoch && *change.dropped_epoch == record_->storage_epoch) {
                TRY_VOID(collect_area());
            }
        }
        return check_size();
    }

    /// All slots the area had when it was dropped: its trie is no longer stored.
    Result<void, StoreError> collect_area() {
        const KeyBuffer end = after_prefix(*area_);
        storage::StoreIterator at = source_->kv.iterate(
            source_->columns(Column::slots),
            {.lower = *area_, .upper = end.view(), .snapshot = source_->content.get()});
        for (at.seek(*area_); at.valid(); at.next()) {
            if (at.key().size() != 64) {
                return Err(StoreError::corrupt);
            }
            const Hash slot = Hash::from(at.key().subspan(32));
            slots_[slot] = view_.flushed_slot(*area_, slot);
            TRY_VOID(check_size());
        }
        return at.status() ? Result<void, StoreError>()
                           : Result<void, StoreError>(Err(StoreError::io));
    }

    [[nodiscard]] Result<void, StoreError> check_size() const {
        return accounts_.size() + slots_.size() <= PROOF_CHANGES_MAX
                   ? Result<void, StoreError>()
                   : Result<void, StoreError>(Err(StoreError::too_old));
    }

    Result<void, StoreError> prove_account(AccountProof& out) {
        std::map<Hash, Bytes> changes;
        for (const Address& address : accounts_) {
            Bytes& rlp = changes[crypto::keccak256(address)];
            if (const auto found = view_.record(address)) {
                append_account_rlp(rlp, found->account);
            }
        }
        const StoredNodes nodes(source_->kv, source_->columns, {}, source_->content.get());
        trie::Root root{source_->flushed_root, {}};
        TRY_VOID(apply(root, changes, nodes));
        auto proof = trie::prove(root, key_, nodes);
        if (!proof) {
            return Err(store_error(proof.error()));
        }
        if (record_) {
            out.account = record_->account;
        }
        out.state_root = root.hash;
        out.nodes = *std::move(proof);
        return {};
    }

    Result<void, StoreError> prove_slots(std::span<const Hash> slots, AccountProof& out) {
        std::optional<StoredNodes> nodes;
        trie::Root root;
        if (area_ && !slots.empty()) {
            nodes.emplace(source_->kv, source_->columns, area_, source_->content.get());
            TRY(root, storage_trie(*nodes));
        }
        for (const Hash& slot : slots) {
            SlotProof& entry = out.slots.emplace_back();
            entry.key = slot;
            if (nodes) {
                entry.value = view_.storage(address_, slot);
                auto proof = trie::prove(root, crypto::keccak256(slot), *nodes);
                if (!proof) {
                    return Err(store_error(proof.error()));
                }
                entry.nodes = *std::move(proof);
            }
        }
        return {};
    }

    Result<trie::Root, StoreError> storage_trie(const trie::NodeReader& nodes) {
        trie::Root root;
        const auto flushed = HistoricView(source_, source_->flushed_number).record(address_);
        if (flushed && flushed->has_storage() &&
            storage_area(key_, flushed->storage_epoch) == *area_) {
            root.hash = flushed->account.storage_root;
        }
        std::map<Hash, Bytes> changes;
        for (const auto& [slot, value] : slots_) {
            Bytes& rlp = changes[slot];
            if (!value.is_zero()) {
                append_slot_rlp(rlp, value);
            }
        }
        TRY_VOID(apply(root, changes, nodes));
        if (root.hash != record_->account.storage_root) {
            return Err(StoreError::corrupt);
        }
        return root;
    }

    static Result<void, StoreError> apply(trie::Root& root, const std::map<Hash, Bytes>& changes,
                                          const trie::NodeReader& nodes) {
        std::vector<trie::Update> updates;
        updates.reserve(changes.size());
        for (const auto& [key, value] : changes) {
            updates.push_back({key, value});
        }
        trie::UpdateLog unused;
        if (const auto done = trie::update(root, updates, nodes, 0, unused); !done) {
            return Err(store_error(done.error()));
        }
        trie::Root* const roots = &root;
        trie::hash({&roots, 1});
        return {};
    }

    std::shared_ptr<const SnapshotSource> source_;
    uint64_t number_;
    Address address_;
    Hash key_;
    HistoricView view_;
    std::optional<AccountRecord> record_;
    std::optional<Hash> area_;
    std::set<Address> accounts_;
    std::map<Hash, Hash>
        slots_;  ///< Hashes of changed keys in `area_`, and their values at `number_`.
};

}  // namespace

Result<AccountProof, StoreError> prove_account(const std::shared_ptr<const SnapshotSource>& source,
                                               uint64_t number, const Address& address,
                                               std::span<const Hash> slots) {
    return Prover(source, number, address).run(slots);
}

}  // namespace otento::state
