#include <otento/ordering/replica.hpp>

#include <otento/base/logger.hpp>
#include <otento/ordering/replica_parts.hpp>
#include <otento/raft/codec.hpp>

#include <fmt/core.h>

namespace otento::ordering {
namespace {

storage::LogRecord to_record(const raft::Entry& entry) {
    return {.index = entry.index,
            .term = entry.term,
            .type = static_cast<uint8_t>(entry.type),
            .payload = entry.payload};
}

raft::Entry to_entry(storage::LogRecord record) {
    return {.index = record.index,
            .term = record.term,
            .type = static_cast<raft::EntryType>(record.type),
            .payload = std::move(record.payload)};
}

ProposeError to_propose_error(raft::StepError error) {
    return error == raft::StepError::not_leader ? ProposeError::not_leader : ProposeError::busy;
}

}  // namespace

Replica::Replica(Parts parts)
    : options_(std::move(parts.options)),
      snapshots_(parts.snapshots),
      hard_state_(std::move(parts.hard_state)),
      log_(std::move(parts.log)),
      raft_(std::move(parts.raft)),
      now_ms_(parts.now_ms),
      wanted_hard_state_(hard_state_.hard_state()),
      delivered_(options_.applied_index) {
    leadership_ = {.role = raft_.role(), .term = raft_.term(), .leader = 0};
    out_.leadership = leadership_;
    check_trust();
}

Replica::~Replica() = default;

void Replica::fail(std::string reason) {
    if (!failed_) {
        logger::error("ordering", "the replica stops voting and acknowledging reason=\"{}\"",
                      reason);
        failed_ = std::move(reason);
    }
}

// --- Inputs

template <typename Body>
Result<void, raft::StepError> Replica::step(Body body) {
    if (failed_) {
        return Err(raft::StepError::not_leader);
    }
    TRY(raft::Update update, raft_.step({.now_ms = now_ms_, .body = std::move(body)}));
    carry_out(std::move(update));
    return {};
}

void Replica::set_time(uint64_t now_ms) {
    now_ms_ = std::max(now_ms_, now_ms);
}

void Replica::tick() {
    if (failed_) {
        return;
    }
    if (disk_full() && now_ms_ >= retry_at_ms_) {
        retry();
    }
    if (now_ms_ >= raft_.next_timeout_ms()) {
        static_cast<void>(step(raft::Tick{}));
    }
}

/// With a full disk nothing can be added to the log: such messages are as good as lost, and will be
/// sent again. Heartbeats pass, so that nobody stands for election.
bool Replica::drops(const raft::Message& message) const {
    if (!disk_full()) {
        return false;
    }
    const auto* append = std::get_if<raft::AppendEntries>(&message.body);
    return (append != nullptr && !append->entries.empty()) ||
           std::holds_alternative<raft::InstallSnapshot>(message.body);
}

void Replica::receive(NodeId from, raft::Message message) {
    if (message.from != from || message.to != options_.raft.id || drops(message)) {
        return;
    }
    Index leader_commit = 0;
    if (const auto* append = std::get_if<raft::AppendEntries>(&message.body);
        append != nullptr && append->term >= raft_.term()) {
        leader_commit = append->leader_commit;
    }
    auto taken = step(raft::Receive{std::move(message)});
    if (taken) {
        leader_commit_index_ = std::max(leader_commit_index_, leader_commit);
    } else if (!failed_) {
        logger::debug("ordering", "dropped a message from={} reason={}", from,
                      to_string(taken.error()));
    }
}

Result<void, raft::DecodeError> Replica::receive_frame(NodeId from, BytesView frame) {
    TRY(raft::Message message, raft::decode_message(frame));
    receive(from, std::move(message));
    return {};
}

Result<void, ProposeError> Replica::propose(std::vector<Payload> payloads, Term term) {
    if (failed_) {
        return Err(ProposeError::stopped);
    }
    if (disk_full()) {
        return Err(raft_.role() == Role::leader ? ProposeError::busy : ProposeError::not_leader);
    }
    auto taken = step(raft::Submit{.payloads = std::move(payloads), .term = term});
    if (!taken) {
        return Err(to_propose_error(taken.error()));
    }
    return {};
}

Result<void, raft::StepError> Replica::change_configuration(raft::Configuration configuration) {
    if (disk_full()) {
        return Err(raft::StepError::busy);
    }
    return step(raft::SubmitConfiguration{std::move(configuration)});
}

Result<void, raft::StepError> Replica::transfer_leadership(NodeId to) {
    return step(raft::TransferLeadership{to});
}

Result<void, raft::StepError> Replica::read_index(uint64_t id) {
    return step(raft::ReadIndex{id});
}

void Replica::synced(uint64_t job_id, const storage::DiskResult<void>& result, double seconds) {
    sync_running_ = false;
    sync_seconds_ += seconds;
    ++sync_count_;
    log_.finish_sync(job_id, result);
    if (!result) {
        fail(result.error().text);
        return;
    }
    report_durable();
}

void Replica::applied(Index index) {
    while (!unapplied_.empty() && unapplied_.front().first <= index) {
        unapplied_bytes_ -= unapplied_.front().second;
        unapplied_.pop_front();
    }
}

// --- Carrying out an update, in the order that raft.hpp demands

void Replica::carry_out(raft::Update update) {
    if (update.hard_state_changed) {
        wanted_hard_state_ = {.term = update.term, .voted_for = update.voted_for};
        persist_hard_state();
    }
    if (!failed_) {
        change_log(update);
    }
    if (!failed_ && update.snapshot_chunk) {
        store_chunk(*update.snapshot_chunk);
    }
    for (raft::Message& message : update.messages) {
        if (failed_) {
            return;
        }
        send(std::move(message));
    }
    out_.reads.insert(out_.reads.end(), update.reads.begin(), update.reads.end());
    observe(update);
    check_trust();
}

void Replica::persist_hard_state() {
    auto written = hard_state_.write_hard_state(wanted_hard_state_);
    hard_state_dirty_ = !written;
    if (!written) {
        if (written.error().code == storage::DiskError::no_space) {
            retry_at_ms_ = now_ms_ + options_.retry_ms;
        } else {
            fail(written.error().text);
        }
    }
}

void Replica::change_log(const raft::Update& update) {
    if (update.truncate_from != 0) {
        while (!backlog_.empty() && backlog_.back().index >= update.truncate_from) {
            backlog_.pop_back();
        }
        if (update.truncate_from <= log_.last_index()) {
            auto cut = log_.truncate_from(update.truncate_from);
            if (!cut) {
                fail(cut.error().text);
                return;
            }
        }
    }
    if (update.entries.empty()) {
        return;
    }
    const bool waiting = !backlog_.empty();
    for (const raft::Entry& entry : update.entries) {
        backlog_.push_back(to_record(entry));
    }
    if (!waiting) {
        flush_backlog();
    }
}

void Replica::flush_backlog() {
    if (backlog_.empty()) {
        return;
    }
    const bool waited = retry_at_ms_ > 0;
    const std::vector<storage::LogRecord> records(backlog_.begin(), backlog_.end());
    auto appended = log_.append(records);
    while (!backlog_.empty() && backlog_.front().index <= log_.last_index()) {
        backlog_.pop_front();
    }
    if (appended) {
        if (waited) {
            logger::info("ordering", "there is room on the disk again last={}", log_.last_index());
            retry_at_ms_ = 0;
        }
        return;
    }
    if (appended.error().code != storage::DiskError::no_space) {
        fail(appended.error().text);
        return;
    }
    if (!waited) {
        logger::error("ordering",
                      "the disk is full, nothing is accepted until there is room reason=\"{}\"",
                      appended.error().text);
    }
    retry_at_ms_ = now_ms_ + options_.retry_ms;
}

void Replica::retry() {
    if (hard_state_dirty_) {
        persist_hard_state();
    }
    if (!failed_ && !hard_state_dirty_) {
        flush_backlog();
    }
}

void Replica::send(raft::Message message) {
    // Nothing may be said that the disk does not know: a vote given and forgotten is given twice.
    if (hard_state_dirty_) {
        return;
    }
    bool filled = true;
    if (auto* append = std::get_if<raft::AppendEntries>(&message.body)) {
        filled = fill(*append);
    } else if (auto* install = std::get_if<raft::InstallSnapshot>(&message.body)) {
        filled = fill(*install);
    }
    if (filled) {
        out_.messages.push_back(std::move(message));
    }
}

bool Replica::fill(raft::AppendEntries& message) {
    message.entries.reserve(message.entry_count);
    for (Index index = message.prev_log_index + 1; message.entries.size() < message.entry_count;
         ++index) {
        if (index > log_.last_index()) {
            const Index waiting = index - log_.last_index() - 1;
            ASSERT(waiting < backlog_.size());
            message.entries.push_back(to_entry(backlog_[static_cast<size_t>(waiting)]));
            continue;
        }
        ASSERT(index >= log_.first_index());
        auto record = log_.read(index);
        if (!record) {
            fail(record.error().text);
            return false;
        }
        message.entries.push_back(to_entry(std::move(record).value()));
    }
    return true;
}

void Replica::observe(const raft::Update& update) {
    if (!update.role_changed) {
        return;
    }
    const bool stands = update.role == Role::pre_candidate || update.role == Role::candidate;
    const bool stood =
        leadership_.role == Role::pre_candidate || leadership_.role == Role::candidate;
    elections_ += stands && !stood ? 1 : 0;
    leader_changes_ += update.leader != 0 && (update.leader != leadership_.leader ||
                                              update.term != leadership_.term)
                           ? 1
                           : 0;
    leadership_ = {.role = update.role, .term = update.term, .leader = update.leader};
    out_.leadership = leadership_;
}

void Replica::report_durable() {
    const Index durable = log_.durable_index();
    if (failed_ || durable <= raft_.persisted_index()) {
        return;
    }
    static_cast<void>(step(raft::Persisted{.index = durable, .term = log_.term_at(durable)}));
}

void Replica::check_trust() {
    if (failed_ || !log_.loss() || !raft_.trusted()) {
        return;
    }
    auto cleared = log_.clear_loss();
    if (!cleared) {
        fail(cleared.error().text);
        return;
    }
    logger::info("ordering", "the lost log records are back; voting again commit={}",
                 raft_.commit_index());
}

// --- Snapshots

bool Replica::fill(raft::InstallSnapshot& message) {
    if (snapshots_ == nullptr) {
        return false;
    }
    auto chunk = snapshots_->read(message.last_included_index, message.offset,
                                  static_cast<size_t>(options_.raft.snapshot_chunk_bytes));
    if (!chunk) {
        logger::warn("ordering", "cannot read the snapshot index={} reason=\"{}\"",
                     message.last_included_index, chunk.error().text);
        return false;
    }
    message.data = std::move(chunk->data);
    message.done = chunk->done;
    return true;
}

void Replica::store_chunk(const raft::InstallSnapshot& chunk) {
    if (snapshots_ == nullptr) {
        fail("a leader sent a snapshot, which this node has no place for");
        return;
    }
    receiving_ = SnapshotMeta{.index = chunk.last_included_index,
                              .term = chunk.last_included_term,
                              .configuration = chunk.configuration,
                              .bytes = chunk.offset + chunk.data.size()};
    auto written = snapshots_->write(*receiving_, chunk.offset, chunk.data);
    if (!written) {
        // The engine has counted the chunk; only a new start asks for it again.
        fail("storing a snapshot: " + written.error().text);
        return;
    }
    if (chunk.done) {
        out_.install = receiving_;
        installing_ = true;
    }
}

SnapshotMeta Replica::describe_snapshot(Index index, uint64_t bytes) const {
    ASSERT(index <= delivered_);
    ASSERT(index >= raft_.snapshot_index());
    return {.index = index,
            .term = raft_.term_at(index),
            .configuration = raft_.configuration_at(index),
            .bytes = bytes};
}

void Replica::snapshot_taken(const SnapshotMeta& meta, Index compact_to) {
    if (failed_ || meta.index <= raft_.snapshot_index() || meta.index > log_.durable_index()) {
        return;
    }
    ASSERT(compact_to <= meta.index);
    auto written =
        hard_state_.write_base({.index = meta.index,
                                .term = meta.term,
                                .snapshot_bytes = meta.bytes,
                                .configuration = raft::encode_configuration(meta.configuration)});
    if (!written) {
        if (written.error().code != storage::DiskError::no_space) {
            fail(written.error().text);
        }
        return;  // The next snapshot may do it.
    }
    static_cast<void>(step(
        raft::SnapshotTaken{.index = meta.index, .compact_to = compact_to, .bytes = meta.bytes}));
    if (failed_) {
        return;
    }
    auto purged = log_.purge_to(std::min({compact_to, delivered_, raft_.first_index() - 1}));
    if (!purged) {
        fail(purged.error().text);
    }
}

void Replica::snapshot_installed(const SnapshotMeta& meta) {
    if (failed_ || !receiving_ || meta.index != receiving_->index ||
        meta.term != receiving_->term) {
        return;
    }
    receiving_.reset();
    installing_ = false;
    auto written =
        hard_state_.write_base({.index = meta.index,
                                .term = meta.term,
                                .snapshot_bytes = meta.bytes,
                                .configuration = raft::encode_configuration(meta.configuration)});
    auto reset = written ? log_.reset(meta.index + 1) : std::move(written);
    if (!reset) {
        fail(reset.error().text);
        return;
    }
    backlog_.clear();
    delivered_ = meta.index;
    unapplied_.clear();
    unapplied_bytes_ = 0;
    static_cast<void>(step(raft::SnapshotInstalled{.index = meta.index, .term = meta.term}));
}

// --- Outputs

void Replica::deliver(Outputs& out) {
    if (installing_) {
        return;
    }
    const Index until = std::min(raft_.commit_index(), log_.durable_index());
    uint64_t bytes = 0;
    while (delivered_ < until) {
        const Index index = delivered_ + 1;
        const uint64_t length = log_.length_at(index);
        const bool batch_full =
            !out.committed.empty() && bytes + length > options_.deliver_bytes_max;
        const bool state_busy = unapplied_bytes_ + bytes != 0 &&
                                unapplied_bytes_ + bytes + length > options_.unapplied_bytes_max;
        if (batch_full || state_busy) {
            out.more_committed = true;
            break;
        }
        auto record = log_.read(index);
        if (!record) {
            fail(record.error().text);
            break;
        }
        const bool is_block = record->type == static_cast<uint8_t>(raft::EntryType::normal);
        out.committed.push_back({.index = index,
                                 .term = record->term,
                                 .is_block = is_block,
                                 .payload = std::move(record->payload)});
        bytes += length;
        delivered_ = index;
    }
    if (bytes != 0) {
        unapplied_.emplace_back(delivered_, bytes);
        unapplied_bytes_ += bytes;
    }
}

Outputs Replica::take() {
    Outputs out = std::exchange(out_, {});
    if (!failed_) {
        deliver(out);
    }
    if (!failed_ && !sync_running_ && log_.needs_sync()) {
        out.sync = log_.begin_sync();
        sync_running_ = true;
    }
    if (failed_) {
        out.messages.clear();
        out.committed.clear();
        out.more_committed = false;
        out.install.reset();
        out.failed = failed_;
    }
    out.next_deadline_ms = raft_.next_timeout_ms();
    if (disk_full()) {
        out.next_deadline_ms = std::min(out.next_deadline_ms, retry_at_ms_);
    }
    return out;
}

Status Replica::status() const {
    Status out;
    out.self = options_.raft.id;
    out.leadership = leadership_;
    out.commit_index = raft_.commit_index();
    out.commit_term = raft_.term_at(raft_.commit_index());
    out.leader_commit_index = leadership_.role == Role::leader
                                  ? raft_.commit_index()
                                  : std::max(leader_commit_index_, raft_.commit_index());
    out.last_index = raft_.last_index();
    out.persisted_index = raft_.persisted_index();
    out.elections = elections_;
    out.leader_changes = leader_changes_;
    out.sync_seconds_sum = sync_seconds_;
    out.sync_count = sync_count_;
    out.configuration = raft_.configuration();
    out.configuration_index = raft_.configuration_index();
    out.progress = raft_.progress();
    out.log_repairing = !raft_.trusted();
    out.failed = failed_.value_or("");
    return out;
}

}  // namespace otento::ordering
