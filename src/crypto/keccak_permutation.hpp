// Keccak-f[1600] over any lane type: one 64-bit word, or a vector of words for several states at
// once. FIPS 202 3.2 and 3.3; the rounds are unrolled so that rotations and positions are
// constants.
//
// Every name here is private to the including file (static): the files for AVX2 and AVX-512 are
// compiled with other flags, and no code of theirs may reach a machine without these instructions.
#pragma once

#include <cstddef>
#include <cstdint>

namespace otento::crypto::keccak {

constexpr size_t RATE_BYTES = 136;
constexpr size_t RATE_WORDS = RATE_BYTES / 8;
constexpr size_t STATE_WORDS = 25;

/// FIPS 202 3.2.5.
constexpr uint64_t ROUND_CONSTANTS[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};

template <int N, typename Lane>
[[gnu::always_inline]] static inline Lane rotate_left(Lane x) {
    return (x << N) | (x >> (64 - N));
}

/// chi on one row of five lanes.
template <typename Lane>
[[gnu::always_inline]] static inline void chi(Lane* e, Lane b0, Lane b1, Lane b2, Lane b3,
                                              Lane b4) {
    e[0] = b0 ^ (~b1 & b2);
    e[1] = b1 ^ (~b2 & b3);
    e[2] = b2 ^ (~b3 & b4);
    e[3] = b3 ^ (~b4 & b0);
    e[4] = b4 ^ (~b0 & b1);
}

/// One round from `a` to `e`; lane (x, y) is at x + 5 y.
template <typename Lane>
[[gnu::always_inline]] static inline void round(const Lane* a, Lane* e, uint64_t constant) {
    const Lane c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    const Lane c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    const Lane c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    const Lane c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    const Lane c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    const Lane d0 = c4 ^ rotate_left<1>(c1);
    const Lane d1 = c0 ^ rotate_left<1>(c2);
    const Lane d2 = c1 ^ rotate_left<1>(c3);
    const Lane d3 = c2 ^ rotate_left<1>(c4);
    const Lane d4 = c3 ^ rotate_left<1>(c0);

    // rho and pi, then chi, a row of the result at a time.
    chi(e, a[0] ^ d0, rotate_left<44>(a[6] ^ d1), rotate_left<43>(a[12] ^ d2),
        rotate_left<21>(a[18] ^ d3), rotate_left<14>(a[24] ^ d4));
    e[0] = e[0] ^ constant;
    chi(e + 5, rotate_left<28>(a[3] ^ d3), rotate_left<20>(a[9] ^ d4), rotate_left<3>(a[10] ^ d0),
        rotate_left<45>(a[16] ^ d1), rotate_left<61>(a[22] ^ d2));
    chi(e + 10, rotate_left<1>(a[1] ^ d1), rotate_left<6>(a[7] ^ d2), rotate_left<25>(a[13] ^ d3),
        rotate_left<8>(a[19] ^ d4), rotate_left<18>(a[20] ^ d0));
    chi(e + 15, rotate_left<27>(a[4] ^ d4), rotate_left<36>(a[5] ^ d0), rotate_left<10>(a[11] ^ d1),
        rotate_left<15>(a[17] ^ d2), rotate_left<56>(a[23] ^ d3));
    chi(e + 20, rotate_left<62>(a[2] ^ d2), rotate_left<55>(a[8] ^ d3), rotate_left<39>(a[14] ^ d4),
        rotate_left<41>(a[15] ^ d0), rotate_left<2>(a[21] ^ d1));
}

/// The 24 rounds, in place.
template <typename Lane>
[[gnu::always_inline]] static inline void permute(Lane* a) {
    Lane e[STATE_WORDS];
    for (size_t i = 0; i < 24; i += 2) {
        round(a, e, ROUND_CONSTANTS[i]);
        round(e, a, ROUND_CONSTANTS[i + 1]);
    }
}

}  // namespace otento::crypto::keccak
