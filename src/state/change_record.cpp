#include <otento/state/change_record.hpp>

namespace otento::state {

namespace {

// For each account: address, flags, and as the flags say: record (one byte of size before it), be64
// epoch dropped, be64 epoch of the slots, be32 count of slots, and for each its key, one byte of
// size, its value.
constexpr uint8_t EXISTS = 1;
constexpr uint8_t DROPS = 2;
constexpr uint8_t SLOTS = 4;

class Input {
  public:
    explicit Input(BytesView rest) noexcept : rest_(rest) {}

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
    [[nodiscard]] std::optional<BytesView> take(size_t size) noexcept {
        if (rest_.size() < size) {
            return std::nullopt;
        }
        const BytesView out = rest_.first(size);
        rest_ = rest_.subspan(size);
        return out;
    }
    template <typename T>
    [[nodiscard]] std::optional<T> number() noexcept {
        const auto in = take(sizeof(T));
        return in ? std::optional(load_be<T>(in->data())) : std::nullopt;
    }
    /// As written by write_sized.
    [[nodiscard]] std::optional<BytesView> sized() noexcept {
        const auto size = number<uint8_t>();
        return size ? take(*size) : std::nullopt;
    }
    [[nodiscard]] size_t size() const noexcept { return rest_.size(); }

  private:
    BytesView rest_;
};

void write_sized(Bytes& out, BytesView part) {
    ASSERT(part.size() <= UINT8_MAX);
    out.push_back(static_cast<uint8_t>(part.size()));
    append(out, part);
}

void write_slots(Bytes& out, const AccountChange& change) {
    const AccountRecord& owner = change.record->has_storage() ? *change.record : *change.previous;
    append_be(out, owner.storage_epoch);
    append_be(out, static_cast<uint32_t>(change.slots.size()));
    for (const SlotChange& slot : change.slots) {
        append(out, slot.key);
        write_sized(out, trim_slot(slot.value));
    }
}

bool read_slots(Input& in, ChangeRecord::Account& account) {
    constexpr size_t SLOT_SIZE_MIN = 33;
    const auto epoch = in.number<uint64_t>();
    const auto count = in.number<uint32_t>();
    if (!epoch || !count || *count == 0 || in.size() / SLOT_SIZE_MIN < *count) {
        return false;
    }
    account.slots_epoch = *epoch;
    account.slots.reserve(*count);
    for (uint32_t i = 0; i < *count; ++i) {
        const auto key = in.take(32);
        const auto stored = key ? in.sized() : std::nullopt;
        const auto value = stored ? decode_slot(*stored) : std::nullopt;
        if (!value) {
            return false;
        }
        account.slots.emplace_back(Hash::from(*key), *value);
    }
    return true;
}

bool read_account(Input& in, ChangeRecord::Account& account) {
    const auto address = in.take(Address::SIZE);
    const auto flags = in.number<uint8_t>();
    if (!address || !flags || *flags > (EXISTS | DROPS | SLOTS)) {
        return false;
    }
    account.address = Address::from(*address);
    if ((*flags & EXISTS) != 0) {
        const auto stored = in.sized();
        account.record = stored ? decode_record(*stored) : std::nullopt;
        if (!account.record) {
            return false;
        }
    }
    if ((*flags & DROPS) != 0) {
        account.dropped_epoch = in.number<uint64_t>();
        if (!account.dropped_epoch) {
            return false;
        }
    }
    return (*flags & SLOTS) == 0 || (account.record && read_slots(in, account));
}

}  // namespace

StateDiff ChangeRecord::diff() const {
    StateDiff out;
    for (const Account& account : accounts) {
        AccountDiff& diff = out.accounts[account.address];
        diff.deleted = !account.record;
        diff.storage_cleared = account.dropped_epoch.has_value();
        if (account.record) {
            diff.nonce = account.record->account.nonce;
            diff.balance = account.record->account.balance;
            diff.code_hash = account.record->account.code_hash;
        }
        diff.storage.insert(account.slots.begin(), account.slots.end());
    }
    return out;
}

Bytes encode_change_record(const LayerData& layer) {
    Bytes out;
    Bytes record;
    out.reserve(64 * layer.accounts.size());
    for (const AccountChange& change : layer.accounts) {
        append(out, change.address);
        out.push_back(static_cast<uint8_t>((change.record ? EXISTS : 0) |
                                           (change.dropped_area ? DROPS : 0) |
                                           (change.slots.empty() ? 0 : SLOTS)));
        if (change.record) {
            record.clear();
            append_record(record, *change.record);
            write_sized(out, record);
        }
        if (change.dropped_area) {
            append_be(out, change.previous->storage_epoch);
        }
        if (!change.slots.empty()) {
            write_slots(out, change);
        }
    }
    return out;
}

std::optional<ChangeRecord> decode_change_record(BytesView in) {
    Input input(in);
    ChangeRecord out;
    while (!input.at_end()) {
        if (!read_account(input, out.accounts.emplace_back())) {
            return std::nullopt;
        }
    }
    return out;
}

}  // namespace otento::state
