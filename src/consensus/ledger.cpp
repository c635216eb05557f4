#include <otento/consensus/ledger.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/crypto/keccak.hpp>

#include <fmt/core.h>

#include <algorithm>
#include <unordered_set>

namespace otento::consensus {
namespace {

constexpr uint64_t NS_PER_MS = 1'000'000;
constexpr uint64_t NS_PER_SECOND = 1'000'000'000;
constexpr uint64_t RETRY_NS = NS_PER_SECOND;
constexpr uint64_t EXPIRY_NS = 60 * NS_PER_SECOND;
constexpr size_t FORWARDED_MAX = 100'000;  // Transactions in one frame; a larger frame is cut.

/// When a block was sealed; blocks without our seal count in their own unit.
uint64_t sealed_at_ns(const types::ChainConfig& config, const types::Header& header) {
    const auto seal = read_seal(header);
    return seal ? seal->timestamp_ns
                : header.timestamp * (NS_PER_SECOND / config.time_units_at(header.number));
}

/// Now as the next block's header counts it.
uint64_t next_block_time(const chain::Chain& chain, const Clock& clock) {
    const uint64_t units = chain.config().time_units_at(chain.head_number() + 1);
    return clock.unix_ns() / (NS_PER_SECOND / units);
}

/// A candidate is still a verifier to GoQuorum's users.
std::string_view checkpoint_role(raft::Role role) noexcept {
    return role == raft::Role::leader    ? "MINTER"
           : role == raft::Role::learner ? "LEARNER"
                                         : "VERIFIER";
}

chain::ParallelFor parallel_for(Executor& executor) {
    constexpr size_t PIECE = 16;
    return [&executor](size_t count, const std::function<void(size_t, size_t)>& work) {
        executor.for_each((count + PIECE - 1) / PIECE, [&](size_t piece) {
            work(piece * PIECE, std::min(count, (piece + 1) * PIECE));
        });
    };
}

}  // namespace

txpool::PoolHead make_pool_head(const chain::Chain& chain, const Clock& clock) {
    const types::Header& head = chain.head()->block->header;
    const types::Header next = chain::prepare_header(chain.config(), head, chain.head()->hash,
                                                     {.timestamp = next_block_time(chain, clock)});
    const execution::Rules rules = chain.next_rules(nullptr, next.timestamp);
    return {.state = chain.state(nullptr),
            .rules = rules,
            .base_fee = next.base_fee_per_gas.value_or(uint256{}),
            .gas_limit = next.gas_limit};
}

Ledger::Ledger(LedgerOptions options, Parts parts) : options_(std::move(options)), parts_(parts) {
    load_members();
    leadership_ = parts_.orderer.status()->leadership;
    for (txpool::PooledPtr& tx : parts_.pool.local_transactions()) {
        waiting_.push_back({.tx = std::move(tx), .sent_ns = 0});  // From the journal.
    }
}

void Ledger::load_members() {
    const auto record = parts_.chain.members();
    const auto kept = record && !record->empty() ? decode_member_keys(*record)
                                                 : Result<MemberKeys, rlp::Error>(MemberKeys{});
    if (!record || !kept) {
        counters_.halted = "the chain's record of members cannot be read";
        return;
    }
    member_keys_ = *kept;
    members_kept_ = !kept->empty();
    counters_.member_keys = std::make_shared<const MemberKeys>(member_keys_);
    if (!members_kept_) {
        member_keys_ = options_.founders;
        follow_configuration(parts_.orderer.status()->configuration);
    }
}

void Ledger::follow_configuration(const raft::Configuration& configuration) {
    for (const raft::Member& member : configuration.members) {
        const auto address = decode_member(member.address);
        if (address) {
            member_keys_.try_emplace(member.id, address->node_key);
        }
    }
    counters_.member_keys = std::make_shared<const MemberKeys>(member_keys_);
}

// --- Applying
// ----------------------------------------------------------------------------------------------

void Ledger::on_committed(std::vector<ordering::Committed> entries) {
    std::move(entries.begin(), entries.end(), std::back_inserter(backlog_));
}

void Ledger::apply_backlog() {
    retry_at_ns_ = 0;
    while (!backlog_.empty() && counters_.halted.empty()) {
        switch (apply(backlog_.front())) {
            case Applied::done:
                if (backlog_.front().term == leadership_.term) {
                    term_started_ = true;
                }
                backlog_.pop_front();
                counters_.waiting.clear();
                mint_wanted_ = true;
                break;
            case Applied::retry_later:
                retry_at_ns_ = parts_.clock.monotonic_ns() + RETRY_NS;
                return;
            case Applied::halted:
                return;
        }
    }
}

Ledger::Applied Ledger::apply(const ordering::Committed& entry) {
    if (entry.index <= parts_.chain.applied_index()) {
        return Applied::done;
    }
    if (!entry.is_block) {
        if (entry.payload) {
            if (const auto configuration = raft::decode_configuration(*entry.payload)) {
                follow_configuration(*configuration);
                members_kept_ = false;
            }
        }
        return apply_without_block(entry, {});
    }
    if (const chain::PendingPtr ours = speculation_.take_if_front(entry.payload)) {
        const Applied applied = finish(ours, entry.index);
        if (applied == Applied::retry_later) {
            drop_speculation();  // It is executed again from the log when the disk takes it.
        }
        return applied;
    }
    return apply_foreign(entry);
}

/// A block that this node has not built itself, or not in this life: everything is checked.
Ledger::Applied Ledger::apply_foreign(const ordering::Committed& entry) {
    drop_speculation();
    const chain::DecodeHelpers helpers{
        .parallel = parallel_for(parts_.executor),
        .known_sender =
            [this](const Hash& hash) {
                const auto known = parts_.pool.find(hash);
                return known ? std::optional(known->sender) : std::nullopt;
            },
    };
    const auto decoded = chain::decode_and_recover(entry.payload, parts_.chain.config(), helpers);
    if (!decoded) {
        return apply_without_block(entry, decoded.error().detail);
    }
    const types::Header& header = decoded->block->header;
    if (header.parent_hash != parts_.chain.head()->hash) {
        if (parts_.chain.view()->applied_index() == 0) {
            // The first block of a log builds on what its cluster was started on.
            return halt(fmt::format(
                "block {} of the cluster builds on {}, but this node was started on block {} {}: "
                "import the blocks that the other members have into a new data directory",
                header.number, to_hex0x(header.parent_hash), parts_.chain.head_number(),
                to_hex0x(parts_.chain.head()->hash)));
        }
        return apply_without_block(entry,
                                   fmt::format("block {} does not extend the head", header.number));
    }
    if (const auto problem = seal_problem(header, entry.term)) {
        return apply_without_block(entry, *problem);
    }
    const auto verified = parts_.chain.verify(nullptr, *decoded);
    if (!verified) {
        const chain::BlockFault& fault = verified.error();
        const std::string text =
            fmt::format("block {} {}: {} {}", header.number, to_hex0x(decoded->hash),
                        to_string(fault.error), fault.detail);
        // What the log alone decides is the same no-op on every node; what depends on execution is
        // not.
        return fault.error == chain::BlockError::header ? apply_without_block(entry, text)
                                                        : halt(text);
    }
    return finish(*verified, entry.index);
}

std::optional<std::string> Ledger::seal_problem(const types::Header& header,
                                                ordering::Term term) const {
    if (parts_.chain.config().rule_set_at(header.number) == types::RuleSet::classic) {
        return std::nullopt;  // Nothing verifies a classic seal, spec/quorum-raft.md 2.5.
    }
    const auto verified = verify_seal(header);
    if (!verified) {
        return fmt::format("block {}: {}", header.number, to_string(verified.error()));
    }
    const Seal& seal = verified->seal;
    if (seal.term != term) {
        return fmt::format("block {} was sealed in term {} and came in term {}", header.number,
                           seal.term, term);
    }
    const auto key = member_keys_.find(seal.raft_id);
    if (key == member_keys_.end() || key->second != verified->signer) {
        return fmt::format("block {} is not sealed by member {}", header.number, seal.raft_id);
    }
    if (seal.timestamp_ns <=
        sealed_at_ns(parts_.chain.config(), parts_.chain.head()->block->header)) {
        return fmt::format("block {} is not younger than its parent", header.number);
    }
    return std::nullopt;
}

/// Advances over an entry that changes no state. `why` is empty where that is its nature.
Ledger::Applied Ledger::apply_without_block(const ordering::Committed& entry,
                                            std::string_view why) {
    const Bytes members = members_kept_ ? Bytes{} : encode_member_keys(member_keys_);
    const auto committed = parts_.chain.commit_noop(entry.index, members);
    if (!committed) {
        counters_.waiting = committed.error().detail;
        return Applied::retry_later;
    }
    members_kept_ = true;
    if (!why.empty()) {
        ++counters_.noop_blocks;
        logger::warn("ledger", "entry {} is a no-op: {}", entry.index, why);
    }
    return Applied::done;
}

Ledger::Applied Ledger::finish(const chain::PendingPtr& block, ordering::Index index) {
    const auto committed = parts_.chain.commit(block, index);
    if (!committed) {
        const chain::ChainFailure& failure = committed.error();
        if (failure.error != chain::ChainError::storage) {
            return halt(fmt::format("{}: {}", to_string(failure.error), failure.detail));
        }
        if (counters_.waiting.empty()) {
            logger::error("ledger", "cannot write block {}, trying again: {}", block->number(),
                          failure.detail);
        }
        counters_.waiting = failure.detail;
        return Applied::retry_later;
    }
    ++counters_.blocks_applied;
    counters_.transactions_applied += block->executed()->tx_hashes.size();
    parts_.pool.on_committed(block->executed()->tx_hashes, block->diff(), pool_head());
    if (options_.emit_checkpoints) {
        tell_checkpoints(*block->executed());
    }
    logger::debug("ledger", "block {} {} applied, {} transactions, entry {}", block->number(),
                  to_hex0x(block->hash()), block->executed()->tx_hashes.size(), index);
    return Applied::done;
}

/// Lines that GoQuorum's test harnesses wait for, spec/quorum-raft.md 3.10.
void Ledger::tell_checkpoints(const chain::ExecutedBlock& block) const {
    for (const Hash& hash : block.tx_hashes) {
        logger::info("checkpoint", "QUORUM-CHECKPOINT name=TX-ACCEPTED tx={}", to_hex0x(hash));
    }
    logger::info("checkpoint", "QUORUM-CHECKPOINT name=BLOCK-CREATED block={}", to_hex(block.hash));
}

/// Stops applying for good, but keeps serving what is proven. Only a person can tell what is wrong.
Ledger::Applied Ledger::halt(std::string reason) {
    logger::error("ledger", "this node applies no further blocks: {}", reason);
    drop_speculation();
    counters_.halted = std::move(reason);
    return Applied::halted;
}

// --- Minting
// -----------------------------------------------------------------------------------------------

void Ledger::on_leadership(const ordering::Leadership& leadership) {
    const bool new_term = leadership.term != leadership_.term;
    const bool new_leader = leadership.leader != leadership_.leader;
    if (options_.emit_checkpoints &&
        checkpoint_role(leadership.role) != checkpoint_role(leadership_.role)) {
        logger::info("checkpoint", "QUORUM-CHECKPOINT name=BECAME-{}",
                     checkpoint_role(leadership.role));
    }
    leadership_ = leadership;
    if (new_term) {
        term_started_ = false;
    }
    if (new_term || leadership.role != raft::Role::leader) {
        drop_speculation();
    }
    if (new_leader) {
        for (Waiting& waiting : waiting_) {
            waiting.sent_ns =
                0;  // What the old leader had not committed goes to the new one at once.
        }
    }
    mint_wanted_ = true;
}

void Ledger::on_proposal_refused(const ordering::Payload& block) {
    for (const chain::PendingPtr& lost : speculation_.cut_from(block)) {
        ++counters_.proposals_lost;
        parts_.pool.return_proposed(lost->executed()->tx_hashes);
    }
    mint_wanted_ = true;
}

void Ledger::drop_speculation() {
    for (const chain::PendingPtr& lost : speculation_.take_all()) {
        ++counters_.proposals_lost;
        parts_.pool.return_proposed(lost->executed()->tx_hashes);
    }
}

bool Ledger::may_mint() const noexcept {
    // Everything in the log before our term must be applied, or we would build on a stale head.
    return leadership_.role == raft::Role::leader && term_started_ && backlog_.empty() &&
           counters_.halted.empty() && counters_.waiting.empty() && mint_wanted_ &&
           parts_.pool.has_candidates() && speculation_.size() < options_.speculative_blocks_max &&
           speculation_.bytes() < options_.speculative_bytes_max;
}

void Ledger::mint() {
    const chain::PendingPtr parent = speculation_.newest();
    const types::Header& parent_header =
        parent ? parent->header() : parts_.chain.head()->block->header;
    const types::ChainConfig& config = parts_.chain.config();
    const uint64_t number = parent_header.number + 1;
    const bool classic = config.rule_set_at(number) == types::RuleSet::classic;
    const Seal seal{
        .raft_id = options_.raft_id,
        .term = leadership_.term,
        .timestamp_ns = std::max(parts_.clock.unix_ns(), sealed_at_ns(config, parent_header) + 1),
    };
    const uint64_t started_ns = parts_.clock.monotonic_ns();
    const auto source = parts_.pool.candidates();
    chain::BuildRequest request;
    request.header.timestamp = seal.timestamp_ns / (NS_PER_SECOND / config.time_units_at(number));
    const bool aims_at_ceiling = !classic && options_.gas_limit_ceiling != 0;
    request.header.gas_limit_aim =
        aims_at_ceiling ? options_.gas_limit_ceiling : options_.gas_limit_floor;
    request.header.gas_limit_ceiling = options_.gas_limit_ceiling;
    request.source = source.get();
    request.stop = [&] {
        return parts_.clock.monotonic_ns() - started_ns > options_.build_time_max_ms * NS_PER_MS;
    };
    request.seal = [&](types::Header& header) {
        if (classic) {
            // GoQuorum signs without the bloom since 2.5.
            const auto& upgrade = config.classic.upgrade_block;
            seal_classic_header(header, options_.raft_id, options_.node_secret_key,
                                upgrade && number >= *upgrade);
        } else {
            seal_header(header, seal, options_.node_secret_key);
        }
    };

    const auto built = parts_.chain.build(parent, request);
    mint_wanted_ = false;
    if (!built) {
        logger::error("ledger", "cannot build block {}: {} {}", parent_header.number + 1,
                      to_string(built.error().error), built.error().detail);
        return;
    }
    const chain::PendingPtr& block = *built;
    if (!block) {
        return;
    }
    const auto proposed = parts_.orderer.propose(block->encoded(), leadership_.term);
    if (!proposed) {
        logger::debug("ledger", "block {} was not taken: {}", block->number(),
                      to_string(proposed.error()));
        mint_wanted_ = proposed.error() == ordering::ProposeError::busy;
        last_mint_ns_ = started_ns;
        return;
    }
    ++counters_.blocks_minted;
    last_mint_ns_ = started_ns;
    mint_wanted_ = true;
    parts_.pool.mark_proposed(block->executed()->tx_hashes);
    speculation_.push(block);
}

// --- Transactions
// ------------------------------------------------------------------------------------------

txpool::PoolHead Ledger::pool_head() const {
    return make_pool_head(parts_.chain, parts_.clock);
}

Result<void, txpool::Refusal> Ledger::submit(const Intake& intake) {
    auto added = parts_.pool.add(intake.submission(true, parts_.clock.monotonic_ns() / NS_PER_MS));
    if (!added) {
        // To a client that asks again here "already known" means what a hash would.
        if (auto adopted = parts_.pool.adopt(intake.hash)) {
            accepted_.push_back(std::move(adopted));
        }
        return Err(added.error());
    }
    txpool::PooledPtr taken = *std::move(added);
    if (options_.emit_checkpoints) {
        const types::Transaction& tx = *taken->tx;
        logger::info(
            "checkpoint", "QUORUM-CHECKPOINT name=TX-CREATED tx={} to={}", to_hex0x(taken->hash),
            to_hex0x(tx.to ? *tx.to : execution::creation_address(taken->sender, tx.nonce)));
    }
    accepted_.push_back(std::move(taken));
    return {};
}

Result<void, storage::DiskError> Ledger::flush_accepted() {
    if (accepted_.empty()) {
        return {};
    }
    auto flushed = parts_.pool.flush_journal();
    const uint64_t now = parts_.clock.monotonic_ns();
    if (flushed) {
        send_to_leader(accepted_);
    }
    for (txpool::PooledPtr& tx : accepted_) {
        waiting_.push_back({.tx = std::move(tx), .sent_ns = now});
    }
    accepted_.clear();
    mint_wanted_ = true;
    return flushed;
}

void Ledger::on_forwarded(BytesView frame) {
    rlp::Reader outer(frame);
    auto list = outer.read_list();
    std::vector<BytesView> items;
    while (list && !list->at_end() && items.size() < FORWARDED_MAX) {
        const auto item = list->read_string();
        if (!item) {
            break;
        }
        items.push_back(*item);
    }
    std::vector<std::vector<Intake>> taken(items.size());  // At the first item of each piece.
    const execution::Rules rules =
        parts_.chain.next_rules(nullptr, next_block_time(parts_.chain, parts_.clock));
    const size_t bytes_max = parts_.pool.limits().tx_bytes;
    parallel_for(parts_.executor)(items.size(), [&](size_t begin, size_t end) {
        std::vector<BytesView> piece(items.begin() + static_cast<std::ptrdiff_t>(begin),
                                     items.begin() + static_cast<std::ptrdiff_t>(end));
        // Sent again while the first copy is still here: no second recovery.
        std::erase_if(piece, [&](BytesView item) {
            return item.size() > bytes_max || parts_.pool.find(crypto::keccak256(item));
        });
        taken[begin] = take_in_many(piece, rules, bytes_max);
    });
    const uint64_t now_ms = parts_.clock.monotonic_ns() / NS_PER_MS;
    for (const std::vector<Intake>& piece : taken) {
        for (const Intake& intake : piece) {
            (void)parts_.pool.add(intake.submission(false, now_ms)).has_value();
        }
    }
    mint_wanted_ = true;
}

std::vector<txpool::PooledPtr> Ledger::unsettled() const {
    std::vector<txpool::PooledPtr> out;
    for (const Waiting& waiting : waiting_) {
        if (parts_.pool.find(waiting.tx->hash)) {
            out.push_back(waiting.tx);
        }
    }
    return out;
}

void Ledger::settle(std::span<const Hash> hashes) {
    const std::unordered_set<Hash> gone(hashes.begin(), hashes.end());
    std::erase_if(waiting_,
                  [&](const Waiting& waiting) { return gone.contains(waiting.tx->hash); });
}

bool Ledger::leads_elsewhere() const noexcept {
    return leadership_.leader != 0 && leadership_.leader != options_.raft_id;
}

/// Whatever was sent resend_ms ago and is still in the pool may have been lost on the way, or with
/// a leader.
void Ledger::forward_again(uint64_t now_ns) {
    std::vector<txpool::PooledPtr> lost;
    const uint64_t patience_ns = options_.resend_ms * NS_PER_MS;
    while (!waiting_.empty() && waiting_.front().sent_ns + patience_ns <= now_ns &&
           lost.size() < options_.resend_count_max) {
        if (parts_.pool.find(waiting_.front().tx->hash)) {
            lost.push_back(std::move(waiting_.front().tx));
            waiting_.push_back({.tx = lost.back(), .sent_ns = now_ns});
        }
        waiting_.pop_front();
    }
    send_to_leader(lost);
}

void Ledger::send_to_leader(const std::vector<txpool::PooledPtr>& transactions) {
    if (!leads_elsewhere()) {
        return;
    }
    for (size_t i = 0; i < transactions.size();) {
        rlp::Writer frame;
        frame.begin_list();
        for (size_t bytes = 0; i < transactions.size() && bytes < options_.forward_bytes_max; ++i) {
            frame.string(types::encode_transaction(*transactions[i]->tx));
            bytes += transactions[i]->encoded_size;
        }
        frame.end_list();
        parts_.forwarder.forward(leadership_.leader, std::make_shared<const Bytes>(frame.take()));
    }
}

// --- Time
// --------------------------------------------------------------------------------------------------

void Ledger::run() {
    uint64_t now = parts_.clock.monotonic_ns();
    if (retry_at_ns_ == 0 || now >= retry_at_ns_) {
        apply_backlog();
    }
    now = parts_.clock.monotonic_ns();
    if (may_mint() && now - last_mint_ns_ >= options_.block_time_ms * NS_PER_MS) {
        mint();
    }
    forward_again(now);
    if (now >= next_expiry_ns_) {
        next_expiry_ns_ = now + EXPIRY_NS;
        parts_.pool.expire(now / NS_PER_MS);
    }
}

uint64_t Ledger::next_deadline_ns() const noexcept {
    uint64_t deadline = next_expiry_ns_;
    if (!waiting_.empty()) {
        deadline = std::min(deadline, waiting_.front().sent_ns + options_.resend_ms * NS_PER_MS);
    }
    if (retry_at_ns_ != 0) {
        deadline = std::min(deadline, retry_at_ns_);
    }
    if (may_mint()) {
        deadline = std::min(deadline, last_mint_ns_ + options_.block_time_ms * NS_PER_MS);
    }
    return deadline;
}

LedgerStatus Ledger::status() const {
    LedgerStatus out = counters_;
    out.head = parts_.chain.head_number();
    out.applied_index = parts_.chain.applied_index();
    out.speculative_blocks = speculation_.size();
    out.apply_backlog = backlog_.size();
    out.unsettled = waiting_.size();
    out.minting =
        leadership_.role == raft::Role::leader && term_started_ && counters_.halted.empty();
    return out;
}

}  // namespace otento::consensus
