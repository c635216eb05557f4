#include <otento/node/joiner.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/enode.hpp>
#include <otento/consensus/membership.hpp>
#include <otento/node/member_directory.hpp>
#include <otento/node/state_fetch.hpp>

#include <fmt/core.h>

#include <charconv>
#include <filesystem>

namespace otento::node {
namespace {

constexpr uint32_t ANSWER_MS = 15'000;  // With a token the answer waits for a commit.
/// Entries that are replayed rather than fetched.
constexpr uint64_t REPLAY_MAX = 2'000;
/// Entries kept before the one that was committed when we asked: the state may be a little older.
constexpr uint64_t HELD_BEFORE = 100;
constexpr auto HOLD_PAUSE = std::chrono::seconds(5);
constexpr auto PAUSE = std::chrono::milliseconds(500);
constexpr auto LONG_PAUSE = std::chrono::seconds(10);

}  // namespace

Result<JoinTarget, std::string> parse_join_target(const std::string& text) {
    if (text.starts_with("enode://")) {
        const auto enode = config::parse_enode(text);
        if (!enode) {
            return Err(enode.error().message);
        }
        return JoinTarget{.host = enode->host, .p2p_port = enode->tcp_port};
    }
    const size_t colon = text.rfind(':');
    JoinTarget out;
    if (colon != std::string::npos) {
        out.host = text.substr(0, colon);
        const char* end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, out.p2p_port);
        if (error != std::errc{} || stop != end) {
            out.p2p_port = 0;
        }
    }
    if (out.host.size() > 2 && out.host.front() == '[' && out.host.back() == ']') {
        out.host = out.host.substr(1, out.host.size() - 2);
    }
    if (out.host.empty() || out.p2p_port == 0) {
        return Err(fmt::format(
            "--join {}: want HOST:PORT with a member's p2p port, or its enode URL", text));
    }
    return out;
}

Joiner::Joiner(JoinOptions options, std::function<void(std::string)> finished)
    : options_(std::move(options)), finished_(std::move(finished)) {
    progress_.set(std::make_shared<const std::string>("joining: asking the cluster"));
    thread_ = std::thread([this] { run(); });
}

Joiner::~Joiner() {
    stop();
}

