// BLAKE2b's compression function F with a free number of rounds: EIP-152, RFC 7693 3.2.
#include <otento/crypto/precompiles.hpp>

#include <bit>
#include <iterator>
#include <utility>

namespace otento::crypto {
namespace {

// Input: rounds (4 bytes, big-endian), h (8 words), m (16 words), t (2 words), the final flag (1
// byte). Words are little-endian.
constexpr size_t H_AT = 4;
constexpr size_t M_AT = H_AT + 64;
constexpr size_t T_AT = M_AT + 128;
constexpr size_t FLAG_AT = T_AT + 16;
constexpr size_t INPUT_SIZE = FLAG_AT + 1;

/// RFC 7693 2.6.
constexpr uint64_t IV[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

/// RFC 7693 2.7.
constexpr uint8_t SIGMA[10][16] = {
    {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    {14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
    {11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
    {7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
    {9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
    {2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
    {12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
    {13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
    {6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
    {10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0},
};

uint64_t load_word(const uint8_t* in) noexcept {
    uint64_t word = 0;
    static_assert(std::endian::native == std::endian::little);
    std::memcpy(&word, in, 8);
    return word;
}

/// RFC 7693 3.1. The order of the sums keeps the message off the longest chain.
[[gnu::always_inline]] inline void mix(uint64_t& a, uint64_t& b, uint64_t& c, uint64_t& d,
                                       uint64_t x, uint64_t y) noexcept {
    a = (a + x) + b;
    d = std::rotr(d ^ a, 32);
    c += d;
    b = std::rotr(b ^ c, 24);
    a = (a + y) + b;
    d = std::rotr(d ^ a, 16);
    c += d;
    b = std::rotr(b ^ c, 63);
}

[[gnu::always_inline]] inline void mix_round(uint64_t (&v)[16], const uint64_t (&m)[16],
                                             const uint8_t (&s)[16]) noexcept {
    mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
    mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
    mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
    mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
    mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
    mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
    mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
    mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

/// Ten rounds at a time, so that the places of the message words are constants: twice as fast.
template <size_t... ROUND>
[[gnu::always_inline]] inline void mix_rounds(uint64_t (&v)[16], const uint64_t (&m)[16],
                                              std::index_sequence<ROUND...>) noexcept {
    (mix_round(v, m, SIGMA[ROUND]), ...);
}

void compress(uint32_t rounds, uint64_t (&h)[8], const uint64_t (&m)[16], const uint64_t (&t)[2],
              bool last) noexcept {
    uint64_t v[16];
    for (size_t i = 0; i < 8; ++i) {
        v[i] = h[i];
        v[i + 8] = IV[i];
    }
    v[12] ^= t[0];
    v[13] ^= t[1];
    if (last) {
        v[14] = ~v[14];
    }
    constexpr uint32_t PERIOD = std::size(SIGMA);
    for (; rounds >= PERIOD; rounds -= PERIOD) {
        mix_rounds(v, m, std::make_index_sequence<PERIOD>{});
    }
    for (uint32_t round = 0; round < rounds; ++round) {
        mix_round(v, m, SIGMA[round]);
    }
    for (size_t i = 0; i < 8; ++i) {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

}  // namespace

std::optional<FixedBytes<64>> blake2f(BytesView in) noexcept {
    if (in.size() != INPUT_SIZE || in[FLAG_AT] > 1) {
        return std::nullopt;
    }
    uint64_t h[8];
    uint64_t m[16];
    uint64_t t[2];
    for (size_t i = 0; i < 8; ++i) {
        h[i] = load_word(in.data() + H_AT + 8 * i);
    }
    for (size_t i = 0; i < 16; ++i) {
        m[i] = load_word(in.data() + M_AT + 8 * i);
    }
    t[0] = load_word(in.data() + T_AT);
    t[1] = load_word(in.data() + T_AT + 8);
    compress(load_be<uint32_t>(in.data()), h, m, t, in[FLAG_AT] == 1);
    FixedBytes<64> out;
    std::memcpy(out.data(), h, sizeof h);
    return out;
}

}  // namespace otento::crypto
