// The seal of an otento block: who proposed it, in which raft term, at which nanosecond. It stands
// in the header's extraData and is signed with the proposer's node key over the whole header.
//
//   extraData = RLP [version = 1, raft id, raft term, unix time in ns, signature r || s || y_parity
//   (65 bytes)]
//
// The signed hash is keccak256 of the header's RLP with extraData cut to the list's first four
// items. docs/formats/seal.md describes it for tools.
#pragma once

#include <otento/crypto/secp256k1.hpp>
#include <otento/types/block.hpp>

#include <optional>
#include <string_view>

namespace otento::consensus {

struct Seal {
    uint64_t raft_id = 0;
    uint64_t term = 0;
    uint64_t timestamp_ns = 0;  ///< Header timestamp is this in whole seconds.
    friend bool operator==(const Seal&, const Seal&) = default;
};

enum class SealError {
    malformed,      ///< extraData is not a seal of version 1.
    bad_signature,  ///< No key recovers.
    wrong_second,   ///< timestamp differs from the seal's nanoseconds.
};
[[nodiscard]] std::string_view to_string(SealError error) noexcept;

/// Bytes a seal adds to a header at most; for size estimates.
inline constexpr size_t SEAL_BYTES_MAX = 100;

/// Fills header.timestamp and header.extra_data. All other fields must be final.
void seal_header(types::Header& header, const Seal& seal, const Hash& node_secret_key);

struct VerifiedSeal {
    Seal seal;
    crypto::PublicKey signer;
};

/// Reads a seal without checking its signature; empty if it is none.
[[nodiscard]] std::optional<Seal> read_seal(const types::Header& header) noexcept;
/// Reads it and recovers the signer. Whether the signer is a member is the caller's question.
[[nodiscard]] Result<VerifiedSeal, SealError> verify_seal(const types::Header& header);

}  // namespace otento::consensus
