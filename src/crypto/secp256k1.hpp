// secp256k1 signatures and keys, behind libsecp256k1.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/uint256.hpp>

#include <optional>
#include <span>

namespace otento::crypto {

using PublicKey = FixedBytes<64>;  ///< Uncompressed x||y, without the leading 04.

struct Signature {
    uint256 r;
    uint256 s;
    bool y_parity = false;
};

/// r, s and the parity of y as one byte, as node keys' seals carry them.
using EncodedSignature = FixedBytes<65>;
[[nodiscard]] EncodedSignature encode_signature(const Signature& signature) noexcept;
/// Empty for a last byte above 1; r and s are not looked at.
[[nodiscard]] std::optional<Signature> decode_signature(const EncodedSignature& in) noexcept;

/// Order of the group, and half of it (EIP-2: s above is refused from Homestead on).
extern const uint256 SECP256K1_N;
extern const uint256 SECP256K1_N_HALF;

/// Public key that signed `hash`; empty for r or s out of [1, n) and for points that do not exist.
/// s may be high; callers apply EIP-2.
[[nodiscard]] std::optional<PublicKey> recover(const Hash& hash,
                                               const Signature& signature) noexcept;
struct SignedHash {
    Hash hash;
    Signature signature;
};
/// The same of many, faster than one by one on machines with AVX-512 IFMA.
/// @param out  As many.
void recover_many(std::span<const SignedHash> in, std::optional<PublicKey>* out);
/// Low-s, deterministic (RFC 6979). Empty for an invalid key.
[[nodiscard]] std::optional<Signature> sign(const Hash& hash, const Hash& secret_key) noexcept;
/// ECDSA check against a known key (s may be high); false on anything malformed.
[[nodiscard]] bool verify(const Hash& hash, const Signature& signature,
                          const PublicKey& key) noexcept;
[[nodiscard]] std::optional<PublicKey> public_key(const Hash& secret_key) noexcept;
/// Low 20 bytes of keccak256(x||y).
[[nodiscard]] Address address_of(const PublicKey& key) noexcept;
[[nodiscard]] Hash generate_secret_key() noexcept;

}  // namespace otento::crypto
