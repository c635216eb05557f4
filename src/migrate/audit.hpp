// Who minted what: verdicts on the seals of blocks (spec/quorum-raft.md 2.4 for classic blocks,
// consensus/seal.hpp for ours).
#pragma once

#include <otento/migrate/seal_sighting.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace otento::migrate {

enum class Verdict {
    verified,      ///< Signed by the node that the raft id stands for.
    unverifiable,  ///< What would be needed to tell is not there.
    forged,        ///< Not signed by that node, or no seal at all where one must be.
};
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

struct BlockAudit {
    uint64_t number = 0;
    Hash hash;
    uint64_t raft_id = 0;                   ///< 0: none could be read.
    std::optional<crypto::PublicKey> node;  ///< Recovered; of several the likeliest.
    Verdict verdict = Verdict::unverifiable;
    std::string why;  ///< Empty for verified blocks.
};

struct MinterTotals {
    uint64_t blocks = 0;
    uint64_t verified = 0;
    uint64_t unverifiable = 0;
    uint64_t forged = 0;
    std::optional<crypto::PublicKey> node;  ///< The one that verified blocks name.
};

/// Who had which raft id. A cluster that was set up anew gave the same ids to other nodes: several
/// lists are one after another in history.
struct MemberList {
    std::multimap<uint64_t, crypto::PublicKey> nodes;
    /// Nobody else minted. Else a key counts as a node's as well if at least two blocks with one
    /// id recover to it: a wrong pre-image or a forged signature recovers to another key each time.
    bool complete = false;
};

/// Reads headers in two passes: learn() for all, then judge() for all.
class SealAudit {
  public:
    SealAudit(const types::ChainConfig& config, MemberList members);

    void learn(const types::Header& header);
    /// @param has_private  A transaction of the block is private (v 37 or 38).
    [[nodiscard]] BlockAudit judge(const types::Header& header, bool has_private);
    /// By raft id; of all blocks judged so far. Id 0 stands for blocks without a readable one.
    [[nodiscard]] const std::map<uint64_t, MinterTotals>& minters() const noexcept {
        return minters_;
    }

  private:
    void decide(const SealSighting& sighting, bool has_private, BlockAudit& out) const;
    [[nodiscard]] bool is_node_of(uint64_t raft_id, const crypto::PublicKey& key) const;

    [[nodiscard]] bool is_listed(uint64_t raft_id, const crypto::PublicKey& key) const;

    const types::ChainConfig& config_;
    MemberList members_;
    std::set<crypto::PublicKey> nodes_;  ///< All keys of members_.
    std::map<std::pair<uint64_t, crypto::PublicKey>, uint64_t> seen_;
    std::map<uint64_t, MinterTotals> minters_;
};

}  // namespace otento::migrate
