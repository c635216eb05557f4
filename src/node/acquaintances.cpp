#include <otento/node/acquaintances.hpp>

#include <otento/base/logger.hpp>
#include <otento/base/random.hpp>
#include <otento/base/rlp.hpp>
#include <otento/node/durable_file.hpp>

#include <fmt/core.h>

namespace otento::node {
namespace {

Result<std::map<uint64_t, uint64_t>, rlp::Error> decode(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    std::map<uint64_t, uint64_t> out;
    while (!items.at_end()) {
        TRY(const uint64_t raft_id, items.read_uint64());
        TRY(out[raft_id], items.read_uint64());
    }
    return out;
}

Bytes encode(const std::map<uint64_t, uint64_t>& births) {
    rlp::Writer out;
    out.begin_list();
    for (const auto& [raft_id, birth] : births) {
        out.uint(raft_id).uint(birth);
    }
    return out.end_list().take();
}

}  // namespace

Result<uint64_t, std::string> load_or_make_birth(const std::string& directory) {
    const std::string path = directory + "/birth";
    TRY(const std::optional<Bytes> found, read_whole(path));
    if (found && found->size() == sizeof(uint64_t)) {
        return load_be<uint64_t>(found->data());
    }
    uint8_t mark[sizeof(uint64_t)];
    secure_random(mark);
    TRY_VOID(write_durably(path, mark));
    return load_be<uint64_t>(mark);
}

Result<Acquaintances, std::string> Acquaintances::open(std::string path) {
    Acquaintances out(std::move(path));
    TRY(const std::optional<Bytes> found, read_whole(out.path_));
    if (found) {
        auto births = decode(*found);
        if (!births) {
            return Err(fmt::format("{} is damaged; remove it and start again", out.path_));
        }
        out.births_ = *std::move(births);
    }
    return out;
}

bool Acquaintances::admit(uint64_t raft_id, uint64_t birth) {
    const auto [known, added] = births_.try_emplace(raft_id, birth);
    if (!added) {
        return known->second == birth;
    }
    if (const auto written = write_durably(path_, encode(births_)); !written) {
        logger::warn("p2p", "cannot remember the raft log of member {}: {}", raft_id,
                     written.error());
    }
    return true;
}

}  // namespace otento::node
