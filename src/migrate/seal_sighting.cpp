#include <otento/migrate/seal_sighting.hpp>

#include <otento/consensus/classic_seal.hpp>
#include <otento/consensus/seal.hpp>

#include <algorithm>

namespace otento::migrate {
namespace {

SealSighting look_at_classic(const types::Header& header) {
    SealSighting out;
    const auto seal = consensus::parse_classic_seal(header.extra_data);
    if (!seal) {
        out.problem = to_string(seal.error());
        out.absent = seal.error() == consensus::ClassicSealError::absent;
        return out;
    }
    out.raft_id = seal->raft_id;
    const auto signers = consensus::recover_classic_signers(header, *seal);
    for (const auto& key : {signers.full_bloom, signers.zero_bloom}) {
        if (key && std::ranges::find(out.keys, *key) == out.keys.end()) {
            out.keys.push_back(*key);
        }
    }
    if (out.keys.empty()) {
        out.problem = "the seal's signature recovers no key";
    }
    return out;
}

}  // namespace

SealSighting look_at_seal(const types::ChainConfig& config, const types::Header& header) {
    if (config.rule_set_at(header.number) != types::RuleSet::otento) {
        return look_at_classic(header);
    }
    SealSighting out;
    const auto verified = consensus::verify_seal(header);
    if (verified) {
        out.raft_id = verified->seal.raft_id;
        out.keys = {verified->signer};
    } else {
        out.problem = to_string(verified.error());
    }
    return out;
}

bool has_private_transaction(const types::Block& block) noexcept {
    return std::ranges::any_of(block.transactions, &types::Transaction::quorum_private);
}

}  // namespace otento::migrate
