#include <otento/node/raft_host.hpp>

#include <otento/base/logger.hpp>
#include <otento/raft/codec.hpp>

#include <algorithm>

namespace otento::node {
namespace {

constexpr size_t INBOX_CAPACITY = 10'000;  // Frames beyond it are lost, as on a network.
constexpr uint64_t NS_PER_MS = 1'000'000;
constexpr uint64_t ANNOUNCE_EVERY_MS = 5'000;
constexpr uint64_t STALL_MS = 40;  // So late, this thread or the machine has not run.
constexpr uint64_t GRACE_MS = 15;

std::chrono::steady_clock::time_point to_time_point(uint64_t monotonic_ms) {
    constexpr uint64_t FAR_MS = INT64_MAX / NS_PER_MS;
    return std::chrono::steady_clock::time_point(
        std::chrono::milliseconds(std::min(monotonic_ms, FAR_MS)));
}

}  // namespace

RaftHost::RaftHost(std::unique_ptr<ordering::Replica> replica, MemberDirectory directory,
                   RaftHostOptions options, RaftHooks hooks, Clock& clock)
    : replica_(std::move(replica)),
      clock_(clock),
      inbox_(INBOX_CAPACITY),
      syncs_(1),
      options_(options),
      hooks_(std::move(hooks)),
      keeper_(options.log_entries_kept),
      desk_(options.desk, *this),
      directory_(std::move(directory)) {
    publish();
}

RaftHost::~RaftHost() {
    stop();
}

void RaftHost::start(ordering::OrdererEvents& events, p2p::Network& network) {
    events_ = &events;
    network_ = &network;
    sync_thread_ = std::thread([this] { run_syncs(); });
    thread_ = std::thread([this] { run(); });
}

void RaftHost::hand_over(uint64_t patience_ms) {
    const auto leads = [this] { return status()->leadership.role == raft::Role::leader; };
    if (!leads() || status()->configuration.voters() < 2) {
        return;
    }
    inbox_.push_always(HandOver{});
    const uint64_t deadline = now_ms() + patience_ms;
    while (leads() && now_ms() < deadline) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

void RaftHost::stop() {
    inbox_.close();
    if (thread_.joinable()) {
        thread_.join();
    }
    syncs_.close();
    if (sync_thread_.joinable()) {
        sync_thread_.join();
    }
}

Result<void, ordering::ProposeError> RaftHost::propose(ordering::Payload block,
                                                       ordering::Term term) {
    if (inbox_.closed()) {
        return Err(ordering::ProposeError::stopped);
    }
    const auto leadership = status()->leadership;
    if (leadership.role != raft::Role::leader || leadership.term != term) {
        return Err(ordering::ProposeError::not_leader);
    }
    if (!inbox_.try_push(Proposal{.block = std::move(block), .term = term})) {
        return Err(ordering::ProposeError::busy);
    }
    return {};
}

void RaftHost::receive(uint64_t from, Bytes frame) {
    (void)inbox_.try_push(Frame{.from = from, .bytes = std::move(frame)});
}

void RaftHost::change_membership(consensus::MemberRequest request,
                                 consensus::MembershipDesk::Done done) {
    Message message = Ask{.request = std::move(request), .done = std::move(done)};
    if (!inbox_.try_push(std::move(message))) {
        std::get<Ask>(message).done({.kind = consensus::MemberAnswer::refused,
                                     .raft_id = 0,
                                     .text = inbox_.closed() ? "the node is shutting down"
                                                             : "the node is busy, try again"});
    }
}

void RaftHost::receive_request(uint64_t from, Bytes frame) {
    (void)inbox_.try_push(MemberFrame{.from = from, .is_answer = false, .bytes = std::move(frame)});
}

void RaftHost::receive_answer(uint64_t from, Bytes frame) {
    (void)inbox_.try_push(MemberFrame{.from = from, .is_answer = true, .bytes = std::move(frame)});
}

void RaftHost::hold_log(ordering::Index index) {
    (void)inbox_.try_push(Hold{.index = index});
}

void RaftHost::expel(std::string reason) {
    (void)inbox_.try_push(Expel{.reason = std::move(reason)});
}

void RaftHost::describe(ordering::Index index,
                        std::function<void(std::optional<ordering::SnapshotMeta>)> done) {
    (void)inbox_.try_push(Describe{.index = index, .done = std::move(done)});
}

void RaftHost::applied(ordering::Index index) {
    inbox_.push_always(Applied{.index = index});
}

void RaftHost::run() {
    bool open = true;
    deadline_ms_ = now_ms();
    while (open) {
        std::vector<Message> messages =
            inbox_.wait_until(more_committed_ ? std::chrono::steady_clock::time_point()
                                              : to_time_point(deadline_ms_));
        open = !inbox_.closed() || !messages.empty();
        const uint64_t now = now_ms();
        replica_->set_time(now);
        for (Message& message : messages) {
            handle(message);
        }
        const bool stalled = overslept(now);
        if (!stalled) {
            replica_->tick();
        }
        serve_membership();
        ordering::Outputs outputs = replica_->take();
        // Before anybody hears of it, so that a ledger told to lead finds that the orderer agrees.
        publish();
        carry_out(std::move(outputs));
        if (stalled) {
            deadline_ms_ = now + GRACE_MS;
        }
    }
    desk_.stop();
}

/// After a stall of the whole process, what the others sent is still in the sockets. Once per stall
/// the timeouts wait for it.
bool RaftHost::overslept(uint64_t now_ms) {
    stalled_ = !stalled_ && now_ms > deadline_ms_ + STALL_MS;
    return stalled_;
}

void RaftHost::publish() {
    current_ = std::make_shared<const ordering::Status>(replica_->status());
    status_.set(current_);
}

// --- Membership

void RaftHost::serve_membership() {
    const uint64_t now = now_ms();
    if (leadership_changed_ || !desk_.idle(now)) {
        leadership_changed_ = false;
        current_ = std::make_shared<const ordering::Status>(replica_->status());
        desk_.run(now);
    }
    if (auto members = directory_.follow(*current_, now)) {
        network_->set_members(*std::move(members));
    }
    notice_removal();
    announce_move();
}

/// Our address is ours to say: the session proves our key, the version which word is the last.
void RaftHost::announce_move() {
    const ordering::Status& status = *current_;
    const uint64_t now = now_ms();
    if (now < announce_at_ms_ || options_.own.host.empty() || status.leadership.leader == 0 ||
        status.configuration_index > status.commit_index) {
        return;
    }
    announce_at_ms_ = now + ANNOUNCE_EVERY_MS;
    const auto known = consensus::find_member(status.configuration, options_.own.node_key);
    if (!known) {
        return;
    }
    consensus::MemberAddress wanted = *known;
    wanted.host = options_.own.host;
    wanted.p2p_port = options_.own.p2p_port;
    wanted.raft_port = options_.own.raft_port;
    if (wanted == *known) {
        return;
    }
    ++wanted.version;
    logger::info("raft", "this node has moved, telling the others: {}",
                 consensus::enode_text(wanted));
    desk_.ask(
        {.action = consensus::MemberAction::move, .asker = 0, .address = wanted},
        [](const consensus::MemberAnswer& answer) {
            if (answer.kind != consensus::MemberAnswer::done) {
                logger::warn("raft", "the new address was not taken: {}", answer.text);
            }
        },
        now);
}

void RaftHost::notice_removal() {
    const ordering::Status& status = *current_;
    if (removed_ || status.configuration_index > status.commit_index ||
        !std::ranges::binary_search(status.configuration.removed, status.self)) {
        return;
    }
    removed_ = true;
    logger::warn("raft", "this node (raft ID {}) was removed from the cluster", status.self);
    hooks_.removed();
}

// --- Compaction

LogExtent RaftHost::log_behind(ordering::Index state) const {
    return {.first = replica_->raft().first_index(),
            .state = state,
            .too_large = replica_->log().disk_bytes() > options_.log_bytes_max};
}

/// The state is derived and not synced; before the log behind it goes, it must be.
void RaftHost::compact(ordering::Index applied) {
    if (flushing_ || !hooks_.flush_state || !replica_->describes(applied) ||
        !keeper_.due(log_behind(applied), now_ms())) {
        return;
    }
    flushing_ = true;
    hooks_.flush_state(
        [this, applied](bool ok) { inbox_.push_always(Flushed{.index = applied, .ok = ok}); });
}

void RaftHost::on_flushed(const Flushed& flushed) {
    flushing_ = false;
    if (!flushed.ok || !replica_->describes(flushed.index)) {
        return;
    }
    replica_->snapshot_taken(replica_->describe_snapshot(flushed.index),
                             keeper_.begin(log_behind(flushed.index), now_ms()));
    logger::info("raft", "log cut, it begins at entry {}", replica_->raft().first_index());
}

Result<void, raft::StepError> RaftHost::change(raft::Configuration next) {
    auto taken = replica_->change_configuration(std::move(next));
    current_ = std::make_shared<const ordering::Status>(replica_->status());
    return taken;
}

Result<void, raft::StepError> RaftHost::transfer(uint64_t to) {
    auto taken = replica_->transfer_leadership(to);
    current_ = std::make_shared<const ordering::Status>(replica_->status());
    return taken;
}

void RaftHost::send_request(uint64_t to, Bytes frame) {
    network_->send(to, p2p::Channel::request, std::make_shared<const Bytes>(std::move(frame)));
}

void RaftHost::send_answer(uint64_t to, Bytes frame) {
    network_->send(to, p2p::Channel::response, std::make_shared<const Bytes>(std::move(frame)));
}

void RaftHost::handle(Message& message) {
    if (auto* frame = std::get_if<Frame>(&message)) {
        if (!replica_->receive_frame(frame->from, frame->bytes)) {
            logger::warn("raft", "dropped a malformed message of member {}", frame->from);
        }
    } else if (auto* proposal = std::get_if<Proposal>(&message)) {
        std::vector<ordering::Payload> payloads{proposal->block};
        const auto proposed = replica_->propose(std::move(payloads), proposal->term);
        if (!proposed) {
            events_->on_proposal_refused(std::move(proposal->block), proposed.error());
        }
    } else if (auto* synced = std::get_if<Synced>(&message)) {
        replica_->synced(synced->job, synced->result, synced->seconds);
    } else if (const auto* applied = std::get_if<Applied>(&message)) {
        replica_->applied(applied->index);
        compact(applied->index);
    } else if (auto* describe = std::get_if<Describe>(&message)) {
        describe->done(replica_->describes(describe->index)
                           ? std::optional(replica_->describe_snapshot(describe->index))
                           : std::nullopt);
    } else if (const auto* flushed = std::get_if<Flushed>(&message)) {
        on_flushed(*flushed);
    } else if (auto* expel = std::get_if<Expel>(&message)) {
        replica_->expel(std::move(expel->reason));
    } else if (const auto* hold = std::get_if<Hold>(&message)) {
        keeper_.hold(hold->index, now_ms());
    } else if (auto* ask = std::get_if<Ask>(&message)) {
        desk_.ask(std::move(ask->request), std::move(ask->done), now_ms());
    } else if (const auto* member = std::get_if<MemberFrame>(&message)) {
        if (member->is_answer) {
            desk_.on_answer(member->from, member->bytes);
        } else {
            desk_.on_request(member->from, member->bytes, now_ms());
        }
    } else if (!replica_->transfer_leadership(0)) {
        logger::debug("raft", "nobody to hand leadership to");
    }
}

void RaftHost::carry_out(ordering::Outputs outputs) {
    for (const raft::Message& message : outputs.messages) {
        network_->send_raft(message.to,
                            std::make_shared<const Bytes>(raft::encode_message(message)));
    }
    if (outputs.sync) {
        syncs_.push_always(*std::move(outputs.sync));
    }
    if (outputs.leadership) {
        const ordering::Leadership& now = *outputs.leadership;
        logger::info("raft", "role {}, term {}, leader {}", to_string(now.role), now.term,
                     now.leader);
        leadership_changed_ = true;
        events_->on_leadership(now);
    }
    if (outputs.install && !fetching_) {
        fetching_ = true;
        logger::warn("raft", "this node is behind the log of the others: fetching the state");
        hooks_.fetch_state();
    }
    // With nothing delivered, more waits for applied().
    more_committed_ = outputs.more_committed && !outputs.committed.empty();
    if (!outputs.committed.empty()) {
        events_->on_committed(std::move(outputs.committed));
    }
    deadline_ms_ =
        std::min({outputs.next_deadline_ms, desk_.next_deadline_ms(), directory_.next_deadline_ms(),
                  leadership_changed_ ? now_ms() : UINT64_MAX});
}

void RaftHost::run_syncs() {
    while (!syncs_.closed()) {
        std::vector<storage::SyncJob> jobs =
            syncs_.wait_until(std::chrono::steady_clock::time_point::max());
        for (storage::SyncJob& job : jobs) {
            const uint64_t started = clock_.monotonic_ns();
            auto result = job.run();
            const double seconds = static_cast<double>(clock_.monotonic_ns() - started) / 1e9;
            inbox_.push_always(
                Synced{.job = job.id(), .result = std::move(result), .seconds = seconds});
        }
    }
}

}  // namespace otento::node
