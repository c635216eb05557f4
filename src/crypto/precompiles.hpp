// The mathematics behind the precompiled contracts. Pure functions on bytes; gas and forks are
// evm's. Each returns the precompile's output, or empty where the Yellow Paper or EIP says that the
// call fails.
#pragma once

#include <otento/base/bytes.hpp>

#include <optional>

namespace otento::crypto {

[[nodiscard]] Hash sha256(BytesView data) noexcept;
[[nodiscard]] FixedBytes<20> ripemd160(BytesView data) noexcept;

/// EIP-198: base ^ exponent mod modulus, output as long as the modulus. Lengths are bounded by gas
/// first.
[[nodiscard]] Bytes modexp(BytesView base, BytesView exponent, BytesView modulus);

/// EIP-196 and EIP-197 on alt_bn128. Inputs already padded to their sizes: 128, 96, k * 192 bytes.
[[nodiscard]] std::optional<FixedBytes<64>> bn254_add(BytesView in) noexcept;
[[nodiscard]] std::optional<FixedBytes<64>> bn254_mul(BytesView in) noexcept;
[[nodiscard]] std::optional<bool> bn254_pairing(BytesView in) noexcept;

/// EIP-152: F with the 213-byte input; empty if malformed.
[[nodiscard]] std::optional<FixedBytes<64>> blake2f(BytesView in) noexcept;

/// EIP-4844 point evaluation, 192-byte input; empty where it fails.
[[nodiscard]] std::optional<FixedBytes<64>> kzg_point_evaluation(BytesView in) noexcept;

/// EIP-7951, 160-byte input; false where the precompile returns nothing.
[[nodiscard]] bool p256_verify(BytesView in) noexcept;

/// EIP-2537. Empty where the call fails.
[[nodiscard]] std::optional<Bytes> bls12_g1_add(BytesView in);
[[nodiscard]] std::optional<Bytes> bls12_g1_msm(BytesView in);
[[nodiscard]] std::optional<Bytes> bls12_g2_add(BytesView in);
[[nodiscard]] std::optional<Bytes> bls12_g2_msm(BytesView in);
[[nodiscard]] std::optional<Bytes> bls12_pairing(BytesView in);
[[nodiscard]] std::optional<Bytes> bls12_map_fp_to_g1(BytesView in);
[[nodiscard]] std::optional<Bytes> bls12_map_fp2_to_g2(BytesView in);

}  // namespace otento::crypto
