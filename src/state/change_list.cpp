#include <otento/state/change_list.hpp>

namespace otento::state {

namespace {

// be32 count of accounts, their hashes; be32 count of areas, and for each: be32 account, area, one
// byte dropped, be32 count of slots, their hashes.
class Input {
  public:
    explicit Input(BytesView rest) noexcept : rest_(rest) {}

    [[nodiscard]] bool u32(uint32_t& out) noexcept {
        if (rest_.size() < 4) {
            return false;
        }
        out = load_be<uint32_t>(rest_.data());
        rest_ = rest_.subspan(4);
        return true;
    }
    [[nodiscard]] bool byte(uint8_t& out) noexcept {
        if (rest_.empty()) {
            return false;
        }
        out = rest_.front();
        rest_ = rest_.subspan(1);
        return true;
    }
    [[nodiscard]] bool hash(Hash& out) noexcept {
        if (rest_.size() < 32) {
            return false;
        }
        out = Hash::from(rest_.first(32));
        rest_ = rest_.subspan(32);
        return true;
    }
    [[nodiscard]] bool hashes(std::vector<Hash>& out) {
        uint32_t count = 0;
        if (!u32(count) || rest_.size() / 32 < count) {
            return false;
        }
        out.resize(count);
        for (Hash& item : out) {
            if (!hash(item)) {
                return false;
            }
        }
        return true;
    }
    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  private:
    BytesView rest_;
};

void write_hashes(Bytes& out, const std::vector<Hash>& hashes) {
    append_be(out, static_cast<uint32_t>(hashes.size()));
    for (const Hash& hash : hashes) {
        append(out, hash);
    }
}

}  // namespace

ChangeList change_list(const LayerData& layer) {
    ChangeList out;
    out.accounts.reserve(layer.accounts.size());
    for (const AccountChange& change : layer.accounts) {
        const auto owner = static_cast<uint32_t>(out.accounts.size());
        out.accounts.push_back(change.key);
        if (change.dropped_area) {
            out.areas.push_back({owner, *change.dropped_area, true, {}});
        }
        if (!change.slots.empty()) {
            ChangeList::Area& area = out.areas.emplace_back();
            area.account = owner;
            area.area = change.area;
            area.slots.reserve(change.slots.size());
            for (const SlotChange& slot : change.slots) {
                area.slots.push_back(slot.key_hash);
            }
        }
    }
    return out;
}

Bytes encode_change_list(const ChangeList& list) {
    Bytes out;
    out.reserve(8 + 32 * list.accounts.size() + 80 * list.areas.size());
    write_hashes(out, list.accounts);
    append_be(out, static_cast<uint32_t>(list.areas.size()));
    for (const ChangeList::Area& area : list.areas) {
        append_be(out, area.account);
        append(out, area.area);
        out.push_back(area.dropped ? 1 : 0);
        write_hashes(out, area.slots);
    }
    return out;
}

std::optional<ChangeList> decode_change_list(BytesView in) {
    Input input(in);
    ChangeList out;
    uint32_t areas = 0;
    if (!input.hashes(out.accounts) || !input.u32(areas)) {
        return std::nullopt;
    }
    for (uint32_t i = 0; i < areas; ++i) {
        ChangeList::Area area;
        uint8_t dropped = 0;
        if (!input.u32(area.account) || !input.hash(area.area) || !input.byte(dropped) ||
            !input.hashes(area.slots) || dropped > 1 || area.account >= out.accounts.size()) {
            return std::nullopt;
        }
        area.dropped = dropped == 1;
        out.areas.push_back(std::move(area));
    }
    return input.at_end() ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace otento::state
