// raft_*: who leads and who belongs to the cluster, in GoQuorum's words and shapes
// (spec/quorum-raft.md 3.5).
#include <otento/rpc/errors.hpp>
#include <otento/rpc/method.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;

Answer raft_role(Context& context, const Params&, Writer& out) {
    out.string(context.backend.raft_role());
    return {};
}

Answer raft_leader(Context& context, const Params&, Writer& out) {
    const auto leader = context.backend.raft_leader();
    if (!leader) {
        return Err(server_error("no leader is currently elected"));
    }
    out.string(*leader);
    return {};
}

Answer raft_cluster(Context& context, const Params&, Writer& out) {
    out.begin_array();
    for (const auto& member : context.backend.raft_cluster()) {
        out.begin_object();
        out.key("raftId").number(member.raft_id);
        out.key("nodeId").string(member.node_id);
        out.key("p2pPort").number(uint64_t{member.p2p_port});
        out.key("raftPort").number(uint64_t{member.raft_port});
        out.key("hostname").string(member.hostname);
        out.key("role").string(member.role);
        out.key("nodeActive").boolean(member.node_active);
        out.end_object();
    }
    out.end_array();
    return {};
}

Result<std::string, jsonrpc::Cause> decode_text(jsonrpc::Value value) {
    if (!value.is_string()) {
        return Err(jsonrpc::Cause{"non-string"});
    }
    return std::string(value.text());
}

/// By node id; unlike GoQuorum's, our own enode has an answer too.
Answer raft_get_raft_id(Context& context, const Params& params, Writer& out) {
    TRY(const auto enode, params.required(0, decode_text));
    constexpr std::string_view SCHEME = "enode://";
    const std::string_view text = enode;
    const size_t at = text.find('@');
    if (!text.starts_with(SCHEME) || at == std::string_view::npos) {
        return Err(server_error("invalid URL scheme, want \"enode\""));
    }
    const auto node_id = text.substr(SCHEME.size(), at - SCHEME.size());
    for (const auto& member : context.backend.raft_cluster()) {
        if (member.node_id == node_id) {
            out.number(member.raft_id);
            return {};
        }
    }
    return Err(server_error("node not found in the cluster: " + enode));
}

}  // namespace

void add_raft_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "raft_role", .sync = raft_role},
        {.name = "raft_leader", .sync = raft_leader},
        {.name = "raft_cluster", .sync = raft_cluster},
        {.name = "raft_getRaftId", .params_max = 1, .sync = raft_get_raft_id},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
