#include <otento/crypto/secp256k1_scalar.hpp>

#include <otento/crypto/secp256k1.hpp>

namespace otento::crypto::scalar {
namespace {

using uint128 = unsigned __int128;

constexpr uint256 N{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff};
constexpr uint64_t N_NEGATIVE_INVERSE = 0x4b0dff665588b13f;  ///< -1/n mod 2^64
/// 2^512 mod n
constexpr uint256 SQUARE_FORM{0x896cf21467d7d140, 0x741496c20e7cf878, 0xe697f5e45bcd07c6,
                              0x9d671cd581c69bc5};

// A short basis of the vectors (x, y) with x + y lambda = 0 mod n: (A1, -B1) and (A2, A1).
constexpr uint256 A1{0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0, 0};
constexpr uint256 B1{0x6f547fa90abfe4c3, 0xe4437ed6010e8828, 0, 0};
constexpr uint256 A2{0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1, 0};
// 2^384 A1 / n and 2^384 B1 / n, rounded.
constexpr uint256 A1_SHARE{0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15,
                           0x3086d221a7d46bcd};
constexpr uint256 B1_SHARE{0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4,
                           0xe4437ed6010e8828};

/// a b / 2^384, rounded.
uint256 multiply_high(const uint256& a, const uint256& b) noexcept {
    uint64_t words[8] = {};
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t k = 0; k < 4; ++k) {
            const uint128 sum =
                static_cast<uint128>(a.limbs[i]) * b.limbs[k] + words[i + k] + carry;
            words[i + k] = static_cast<uint64_t>(sum);
            carry = static_cast<uint64_t>(sum >> 64);
        }
        words[i + 4] = carry;
    }
    return uint256{words[6], words[7], 0, 0} + uint256{words[5] >> 63};
}

}  // namespace

uint256 multiply(const uint256& a, const uint256& b) noexcept {
    uint64_t words[6] = {};
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t k = 0; k < 4; ++k) {
            const uint128 sum = static_cast<uint128>(a.limbs[k]) * b.limbs[i] + words[k] + carry;
            words[k] = static_cast<uint64_t>(sum);
            carry = static_cast<uint64_t>(sum >> 64);
        }
        uint128 top = static_cast<uint128>(words[4]) + carry;
        words[4] = static_cast<uint64_t>(top);
        words[5] = static_cast<uint64_t>(top >> 64);
        const uint64_t factor = words[0] * N_NEGATIVE_INVERSE;
        carry = static_cast<uint64_t>((static_cast<uint128>(factor) * N.limbs[0] + words[0]) >> 64);
        for (size_t k = 1; k < 4; ++k) {
            const uint128 sum = static_cast<uint128>(factor) * N.limbs[k] + words[k] + carry;
            words[k - 1] = static_cast<uint64_t>(sum);
            carry = static_cast<uint64_t>(sum >> 64);
        }
        top = static_cast<uint128>(words[4]) + carry;
        words[3] = static_cast<uint64_t>(top);
        words[4] = words[5] + static_cast<uint64_t>(top >> 64);
    }
    const uint256 out{words[0], words[1], words[2], words[3]};
    return words[4] != 0 || out >= N ? out - N : out;
}

uint256 to_form(const uint256& a) noexcept {
    return multiply(a, SQUARE_FORM);
}

/// a^(n - 2), four bits at a time.
uint256 inverse(const uint256& a) noexcept {
    uint256 powers[16];
    powers[0] = to_form(uint256{1});
    for (size_t i = 1; i < 16; ++i) {
        powers[i] = multiply(powers[i - 1], a);
    }
    const uint256 exponent = N - uint256{2};
    uint256 out = powers[0];
    for (unsigned i = 64; i-- > 0;) {
        for (int bit = 0; bit < 4; ++bit) {
            out = multiply(out, out);
        }
        out = multiply(out, powers[exponent.limbs[i / 16] >> (i % 16 * 4) & 15]);
    }
    return out;
}

Halves split(const uint256& k) noexcept {
    const uint256 first = multiply_high(k, A1_SHARE);
    const uint256 second = multiply_high(k, B1_SHARE);
    return {.first = k - first * A1 - second * A2, .second = first * B1 - second * A1};
}

}  // namespace otento::crypto::scalar
