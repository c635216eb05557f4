// Between secp256k1_many.cpp, which knows scalars, and the file compiled for one instruction set,
// which knows points. Plain types only: see keccak_permutation.hpp. Internal to crypto.
#pragma once

#include <cstddef>
#include <cstdint>

namespace otento::crypto::lanes {

constexpr size_t LANES = 8;
constexpr size_t LIMBS = 5;  ///< Of 52 bits, least significant first.

/// Scalars below 2^129 in digits of [-2^(bits-1), 2^(bits-1)], least significant first. The base
/// point's digits are twice as wide, since its multiples are at hand.
constexpr unsigned DIGIT_BITS = 5;
constexpr size_t DIGITS = 26;
constexpr size_t MULTIPLES = 1 << (DIGIT_BITS - 1);
constexpr unsigned BASE_DIGIT_BITS = 2 * DIGIT_BITS;
constexpr size_t BASE_DIGITS = DIGITS / 2;
constexpr size_t BASE_MULTIPLES = 1 << (BASE_DIGIT_BITS - 1);

/// Eight sums a R + b lambda R + c G + d 2^128 G, each with its own R.
struct Sums {
    alignas(64) uint64_t x[LIMBS][LANES];             ///< Of R, below the field's prime.
    bool odd[LANES];                                  ///< The y of R.
    alignas(16) int16_t point[2][DIGITS][LANES];      ///< a and b.
    alignas(16) int16_t base[2][BASE_DIGITS][LANES];  ///< c and d.
};

/// Multiples of G and of 2^128 G by their factors, x and y; those of 0 are not looked at.
struct BaseTables {
    uint64_t points[2][BASE_MULTIPLES + 1][2][LIMBS];
};

struct Points {
    uint8_t xy[LANES][64];  ///< Big-endian.
    /// False where no such R exists, and where the sum met one of the cases that the formulas leave
    /// out (the same point twice, a point and its negative): then nothing is known.
    bool known[LANES];
};

/// Only for machines with AVX-512 F and IFMA.
void sum_avx512(const Sums& in, const BaseTables& tables, Points& out) noexcept;

}  // namespace otento::crypto::lanes
