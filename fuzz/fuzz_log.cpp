// What a disk may give back: a log directory of any content opens or says why not, its records read
// or answer an error, and it takes new ones.
#include <otento/base/logger.hpp>
#include <otento/storage/hard_state.hpp>
#include <otento/storage/segment_log.hpp>
#include <otento/storage/testing/sim_disk.hpp>

#include <map>

namespace {

using namespace otento;
using namespace otento::storage;

constexpr const char* FILES[] = {"cut", "loss", "vote", "base"};
constexpr uint64_t SEGMENT_BYTES = 8192;
constexpr unsigned RECORDS = 12;

LogOptions options() {
    return {
        .directory = "log", .segment_bytes = SEGMENT_BYTES, .cache_bytes = 1024, .salt_seed = 7};
}

using Files = std::map<std::string, Bytes>;

/// A log as the program writes it, for the input to damage.
Files write_log() {
    logger::set_level(logger::Level::off);
    testing::SimDisk disk(1);
    ASSERT(disk.create_directories("log"));
    auto log = SegmentLog::open(disk, options(), {});
    ASSERT(log);
    for (uint64_t i = 1; i <= RECORDS; ++i) {
        const LogRecord record{.index = i,
                               .term = 1 + i / 4,
                               .type = 1,
                               .payload = std::make_shared<const Bytes>(i * 150, uint8_t(i))};
        ASSERT(log->append({&record, 1}));
        SyncJob job = log->begin_sync();
        log->finish_sync(job.id(), job.run());
    }
    Files out;
    for (const std::string& name : *disk.list("log")) {
        out["log/" + name] = disk.content("log/" + name);
    }
    return out;
}

/// Edits of the input: file, offset, length, bytes.
void damage(testing::SimDisk& disk, BytesView in) {
    auto names = disk.list("log");
    ASSERT(names);
    for (const char* file : FILES) {
        names->push_back(file);
    }
    while (in.size() > 4) {
        const std::string path = "log/" + (*names)[in[0] % names->size()];
        const size_t length = std::min<size_t>(in[3], in.size() - 4);
        Bytes content = disk.exists(path) ? disk.content(path) : Bytes{};
        const size_t at = load_be<uint16_t>(in.data() + 1);
        if (length == 0) {
            content.resize(std::min(content.size(), at));
        } else {
            content.resize(std::max(content.size(), at + length));
            std::copy_n(in.begin() + 4, length, content.begin() + static_cast<std::ptrdiff_t>(at));
        }
        disk.set_content(path, std::move(content));
        in = in.subspan(4 + length);
    }
}

void use(testing::SimDisk& disk) {
    auto log = SegmentLog::open(disk, options(), {});
    if (!log) {
        ASSERT(!log.error().text.empty());
        return;
    }
    for (uint64_t i = log->first_index(); i <= log->last_index(); ++i) {
        static_cast<void>(log->read(i));
    }
    const LogRecord record{.index = log->last_index() + 1,
                           .term = UINT64_MAX,
                           .type = 1,
                           .payload = std::make_shared<const Bytes>(100, uint8_t{1})};
    if (log->append({&record, 1})) {
        ASSERT(log->read(record.index));
        static_cast<void>(log->truncate_from(record.index));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    testing::SimDisk disk(1);
    ASSERT(disk.create_directories("log"));
    static const Files LOG = write_log();
    for (const auto& [path, content] : LOG) {
        disk.set_content(path, content);
    }
    damage(disk, BytesView(data, size));
    use(disk);
    const Identity self{.raft_id = 1, .node_key = {}, .cluster = {}};
    static_cast<void>(HardStateStore::open(disk, "log", self));
    use(disk);  // What the first use repaired stays repaired.
    return 0;
}
