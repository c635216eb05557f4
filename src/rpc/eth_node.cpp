// net_*, web3_*, and eth_* methods that look at no block.
#include <otento/crypto/keccak.hpp>
#include <otento/rpc/method.hpp>

namespace otento::rpc {
namespace {

using Answer = Result<void, Error>;

Answer net_version(Context& context, const Params&, Writer& out) {
    out.string(std::to_string(context.backend.network_id()));
    return {};
}

Answer net_listening(Context&, const Params&, Writer& out) {
    out.boolean(true);
    return {};
}

Answer net_peer_count(Context& context, const Params&, Writer& out) {
    out.quantity(context.backend.peer_count());
    return {};
}

Answer web3_client_version(Context& context, const Params&, Writer& out) {
    out.string(context.backend.client_version());
    return {};
}

Answer web3_sha3(Context&, const Params& params, Writer& out) {
    TRY(const auto data, params.required(0, jsonrpc::decode_data));
    out.data(crypto::keccak256(data));
    return {};
}

Answer eth_chain_id(Context& context, const Params&, Writer& out) {
    out.quantity(context.view->config().chain_id);
    return {};
}

/// A ready node counts as synced although a block may be on its way.
Answer eth_syncing(Context& context, const Params&, Writer& out) {
    const uint64_t head = context.view->head_number();
    const uint64_t highest = context.backend.highest_block();
    if (highest <= head || context.backend.readiness().ready) {
        out.boolean(false);
        return {};
    }
    out.begin_object();
    out.member("startingBlock", 0);
    out.member("currentBlock", head);
    out.member("highestBlock", highest);
    out.end_object();
    return {};
}

Answer eth_block_number(Context& context, const Params&, Writer& out) {
    out.quantity(context.view->head_number());
    return {};
}

/// Blocks of ours carry the coinbase their rules prescribe, whoever mints.
Answer eth_coinbase(Context& context, const Params&, Writer& out) {
    out.data(context.view->head()->block->header.coinbase);
    return {};
}

Answer eth_mining(Context& context, const Params&, Writer& out) {
    out.boolean(context.backend.raft_role() == "minter");
    return {};
}

Answer eth_hashrate(Context&, const Params&, Writer& out) {
    out.quantity(0);
    return {};
}

}  // namespace

void add_node_methods(std::vector<Method>& out) {
    const Method methods[] = {
        {.name = "net_version", .sync = net_version},
        {.name = "net_listening", .sync = net_listening},
        {.name = "net_peerCount", .sync = net_peer_count},
        {.name = "web3_clientVersion", .sync = web3_client_version},
        {.name = "web3_sha3", .params_max = 1, .sync = web3_sha3},
        {.name = "eth_chainId", .sync = eth_chain_id},
        {.name = "eth_syncing", .sync = eth_syncing},
        {.name = "eth_blockNumber", .sync = eth_block_number},
        {.name = "eth_coinbase", .sync = eth_coinbase},
        {.name = "eth_mining", .sync = eth_mining},
        {.name = "eth_hashrate", .sync = eth_hashrate},
    };
    out.insert(out.end(), std::begin(methods), std::end(methods));
}

}  // namespace otento::rpc
