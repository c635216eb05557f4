#include "profile.hpp"

#include <array>

namespace otento::sim {
namespace {

constexpr std::array<std::string_view, 7> NAMES = {"mixed",  "plain", "membership", "disk",
                                                   "damage", "quiet", "any"};

void draw_network(Profile& profile, Random& random) {
    profile.ordered_links = random.chance(400);
    profile.loss_per_mille = random.chance(300) ? 0 : static_cast<uint32_t>(random.below(150));
    profile.duplicate_per_mille = random.chance(400) ? 0 : static_cast<uint32_t>(random.below(80));
    profile.delay_min_us = 50 + random.below(400);
    profile.delay_max_us =
        profile.delay_min_us + 100 + random.below(random.chance(250) ? 60000 : 4000);
    if (profile.ordered_links) {
        profile.loss_per_mille /= 4;  // A lost frame breaks the session; less of it is plenty.
        profile.duplicate_per_mille = 0;
    }
}

void draw_load(Profile& profile, Random& random) {
    profile.propose_every_us = 4000 + random.below(30000);
    profile.payload_bytes_max = random.chance(700) ? 300 : 3000;
    profile.segment_bytes = 4096U << random.below(3);
    profile.cache_bytes = random.chance(500) ? 1024 : 65536;
    profile.sync_max_us = profile.sync_min_us + random.below(random.chance(300) ? 30000 : 3000);
    profile.slow_sync_per_mille = random.chance(700) ? 0 : static_cast<uint32_t>(random.below(60));
}

void draw_engine(Profile& profile, Random& random) {
    raft::Options& options = profile.raft;
    options.election_timeout_min_ms = 150;
    options.election_timeout_max_ms = 300;
    options.heartbeat_ms = 50;
    options.message_bytes_max = random.chance(500) ? 1 << 20 : 500 + random.below(2000);
    options.message_entries_max =
        random.chance(500) ? 1024 : 1 + static_cast<uint32_t>(random.below(6));
    options.inflight_messages_max =
        random.chance(500) ? 64 : 1 + static_cast<uint32_t>(random.below(4));
    options.inflight_bytes_max = random.chance(700) ? 8 << 20 : 1000 + random.below(4000);
    options.uncommitted_bytes_max = random.chance(800) ? 64 << 20 : 4000 + random.below(20000);
    options.snapshot_chunk_bytes = random.chance(500) ? 1 << 18 : 20 + random.below(200);
}

}  // namespace

std::span<const std::string_view> profile_names() {
    return NAMES;
}

std::optional<Profile> draw_profile(std::string_view name, Random& random) {
    if (name == "any") {
        return draw_profile(NAMES[random.below(NAMES.size() - 2)],
                            random);  // Neither `quiet` nor `any`.
    }
    Profile profile;
    draw_network(profile, random);
    draw_load(profile, random);
    draw_engine(profile, random);
    profile.voters = 1 + random.below(7);
    profile.learners = random.chance(700) ? 0 : 1 + random.below(2);
    // `rare` faults are absent in half of the lives, so that others show without them.
    const auto sometimes = [&](uint64_t mean_ms) {
        return random.chance(500) ? 0 : mean_ms / 2 + random.below(mean_ms);
    };
    const auto always = [&](uint64_t mean_ms) { return mean_ms / 2 + random.below(mean_ms); };
    profile.snapshot_entries = random.chance(350) ? 0 : 10 + random.below(80);
    profile.trailing_entries = random.below(6);
    if (name == "quiet") {  // Nothing goes wrong: all acknowledged, one leader.
        profile.loss_per_mille = 0;
        profile.duplicate_per_mille = 0;
        profile.slow_sync_per_mille = 0;
        profile.delay_max_us = profile.delay_min_us + 1000;
        profile.sync_max_us = 3000;
        profile.fault_ms = 2000;
        return profile;
    }
    profile.crash_every_ms = always(900);
    profile.partition_every_ms = always(900);
    profile.pause_every_ms = sometimes(1500);
    profile.transfer_every_ms = sometimes(1500);
    profile.blackout_every_ms = sometimes(4000);
    if (name == "plain") {
        profile.voters = random.chance(500) ? 3 : 5;
        profile.snapshot_entries = 0;
        return profile;
    }
    if (name == "membership") {
        profile.membership_every_ms = always(250);
        profile.voters = 1 + random.below(4);
        return profile;
    }
    if (name == "disk") {
        profile.disk_error_every_ms = always(900);
        profile.disk_full_every_ms = always(1200);
        profile.crash_every_ms = always(500);
        profile.blackout_every_ms = always(2000);
        return profile;
    }
    if (name == "damage") {
        profile.voters = 3 + random.below(5);
        profile.damage_every_ms = always(800);
        profile.crash_every_ms = always(500);
        return profile;
    }
    if (name == "mixed") {
        profile.membership_every_ms = sometimes(600);
        profile.disk_error_every_ms = sometimes(2500);
        profile.disk_full_every_ms = sometimes(2500);
        return profile;
    }
    return std::nullopt;
}

}  // namespace otento::sim
