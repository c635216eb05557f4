// The first frame of each side on every session, and the frame that tells why a session is refused.
//
// hello   RLP list [protocol version, network id, genesis hash, raft id, lane, instance, birth]
// refusal RLP list [reason]
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

namespace otento::p2p {

constexpr uint64_t PROTOCOL_VERSION = 1;

/// What a connection is for. Votes and heartbeats must not wait behind a block, so Raft has two.
enum class Lane : uint8_t {
    p2p = 0,          ///< Transactions, catch-up; on the p2p port.
    raft_urgent = 1,  ///< Raft frames of up to URGENT_BYTES_MAX; on the raft port.
    raft_bulk = 2,    ///< Larger Raft frames; on the raft port.
    questions = 3,  ///< Dialed when needed, by members and by who wants to be one; on the p2p port.
};
/// Those that stand between members all the time.
constexpr size_t LANE_COUNT = 3;
[[nodiscard]] std::string_view to_string(Lane lane) noexcept;

/// Frame kinds on the wire. Kinds from `channel_base` on are Channel values added to it.
enum class FrameKind : uint8_t {
    hello = 1,
    refusal = 2,
    question = 3,
    answer = 4,
    clock = 5,  ///< RLP list [milliseconds of Unix time]: what the sender's wall clock says now.
    raft = 16,
    channel_base = 32
};

struct Hello {
    uint64_t version = PROTOCOL_VERSION;
    uint64_t network_id = 0;
    Hash genesis_hash;
    uint64_t raft_id = 0;
    Lane lane = Lane::p2p;
    uint64_t instance =
        0;  ///< Random per start of a process: another one means that the peer has restarted.
    uint64_t birth = 0;  ///< Random per raft log: another one means that the log was lost.
    friend bool operator==(const Hello&, const Hello&) = default;
};

/// Why a session is refused. The numbers are on the wire.
enum class Refusal : uint8_t {
    malformed = 1,
    version = 2,
    network_id = 3,
    genesis = 4,
    not_member = 5,
    raft_id = 6,
    lane = 7,
    unexpected_frame = 8,
    other_log = 9,
    permission = 10,
    used_twice = 11,
};
[[nodiscard]] std::string_view to_string(Refusal refusal) noexcept;

[[nodiscard]] Bytes encode_hello(const Hello& hello);
/// `version` if the peer speaks another protocol, `malformed` for anything else that is not a hello
/// of ours.
[[nodiscard]] Result<Hello, Refusal> decode_hello(BytesView body);

[[nodiscard]] Bytes encode_clock(uint64_t unix_ms);
[[nodiscard]] std::optional<uint64_t> decode_clock(BytesView body) noexcept;

[[nodiscard]] Bytes encode_refusal(Refusal refusal);
/// Reasons we do not know come out as `malformed`.
[[nodiscard]] Refusal decode_refusal(BytesView body) noexcept;

/// Compares a peer's hello with ours. `expected_raft_id` is the id of the member whose key the peer
/// has proven; on the lane for questions nobody has to have one.
[[nodiscard]] Result<void, Refusal> check_hello(const Hello& theirs, const Hello& ours,
                                                uint64_t expected_raft_id) noexcept;

}  // namespace otento::p2p
