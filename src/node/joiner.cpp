#include <otento/node/joiner.hpp>

#include <otento/base/logger.hpp>
#include <otento/config/enode.hpp>
#include <otento/consensus/membership.hpp>
#include <otento/p2p/conversation.hpp>

#include <fmt/core.h>

#include <charconv>

namespace otento::node {
namespace {

constexpr uint32_t ANSWER_MS = 15'000;  // With a token the answer waits for a commit.
constexpr auto PAUSE = std::chrono::milliseconds(500);

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
        (void)wake_.wait_until(std::chrono::steady_clock::now() + PAUSE);
    }
}

Joiner::Step Joiner::ask(const JoinTarget& target) {
    auto conversation = p2p::Conversation::start({.secret_key = options_.node_key,
                                                  .network_id = options_.network_id,
                                                  .genesis_hash = options_.genesis_hash,
                                                  .host = target.host,
                                                  .port = target.p2p_port});
    auto heard = conversation
                     ? (*conversation)
                           ->ask(encode_question(WhoAmI{.token = to_bytes(bytes_of(options_.token)),
                                                        .address = options_.own}),
                                 ANSWER_MS)
                     : Result<Bytes, std::string>(Err(conversation.error()));
    if (!heard) {
        report(fmt::format("joining: no answer from {} port {}: {}", target.host, target.p2p_port,
                           heard.error()));
        return Step::again;
    }
    const auto answer = decode_you_are(*heard);
    if (!answer) {
        report(fmt::format("joining: {} port {} answers something else", target.host,
                           target.p2p_port));
        return Step::again;
    }
    return take_in(*answer);
}

Joiner::Step Joiner::take_in(const YouAre& answer) {
    if (answer.raft_id == 0) {
        report(fmt::format(
            "joining: not a member of the cluster{}{}. On a member run "
            "raft_addPeer(\"{}\"), or raft_addLearner; this node notices by itself",
            answer.text.empty() ? "" : ": ", answer.text, consensus::enode_text(options_.own)));
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
    const auto written = write_joined(
        options_.joined_path,
        {.raft_id = answer.raft_id, .configuration = *configuration, .member_keys = *keys});
    if (!written) {
        report("joining: " + written.error());
        return Step::again;
    }
    report(fmt::format("joining: member {} of {}", answer.raft_id, configuration->members.size()));
    finished_({});
    return Step::done;
}

}  // namespace otento::node
