// What members may say on the raft port: every message decodes to one that encodes to the same
// bytes, and a replica with its log survives any sequence of them, whoever lies.
#include <otento/base/logger.hpp>
#include <otento/ordering/replica.hpp>
#include <otento/raft/codec.hpp>
#include <otento/storage/testing/sim_disk.hpp>

namespace {

using namespace otento;

constexpr size_t FRAMES_MAX = 32;
constexpr uint64_t VOTERS = 3;

raft::Configuration members() {
    raft::Configuration out;
    for (uint64_t id = 1; id <= VOTERS; ++id) {
        out.members.push_back({.id = id, .voter = true, .address = {}});
    }
    return out;
}

void check_codec(BytesView frame) {
    const auto message = raft::decode_message(frame);
    if (message) {
        ASSERT(equal(raft::encode_message(*message), frame));
    }
}

/// One frame of the input: sender, milliseconds since the last one, length, bytes.
void drive(ordering::Replica& replica, BytesView in) {
    uint64_t now_ms = 0;
    for (size_t i = 0; i < FRAMES_MAX && in.size() > 4; ++i) {
        const uint64_t from = in[0] % (VOTERS + 2);
        now_ms += in[1] * 2U;
        const size_t length = std::min<size_t>(load_be<uint16_t>(in.data() + 2), in.size() - 4);
        const BytesView frame = in.subspan(4, length);
        check_codec(frame);
        replica.set_time(now_ms);
        static_cast<void>(replica.receive_frame(from, frame));
        replica.tick();
        ordering::Outputs out = replica.take();
        if (out.sync) {
            replica.synced(out.sync->id(), out.sync->run());
        }
        if (!out.committed.empty()) {
            replica.applied(out.committed.back().index);
        }
        in = in.subspan(4 + length);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    logger::set_level(logger::Level::off);
    storage::testing::SimDisk disk(1);
    ASSERT(disk.create_directories("log"));
    ordering::ReplicaOptions options;
    options.raft.id = 1;
    options.identity.raft_id = 1;
    options.log = {.directory = "log", .segment_bytes = 16384, .cache_bytes = 4096, .salt_seed = 7};
    options.bootstrap = members();
    auto replica = ordering::Replica::open(disk, nullptr, options, 0);
    ASSERT(replica);
    drive(**replica, BytesView(data, size));
    check_codec(BytesView(data, size));
    return 0;
}
