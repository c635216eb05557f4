// What is said in a p2p::Conversation: a node that does not know its place asks who it is to the
// cluster, and one that needs the state asks for it. RLP lists; the first item of a question is its
// kind.
#pragma once

#include <otento/base/rlp.hpp>
#include <otento/consensus/member.hpp>

#include <string>
#include <variant>
#include <vector>

namespace otento::node {

/// "Who am I to you?" The key is what the session has proven.
struct WhoAmI {
    Bytes token{};                       ///< Of --join-token; empty: none.
    consensus::MemberAddress address{};  ///< Where the asker can be reached, as far as it knows.
};

/// "May I have the state?" Members only, as what follows.
struct OpenState {};

inline constexpr size_t PIECE_BYTES_MAX = size_t{1} << 20;

struct ReadState {
    uint64_t handle = 0;
    uint64_t file = 0;  ///< Place in StateOffer::files.
    uint64_t offset = 0;
    uint64_t length = 0;  ///< Less may come.
};

/// "What does the log say about this entry, and is this block yours, too?"
struct AskAnchor {
    uint64_t index = 0;
    uint64_t number = 0;
};

/// "Keep your log from this entry on for a while": the state that I fetch needs what follows it.
/// Answered by an Anchor.
struct HoldLog {
    uint64_t index = 0;
};

/// "Take these over from me": what a node accepted and cannot bring into the ledger any more, since
/// it was removed. Former members may ask, too. Answered by texts: empty where the member answers
/// for the transaction from now on or the ledger is past it, else why not.
struct HandOn {
    std::vector<Bytes> transactions{};  ///< Encoded.
};
inline constexpr size_t HAND_ON_COUNT_MAX = 1'000;
/// Of one question: the largest transaction that any rule allows, and room for its envelope.
inline constexpr size_t QUESTION_BYTES_MAX = size_t{1} << 20;

using QuestionBody = std::variant<WhoAmI, OpenState, ReadState, AskAnchor, HoldLog, HandOn>;

[[nodiscard]] Bytes encode_question(const QuestionBody& question);
[[nodiscard]] Result<QuestionBody, rlp::Error> decode_question(BytesView in);

/// What a member tells somebody who asks WhoAmI.
struct YouAre {
    uint64_t raft_id = 0;  ///< 0: no member of the cluster.
    Bytes configuration;   ///< raft::encode_configuration; empty for strangers.
    Bytes member_keys;     ///< consensus::encode_member_keys, former members too; likewise.
    uint64_t commit_index = 0;
    uint64_t leader = 0;    ///< Raft id; 0: not known.
    bool removed = false;   ///< Was a member and is not any more.
    std::string seen_host;  ///< From where the asker came, as an address.
    std::string text;       ///< For the asker's log.
};

[[nodiscard]] Bytes encode_you_are(const YouAre& answer);
[[nodiscard]] Result<YouAre, rlp::Error> decode_you_are(BytesView in);

struct StateFile {
    std::string name;
    uint64_t size = 0;
    friend bool operator==(const StateFile&, const StateFile&) = default;
};

/// The files of a checkpoint of the chain database.
struct StateOffer {
    uint64_t handle = 0;
    uint64_t applied_index = 0;  ///< Of the log, at least.
    uint64_t bytes = 0;          ///< Of all files; 0: there is no state to be had.
    std::vector<StateFile> files{};
    uint64_t made_ms = 0;  ///< Not on the wire.
};
[[nodiscard]] Bytes encode_state_offer(const StateOffer& offer);
/// Names are those of files in one folder, nothing else.
[[nodiscard]] Result<StateOffer, rlp::Error> decode_state_offer(BytesView in);

struct StatePiece {
    bool ok = false;  ///< False: the checkpoint is gone; ask for a new one.
    uint32_t crc32c = 0;
    Bytes data{};
};
[[nodiscard]] Bytes encode_state_piece(const StatePiece& piece);
[[nodiscard]] Result<StatePiece, rlp::Error> decode_state_piece(BytesView in);

struct Anchor {
    bool ok = false;  ///< False: the entry is not in this member's log (any more).
    uint64_t term = 0;
    Bytes configuration{};  ///< In force at the entry.
    Hash block_hash{};      ///< Zero if the block is not known here.
};
[[nodiscard]] Bytes encode_anchor(const Anchor& anchor);
[[nodiscard]] Result<Anchor, rlp::Error> decode_anchor(BytesView in);

[[nodiscard]] Bytes encode_texts(const std::vector<std::string>& texts);
[[nodiscard]] Result<std::vector<std::string>, rlp::Error> decode_texts(BytesView in);

}  // namespace otento::node
