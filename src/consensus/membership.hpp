// What operators ask of the membership, as values: requests and answers that travel between
// members, and the rules that turn a request into at most one configuration change. No threads, no
// clock; membership_desk.hpp serves requests one by one. Source: docs/adr/0008-membership.md,
// spec/quorum-raft.md 3.5.
#pragma once

#include <otento/consensus/member.hpp>
#include <otento/ordering/orderer.hpp>

#include <optional>
#include <string>
#include <variant>

namespace otento::consensus {

enum class MemberAction : uint8_t {
    add_peer = 1,     ///< A learner that becomes a voter as soon as it is in sync.
    add_learner = 2,  ///< A learner that stays one.
    promote = 3,
    remove = 4,
    hand_over = 5,  ///< Leadership; no change of the configuration.
    move = 6,       ///< The asker's own address has changed.
};

struct MemberRequest {
    MemberAction action = MemberAction::add_peer;
    uint64_t asker = 0;       ///< Raft id of the node that got the call.
    uint64_t raft_id = 0;     ///< Target of promote, remove and hand_over (there 0: the best one).
    MemberAddress address{};  ///< Target of the others; its raft_id is not looked at.
    bool force = false;       ///< Promote although the learner is not in sync.
    bool repeated = false;    ///< Asked before and maybe done: finding it done is success.
    friend bool operator==(const MemberRequest&, const MemberRequest&) = default;
};

struct MemberAnswer {
    enum Kind : uint8_t {
        done = 0,
        refused = 1,    ///< `text` says why; nothing has changed.
        elsewhere = 2,  ///< Not the leader (any more); ask again, it may have been done.
    };
    Kind kind = done;
    uint64_t raft_id = 0;
    std::string text{};  ///< For people, in GoQuorum's words where it has some.
    friend bool operator==(const MemberAnswer&, const MemberAnswer&) = default;
};

/// Longest frame that decode_* take.
inline constexpr size_t MEMBER_FRAME_BYTES_MAX = 4096;

[[nodiscard]] Bytes encode_request(uint64_t ticket, const MemberRequest& request);
[[nodiscard]] Bytes encode_answer(uint64_t ticket, const MemberAnswer& answer);
struct TicketedRequest {
    uint64_t ticket = 0;
    MemberRequest request;
};
struct TicketedAnswer {
    uint64_t ticket = 0;
    MemberAnswer answer;
};
[[nodiscard]] Result<TicketedRequest, rlp::Error> decode_request(BytesView in);
[[nodiscard]] Result<TicketedAnswer, rlp::Error> decode_answer(BytesView in);

/// What the leader does about a request.
struct NothingToDo {
    MemberAnswer answer{};
    /// Refused because voters are silent; they may yet answer.
    bool for_want_of_answers = false;
};
struct Change {
    raft::Configuration configuration;
    MemberAnswer answer;  ///< Once it is committed.
};
struct HandOver {
    uint64_t to = 0;  ///< 0: the most up-to-date voter.
};
using MemberPlan = std::variant<NothingToDo, Change, HandOver>;

/// From where a plan is made.
struct Viewpoint {
    uint64_t self = 0;            ///< The leader.
    uint64_t heard_since_ms = 0;  ///< A member counts as reachable if it has answered since.
};

/// Decides a request at the leader. A change that would leave fewer reachable voters than a
/// majority is refused.
[[nodiscard]] MemberPlan plan(const MemberRequest& request, const ordering::Status& status,
                              const Viewpoint& from);

/// The promotion that is due at the leader: of a learner that was added as a peer and has caught
/// up. Empty: none.
[[nodiscard]] std::optional<raft::Configuration> due_promotion(const ordering::Status& status,
                                                               const Viewpoint& from);

/// What the node that gets the call can refuse by itself; empty: nothing.
[[nodiscard]] std::string refused_at_once(const MemberRequest& request,
                                          const raft::Configuration& configuration, uint64_t self);

/// Highest id that was ever given out, removed ones included.
[[nodiscard]] uint64_t highest_id(const raft::Configuration& configuration) noexcept;
/// The member with that key, if there is one.
[[nodiscard]] std::optional<MemberAddress> find_member(const raft::Configuration& configuration,
                                                       const crypto::PublicKey& node_key);
/// As enode URL.
[[nodiscard]] std::string enode_text(const MemberAddress& member);

}  // namespace otento::consensus
