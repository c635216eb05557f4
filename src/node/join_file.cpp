#include <otento/node/join_file.hpp>

#include <otento/base/rlp.hpp>
#include <otento/node/durable_file.hpp>
#include <otento/node/member_directory.hpp>

#include <fmt/core.h>

namespace otento::node {
namespace {

Result<Joined, rlp::Error> decode(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    Joined out;
    TRY(out.raft_id, items.read_uint64());
    TRY(const BytesView configuration, items.read_string());
    TRY(const BytesView keys, items.read_string());
    auto decoded = raft::decode_configuration(configuration);
    if (!decoded) {
        return Err(rlp::Error::overflow);
    }
    out.configuration = *std::move(decoded);
    TRY(out.member_keys, consensus::decode_member_keys(keys));
    TRY(out.base.index, items.read_uint64());
    TRY(out.base.term, items.read_uint64());
    TRY(const BytesView base, items.read_string());
    auto base_configuration = raft::decode_configuration(base);
    if (!base_configuration) {
        return Err(rlp::Error::overflow);
    }
    out.base.configuration = *std::move(base_configuration);
    return out;
}

}  // namespace

Result<void, std::string> write_joined(const std::string& path, const Joined& joined) {
    rlp::Writer out;
    out.begin_list()
        .uint(joined.raft_id)
        .string(raft::encode_configuration(joined.configuration))
        .string(consensus::encode_member_keys(joined.member_keys))
        .uint(joined.base.index)
        .uint(joined.base.term)
        .string(raft::encode_configuration(joined.base.configuration))
        .end_list();
    return write_durably(path, out.take());
}

Result<std::optional<Joined>, std::string> read_joined(const std::string& path) {
    TRY(const std::optional<Bytes> bytes, read_whole(path));
    if (!bytes) {
        return std::optional<Joined>{};
    }
    auto decoded = decode(*bytes);
    if (!decoded) {
        return Err(fmt::format("{} is damaged; remove it and start again", path));
    }
    return std::optional(*std::move(decoded));
}

std::vector<p2p::Endpoint> endpoints_of(const raft::Configuration& configuration, uint64_t self) {
    std::vector<p2p::Endpoint> out;
    for (const raft::Member& member : configuration.members) {
        auto endpoint = to_endpoint(member);
        if (endpoint && member.id != self) {
            out.push_back(*std::move(endpoint));
        }
    }
    return out;
}

}  // namespace otento::node
