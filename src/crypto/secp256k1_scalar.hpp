// Numbers modulo the order of secp256k1, for recovery of many keys at once. Not for secrets: the
// time depends on the values. Internal to crypto.
#pragma once

#include <otento/base/uint256.hpp>

namespace otento::crypto::scalar {

/// a b / 2^256 mod n for a, b below n (Montgomery's product).
[[nodiscard]] uint256 multiply(const uint256& a, const uint256& b) noexcept;
/// a 2^256 mod n, the form in which products stay products.
[[nodiscard]] uint256 to_form(const uint256& a) noexcept;
/// Of a number in that form, in that form; zero of zero.
[[nodiscard]] uint256 inverse(const uint256& a) noexcept;

/// k = first + second lambda mod n, both of at most 128 bits, negative ones in two's complement
/// (Gallant, Lambert, Vanstone: Faster Point Multiplication on Elliptic Curves with Efficient
/// Endomorphisms, 2001).
struct Halves {
    uint256 first;
    uint256 second;
};
[[nodiscard]] Halves split(const uint256& k) noexcept;

}  // namespace otento::crypto::scalar
