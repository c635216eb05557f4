// What senders on any thread and the network thread both need to know of a peer: which lanes carry
// frames, and how many bytes wait.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/p2p/hello.hpp>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <unordered_map>

namespace otento::p2p {

struct PeerCounters {
    std::array<std::atomic<bool>, LANE_COUNT> lane_up{};
    std::atomic<size_t> queued_bytes = 0;
    std::atomic<uint64_t> frames_sent = 0;
    std::atomic<uint64_t> frames_dropped = 0;
};

/// Counters by raft id; a new one is published when the members change.
using PeerDirectory = std::unordered_map<uint64_t, std::shared_ptr<PeerCounters>>;

/// Reserves room for `frame` in the peer's queue, which is given back when the last copy of the
/// returned pointer goes away, sent or not. Null, and counted as dropped, if the lane is down or
/// the queue would exceed `queue_bytes_max`.
[[nodiscard]] std::shared_ptr<const Bytes> charge(const std::shared_ptr<PeerCounters>& counters,
                                                  Lane lane, std::shared_ptr<const Bytes> frame,
                                                  size_t queue_bytes_max);

}  // namespace otento::p2p
