// Serves membership requests one by one: at the leader it plans, proposes and answers after commit;
// elsewhere it sends them to the leader and relays the answer, again after a change of leaders.
// Owned by the raft thread.
#pragma once

#include <otento/consensus/membership.hpp>

#include <deque>
#include <functional>
#include <map>

namespace otento::consensus {

/// What the desk needs of its node. Called from inside the desk's methods.
class MembershipPort {
  public:
    MembershipPort() = default;
    MembershipPort(const MembershipPort&) = delete;
    MembershipPort& operator=(const MembershipPort&) = delete;
    virtual ~MembershipPort() = default;

    /// As of now; the reference holds until the next call of change() or transfer().
    [[nodiscard]] virtual const ordering::Status& current() const = 0;
    [[nodiscard]] virtual Result<void, raft::StepError> change(raft::Configuration next) = 0;
    [[nodiscard]] virtual Result<void, raft::StepError> transfer(uint64_t to) = 0;
    /// Both may get lost.
    virtual void send_request(uint64_t to, Bytes frame) = 0;
    virtual void send_answer(uint64_t to, Bytes frame) = 0;
};

struct DeskOptions {
    uint64_t deadline_ms = 10'000;  ///< A request that is not done by then is answered so.
    uint64_t resend_ms = 2'000;     ///< Without an answer it is sent again.
    uint64_t retry_ms = 20;         ///< While the engine takes no change.
    /// How long a voter may take to answer before it counts as down: an election timeout and more.
    uint64_t patience_ms = 500;
    size_t waiting_max = 1'000;  ///< Requests at one node.
};

class MembershipDesk {
  public:
    using Done = std::function<void(MemberAnswer)>;

    MembershipDesk(DeskOptions options, MembershipPort& port) : options_(options), port_(port) {}

    /// A request of this node's own client; `done` is called exactly once.
    void ask(MemberRequest request, Done done, uint64_t now_ms);
    /// Frames of other members. What does not decode is dropped.
    void on_request(uint64_t from, BytesView frame, uint64_t now_ms);
    void on_answer(uint64_t from, BytesView frame);
    /// Does what is due. Call after every batch of inputs and at next_deadline_ms().
    void run(uint64_t now_ms);
    /// True if run() has nothing to do, unless leadership has changed.
    [[nodiscard]] bool idle(uint64_t now_ms) const noexcept {
        return asked_.empty() && queue_.empty() && now_ms < next_deadline_ms_;
    }
    /// UINT64_MAX if nothing is due.
    [[nodiscard]] uint64_t next_deadline_ms() const noexcept { return next_deadline_ms_; }
    /// Answers everybody that waits; nothing is taken afterwards.
    void stop();

  private:
    struct Asked {
        MemberRequest request;
        Done done;
        uint64_t deadline_ms = 0;
        uint64_t sent_to = 0;  ///< 0: nobody yet, or to be sent again.
        uint64_t sent_term = 0;
        uint64_t send_at_ms = 0;
    };
    struct Queued {
        uint64_t from = 0;  ///< Ourselves included.
        uint64_t ticket = 0;
        MemberRequest request;
        uint64_t deadline_ms = 0;
        uint64_t front_since_ms = 0;  ///< 0: not at the front yet.
    };
    struct Proposed {
        uint64_t index = 0;
        MemberAnswer answer;
    };

    void send_asked(const ordering::Status& status, uint64_t now_ms);
    void enqueue(uint64_t from, uint64_t ticket, MemberRequest request, uint64_t now_ms);
    void serve(uint64_t now_ms);
    [[nodiscard]] bool serve_front(const ordering::Status& status, uint64_t now_ms);
    [[nodiscard]] bool carry_out(Change change, uint64_t now_ms);
    void promote(const ordering::Status& status, uint64_t now_ms);
    void answer_front(MemberAnswer answer);
    void answer(uint64_t to, uint64_t ticket, MemberAnswer answer, uint64_t by);
    void retry_at(uint64_t time_ms) noexcept {
        next_deadline_ms_ = std::min(next_deadline_ms_, time_ms);
    }

    const DeskOptions options_;
    MembershipPort& port_;
    uint64_t next_ticket_ = 1;
    std::map<uint64_t, Asked> asked_;   // By ticket: in order of asking.
    std::deque<Queued> queue_;          // At the leader.
    std::optional<Proposed> proposed_;  // For the front of the queue.
    uint64_t promote_at_ms_ = 0;
    uint64_t next_deadline_ms_ = UINT64_MAX;
    bool stopped_ = false;
};

}  // namespace otento::consensus
