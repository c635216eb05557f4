// The node's steps that concern its place in the cluster.
#include <otento/node/durable_file.hpp>
#include <otento/node/node_parts.hpp>
#include <otento/node/state_fetch.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/static_nodes.hpp>
#include <otento/consensus/membership.hpp>

#include <filesystem>

namespace otento::node {
namespace {

constexpr auto HAND_ON_PATIENCE = std::chrono::seconds(3);
constexpr auto HAND_ON_PAUSE = std::chrono::milliseconds(20);

}  // namespace

/// Who we are; false if the cluster has to be asked, or its state to be fetched.
Result<bool, std::string> Node::Parts::take_place() {
    TRY(place, find_place(options, datadir, *disk, log_directory(), public_key));
    raft_id = place.raft_id;
    std::error_code ignored;
    return raft_id != 0 && !std::filesystem::exists(datadir.fetch_wanted(), ignored);
}

Result<JoinOptions, std::string> Node::Parts::join_options() const {
    JoinOptions out;
    for (const std::string& target : options.join) {
        TRY(JoinTarget parsed, parse_join_target(target));
        out.targets.push_back(std::move(parsed));
    }
    out.node_key = node_key;
    out.network_id = network_id;
    out.own = {.raft_id = 0,
               .node_key = public_key,
               .host = options.advertise_host,
               .p2p_port = options.p2p_port,
               .raft_port = options.raft_port};
    out.token = options.join_token;
    out.files = {.joined = datadir.joined(),
                 .incoming = datadir.incoming(),
                 .fetch_wanted = datadir.fetch_wanted()};
    out.chain.path = datadir.incoming();
    out.chain.genesis = genesis;
    out.chain.history = options.history_blocks;
    const auto view = chain->view();
    out.have = {.genesis_hash = chain->genesis_hash(),
                .applied_index = 0,
                .number = view->head_number(),
                .block_hash = view->hash_of(view->head_number()).value_or(Hash{})};
    return out;
}

void Node::Parts::start_joiner(JoinOptions wanted) {
    auto made = std::make_shared<Joiner>(std::move(wanted), [this](std::string failure) {
        if (failure.empty()) {
            restart();
        } else {
            join_failure.set(std::make_shared<const std::string>(std::move(failure)));
            wake();
        }
    });
    joiner.with([&](std::shared_ptr<Joiner>& current) { current = std::move(made); });
}

Result<void, std::string> Node::Parts::join() {
    TRY(JoinOptions wanted, join_options());
    for (const p2p::Endpoint& contact : place.contacts) {
        wanted.targets.push_back({.host = contact.host, .p2p_port = contact.p2p_port});
    }
    if (wanted.targets.empty()) {
        return Err(config::raft_id_by_position({}, public_key).error().message +
                   " Or (3) --join HOST:PORT of a member, which finds the rest by itself.");
    }
    wanted.expected_id = options.join_existing;
    wanted.have.applied_index = chain->applied_index();
    start_joiner(std::move(wanted));
    joining = true;
    joining_backend = std::make_unique<JoiningBackend>(
        JoiningBackend::Parts{*chain, joiner.with([](const auto& current) { return current; }),
                              *accounts, client_version(), network_id});
    return {};
}

/// Removed, or so somebody says: asks the members until they know us under another id.
void Node::Parts::wait_to_return() {
    const bool waits = joiner.with([](const auto& current) { return current != nullptr; });
    auto wanted = join_options();
    if (waits || !wanted) {
        return;
    }
    const auto status = raft->status();
    for (const p2p::Endpoint& member : endpoints_of(status->configuration, status->self)) {
        wanted->targets.push_back({.host = member.host, .p2p_port = member.p2p_port});
        if (const auto own = consensus::find_member(status->configuration, public_key)) {
            wanted->own = *own;
        }
    }
    wanted->former_id = status->self;
    wanted->unsettled = Unsettled{
        .list = [this] { return ledger->unsettled(); },
        .settle = [this](std::vector<Hash> hashes) { ledger->settle(std::move(hashes)); }};
    wanted->have.applied_index = ledger->status()->applied_index;
    if (!wanted->targets.empty()) {
        start_joiner(*std::move(wanted));
    }
}

bool Node::Parts::take_over_from_removed(HandOn given,
                                         std::function<void(std::vector<std::string>)> done) {
    return maintenance.run([this, transactions = std::move(given.transactions),
                            done = std::move(done)]() mutable {
        // Whoever is on the way out itself answers for nothing new.
        const auto status = raft->status();
        if (status->configuration.find(status->self) == nullptr) {
            done(std::vector<std::string>(transactions.size(), "not a member either"));
            return;
        }
        logger::info("p2p", "taking over {} transactions of a removed node", transactions.size());
        take_over(
            std::move(transactions),
            [this](Bytes encoded, SubmitDone one) {
                submit_encoded(*chain, clock, genesis.config.tx_size_max, *ledger,
                               std::move(encoded),
                               [one = std::move(one)](const Hash&, std::string refusal) {
                                   one(std::move(refusal));
                               });
            },
            std::move(done));
    });
}

/// A removed node that is stopped gives its members a moment to take what it has accepted.
void Node::Parts::hand_on_before_stop() const {
    const auto going = joiner.with([](const auto& current) { return current; });
    if (!ledger || !going) {
        return;
    }
    const auto until = std::chrono::steady_clock::now() + HAND_ON_PATIENCE;
    while (ledger->status()->unsettled != 0 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(HAND_ON_PAUSE);
    }
}

std::string Node::Parts::stranger_notice() const {
    const auto current = joiner.with([](const auto& held) { return held; });
    return current && current->is_stranger() ? current->progress() : std::string();
}

RaftHooks Node::Parts::raft_hooks() {
    RaftHooks out;
    out.flush_state = [this](std::function<void(bool)> done) {
        const bool taken = maintenance.run([this, done] {
            const auto flushed = chain->store().flush();
            if (!flushed) {
                logger::warn("raft", "the log is not cut: {}", flushed.error().text);
            }
            done(flushed.has_value());
        });
        if (!taken) {
            done(false);
        }
    };
    out.fetch_state = [this] {
        if (const auto marked = write_durably(datadir.fetch_wanted(), {}); !marked) {
            join_failure.set(std::make_shared<const std::string>(marked.error()));
        }
        restart();
    };
    out.removed = [this] { static_cast<void>(maintenance.run([this] { wait_to_return(); })); };
    return out;
}

}  // namespace otento::node