void Joiner::stop() {
    stopping_ = true;
    wake_.close();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void Joiner::report(std::string text) {
    if (text != *progress_.get()) {
        logger::info("join", "{}", text);
        progress_.set(std::make_shared<const std::string>(std::move(text)));
    }
}

void Joiner::run() {
    while (!stopping_) {
        for (const JoinTarget& target : options_.targets) {
            if (stopping_ || ask(target) == Step::done) {
                return;
            }
        }
        // A member that was called a stranger by mistake has no hurry.
        const bool idle = options_.former_id != 0 && !stranger_;
        (void)wake_.wait_until(std::chrono::steady_clock::now() + (idle ? LONG_PAUSE : PAUSE));
    }
}

p2p::ConversationOptions Joiner::dial_options(const JoinTarget& target) const {
    return {.secret_key = options_.node_key,
            .network_id = options_.network_id,
            .genesis_hash = options_.have.genesis_hash,
            .host = target.host,
            .port = target.p2p_port};
}

Joiner::Step Joiner::ask(const JoinTarget& target) {
    auto member = p2p::Conversation::start(dial_options(target));
    auto answer = member ? who_am_i(**member) : Result<YouAre, std::string>(Err(member.error()));
    if (!answer) {
        report(fmt::format("joining: no answer from {} port {}: {}", target.host, target.p2p_port,
                           answer.error()));
        return Step::again;
    }
    return take_in(**member, *answer);
}

Result<YouAre, std::string> Joiner::who_am_i(p2p::Conversation& member) {
    TRY(const Bytes heard,
        member.ask(encode_question(WhoAmI{.token = to_bytes(bytes_of(options_.token)),
                                          .address = options_.own}),
                   ANSWER_MS));
    auto answer = decode_you_are(heard);
    if (!answer) {
        return Err(std::string("it does not decode"));
    }
    return *std::move(answer);
}

Joiner::Step Joiner::take_in(p2p::Conversation& member, const YouAre& answer) {
    stranger_ = answer.raft_id == 0;
    if (answer.raft_id != 0 && answer.raft_id == options_.former_id) {
        return Step::again;  // We are what we were; whoever refused us did not know yet.
    }
    if (answer.raft_id == 0) {
        if (answer.removed) {
            hand_on_accepted(member);
        }
        consensus::MemberAddress own = options_.own;
        if (own.host.empty()) {
            own.host = answer.seen_host;
        }
        report(
            fmt::format("joining: not a member of the cluster{}{}. On a member run "
                        "raft_addPeer(\"{}\"), or raft_addLearner; this node notices by itself",
                        answer.text.empty() ? "" : ": ", answer.text, consensus::enode_text(own)));
        return Step::again;
    }
    auto configuration = raft::decode_configuration(answer.configuration);
    auto keys = consensus::decode_member_keys(answer.member_keys);
    if (!configuration || !keys) {
        report("joining: the answer of the cluster does not decode");
        return Step::again;
    }
    if (options_.expected_id != 0 && options_.expected_id != answer.raft_id) {
        finished_(
            fmt::format("--raftjoinexisting {} is not true: the cluster knows this node as "
                        "raft ID {}. Start without the flag",
                        options_.expected_id, answer.raft_id));
        return Step::done;
    }
    Joined joined{.raft_id = answer.raft_id,
                  .configuration = *std::move(configuration),
                  .member_keys = *std::move(keys)};
    auto ready = get_state(member, answer, joined);
    if (ready) {
        ready = write_joined(options_.files.joined, joined);
    }
    if (!ready) {
        report("joining: " + ready.error());
        return Step::again;
    }
    std::error_code ignored;
    std::filesystem::remove(options_.files.fetch_wanted, ignored);
    report(fmt::format("joining: raft ID {} of {} members, with the state up to entry {}",
                       joined.raft_id, joined.configuration.members.size(), joined.base.index));
    finished_({});
    return Step::done;
}

/// What this node has accepted and is not committed goes to the members that are left.
void Joiner::hand_on_accepted(p2p::Conversation& member) {
    const auto now = std::chrono::steady_clock::now();
    if (!options_.unsettled || now < hand_on_at_) {
        return;
    }
    const auto handed = hand_on(member, *options_.unsettled);
    if (!handed) {
        logger::warn("join", "the accepted transactions were not handed on: {}", handed.error());
        return;
    }
    if (handed->settled != 0) {
        logger::info("join", "handed {} accepted transactions on to the members", handed->settled);
    }
    if (handed->refused != 0) {
        logger::warn("join", "{} accepted transactions are still here, the members say: {}",
                     handed->refused, handed->first_refusal);
        hand_on_at_ = now + (handed->settled != 0 ? PAUSE : LONG_PAUSE);
    }
}

// --- The state

namespace {

Result<Anchor, std::string> ask_anchor(p2p::Conversation& member, uint64_t index, uint64_t number) {
    TRY(const Bytes answer,
        member.ask(encode_question(AskAnchor{.index = index, .number = number}), ANSWER_MS));
    auto anchor = decode_anchor(answer);
    if (!anchor) {
        return Err(std::string("a member answers something else"));
    }
    return *std::move(anchor);
}

Result<ordering::SnapshotMeta, std::string> to_base(uint64_t index, const Anchor& anchor) {
    auto configuration = raft::decode_configuration(anchor.configuration);
    if (!configuration) {
        return Err(std::string("a member answers something else"));
    }
    return ordering::SnapshotMeta{
        .index = index, .term = anchor.term, .configuration = *std::move(configuration)};
}

/// Keeps the logs of all voters from an entry on while a state is fetched, whoever leads then.
class LogHold {
  public:
    LogHold(std::vector<std::unique_ptr<p2p::Conversation>> members, uint64_t index)
        : members_(std::move(members)), index_(index) {
        renew();
    }
    void renew() {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) {
            return;
        }
        next_ = now + HOLD_PAUSE;
        for (auto& member : members_) {
            if (member && !member->ask(encode_question(HoldLog{index_}), ANSWER_MS)) {
                member.reset();
            }
        }
    }
    [[nodiscard]] const std::vector<std::unique_ptr<p2p::Conversation>>& members() const {
        return members_;
    }

  private:
    std::vector<std::unique_ptr<p2p::Conversation>> members_;
    const uint64_t index_;
    std::chrono::steady_clock::time_point next_{};
};

}  // namespace

