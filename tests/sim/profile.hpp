// What one simulated life of a cluster looks like: every knob, drawn from the seed.
#pragma once

#include <otento/base/random.hpp>
#include <otento/ordering/replica.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace otento::sim {

struct Profile {
    size_t voters = 3;
    size_t learners = 0;
    uint64_t fault_ms = 6000;      ///< Faults end here, and everything is repaired.
    uint64_t recovery_ms = 20000;  ///< Progress and convergence are due within this time after.

    // Network, per message, in microseconds and per mille.
    bool ordered_links = false;  ///< One session per pair: in order, nothing twice.
    uint32_t loss_per_mille = 0;
    uint32_t duplicate_per_mille = 0;
    uint64_t delay_min_us = 100;
    uint64_t delay_max_us = 1500;

    // Disks.
    uint64_t sync_min_us = 100;
    uint64_t sync_max_us = 1500;
    uint32_t slow_sync_per_mille = 0;  ///< Those take up to half a second.
    uint64_t segment_bytes = 8192;
    uint64_t cache_bytes = 4096;

    // Load.
    uint64_t propose_every_us = 12000;
    size_t payload_bytes_max = 300;
    uint64_t snapshot_entries = 0;  ///< Entries between snapshots; 0: none are taken.
    uint64_t trailing_entries = 5;

    // Mean time between faults in milliseconds; 0: never.
    uint64_t crash_every_ms = 0;
    uint64_t blackout_every_ms = 0;  ///< All nodes lose power at once.
    uint64_t partition_every_ms = 0;
    uint64_t pause_every_ms = 0;  ///< A process that is not scheduled for a while.
    uint64_t transfer_every_ms = 0;
    uint64_t membership_every_ms = 0;
    uint64_t disk_error_every_ms = 0;
    uint64_t disk_full_every_ms = 0;
    uint64_t damage_every_ms = 0;  ///< A bit flips in the log of a node that is down.

    raft::Options raft;
};

/// Names that draw_profile knows.
[[nodiscard]] std::span<const std::string_view> profile_names();

/// Draws the knobs for a seed; empty for an unknown name.
[[nodiscard]] std::optional<Profile> draw_profile(std::string_view name, Random& random);

}  // namespace otento::sim
