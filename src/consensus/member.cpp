#include <otento/consensus/member.hpp>

#include <fmt/core.h>

namespace otento::consensus {
namespace {

constexpr size_t HOST_BYTES_MAX = 255;  // RFC 1035

Result<uint16_t, rlp::Error> read_port(rlp::Reader& items) {
    TRY(const uint64_t port, items.read_uint64());
    if (port > UINT16_MAX) {
        return Err(rlp::Error::overflow);
    }
    return static_cast<uint16_t>(port);
}

std::string ip_text(BytesView ip) {
    const BytesView v4 = ip.size() == 16 ? ip.subspan(12) : ip;
    return v4.size() == 4 ? fmt::format("{}.{}.{}.{}", v4[0], v4[1], v4[2], v4[3]) : std::string();
}

}  // namespace

Bytes encode_member(const MemberAddress& member) {
    rlp::Writer out;
    out.begin_list()
        .uint(member.raft_id)
        .string(member.node_key)
        .string({})
        .uint(uint64_t{member.p2p_port})
        .uint(uint64_t{member.raft_port})
        .string(bytes_of(member.host));
    if (member.wants_vote || member.version != 0) {
        out.uint(uint64_t{member.wants_vote}).uint(member.version);
    }
    return out.end_list().take();
}

Result<MemberAddress, rlp::Error> decode_member(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    MemberAddress out;
    TRY(out.raft_id, items.read_uint64());
    TRY(out.node_key, items.read_fixed<64>());
    TRY(const BytesView ip, items.read_string());
    TRY(out.p2p_port, read_port(items));
    TRY(out.raft_port, read_port(items));
    if (items.at_end()) {
        out.host = ip_text(ip);
        return out;
    }
    TRY(const BytesView host, items.read_string());
    if (host.size() > HOST_BYTES_MAX) {
        return Err(rlp::Error::unexpected_length);
    }
    out.host = as_text(host);
    if (!items.at_end()) {
        TRY(const uint64_t wants_vote, items.read_uint64());
        out.wants_vote = wants_vote != 0;
        TRY(out.version, items.read_uint64());
    }
    return out;
}

Bytes encode_member_keys(const MemberKeys& keys) {
    rlp::Writer out;
    out.begin_list();
    for (const auto& [raft_id, key] : keys) {
        out.begin_list().uint(raft_id).string(key).end_list();
    }
    return out.end_list().take();
}

Result<MemberKeys, rlp::Error> decode_member_keys(BytesView in) {
    rlp::Reader outer(in);
    TRY(rlp::Reader items, outer.read_list());
    TRY_VOID(outer.finish());
    MemberKeys out;
    while (!items.at_end()) {
        TRY(rlp::Reader item, items.read_list());
        TRY(const uint64_t raft_id, item.read_uint64());
        TRY(const auto key, item.read_fixed<64>());
        TRY_VOID(item.finish());
        out[raft_id] = key;
    }
    return out;
}

}  // namespace otento::consensus
