// EIP-2537's encodings over blst: field elements are 64 bytes, 16 zero bytes first, below the
// prime; the point at infinity is all zeros. Internal to crypto.
#pragma once

#include <otento/base/bytes.hpp>

#include <blst.h>

#include <optional>

namespace otento::crypto::bls12 {

constexpr size_t FP_SIZE = 64;
constexpr size_t SCALAR_SIZE = 32;

/// What the templates over both groups need to know of G1.
struct G1 {
    using Affine = blst_p1_affine;
    using Point = blst_p1;
    static constexpr size_t SIZE = 2 * FP_SIZE;

    /// A point of the curve, maybe outside the subgroup; empty if malformed or off the curve.
    [[nodiscard]] static std::optional<Affine> decode(BytesView in) noexcept;
    /// As decode, and a member of the subgroup of order r.
    [[nodiscard]] static std::optional<Affine> decode_in_group(BytesView in) noexcept;
    [[nodiscard]] static Bytes encode(const Point& point);
};

struct G2 {
    using Affine = blst_p2_affine;
    using Point = blst_p2;
    static constexpr size_t SIZE = 4 * FP_SIZE;

    [[nodiscard]] static std::optional<Affine> decode(BytesView in) noexcept;
    [[nodiscard]] static std::optional<Affine> decode_in_group(BytesView in) noexcept;
    [[nodiscard]] static Bytes encode(const Point& point);
};

[[nodiscard]] std::optional<blst_fp> decode_fp(BytesView in) noexcept;
/// c0 then c1.
[[nodiscard]] std::optional<blst_fp2> decode_fp2(BytesView in) noexcept;

}  // namespace otento::crypto::bls12
