#include <otento/node/metrics.hpp>

#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <unistd.h>
#include <fstream>
#include <mutex>

namespace otento::node {
namespace {

/// Resident memory of this process in bytes.
double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    uint64_t size = 0;
    uint64_t resident = 0;
    statm >> size >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

struct Metrics::Impl {
    std::mutex mutex;
    prometheus::Registry registry;

    void set(const char* name, const char* help, double value,
             const prometheus::Labels& labels = {}) {
        prometheus::BuildGauge().Name(name).Help(help).Register(registry).Add(labels).Set(value);
    }
    void set(const char* name, const char* help, uint64_t value,
             const prometheus::Labels& labels = {}) {
        set(name, help, static_cast<double>(value), labels);
    }

    void raft(const Readings& readings) {
        const ordering::Status& status = readings.orderer;
        set("otento_raft_term", "Current raft term", status.leadership.term);
        set("otento_raft_is_leader", "1 at the leader",
            uint64_t{status.leadership.role == raft::Role::leader});
        set("otento_raft_leader_id", "Raft id of the known leader, 0 if none",
            status.leadership.leader);
        set("otento_raft_commit_index", "Highest log entry known to be committed",
            status.commit_index);
        set("otento_raft_leader_commit_index", "Highest commit index heard from a leader",
            status.leader_commit_index);
        set("otento_raft_last_index", "Last log entry here", status.last_index);
        set("otento_raft_persisted_index", "Last durable log entry here", status.persisted_index);
        set("otento_raft_elections_total", "Elections started by this node", status.elections);
        set("otento_raft_leader_changes_total", "Leaders seen since the start",
            status.leader_changes);
        set("otento_raft_sync_seconds_sum", "Time spent in fdatasync of the log",
            status.sync_seconds_sum);
        set("otento_raft_sync_count", "Syncs of the log", status.sync_count);
        set("otento_raft_log_repairing", "1 while lost entries are fetched from peers",
            uint64_t{status.log_repairing});
        for (const raft::PeerProgress& peer : status.progress) {
            const prometheus::Labels labels{{"peer", std::to_string(peer.id)}};
            const uint64_t lag =
                status.last_index > peer.match_index ? status.last_index - peer.match_index : 0;
            set("otento_raft_peer_lag_entries", "Entries a follower is behind, at the leader", lag,
                labels);
            set("otento_raft_peer_active", "1 if the follower answered lately, at the leader",
                uint64_t{peer.recently_active}, labels);
        }
    }

    void ledger(const Readings& readings) {
        const consensus::LedgerStatus& status = readings.ledger;
        set("otento_head_block", "Number of the newest applied block", status.head);
        set("otento_applied_index", "Log entry the state stands for", status.applied_index);
        set("otento_apply_backlog_entries", "Committed entries not applied yet",
            uint64_t{status.apply_backlog});
        set("otento_blocks_minted_total", "Blocks proposed by this node", status.blocks_minted);
        set("otento_blocks_applied_total", "Blocks applied since the start", status.blocks_applied);
        set("otento_transactions_applied_total", "Transactions in them",
            status.transactions_applied);
        set("otento_noop_blocks_total", "Committed blocks that extended nothing",
            status.noop_blocks);
        set("otento_proposals_lost_total", "Own blocks dropped before commit",
            status.proposals_lost);
        set("otento_speculative_blocks", "Own blocks proposed and not committed",
            uint64_t{status.speculative_blocks});
        set("otento_halted", "1 if this node applies no further blocks",
            uint64_t{!status.halted.empty()});
        set("otento_pool_executable", "Transactions ready for a block",
            uint64_t{readings.pool.executable});
        set("otento_pool_queued", "Transactions behind a nonce gap",
            uint64_t{readings.pool.queued});
        set("otento_pool_bytes", "Memory of the pool's transactions",
            uint64_t{readings.pool.bytes});
    }

    void process(const Readings& readings) {
        set("otento_ready", "1 if /readyz says 200", uint64_t{readings.ready});
        set("otento_store_memory_bytes", "Memory of the key-value store",
            readings.store.memory_bytes);
        set("otento_store_disk_bytes", "Table files of the key-value store",
            readings.store.disk_bytes);
        set("process_resident_memory_bytes", "Resident memory", resident_bytes());
        for (const p2p::PeerStatus& peer : readings.peers) {
            const prometheus::Labels labels{{"peer", std::to_string(peer.raft_id)}};
            set("otento_peer_connected", "1 if the raft connection is up",
                uint64_t{peer.raft_connected}, labels);
            set("otento_peer_frames_dropped_total", "Frames dropped since the send queue was full",
                peer.frames_dropped, labels);
        }
    }
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

std::string Metrics::render(const Readings& readings) {
    const std::lock_guard lock(impl_->mutex);
    impl_->raft(readings);
    impl_->ledger(readings);
    impl_->process(readings);
    return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace otento::node
