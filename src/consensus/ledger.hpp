// The ledger: chain, pool and order brought together. The leader builds, seals and proposes blocks;
// every node applies what is committed. Owned by the ledger thread; hosted by node/ and driven by
// hand in tests.
#pragma once

#include <otento/base/clock.hpp>
#include <otento/base/executor.hpp>
#include <otento/chain/chain.hpp>
#include <otento/consensus/classic_seal.hpp>
#include <otento/consensus/intake.hpp>
#include <otento/consensus/member.hpp>
#include <otento/consensus/seal.hpp>
#include <otento/consensus/speculation.hpp>
#include <otento/ordering/orderer.hpp>

#include <deque>
#include <map>
#include <span>
#include <string>

namespace otento::consensus {

struct LedgerOptions {
    uint64_t raft_id = 0;
    /// Members before the first entry this node applies; used until the chain has a record of its
    /// own.
    MemberKeys founders{};
    Hash node_secret_key;
    uint64_t block_time_ms = 50;       ///< --raftblocktime: shortest time between two blocks.
    uint64_t gas_limit_floor = 0;      ///< --miner.gastarget; 0: the rule set's own.
    uint64_t gas_limit_ceiling = 0;    ///< --miner.gaslimit, the aim of otento blocks; 0: likewise.
    uint64_t build_time_max_ms = 100;  ///< No further transaction is tried after it.
    size_t speculative_blocks_max = 8;  ///< Proposed and not committed.
    size_t speculative_bytes_max = size_t{128} << 20;
    uint64_t resend_ms = 1000;  ///< Accepted and not committed for so long: forward again.
    size_t forward_bytes_max = size_t{1} << 20;  ///< Transactions of one forwarded frame.
    bool emit_checkpoints = false;   ///< GoQuorum's QUORUM-CHECKPOINT lines, for harnesses.
    size_t resend_count_max = 5000;  ///< Transactions in one round of sending again.
};

/// Carries transactions to the leader. Implemented by node/ over p2p.
class TransactionForwarder {
  public:
    TransactionForwarder() = default;
    TransactionForwarder(const TransactionForwarder&) = delete;
    TransactionForwarder& operator=(const TransactionForwarder&) = delete;
    virtual ~TransactionForwarder() = default;

    /// `frame`: RLP list of encoded transactions. May be lost.
    virtual void forward(ordering::NodeId leader, std::shared_ptr<const Bytes> frame) = 0;
};

/// What a node says about its ledger; a plain value, published.
struct LedgerStatus {
    uint64_t head = 0;
    uint64_t applied_index = 0;
    uint64_t blocks_minted = 0;
    uint64_t blocks_applied = 0;
    uint64_t transactions_applied = 0;
    uint64_t noop_blocks = 0;     ///< Committed blocks that extended nothing or broke a rule.
    uint64_t proposals_lost = 0;  ///< Blocks of ours that were dropped before commit.
    size_t speculative_blocks = 0;
    size_t apply_backlog = 0;
    size_t unsettled = 0;  ///< Accepted here and not known to be committed, at most.
    bool minting = false;  ///< Leader, and everything before its term is applied.
    std::string halted;    ///< Why this node applies nothing any more; empty: it does.
    /// Everybody who is or was a member, as of the applied entry; never null.
    std::shared_ptr<const MemberKeys> member_keys = std::make_shared<const MemberKeys>();
    std::string waiting;  ///< Why it cannot write just now (disk full); empty: it can.
};

/// What the pool must know of the committed head.
[[nodiscard]] txpool::PoolHead make_pool_head(const chain::Chain& chain, const Clock& clock);

class Ledger {
  public:
    struct Parts {
        chain::Chain& chain;
        txpool::TxPool& pool;
        ordering::Orderer& orderer;
        TransactionForwarder& forwarder;
        Executor& executor;
        Clock& clock;
    };

    Ledger(LedgerOptions options, Parts parts);

    /// A client's transaction. Accepted once flush_accepted() has succeeded, too. One that is known
    /// from another node is this node's to answer for as well from then on.
    [[nodiscard]] Result<void, txpool::Refusal> submit(const Intake& intake);
    /// Journals what submit() took since the last call and sends it to the leader. Call once per
    /// batch, before the answers leave; after an error none of the batch is accepted.
    [[nodiscard]] Result<void, storage::DiskError> flush_accepted();
    /// Accepted here and not known to be committed, oldest first: what a node that is removed has
    /// to hand on.
    [[nodiscard]] std::vector<txpool::PooledPtr> unsettled() const;
    /// Others answer for these from here on.
    void settle(std::span<const Hash> hashes);
    /// A frame of transactions from another member; what is wrong with one of them is its sender's
    /// problem.
    void on_forwarded(BytesView frame);

    void on_committed(std::vector<ordering::Committed> entries);
    void on_leadership(const ordering::Leadership& leadership);
    void on_proposal_refused(const ordering::Payload& block);

    /// Applies, mints and forwards what is due. Call after every batch of inputs and at
    /// next_deadline_ns().
    void run();
    /// Monotonic; UINT64_MAX if nothing is due before the next input.
    [[nodiscard]] uint64_t next_deadline_ns() const noexcept;

    [[nodiscard]] LedgerStatus status() const;

  private:
    enum class Applied { done, retry_later, halted };

    void apply_backlog();
    [[nodiscard]] Applied apply(const ordering::Committed& entry);
    [[nodiscard]] Applied apply_foreign(const ordering::Committed& entry);
    [[nodiscard]] Applied apply_without_block(const ordering::Committed& entry,
                                              std::string_view why);
    [[nodiscard]] Applied finish(const chain::PendingPtr& block, ordering::Index index);
    [[nodiscard]] Applied halt(std::string reason);
    [[nodiscard]] std::optional<std::string> seal_problem(const types::Header& header,
                                                          ordering::Term term) const;
    void tell_checkpoints(const chain::ExecutedBlock& block) const;
    void load_members();
    void follow_configuration(const raft::Configuration& configuration);

    [[nodiscard]] bool may_mint() const noexcept;
    void mint();
    void drop_speculation();

    /// A local transaction that is not known to be committed, and when it was last sent to a
    /// leader.
    struct Waiting {
        txpool::PooledPtr tx;
        uint64_t sent_ns = 0;
    };
    [[nodiscard]] txpool::PoolHead pool_head() const;
    [[nodiscard]] bool leads_elsewhere() const noexcept;
    void forward_again(uint64_t now_ns);
    void send_to_leader(const std::vector<txpool::PooledPtr>& transactions);

    LedgerOptions options_;
    Parts parts_;
    /// Of everybody who was a member at the applied entry or before: a block stays what it was when
    /// its sealer has left. Ids are never used twice.
    MemberKeys member_keys_;
    bool members_kept_ = false;  ///< The chain has a record of them.
    ordering::Leadership leadership_;
    bool term_started_ = false;  ///< An entry of our own term has been applied.
    bool mint_wanted_ =
        true;  ///< Something changed since the last attempt that found nothing to put in.
    Speculation speculation_;
    std::deque<ordering::Committed> backlog_;
    std::vector<txpool::PooledPtr> accepted_;  ///< Since the last flush.
    std::deque<Waiting> waiting_;              ///< By time of sending.
    uint64_t last_mint_ns_ = 0;
    uint64_t next_expiry_ns_ = 0;
    uint64_t retry_at_ns_ = 0;  ///< 0: nothing waits for a retry.
    LedgerStatus counters_;
};

}  // namespace otento::consensus
