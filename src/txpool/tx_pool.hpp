// Transactions on their way into a block. Per account an ordered queue by nonce: the run without
// gaps from the account's nonce on is executable, the rest is queued.
//
// Order of execution: without a fee market, fair queuing between accounts (each new transaction
// gets a place one after the later of its account's last and the place now being served), so that
// one busy account cannot hold up the others; with one, by tip. Of one account always by nonce.
#pragma once

#include <otento/state/state_view.hpp>
#include <otento/txpool/journal.hpp>
#include <otento/txpool/pool_index.hpp>

#include <map>
#include <span>
#include <unordered_map>
#include <unordered_set>

namespace otento::txpool {

/// The committed head as admission sees it.
struct PoolHead {
    std::shared_ptr<const state::StateView> state;
    execution::Rules rules;  ///< Of the next block.
    uint256 base_fee;        ///< Of the next block.
    uint64_t gas_limit = 0;  ///< Of the next block.
};

struct Submission {
    std::shared_ptr<const Transaction> tx;
    Hash hash;
    Address sender;
    BytesView encoded;  ///< Canonical form.
    bool local = false;
    uint64_t now_ms = 0;  ///< Monotonic.
};

/// One owner (the ledger thread); index() may be read by anyone.
class TxPool {
  public:
    /// @param journal  Where local transactions are kept; null: nowhere.
    TxPool(PoolLimits limits, PoolHead head, std::unique_ptr<Journal> journal = nullptr);
    TxPool(const TxPool&) = delete;
    TxPool& operator=(const TxPool&) = delete;
    ~TxPool();

    // Coming in.

    /// Checks and takes a transaction. A local one is not safe before flush_journal() has
    /// succeeded.
    [[nodiscard]] Result<PooledPtr, Refusal> add(const Submission& submission);
    /// Makes what came from a peer this node's own, as if a client had sent it here.
    /// @return  Null if it is not known, or its own already. Safe as add() says.
    PooledPtr adopt(const Hash& hash);
    /// Call after a round of add() and before answering.
    [[nodiscard]] Result<void, DiskError> flush_journal();
    struct Restored {
        size_t taken = 0;
        size_t refused = 0;
    };
    /// Takes up what the journal held when it was opened. Once, after construction.
    Restored restore(uint64_t now_ms);

    // Going out.

    class Candidates;
    /// Executable transactions that are in no proposal. The pool must not change while it is in
    /// use; failures told to it take effect when it is destroyed.
    [[nodiscard]] std::unique_ptr<Candidates> candidates();
    [[nodiscard]] bool has_candidates() const noexcept { return !ready_.empty(); }
    /// These are in a proposed block: candidates() leaves them out from here on.
    void mark_proposed(std::span<const Hash> hashes);
    /// Their proposal was lost: they are candidates again, at their old places.
    void return_proposed(std::span<const Hash> hashes);
    void return_all_proposed();

    /// A block became the head: its transactions leave, and so do those that its nonces have
    /// overtaken.
    void on_committed(std::span<const Hash> hashes, const state::StateDiff& diff, PoolHead head);

    /// Drops transactions over their lifetime: not executable ones, and all that came from peers.
    void expire(uint64_t now_ms);

    // Looking.

    [[nodiscard]] std::shared_ptr<const PoolIndex> index() const noexcept { return index_; }
    [[nodiscard]] PooledPtr find(const Hash& hash) const { return index_->find(hash); }
    /// Next nonce of an account, executable transactions counted.
    [[nodiscard]] uint64_t next_nonce(const Address& address) const;
    /// Accepted here and not committed yet, of one sender in nonce order: to be forwarded to a new
    /// leader.
    [[nodiscard]] std::vector<PooledPtr> local_transactions() const;
    [[nodiscard]] PoolCounts counts() const noexcept { return counts_; }
    [[nodiscard]] const PoolLimits& limits() const noexcept { return limits_; }

  private:
    struct Entry;
    struct Account;
    using Place =
        std::pair<uint64_t, uint64_t>;  ///< Turn, and arrival among those of the same turn.

    [[nodiscard]] Result<void, Refusal> check(const Submission& submission,
                                              const Account& account) const;
    [[nodiscard]] Result<void, Refusal> check_room(const Submission& submission,
                                                   const Account& account) const;
    [[nodiscard]] bool outbids(const Transaction& fresh, const Transaction& old) const;
    [[nodiscard]] Account load_account(const Address& address) const;

    void insert(Account& account, const Submission& submission, const uint256& cost);
    void remove(Account& account, uint64_t nonce);
    void promote(Account& account);
    void demote(Account& account, uint64_t from_nonce);
    void stall(Account& account);
    void resume(Account& account);
    void forget_if_empty(const Address& address);
    void drop(const Address& sender, uint64_t nonce);
    void set_proposed(const Hash& hash, bool proposed);
    void compact_journal();
    void publish_nonce(const Address& address, const Account& account);

    PoolLimits limits_;
    PoolHead head_;
    std::unique_ptr<Journal> journal_;
    std::shared_ptr<PoolIndex> index_;
    std::unordered_map<Address, Account> accounts_;
    std::map<Place, Entry*> ready_;  ///< Executable and in no proposal.
    uint64_t turn_ = 0;              ///< Place now being served.
    uint64_t arrivals_ = 0;
    size_t local_count_ = 0;
    PoolCounts counts_;
};

/// Yields the pool's transactions to a block builder.
class TxPool::Candidates final : public execution::CandidateSource {
  public:
    explicit Candidates(TxPool& pool);
    ~Candidates() override;

    [[nodiscard]] std::optional<execution::Candidate> next() override;
    void refused(const execution::Candidate& candidate, TxError error) override;

  private:
    struct Offer {
        uint256 tip;
        uint64_t arrival = 0;
        const Entry* entry = nullptr;
        [[nodiscard]] bool operator<(const Offer& other) const noexcept;
    };
    struct Failure {
        Address sender;
        uint64_t nonce;
        TxError error;
    };
    [[nodiscard]] const Entry* next_by_turn();
    [[nodiscard]] const Entry* next_by_tip();
    void offer(const Entry* entry);
    [[nodiscard]] const Entry* successor(const Entry& entry) const;

    TxPool& pool_;
    bool by_tip_;
    std::map<Place, Entry*>::const_iterator at_;
    std::vector<Offer> offers_;
    const Entry* last_ =
        nullptr;  ///< Yielded by tip; its successor is offered if it is not refused.
    std::unordered_set<Address> skipped_;
    std::vector<Failure> failures_;
};

}  // namespace otento::txpool
