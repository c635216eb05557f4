// Replica: from what is on disk to a running engine.
#include <otento/ordering/replica_parts.hpp>

#include <otento/base/logger.hpp>

#include <fmt/core.h>

namespace otento::ordering {
namespace {

StartError disk_error(storage::DiskError error) {
    return {StartError::disk, error.code, std::move(error.text)};
}

StartError start_error(storage::HardStateError error) {
    switch (error.code) {
        case storage::HardStateError::disk:
            return {StartError::disk, error.disk_code, error.text};
        case storage::HardStateError::other_identity:
            return {StartError::other_identity, storage::DiskError::io, error.text};
        case storage::HardStateError::damaged:
            break;
    }
    return {StartError::damaged, storage::DiskError::io, error.text};
}

StartError damaged(std::string text) {
    return {StartError::damaged, storage::DiskError::io, std::move(text)};
}

/// Where the log begins: what is recorded, or a snapshot that became durable just before a crash.
Result<storage::LogBase, StartError> find_base(storage::HardStateStore& hard_state,
                                               const SnapshotStore* snapshots,
                                               const ReplicaOptions& options) {
    storage::LogBase base;
    if (hard_state.base()) {
        base = *hard_state.base();
    } else {
        base.configuration = raft::encode_configuration(options.bootstrap);
        if (base.configuration.size() > storage::HardStateStore::CONFIGURATION_BYTES_MAX) {
            return Err(StartError{StartError::bad_configuration, storage::DiskError::io,
                                  "the bootstrap configuration is too large"});
        }
    }
    const std::optional<SnapshotMeta> newest =
        snapshots == nullptr ? std::nullopt : snapshots->newest();
    if (newest && newest->index > base.index) {
        base = {.index = newest->index,
                .term = newest->term,
                .snapshot_bytes = newest->bytes,
                .configuration = raft::encode_configuration(newest->configuration)};
    }
    if (base != hard_state.base()) {
        auto written = hard_state.write_base(base);
        if (!written) {
            return Err(disk_error(std::move(written).error()));
        }
    }
    return base;
}

/// The single voter of a cluster that lost records which are in its state keeps the state, on
/// request.
Result<void, StartError> accept_loss(storage::HardStateStore& hard_state, storage::SegmentLog& log,
                                     const storage::LogLoss& loss, storage::LogBase& base,
                                     const ReplicaOptions& options) {
    logger::warn("ordering", "going on without lost records, as asked from={} until={} applied={}",
                 loss.from, loss.until, options.applied_index);
    if (options.applied_index >= loss.from) {
        // What was applied stays; the log goes on behind it.
        base.index = options.applied_index;
        base.term =
            std::max({hard_state.hard_state().term, log.term_at(log.last_index()), base.term});
        base.snapshot_bytes = 0;
        auto written = hard_state.write_base(base);
        auto reset = written ? log.reset(base.index + 1) : std::move(written);
        if (!reset) {
            return Err(disk_error(std::move(reset).error()));
        }
    }
    auto cleared = log.clear_loss();
    if (!cleared) {
        return Err(disk_error(std::move(cleared).error()));
    }
    return {};
}

Result<std::vector<raft::EntryInfo>, StartError> describe_entries(storage::SegmentLog& log,
                                                                  Index after) {
    std::vector<raft::EntryInfo> entries;
    entries.reserve(static_cast<size_t>(log.last_index() - after));
    for (Index index = after + 1; index <= log.last_index(); ++index) {
        raft::EntryInfo info{.term = log.term_at(index),
                             .type = static_cast<raft::EntryType>(log.type_at(index)),
                             .bytes = log.length_at(index),
                             .configuration = nullptr};
        if (info.type == raft::EntryType::configuration) {
            auto record = log.read(index);
            if (!record) {
                return Err(disk_error(std::move(record).error()));
            }
            info.configuration = record->payload;
        }
        entries.push_back(std::move(info));
    }
    return entries;
}

/// The newest configuration a log holds, or the one it starts from.
raft::Configuration newest_configuration(const raft::DurableState& durable) {
    for (auto at = durable.entries.rbegin(); at != durable.entries.rend(); ++at) {
        if (at->type == raft::EntryType::configuration && at->configuration != nullptr) {
            auto decoded = raft::decode_configuration(*at->configuration);
            if (decoded) {
                return std::move(decoded).value();
            }
        }
    }
    return durable.configuration;
}

/// What the log once had and has not: marked by the log itself, or betrayed by a state that is
/// ahead of it. Only durable entries are applied, so the log has lost its tail then, however clean
/// it looks.
std::optional<storage::LogLoss> find_loss(const storage::SegmentLog& log,
                                          const ReplicaOptions& options) {
    std::optional<storage::LogLoss> loss = log.loss();
    if (options.applied_index > log.last_index()) {
        const uint64_t from = log.last_index() + 1;
        loss = {.from = loss ? std::min(loss->from, from) : from,
                .until = std::max(loss ? loss->until : 0, options.applied_index)};
    }
    return loss;
}

bool only_voter(const raft::Configuration& configuration, NodeId id) {
    return configuration.voters() == 1 && configuration.is_voter(id);
}

}  // namespace

std::string_view to_string(StartError::Code code) noexcept {
    switch (code) {
        case StartError::disk:
            return "disk error";
        case StartError::other_identity:
            return "other identity";
        case StartError::damaged:
            return "damaged";
        case StartError::state_behind_log:
            return "state behind log";
        case StartError::log_lost:
            return "log lost";
        case StartError::bad_configuration:
            return "bad configuration";
    }
    return "unknown";
}

Result<std::unique_ptr<Replica>, StartError> Replica::open(storage::Disk& disk,
                                                           SnapshotStore* snapshots,
                                                           ReplicaOptions options,
                                                           uint64_t now_ms) {
    ASSERT(options.identity.raft_id == options.raft.id);
    TRY(Parts parts, load(disk, snapshots, std::move(options), now_ms));
    return std::unique_ptr<Replica>(new Replica(std::move(parts)));
}

Result<Replica::Parts, StartError> Replica::load(storage::Disk& disk, SnapshotStore* snapshots,
                                                 ReplicaOptions options, uint64_t now_ms) {
    auto hard_state = storage::HardStateStore::open(disk, options.log.directory, options.identity);
    if (!hard_state) {
        return Err(start_error(std::move(hard_state).error()));
    }
    TRY(storage::LogBase base, find_base(*hard_state, snapshots, options));
    auto log =
        storage::SegmentLog::open(disk, options.log, {.index = base.index, .term = base.term});
    if (!log) {
        return Err(disk_error(std::move(log).error()));
    }
    auto configuration = raft::decode_configuration(base.configuration);
    if (!configuration) {
        return Err(damaged("the recorded configuration cannot be read"));
    }

    raft::DurableState durable;
    durable.configuration = std::move(configuration).value();
    TRY(durable.entries, describe_entries(*log, base.index));
    const raft::Configuration newest = newest_configuration(durable);
    std::optional<storage::LogLoss> loss = find_loss(*log, options);
    if (loss && only_voter(newest, options.raft.id)) {
        if (!options.accept_log_loss) {
            return Err(StartError{
                StartError::log_lost, storage::DiskError::io,
                fmt::format(
                    "log records {} to {} are damaged and this node is the only voter; restore a "
                    "backup of {}, or start once with the loss accepted",
                    loss->from, loss->until, options.log.directory)});
        }
        base.configuration = raft::encode_configuration(newest);
        TRY_VOID(accept_loss(*hard_state, *log, *loss, base, options));
        loss.reset();
        durable.configuration = newest;
        TRY(durable.entries, describe_entries(*log, base.index));
    }
    if (options.applied_index + 1 < log->first_index()) {
        return Err(StartError{StartError::state_behind_log, storage::DiskError::io,
                              fmt::format("the state has entries up to {} and the log begins at {}",
                                          options.applied_index, log->first_index())});
    }
    durable.snapshot_index = base.index;
    durable.snapshot_term = base.term;
    durable.snapshot_bytes = base.snapshot_bytes;
    durable.distrusted_until = loss ? loss->until : 0;
    // A term is made durable before any entry of it, but for a full disk; then no message of it has
    // left.
    const Term log_term = std::max(base.term, log->term_at(log->last_index()));
    durable.term = std::max(hard_state->hard_state().term, log_term);
    durable.voted_for =
        durable.term == hard_state->hard_state().term ? hard_state->hard_state().voted_for : 0;
    if (!raft::validate(durable)) {
        return Err(damaged("log, hard state and configuration contradict each other"));
    }
    logger::info(
        "ordering",
        "log opened directory={} first={} last={} base={} term={} applied={} distrusted_until={}",
        options.log.directory, log->first_index(), log->last_index(), base.index, durable.term,
        options.applied_index, durable.distrusted_until);
    raft::Raft raft(options.raft, std::move(durable), now_ms);
    return Parts{.options = std::move(options),
                 .snapshots = snapshots,
                 .hard_state = std::move(hard_state).value(),
                 .log = std::move(log).value(),
                 .raft = std::move(raft),
                 .now_ms = now_ms};
}

}  // namespace otento::ordering
