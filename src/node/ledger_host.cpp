#include <otento/node/ledger_host.hpp>

namespace otento::node {
namespace {

constexpr size_t INBOX_CAPACITY = 20'000;
constexpr size_t FORWARDED_WAITING_MAX = 1'000;  // Frames of other members; they send again.

std::chrono::steady_clock::time_point to_time_point(uint64_t monotonic_ns) {
    using Clock = std::chrono::steady_clock;
    if (monotonic_ns > static_cast<uint64_t>(Clock::time_point::max().time_since_epoch().count())) {
        return Clock::time_point::max();
    }
    return Clock::time_point(std::chrono::nanoseconds(monotonic_ns));
}

}  // namespace

LedgerHost::LedgerHost(consensus::LedgerOptions options, consensus::Ledger::Parts parts,
                       std::function<void(ordering::Index)> applied)
    : ledger_(std::move(options), parts), inbox_(INBOX_CAPACITY), applied_(std::move(applied)) {
    status_.set(std::make_shared<const consensus::LedgerStatus>(ledger_.status()));
}

LedgerHost::~LedgerHost() {
    stop();
}

void LedgerHost::start() {
    thread_ = std::thread([this] { run(); });
}

void LedgerHost::stop() {
    inbox_.close();
    if (thread_.joinable()) {
        thread_.join();
    }
}

void LedgerHost::submit(consensus::Intake intake, SubmitDone done) {
    Message message = Submit{.intake = std::move(intake), .done = std::move(done)};
    if (!inbox_.try_push(std::move(message))) {
        const std::string_view reason =
            inbox_.closed() ? std::string_view("the node is shutting down")
                            : to_string(txpool::Refusal{.error = txpool::PoolError::pool_full});
        std::get<Submit>(message).done(std::string(reason));
    }
}

void LedgerHost::forwarded(Bytes frame) {
    if (inbox_.size() < FORWARDED_WAITING_MAX) {
        (void)inbox_.try_push(Forwarded{.frame = std::move(frame)});
    }
}

std::vector<txpool::PooledPtr> LedgerHost::unsettled() {
    ListUnsettled question;
    auto answer = question.answer.get_future();
    if (!inbox_.try_push(std::move(question))) {
        return {};
    }
    return answer.get();
}

void LedgerHost::settle(std::vector<Hash> hashes) {
    (void)inbox_.try_push(Settle{.hashes = std::move(hashes)});
}

void LedgerHost::on_committed(std::vector<ordering::Committed> entries) {
    inbox_.push_always(Commit{.entries = std::move(entries)});
}

void LedgerHost::on_leadership(const ordering::Leadership& leadership) {
    inbox_.push_always(leadership);
}

void LedgerHost::on_proposal_refused(ordering::Payload block, ordering::ProposeError) {
    inbox_.push_always(Refused{.block = std::move(block)});
}

void LedgerHost::run() {
    bool open = true;
    while (open) {
        std::vector<Message> messages =
            inbox_.wait_until(to_time_point(ledger_.next_deadline_ns()));
        open = !inbox_.closed() || !messages.empty();
        for (Message& message : messages) {
            handle(message);
        }
        answer_submitted();
        ledger_.run();
        auto status = std::make_shared<consensus::LedgerStatus>(ledger_.status());
        const ordering::Index applied = status->applied_index;
        status_.set(std::move(status));
        if (applied != reported_) {
            reported_ = applied;
            applied_(applied);
        }
    }
}

void LedgerHost::handle(Message& message) {
    if (auto* submit = std::get_if<Submit>(&message)) {
        const auto taken = ledger_.submit(submit->intake);
        answers_.push_back({.done = std::move(submit->done),
                            .refusal = taken ? "" : std::string(to_string(taken.error()))});
    } else if (auto* forwarded = std::get_if<Forwarded>(&message)) {
        ledger_.on_forwarded(forwarded->frame);
    } else if (auto* commit = std::get_if<Commit>(&message)) {
        ledger_.on_committed(std::move(commit->entries));
    } else if (const auto* leadership = std::get_if<ordering::Leadership>(&message)) {
        ledger_.on_leadership(*leadership);
    } else if (auto* question = std::get_if<ListUnsettled>(&message)) {
        question->answer.set_value(ledger_.unsettled());
    } else if (const auto* settle = std::get_if<Settle>(&message)) {
        ledger_.settle(settle->hashes);
    } else {
        ledger_.on_proposal_refused(std::get<Refused>(message).block);
    }
}

/// A hash leaves only when its transaction is in the journal, and so does the word that it is
/// known.
void LedgerHost::answer_submitted() {
    const auto flushed = ledger_.flush_accepted();
    for (const Answer& answer : answers_) {
        answer.done(flushed || !answer.refusal.empty()
                        ? answer.refusal
                        : "the node cannot write its journal: " + flushed.error().text);
    }
    answers_.clear();
}

}  // namespace otento::node
