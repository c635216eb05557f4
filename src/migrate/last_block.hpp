// Whether a block that executes well is also whole. Execution does not see all of a header (time,
// limits, difficulty, seal), and only the next block, by naming its hash, vouches for the rest. A
// block that has no next one, or one that names another hash, is judged by its seal: the minters of
// a chain are few, and a damaged header recovers to a key that nobody has.
#pragma once

#include <otento/chain/chain.hpp>
#include <otento/migrate/seal_sighting.hpp>

#include <map>
#include <set>

namespace otento::migrate {

enum class Trust {
    whole,    ///< Sealed by a node that minted earlier blocks.
    renamed,  ///< Sealed by such a node, under a raft id above all that were seen.
    damaged,  ///< Carries the id of such a node, but not its signature, or the other way round.
    unknown,  ///< A minter that was not seen before, or nothing to tell by.
};

/// Minters of the newest committed blocks. Built on demand: most blocks have a next one.
class KnownMinters {
  public:
    explicit KnownMinters(const chain::ChainView& view);

    [[nodiscard]] Trust judge(const types::Block& block) const;

  private:
    const types::ChainConfig& config_;
    std::map<uint64_t, std::set<crypto::PublicKey>> by_id_;
    std::set<crypto::PublicKey> keys_;
};

}  // namespace otento::migrate
