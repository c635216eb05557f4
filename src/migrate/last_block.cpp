#include <otento/migrate/last_block.hpp>

#include <algorithm>

namespace otento::migrate {
namespace {

constexpr uint64_t BLOCKS_SEEN = 512;
constexpr size_t VANITY_BYTES = 32;

bool vanity_is_zero(BytesView extra_data) noexcept {
    return std::ranges::all_of(extra_data.first(std::min(extra_data.size(), VANITY_BYTES)),
                               [](uint8_t byte) { return byte == 0; });
}

}  // namespace

KnownMinters::KnownMinters(const chain::ChainView& view) : config_(view.config()) {
    const uint64_t last = view.head_number();
    for (uint64_t number = last - std::min(last, BLOCKS_SEEN) + 1; number <= last; ++number) {
        const auto header = view.header(number);
        if (!header) {
            continue;
        }
        const SealSighting sighting = look_at_seal(config_, *header);
        by_id_[sighting.raft_id].insert(sighting.keys.begin(), sighting.keys.end());
        keys_.insert(sighting.keys.begin(), sighting.keys.end());
    }
}

Trust KnownMinters::judge(const types::Block& block) const {
    const SealSighting sighting = look_at_seal(config_, block.header);
    if (sighting.absent) {
        return Trust::unknown;
    }
    const bool classic = config_.rule_set_at(block.header.number) == types::RuleSet::classic;
    if (classic && !vanity_is_zero(block.header.extra_data)) {
        return Trust::damaged;  // Not covered by the signature, and always zero.
    }
    const auto seen_under = [&](const std::set<crypto::PublicKey>& keys) {
        return std::ranges::any_of(sighting.keys,
                                   [&](const auto& key) { return keys.contains(key); });
    };
    if (seen_under(keys_)) {
        // The signature does not cover the id. Ids are given out upwards, so a node that came back
        // has a new and higher one.
        const auto of_id = by_id_.find(sighting.raft_id);
        if (of_id != by_id_.end() && seen_under(of_id->second)) {
            return Trust::whole;
        }
        return sighting.raft_id > by_id_.rbegin()->first ? Trust::renamed : Trust::damaged;
    }
    const bool had_seals = !keys_.empty();
    if (sighting.keys.empty() && had_seals) {
        return Trust::damaged;
    }
    return by_id_.contains(sighting.raft_id) && !has_private_transaction(block) ? Trust::damaged
                                                                                : Trust::unknown;
}

}  // namespace otento::migrate
