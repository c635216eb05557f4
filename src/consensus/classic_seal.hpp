// The seal of a GoQuorum Raft block (spec/quorum-raft.md 2.4): who minted it. Audit data only: no
// rule of a classic chain looks at it.
//
//   extraData = 32 zero bytes || RLP [raft id in lower-case hex digits, r || s || recovery id (65)]
//
// Signed is the hash of the header with empty extraData and zeros for the uncles, transactions and
// receipts roots. Versions up to 2.4 kept the bloom of public and private logs in it, later ones
// zeros.
#pragma once

#include <otento/crypto/secp256k1.hpp>
#include <otento/types/block.hpp>

#include <optional>
#include <string_view>

namespace otento::consensus {

enum class ClassicSealError {
    absent,     ///< extraData ends with the vanity or before it, as GoQuorum before 2.2.0 left it.
    malformed,  ///< Something else than a seal.
};
[[nodiscard]] std::string_view to_string(ClassicSealError error) noexcept;

struct ClassicSeal {
    uint64_t raft_id = 0;
    crypto::Signature signature;
};

[[nodiscard]] Result<ClassicSeal, ClassicSealError> parse_classic_seal(BytesView extra_data);

/// What the minter signs. `bloom` is the header's own, or zero (from GoQuorum 2.5 on).
[[nodiscard]] Hash classic_seal_hash(types::Header header, const types::Bloom& bloom);

/// Keys that may have made a seal: one by pre-image. Without logs the pre-images are the same.
struct ClassicSigners {
    std::optional<crypto::PublicKey> full_bloom;
    std::optional<crypto::PublicKey> zero_bloom;
};
[[nodiscard]] ClassicSigners recover_classic_signers(const types::Header& header,
                                                     const ClassicSeal& seal);

/// Fills extra_data. All other fields must be final.
void seal_classic_header(types::Header& header, uint64_t raft_id, const Hash& node_secret_key,
                         bool zero_bloom);

}  // namespace otento::consensus
