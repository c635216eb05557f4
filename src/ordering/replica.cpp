#include <otento/ordering/replica.hpp>

#include <otento/base/logger.hpp>
#include <otento/raft/codec.hpp>

#include <fmt/core.h>

namespace otento::ordering {
namespace {

using storage::DiskError;
using storage::LogRecord;

LogRecord to_record(raft::Entry& entry) {
    return {.index = entry.index,
            .term = entry.term,
            .type = static_cast<uint8_t>(entry.type),
            .payload = std::move(entry.payload)};
}

raft::Entry to_entry(LogRecord& record) {
    return {.index = record.index,
            .term = record.term,
            .type = static_cast<raft::EntryType>(record.type),
            .payload = std::move(record.payload)};
}

ReplicaError disk_error(const DiskError& error) { return {.code = ReplicaError::disk, .text = error.text}; }

ReplicaError damaged(std::string text) { return {.code = ReplicaError::damaged, .text = std::move(text)}; }

Result<storage::HardStateStore, ReplicaError> open_hard_state(storage::Disk& disk, const ReplicaOptions& options) {
    auto opened = storage::HardStateStore::open(disk, options.directory, options.identity);
    if (!opened) {
        const storage::HardStateError& error = opened.error();
        switch (error.code) {
            case storage::HardStateError::other_identity:
                return Err(ReplicaError{.code = ReplicaError::other_identity, .text = error.text});
            case storage::HardStateError::damaged:
                return Err(damaged(error.text));
            case storage::HardStateError::disk:
                return Err(ReplicaError{.code = ReplicaError::disk, .text = error.text});
        }
    }
    storage::HardStateStore store = *std::move(opened);
    if (!store.base() && !options.bootstrap.members.empty()) {
        const storage::LogBase base{.index = 0,
                                    .term = 0,
                                    .snapshot_bytes = 0,
                                    .configuration = raft::encode_configuration(options.bootstrap)};
        if (const auto written = store.write_base(base); !written) {
            return Err(disk_error(written.error()));
        }
    }
    return store;
}

Result<raft::DurableState, ReplicaError> durable_state(const storage::HardStateStore& store, storage::SegmentLog& log) {
    raft::DurableState out;
    out.term = store.hard_state().term;
    out.voted_for = store.hard_state().voted_for;
    if (const auto& base = store.base()) {
        auto configuration = raft::decode_configuration(base->configuration);
        if (!configuration) {
            return Err(damaged("the stored configuration of the cluster does not decode"));
        }
        out.snapshot_index = base->index;
        out.snapshot_term = base->term;
        out.snapshot_bytes = base->snapshot_bytes;
        out.configuration = *std::move(configuration);
    }
    for (Index index = out.snapshot_index + 1; index <= log.last_index(); ++index) {
        raft::EntryInfo info{.term = log.term_at(index),
                             .type = static_cast<raft::EntryType>(log.type_at(index)),
                             .bytes = log.length_at(index),
                             .configuration = nullptr};
        if (info.type == raft::EntryType::configuration) {
            auto record = log.read(index);
            if (!record) {
                return Err(disk_error(record.error()));
            }
            info.configuration = std::move(record->payload);
        }
        out.entries.push_back(std::move(info));
    }
    out.distrusted_until = log.loss() ? log.loss()->until : 0;
    if (!raft::validate(out)) {
        return Err(damaged("the raft log does not fit together with its term and configuration"));
    }
    return out;
}

}  // namespace

Result<Replica, ReplicaError> Replica::open(storage::Disk& disk, const ReplicaOptions& options, uint64_t now_ms,
                                            SnapshotStore* snapshots) {
    if (const auto made = disk.create_directories(options.directory); !made) {
        return Err(disk_error(made.error()));
    }
    TRY(storage::HardStateStore store, open_hard_state(disk, options));
    const storage::LogOptions log_options{.directory = options.directory,
                                          .segment_bytes = options.segment_bytes,
                                          .cache_bytes = options.cache_bytes,
                                          .salt_seed = options.salt_seed};
    storage::LogStart start;
    if (const auto& base = store.base()) {
        start = {.index = base->index, .term = base->term};
    }
    auto log = storage::SegmentLog::open(disk, log_options, start);
    if (!log) {
        return Err(disk_error(log.error()));
    }
    TRY(raft::DurableState durable, durable_state(store, *log));
    raft::Options raft_options = options.raft;
    raft_options.id = options.identity.raft_id;
    raft::Raft engine(raft_options, std::move(durable), now_ms);
    return Replica(options, std::move(store), *std::move(log), std::move(engine), snapshots);
}

Replica::Replica(ReplicaOptions options, storage::HardStateStore hard_state, storage::SegmentLog log,
                 raft::Raft engine, SnapshotStore* snapshots)
    : options_(std::move(options)),
      hard_state_(std::move(hard_state)),
      log_(std::move(log)),
      engine_(std::move(engine)),
      snapshots_(snapshots),
      reported_durable_(engine_.persisted_index()),
      commit_index_(engine_.commit_index()),
      delivered_(std::max(options_.applied_index, engine_.snapshot_index())) {
    leadership_ = {.role = engine_.role(), .term = engine_.term(), .leader = engine_.leader()};
}

// --- Inputs ------------------------------------------------------------------------------------------------

void Replica::receive(NodeId from, BytesView frame, uint64_t now_ms) {
    if (!failed_.empty()) {
        return;
    }
    auto message = raft::decode_message(frame);
    if (!message || message->from != from || message->to != options_.identity.raft_id) {
        ++malformed_frames_;
        return;
    }
    Index leader_commit = 0;
    if (const auto* append = std::get_if<raft::AppendEntries>(&message->body); append && append->term >= engine_.term()) {
        leader_commit = append->leader_commit;
    }
    if (step({.now_ms = now_ms, .body = raft::Receive{*std::move(message)}})) {
        leader_commit_index_ = std::max(leader_commit_index_, leader_commit);
    } else {
        ++malformed_frames_;
    }
}

void Replica::tick(uint64_t now_ms) {
    if (!failed_.empty()) {
        return;
    }
    if (!waiting_.empty() && now_ms >= retry_at_ms_) {
        retry_at_ms_ = now_ms + options_.retry_ms;
        (void)append_waiting();
    }
    if (now_ms >= engine_.next_timeout_ms()) {
        (void)step({.now_ms = now_ms, .body = raft::Tick{}}).has_value();
    }
}

Result<void, ProposeError> Replica::propose(Payload block, Term term, uint64_t now_ms) {
    if (!failed_.empty()) {
        return Err(ProposeError::stopped);
    }
    if (!waiting_.empty()) {
        return Err(ProposeError::busy);  // The disk is full.
    }
    raft::Submit submit{.payloads = {}, .term = term};
    submit.payloads.push_back(std::move(block));
    const auto stepped = step({.now_ms = now_ms, .body = std::move(submit)});
    if (!stepped) {
        return Err(stepped.error() == raft::StepError::busy ? ProposeError::busy : ProposeError::not_leader);
    }
    return {};
}

Result<void, raft::StepError> Replica::change(raft::Configuration configuration, uint64_t now_ms) {
    return step({.now_ms = now_ms, .body = raft::SubmitConfiguration{std::move(configuration)}});
}

Result<void, raft::StepError> Replica::transfer(NodeId to, uint64_t now_ms) {
    return step({.now_ms = now_ms, .body = raft::TransferLeadership{to}});
}

Result<void, raft::StepError> Replica::read_index(uint64_t id, uint64_t now_ms) {
    return step({.now_ms = now_ms, .body = raft::ReadIndex{id}});
}

void Replica::sync_finished(uint64_t job, const storage::DiskResult<void>& result, uint64_t now_ms) {
    sync_job_.reset();
    if (!failed_.empty()) {
        return;
    }
    log_.finish_sync(job, result);
    if (!result) {
        fail(result.error().text);
        return;
    }
    report_durable(now_ms);
}

void Replica::report_durable(uint64_t now_ms) {
    const Index durable = log_.durable_index();
    if (durable <= reported_durable_ || durable <= engine_.snapshot_index()) {
        return;
    }
    reported_durable_ = durable;
    const raft::Persisted persisted{.index = durable, .term = log_.term_at(durable), .log_epoch = log_epoch_};
    (void)step({.now_ms = now_ms, .body = persisted}).has_value();
    settle_loss();
}

/// What was lost to damage is back and durable: this replica counts again after the next start, too.
void Replica::settle_loss() {
    if (!log_.loss() || !engine_.trusted() || log_.durable_index() < log_.loss()->until) {
        return;
    }
    if (const auto cleared = log_.clear_loss(); !cleared) {
        fail(cleared.error().text);
        return;
    }
    logger::info("raft", "the raft log is whole again up to entry {}; voting from here on", log_.durable_index());
}

void Replica::snapshot_taken(Index index, Index compact_to, uint64_t bytes, uint64_t now_ms) {
    if (!failed_.empty() || index <= engine_.snapshot_index()) {
        return;
    }
    const storage::LogBase base{.index = index,
                                .term = engine_.term_at(index),
                                .snapshot_bytes = bytes,
                                .configuration = raft::encode_configuration(engine_.configuration_at(index))};
    if (const auto written = hard_state_.write_base(base); !written) {
        logger::warn("raft", "cannot note the snapshot at entry {}: {}", index, written.error().text);
        return;
    }
    const raft::SnapshotTaken taken{.index = index, .compact_to = compact_to, .bytes = bytes};
    if (!step({.now_ms = now_ms, .body = taken})) {
        return;
    }
    if (const auto purged = log_.purge_to(std::min(compact_to, index)); !purged) {
        fail(purged.error().text);
    }
}

// --- What a step asks for ----------------------------------------------------------------------------------

Result<void, raft::StepError> Replica::step(raft::Event event) {
    const uint64_t now_ms = event.now_ms;
    TRY(raft::Update update, engine_.step(std::move(event)));
    perform(update, now_ms);
    return {};
}

void Replica::perform(raft::Update& update, uint64_t now_ms) {
    if (!persist_hard_state(update) || !write_log(update)) {
        return;
    }
    if (update.snapshot_chunk) {
        store_chunk(*update.snapshot_chunk, now_ms);
    }
    for (raft::Message& message : update.messages) {
        send(message);
    }
    commit_index_ = std::max(commit_index_, update.commit_index);
    std::move(update.reads.begin(), update.reads.end(), std::back_inserter(reads_));
    follow();
}

bool Replica::persist_hard_state(const raft::Update& update) {
    if (!update.hard_state_changed) {
        return true;
    }
    if (const auto written = hard_state_.write_hard_state({.term = update.term, .voted_for = update.voted_for}); !written) {
        fail(written.error().text);
        return false;
    }
    return true;
}

bool Replica::write_log(raft::Update& update) {
    log_epoch_ = update.log_epoch;
    if (update.truncate_from != 0) {
        while (!waiting_.empty() && waiting_.back().index >= update.truncate_from) {
            waiting_.pop_back();
        }
        if (update.truncate_from <= log_.last_index()) {
            if (const auto cut = log_.truncate_from(update.truncate_from); !cut) {
                fail(cut.error().text);
                return false;
            }
        }
        reported_durable_ = std::min(reported_durable_, update.truncate_from - 1);
    }
    if (update.entries.empty()) {
        return true;
    }
    for (raft::Entry& entry : update.entries) {
        waiting_.push_back(to_record(entry));
    }
    return append_waiting();
}

/// Appends what the engine counts as appended. On a full disk it waits, unacknowledged, until there is room.
bool Replica::append_waiting() {
    const std::vector<LogRecord> records(waiting_.begin(), waiting_.end());
    const auto appended = log_.append(records);
    if (!appended && appended.error().code != DiskError::no_space) {
        fail(appended.error().text);
        return false;
    }
    while (!waiting_.empty() && waiting_.front().index <= log_.last_index()) {
        waiting_.pop_front();
    }
    if (disk_full_ != !appended) {
        disk_full_ = !appended;
        if (disk_full_) {
            logger::error("raft", "the disk is full; no new entries until there is room: {}", appended.error().text);
        } else {
            logger::info("raft", "the disk takes entries again");
        }
    }
    return true;
}

void Replica::store_chunk(const raft::InstallSnapshot& chunk, uint64_t now_ms) {
    if (snapshots_ == nullptr) {
        return;  // The leader goes on asking; nothing is lost.
    }
    if (const auto written = snapshots_->write(chunk); !written) {
        logger::warn("raft", "cannot store a snapshot chunk: {}", written.error().text);
        return;
    }
    if (chunk.done) {
        install(chunk, now_ms);
    }
}

void Replica::install(const raft::InstallSnapshot& last, uint64_t now_ms) {
    const Index index = last.last_included_index;
    const Term term = last.last_included_term;
    const auto bytes = snapshots_->install(index, term);
    if (!bytes) {
        fail(bytes.error().text);
        return;
    }
    const storage::LogBase base{.index = index,
                                .term = term,
                                .snapshot_bytes = *bytes,
                                .configuration = raft::encode_configuration(last.configuration)};
    if (const auto written = hard_state_.write_base(base); !written) {
        fail(written.error().text);
        return;
    }
    if (const auto reset = log_.reset(index + 1); !reset) {
        fail(reset.error().text);
        return;
    }
    waiting_.clear();
    delivered_ = std::max(delivered_, index);
    installed_ = index;
    reported_durable_ = index;
    (void)step({.now_ms = now_ms, .body = raft::SnapshotInstalled{.index = index, .term = term}}).has_value();
    settle_loss();
}

void Replica::send(raft::Message& message) {
    if (auto* append = std::get_if<raft::AppendEntries>(&message.body); append && !fill(*append)) {
        return;
    }
    if (auto* install = std::get_if<raft::InstallSnapshot>(&message.body); install && !attach(*install)) {
        return;
    }
    outgoing_.push_back({.to = message.to, .frame = std::make_shared<const Bytes>(raft::encode_message(message))});
}

bool Replica::fill(raft::AppendEntries& append) {
    const Index first = append.prev_log_index + 1;
    const Index last = append.prev_log_index + append.entry_count;
    append.entries.reserve(append.entry_count);
    if (append.entry_count != 0 && first <= log_.last_index()) {
        const Index stop = std::min(last, log_.last_index());
        auto records = log_.read_range(first, stop - first + 1, UINT64_MAX);
        if (!records) {
            fail(fmt::format("entry {} cannot be read: {}", first, records.error().text));
            return false;
        }
        for (LogRecord& record : *records) {
            append.entries.push_back(to_entry(record));
        }
    }
    for (const LogRecord& record : waiting_) {
        if (record.index >= first && record.index <= last) {
            LogRecord copy = record;
            append.entries.push_back(to_entry(copy));
        }
    }
    return append.entries.size() == append.entry_count;
}

bool Replica::attach(raft::InstallSnapshot& install) {
    if (snapshots_ == nullptr) {
        return false;
    }
    auto chunk = snapshots_->read(install.last_included_index, install.offset, options_.raft.snapshot_chunk_bytes);
    if (!chunk) {
        return false;
    }
    install.data = std::move(chunk->data);
    install.done = chunk->done;
    return true;
}

void Replica::follow() {
    const Leadership now{.role = engine_.role(), .term = engine_.term(), .leader = engine_.leader()};
    if (now == leadership_) {
        return;
    }
    if (now.role == Role::candidate && leadership_.role != Role::candidate) {
        ++elections_;
    }
    if (now.leader != leadership_.leader && now.leader != 0) {
        ++leader_changes_;
    }
    leadership_ = now;
    leadership_changed_ = true;
}

void Replica::fail(std::string reason) {
    if (failed_.empty()) {
        failed_ = std::move(reason);
        logger::error("raft", "this node takes no further part in the cluster until it is restarted: {}", failed_);
        leadership_ = {.role = Role::follower, .term = engine_.term(), .leader = 0};
        leadership_changed_ = true;
        outgoing_.clear();
    }
}

// --- Outputs -----------------------------------------------------------------------------------------------

std::vector<Outgoing> Replica::take_messages() { return std::exchange(outgoing_, {}); }

std::optional<storage::SyncJob> Replica::begin_sync() {
    if (!failed_.empty() || sync_job_ || !log_.needs_sync()) {
        return std::nullopt;
    }
    storage::SyncJob job = log_.begin_sync();
    sync_job_ = job.id();
    return job;
}

std::vector<Committed> Replica::take_committed(size_t bytes_max) {
    std::vector<Committed> out;
    const Index last = std::min(commit_index_, log_.durable_index());
    if (!failed_.empty() || delivered_ >= last) {
        return out;
    }
    auto records = log_.read_range(delivered_ + 1, last - delivered_, bytes_max);
    if (!records) {
        fail(fmt::format("entry {} cannot be read: {}", delivered_ + 1, records.error().text));
        return out;
    }
    for (LogRecord& record : *records) {
        out.push_back({.index = record.index,
                       .term = record.term,
                       .is_block = record.type == static_cast<uint8_t>(raft::EntryType::normal),
                       .payload = std::move(record.payload)});
        delivered_ = record.index;
    }
    return out;
}

std::optional<Index> Replica::take_installed() { return std::exchange(installed_, std::nullopt); }

std::optional<Leadership> Replica::take_leadership() {
    if (!std::exchange(leadership_changed_, false)) {
        return std::nullopt;
    }
    return leadership_;
}

std::vector<raft::ReadState> Replica::take_reads() { return std::exchange(reads_, {}); }

uint64_t Replica::next_deadline_ms() const noexcept {
    if (!failed_.empty()) {
        return UINT64_MAX;
    }
    const uint64_t engine = engine_.next_timeout_ms();
    return waiting_.empty() ? engine : std::min(engine, retry_at_ms_);
}

Status Replica::status() const {
    Status out;
    out.leadership = leadership_;
    out.commit_index = commit_index_;
    out.leader_commit_index =
        leadership_.role == Role::leader ? commit_index_ : std::max(leader_commit_index_, commit_index_);
    out.last_index = engine_.last_index();
    out.persisted_index = log_.durable_index();
    out.elections = elections_;
    out.leader_changes = leader_changes_;
    out.configuration = engine_.configuration();
    if (leadership_.role == Role::leader) {
        out.progress = engine_.progress();
    }
    out.log_repairing = log_.loss().has_value();
    out.failed = failed_;
    return out;
}

}  // namespace otento::ordering
