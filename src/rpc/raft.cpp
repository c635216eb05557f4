// raft_*: who leads and who belongs to the cluster, in GoQuorum's words and shapes
// (spec/quorum-raft.md 3.5).
#include <otento/jsonrpc/decode.hpp>
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

/// By node id; unlike GoQuorum's, our own enode has an answer too.
Answer raft_get_raft_id(Context& context, const Params& params, Writer& out) {
    TRY(const auto enode, params.required(0, jsonrpc::decode_text));
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

// --- Changes of the membership, answered after commit

using Action = MembershipCall::Action;

Result<uint64_t, jsonrpc::Cause> decode_raft_id(jsonrpc::Value value) {
    return jsonrpc::decode_number64(value, "want a raft ID");
}

/// `print` turns the answer's raft id into the result.
void change(Context& context, MembershipCall call, Reply reply, std::string (*print)(uint64_t)) {
    context.backend.change_membership(
        std::move(call), [reply = std::move(reply), print](const MembershipAnswer& answer) {
            if (answer.done) {
                reply(print(answer.raft_id));
            } else {
                reply(Err(server_error(answer.error)));
            }
        });
}

std::string print_id(uint64_t id) {
    return std::to_string(id);
}
std::string print_true(uint64_t) {
    return "true";
}
std::string print_null(uint64_t) {
    return "null";
}

void add(Context& context, const Params& params, Reply reply, Action action) {
    auto enode = params.required(0, jsonrpc::decode_text);
    if (!enode) {
        reply(Err(enode.error()));
        return;
    }
    change(context, {.action = action, .enode = *std::move(enode)}, std::move(reply), print_id);
}

void raft_add_peer(Context& context, const Params& params, Reply reply) {
    add(context, params, std::move(reply), Action::add_peer);
}

void raft_add_learner(Context& context, const Params& params, Reply reply) {
    add(context, params, std::move(reply), Action::add_learner);
}

void raft_promote_to_peer(Context& context, const Params& params, Reply reply) {
    const auto id = params.required(0, decode_raft_id);
    const auto force = params.optional(1, jsonrpc::decode_bool);
    if (!id || !force) {
        reply(Err(id ? force.error() : id.error()));
        return;
    }
    change(
        context,
        {.action = Action::promote, .enode = {}, .raft_id = *id, .force = force->value_or(false)},
        std::move(reply), print_true);
}

void raft_remove_peer(Context& context, const Params& params, Reply reply) {
    const auto id = params.required(0, decode_raft_id);
    if (!id) {
        reply(Err(id.error()));
        return;
    }
    change(context, {.action = Action::remove, .enode = {}, .raft_id = *id}, std::move(reply),
           print_null);
}

void otento_transfer_leadership(Context& context, const Params& params, Reply reply) {
    const auto id = params.optional(0, decode_raft_id);
    if (!id) {
        reply(Err(id.error()));
        return;
    }
    change(context, {.action = Action::hand_over, .enode = {}, .raft_id = id->value_or(0)},
           std::move(reply), print_true);
}

/// All of the node in one answer, for people and scripts: {version, raftId, role, leader, number,
/// ready, reason}. `leader` is a node id, or null.
Answer otento_status(Context& context, const Params&, Writer& out) {
    const Backend& backend = context.backend;
    const Readiness readiness = backend.readiness();
    out.begin_object();
    out.key("version").string(backend.client_version());
    out.key("raftId").number(backend.raft_id());
    out.key("role").string(backend.raft_role());
    if (const auto leader = backend.raft_leader()) {
        out.key("leader").string(*leader);
    } else {
        out.key("leader").null();
    }
    out.key("number").number(backend.view()->head_number());
    out.key("ready").boolean(readiness.ready);
    out.key("reason").string(readiness.reason);
    out.end_object();
    return {};
}

}  // namespace

void add_raft_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "raft_role", .sync = raft_role},
        {.name = "raft_leader", .sync = raft_leader},
        {.name = "raft_cluster", .sync = raft_cluster},
        {.name = "raft_getRaftId", .params_max = 1, .sync = raft_get_raft_id},
        {.name = "raft_addPeer", .params_max = 1, .async = raft_add_peer},
        {.name = "raft_addLearner", .params_max = 1, .async = raft_add_learner},
        {.name = "raft_promoteToPeer", .params_max = 2, .async = raft_promote_to_peer},
        {.name = "raft_removePeer", .params_max = 1, .async = raft_remove_peer},
        {.name = "otento_transferLeadership", .params_max = 1, .async = otento_transfer_leadership},
        {.name = "otento_status", .sync = otento_status},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
