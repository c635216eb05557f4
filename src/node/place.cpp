#include <otento/node/place.hpp>

#include <otento/base/hex.hpp>
#include <otento/base/logger.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/node/join_file.hpp>
#include <otento/storage/hard_state.hpp>

#include <fmt/core.h>

#include <filesystem>

namespace otento::node {
namespace {

/// The position of our key counts from 1, as raft ids of a first start do; 0 if it is not listed.
uint64_t position(const std::vector<config::Enode>& enodes, const p2p::NodeKey& own_key) {
    for (size_t i = 0; i < enodes.size(); ++i) {
        if (enodes[i].node_id == own_key) {
            return i + 1;
        }
    }
    return 0;
}

std::vector<p2p::Endpoint> others_of(const std::vector<config::Enode>& enodes,
                                     const p2p::NodeKey& own_key) {
    std::vector<p2p::Endpoint> out;
    for (size_t i = 0; i < enodes.size(); ++i) {
        const config::Enode& enode = enodes[i];
        if (enode.node_id != own_key) {
            out.push_back({.raft_id = i + 1,
                           .node_key = enode.node_id,
                           .host = enode.host,
                           .p2p_port = enode.tcp_port,
                           .raft_port = enode.raft_port.value_or(0)});
        }
    }
    return out;
}

consensus::MemberAddress to_member(const config::Enode& enode, uint64_t raft_id) {
    return {.raft_id = raft_id,
            .node_key = enode.node_id,
            .host = enode.host,
            .p2p_port = enode.tcp_port,
            .raft_port = enode.raft_port.value_or(0)};
}

raft::Configuration bootstrap_of(const std::vector<config::Enode>& enodes) {
    raft::Configuration out;
    for (const config::Enode& enode : enodes) {
        const uint64_t id = out.members.size() + 1;
        out.members.push_back(
            {.id = id, .voter = true, .address = consensus::encode_member(to_member(enode, id))});
    }
    return out;
}

Result<void, std::string> leave_behind(const std::string& log_directory, uint64_t raft_id) {
    const std::string place = fmt::format("{}.left-{}", log_directory, raft_id);
    std::error_code error;
    std::filesystem::remove_all(place, error);
    std::filesystem::rename(log_directory, place, error);
    if (error) {
        return Err(fmt::format("cannot move {} away: {}", log_directory, error.message()));
    }
    logger::info("start", "the log of raft ID {} is in {}", raft_id, place);
    return {};
}

std::string contradiction(uint64_t wanted, uint64_t remembered, const std::string& directory) {
    return fmt::format(
        "--raftjoinexisting {} does not fit: {} belongs to raft ID {} of this node. Start without "
        "the flag to go on under {}; to join again under {}, move {} away first",
        wanted, directory, remembered, remembered, wanted, directory);
}

}  // namespace

Result<Place, std::string> find_place(const config::NodeOptions& options, const Datadir& datadir,
                                      storage::Disk& disk, const std::string& log_directory,
                                      const p2p::NodeKey& own_key) {
    auto stored = storage::HardStateStore::read_identity(disk, log_directory);
    if (!stored) {
        return Err(stored.error().text);
    }
    auto enodes = config::load_static_nodes(datadir.root);
    if (!enodes) {
        if (!*stored) {
            return Err(enodes.error().message);
        }
        logger::warn("start", "{}; it is not needed any more and not looked at",
                     enodes.error().message);
        enodes = std::vector<config::Enode>{};
    }
    TRY(const std::optional<Joined> joined, read_joined(datadir.joined()));
    if (*stored && joined && joined->raft_id != (*stored)->raft_id) {
        // The cluster has given us a new id; the log of the old one is of no use any more.
        TRY_VOID(leave_behind(log_directory, (*stored)->raft_id));
        stored = std::optional<storage::Identity>{};
    }
    Place out;
    out.listed = others_of(*enodes, own_key);
    const uint64_t listed = position(*enodes, own_key);
    if (*stored) {
        const storage::Identity& identity = **stored;
        if (identity.node_key != own_key) {
            return Err(fmt::format(
                "{} belongs to the node key {}..., this node has {}...: two data directories have "
                "been mixed up",
                log_directory, to_hex(BytesView(identity.node_key).first(8)),
                to_hex(BytesView(own_key).first(8))));
        }
        if (options.join_existing != 0 && options.join_existing != identity.raft_id) {
            return Err(contradiction(options.join_existing, identity.raft_id, log_directory));
        }
        out.raft_id = identity.raft_id;
        out.remembered = true;
    } else if (joined) {
        out.raft_id = joined->raft_id;
    } else if (options.join_existing == 0 && options.join.empty()) {
        out.raft_id = listed;
    }
    if (listed != 0 && listed == out.raft_id && !joined) {
        out.bootstrap = bootstrap_of(*enodes);
    }
    if (joined && joined->raft_id == out.raft_id) {
        out.contacts = endpoints_of(joined->configuration, out.raft_id);
        out.founders = joined->member_keys;
        if (joined->base.index != 0) {
            out.fetched = joined->base;
        }
        return out;
    }
    out.contacts = out.listed;
    return out;
}

}  // namespace otento::node
