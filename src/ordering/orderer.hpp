// The port through which the ledger has blocks ordered. Raft is one implementation; nothing here
// names it but the words term, index and role, which any leader-based orderer has.
#pragma once

#include <otento/raft/raft.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace otento::ordering {

using raft::Index;
using raft::NodeId;
using raft::Payload;
using raft::Role;
using raft::Term;

/// One committed entry, in log order, each exactly once per start and without gaps from the asked
/// index on.
struct Committed {
    Index index = 0;
    Term term = 0;
    bool is_block = false;  ///< False: no-op or configuration; only the index advances.
    Payload payload;
};

struct Leadership {
    Role role = Role::follower;
    Term term = 0;
    NodeId leader = 0;  ///< 0: none known.
    friend bool operator==(const Leadership&, const Leadership&) = default;
};

enum class ProposeError { not_leader, busy, stopped };
[[nodiscard]] std::string_view to_string(ProposeError error) noexcept;

/// A snapshot of what operators ask for; immutable.
struct Status {
    NodeId self = 0;  ///< 0: not a member yet.
    Leadership leadership;
    Index commit_index = 0;
    Term commit_term = 0;  ///< Of the entry at commit_index.
    Index leader_commit_index =
        0;  ///< Highest commit index heard from a leader; our own when we lead.
    Index last_index = 0;
    Index persisted_index = 0;
    uint64_t elections = 0;       ///< Elections this node started.
    uint64_t leader_changes = 0;  ///< Leaders seen since the start.
    double sync_seconds_sum = 0;  ///< Time spent in fdatasync, and
    uint64_t sync_count = 0;      ///< how often.
    raft::Configuration configuration;
    Index configuration_index = 0;             ///< Not committed if above commit_index.
    std::vector<raft::PeerProgress> progress;  ///< At the leader.
    bool log_repairing = false;  ///< Part of the log was lost; not voting until caught up.
    std::string failed;  ///< Why this replica takes part in nothing any more; empty: it does.
};

/// Thread-safe; implemented by the raft thread's host (node/) and by test doubles.
class Orderer {
  public:
    Orderer() = default;
    Orderer(const Orderer&) = delete;
    Orderer& operator=(const Orderer&) = delete;
    virtual ~Orderer() = default;

    /// Proposes one block for `term`. Success means taken, not committed: watch the committed
    /// stream; a lost leadership voids it silently.
    [[nodiscard]] virtual Result<void, ProposeError> propose(Payload block, Term term) = 0;
    [[nodiscard]] virtual std::shared_ptr<const Status> status() const = 0;
};

/// How the ledger hears. Called on the orderer's thread; implementations hand over to their own.
class OrdererEvents {
  public:
    OrdererEvents() = default;
    OrdererEvents(const OrdererEvents&) = delete;
    OrdererEvents& operator=(const OrdererEvents&) = delete;
    virtual ~OrdererEvents() = default;

    virtual void on_committed(std::vector<Committed> entries) = 0;
    virtual void on_leadership(const Leadership& leadership) = 0;
    /// A proposal that propose() took was refused after all; without this the proposer would build
    /// on a block that will never be committed.
    virtual void on_proposal_refused(Payload block, ProposeError error) = 0;
};

}  // namespace otento::ordering