/// True if what we have is of the cluster's chain and the rest comes sooner by the log.
Result<bool, std::string> Joiner::keep_own_state(p2p::Conversation& member, Joined& joined,
                                                 uint64_t commit_index) {
    const OwnState& have = options_.have;
    std::error_code ignored;
    // A chain that has applied nothing may still differ from the one the cluster's log began on,
    // which may have been imported.
    if (have.applied_index == 0 || std::filesystem::exists(options_.files.fetch_wanted, ignored) ||
        have.applied_index + REPLAY_MAX < commit_index) {
        return false;
    }
    TRY(const Anchor anchor, ask_anchor(member, have.applied_index, have.number));
    if (!anchor.ok || anchor.block_hash != have.block_hash) {
        return false;
    }
    TRY(joined.base, to_base(have.applied_index, anchor));
    return true;
}

/// All voters that answer.
Joiner::Members Joiner::reach(const raft::Configuration& members) const {
    Members out;
    for (const p2p::Endpoint& endpoint : endpoints_of(members, 0)) {
        if (endpoint.node_key == options_.own.node_key || !members.is_voter(endpoint.raft_id)) {
            continue;
        }
        auto member = p2p::Conversation::start(
            dial_options({.host = endpoint.host, .p2p_port = endpoint.p2p_port}));
        if (member && (*member)->peer_key() == endpoint.node_key) {
            out.push_back(*std::move(member));
        }
    }
    return out;
}

Result<void, std::string> Joiner::get_state(p2p::Conversation& member, const YouAre& answer,
                                            Joined& joined) {
    TRY(const bool keeps, keep_own_state(member, joined, answer.commit_index));
    if (keeps) {
        return {};
    }
    const raft::Member* found = joined.configuration.find(answer.leader);
    const auto leader = found == nullptr ? std::nullopt : to_endpoint(*found);
    const uint64_t held_from = answer.commit_index - std::min(answer.commit_index, HELD_BEFORE);
    if (!leader || leader->node_key != member.peer_key()) {
        return fetch_from(member, joined, held_from);
    }
    // From a member that does not lead where there is one, so that the ledger is not held up.
    const Members others = reach(joined.configuration);
    for (const auto& other : others) {
        if (other->peer_key() != leader->node_key) {
            return fetch_from(*other, joined, held_from);
        }
    }
    return fetch_from(member, joined, held_from);
}

Result<void, std::string> Joiner::fetch_from(p2p::Conversation& source, Joined& joined,
                                             uint64_t held_from) {
    LogHold hold(reach(joined.configuration), held_from);
    TRY_VOID(fetch_state(source, {.directory = options_.files.incoming,
                                  .report = [this](std::string text) { report(std::move(text)); },
                                  .alive = [&hold] { hold.renew(); },
                                  .stopping = &stopping_}));
    report("joining: checking the state that was fetched");
    auto proven = prove_state(options_.chain, joined.member_keys);
    if (!proven) {
        std::error_code ignored;
        std::filesystem::remove_all(options_.files.incoming, ignored);
        return Err(proven.error());
    }
    TRY(const Anchor anchor, ask_anchor(source, proven->applied_index, proven->number));
    if (!anchor.ok) {
        return Err(std::string("the member's log has moved on beyond the state; fetching anew"));
    }
    // The others have a word, too, on which chain this is.
    for (const auto& witness : hold.members()) {
        const auto second = witness ? ask_anchor(*witness, proven->applied_index, proven->number)
                                    : Result<Anchor, std::string>(Anchor{});
        if (second && second->block_hash != Hash{} && second->block_hash != proven->block_hash) {
            return Err(fmt::format("two members disagree about block {}", proven->number));
        }
    }
    TRY(joined.base, to_base(proven->applied_index, anchor));
    return finish_state(options_.files.incoming);
}

}  // namespace otento::node
