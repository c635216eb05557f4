#include <otento/p2p/peer_counters.hpp>

#include <utility>

namespace otento::p2p {
namespace {

// Added to every frame, so that endless empty frames fill a queue too.
constexpr size_t FRAME_OVERHEAD = 64;

struct Charge {
    std::shared_ptr<PeerCounters> counters;
    std::shared_ptr<const Bytes> frame;
    size_t bytes;

    Charge(std::shared_ptr<PeerCounters> peer, std::shared_ptr<const Bytes> data, size_t size)
        : counters(std::move(peer)), frame(std::move(data)), bytes(size) {}
    Charge(const Charge&) = delete;
    Charge& operator=(const Charge&) = delete;
    ~Charge() { counters->queued_bytes.fetch_sub(bytes, std::memory_order_relaxed); }
};

}  // namespace

std::shared_ptr<const Bytes> charge(const std::shared_ptr<PeerCounters>& counters, Lane lane,
                                    std::shared_ptr<const Bytes> frame, size_t queue_bytes_max) {
    const size_t bytes = frame->size() + FRAME_OVERHEAD;
    const bool up = counters->lane_up[static_cast<size_t>(lane)].load(std::memory_order_relaxed);
    const size_t before = counters->queued_bytes.fetch_add(bytes, std::memory_order_relaxed);
    if (!up || before + bytes > queue_bytes_max) {
        counters->queued_bytes.fetch_sub(bytes, std::memory_order_relaxed);
        counters->frames_dropped.fetch_add(1, std::memory_order_relaxed);
        return nullptr;
    }
    const auto charged = std::make_shared<const Charge>(counters, std::move(frame), bytes);
    return {charged, charged->frame.get()};
}

}  // namespace otento::p2p
