#include <otento/migrate/audit.hpp>

#include <fmt/core.h>

#include <algorithm>

namespace otento::migrate {
namespace {

constexpr uint64_t SIGHTINGS_MIN = 2;  // A key that recovers twice is no accident.

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::verified:
            return "verified";
        case Verdict::unverifiable:
            return "unverifiable";
        case Verdict::forged:
            return "forged";
    }
    return "unknown";
}

SealAudit::SealAudit(const types::ChainConfig& config, MemberList members)
    : config_(config), members_(std::move(members)) {
    for (const auto& [id, key] : members_.nodes) {
        nodes_.insert(key);
    }
}

void SealAudit::learn(const types::Header& header) {
    if (header.number == 0) {
        return;
    }
    const SealSighting sighting = look_at_seal(config_, header);
    for (const crypto::PublicKey& key : sighting.keys) {
        ++seen_[{sighting.raft_id, key}];
    }
}

bool SealAudit::is_listed(uint64_t raft_id, const crypto::PublicKey& key) const {
    const auto [begin, end] = members_.nodes.equal_range(raft_id);
    return std::any_of(begin, end, [&](const auto& entry) { return entry.second == key; });
}

bool SealAudit::is_node_of(uint64_t raft_id, const crypto::PublicKey& key) const {
    if (is_listed(raft_id, key)) {
        return true;
    }
    if (members_.complete && members_.nodes.contains(raft_id)) {
        return false;
    }
    if (!members_.nodes.contains(raft_id) && nodes_.contains(key)) {
        return true;  // Removed and back under a new id.
    }
    const auto seen = seen_.find({raft_id, key});
    return seen != seen_.end() && seen->second >= SIGHTINGS_MIN;
}

void SealAudit::decide(const SealSighting& sighting, bool has_private, BlockAudit& out) const {
    if (sighting.keys.empty()) {
        out.verdict = sighting.absent ? Verdict::unverifiable : Verdict::forged;
        out.why = sighting.problem;
        return;
    }
    for (const crypto::PublicKey& key : sighting.keys) {
        if (is_node_of(sighting.raft_id, key)) {
            out.verdict = Verdict::verified;
            out.node = key;
            return;
        }
    }
    out.node = sighting.keys.front();
    for (const crypto::PublicKey& key : sighting.keys) {
        if (nodes_.contains(key)) {
            out.verdict = Verdict::forged;
            out.node = key;
            out.why =
                fmt::format("says raft id {}, but another member signed it", sighting.raft_id);
            return;
        }
    }
    if (has_private) {
        out.verdict = Verdict::unverifiable;
        out.why = "the seal covers logs of private transactions, which are not in the chain";
        return;
    }
    // A raft id with an established key leaves no room for another one.
    const bool established =
        members_.nodes.contains(sighting.raft_id) ||
        std::ranges::any_of(seen_, [&](const auto& entry) {
            return entry.first.first == sighting.raft_id && entry.second >= SIGHTINGS_MIN;
        });
    out.verdict = established ? Verdict::forged : Verdict::unverifiable;
    out.why = established ? fmt::format("not signed by the node with raft id {}", sighting.raft_id)
                          : fmt::format(
                                "no list of members names raft id {}, and no other block "
                                "is signed by its key",
                                sighting.raft_id);
}

BlockAudit SealAudit::judge(const types::Header& header, bool has_private) {
    BlockAudit out;
    out.number = header.number;
    out.hash = types::header_hash(header);
    const SealSighting sighting = look_at_seal(config_, header);
    out.raft_id = sighting.raft_id;
    decide(sighting, has_private, out);
    MinterTotals& totals = minters_[out.raft_id];
    ++totals.blocks;
    totals.verified += out.verdict == Verdict::verified ? 1 : 0;
    totals.unverifiable += out.verdict == Verdict::unverifiable ? 1 : 0;
    totals.forged += out.verdict == Verdict::forged ? 1 : 0;
    if (out.verdict == Verdict::verified) {
        totals.node = out.node;
    }
    return out;
}

}  // namespace otento::migrate
