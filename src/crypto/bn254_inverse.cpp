// Inversion by Bernstein and Yang's division steps, in variable time: "Fast constant-time gcd
// computation and modular inversion". 62 steps at a time need the low words of both numbers only;
// they make a matrix, which is then applied to the whole numbers. Several zeros are cancelled at
// once, as described in libsecp256k1's doc/safegcd_implementation.md, section 7.
#include <otento/crypto/bn254_field.hpp>

#include <array>
#include <bit>
#include <utility>

namespace otento::crypto::bn254 {
namespace {

using int128 = __int128;

constexpr int BATCH = 62;
/// Theorem 11.2 of the paper: floor((49 * 256 + 57) / 17) = 741 steps suffice for 256-bit numbers.
constexpr size_t BATCHES_MAX = 12;

/// Two's complement; magnitudes stay below 4/3 P.
struct Signed256 {
    uint64_t limbs[4]{};

    [[nodiscard]] bool is_zero() const noexcept {
        return (limbs[0] | limbs[1] | limbs[2] | limbs[3]) == 0;
    }
    [[nodiscard]] bool is_negative() const noexcept { return (limbs[3] >> 63) != 0; }
};

/// 2^62 times the transition matrix of a batch; |u| + |v| and |q| + |r| are at most 2^62.
struct Matrix {
    int64_t u, v, q, r;
};

/// Runs a batch on the low words; returns the new eta (minus the paper's delta).
int64_t divide_steps(int64_t eta, uint64_t f, uint64_t g, Matrix& out) noexcept {
    uint64_t u = 1;
    uint64_t v = 0;
    uint64_t q = 0;
    uint64_t r = 1;
    for (int left = BATCH;;) {
        const int zeros = std::countr_zero(g | (UINT64_MAX << left));
        g >>= zeros;
        u <<= zeros;
        v <<= zeros;
        eta -= zeros;
        left -= zeros;
        if (left == 0) {
            break;
        }
        // Both are odd: add the multiple of f to g that clears its low bits, as many as are left
        // before eta changes sign.
        uint64_t factor = 0;
        uint64_t mask = 0;
        if (eta < 0) {
            eta = -eta;
            f = std::exchange(g, -f);
            u = std::exchange(q, -u);
            v = std::exchange(r, -v);
            mask = 63;
            factor = f * g * (f * f - 2);  // -g / f modulo 64.
        } else {
            mask = 15;
            factor = -(f + (((f + 1) & 4) << 1)) * g;  // -g / f modulo 16.
        }
        const int64_t limit = std::min<int64_t>(eta + 1, left);
        factor &= mask & (UINT64_MAX >> (64 - limit));
        g += f * factor;
        q += u * factor;
        r += v * factor;
    }
    out = {static_cast<int64_t>(u), static_cast<int64_t>(v), static_cast<int64_t>(q),
           static_cast<int64_t>(r)};
    return eta;
}

/// a x + b y in five limbs, the last one signed.
void combine(uint64_t (&out)[5], int64_t a, const Signed256& x, int64_t b,
             const Signed256& y) noexcept {
    int128 sum = 0;
    for (size_t i = 0; i < 3; ++i) {
        sum += static_cast<int128>(a) * x.limbs[i] + static_cast<int128>(b) * y.limbs[i];
        out[i] = static_cast<uint64_t>(sum);
        sum >>= 64;
    }
    sum += static_cast<int128>(a) * static_cast<int64_t>(x.limbs[3]) +
           static_cast<int128>(b) * static_cast<int64_t>(y.limbs[3]);
    out[3] = static_cast<uint64_t>(sum);
    out[4] = static_cast<uint64_t>(sum >> 64);
}

/// (a x + b y) / 2^62, which is exact.
Signed256 combine_exact(int64_t a, const Signed256& x, int64_t b, const Signed256& y) noexcept {
    uint64_t t[5];
    combine(t, a, x, b, y);
    Signed256 out;
    for (size_t i = 0; i < 4; ++i) {
        out.limbs[i] = (t[i] >> BATCH) | (t[i + 1] << (64 - BATCH));
    }
    return out;
}

/// (a x + b y) / 2^64 modulo P.
Signed256 combine_modular(int64_t a, const Signed256& x, int64_t b, const Signed256& y) noexcept {
    uint64_t t[5];
    combine(t, a, x, b, y);
    const uint64_t m = t[0] * P_INVERSE;
    uint128 sum = (static_cast<uint128>(m) * P.limbs[0] + t[0]) >> 64;
    Signed256 out;
    for (size_t i = 1; i < 4; ++i) {
        sum += static_cast<uint128>(m) * P.limbs[i] + t[i];
        out.limbs[i - 1] = static_cast<uint64_t>(sum);
        sum >>= 64;
    }
    out.limbs[3] = static_cast<uint64_t>(sum) + t[4];
    return out;
}

Signed256 negate(const Signed256& a) noexcept {
    Signed256 out;
    uint64_t carry = 1;
    for (size_t i = 0; i < 4; ++i) {
        out.limbs[i] = ~a.limbs[i] + carry;
        carry = carry != 0 && out.limbs[i] == 0 ? 1 : 0;
    }
    return out;
}

/// Into [0, P) from magnitudes below 2 P.
Fp normalize(const Signed256& a) noexcept {
    Fp out{{a.limbs[0], a.limbs[1], a.limbs[2], a.limbs[3]}};
    for (int i = 0; i < 2 && (out.limbs[3] >> 63) != 0; ++i) {
        out = portable::add_unreduced(out, portable::PRIME);
    }
    return portable::reduce_once(out);
}

/// After n batches the result lacks the factor 2^(2 n), a batch taking out 2^64 for its 2^62; and
/// an inverse in Montgomery form lacks 2^512. A Montgomery product with 2^768 4^n repairs both.
constexpr std::array<Fp, BATCHES_MAX + 1> CORRECTIONS = [] {
    std::array<Fp, BATCHES_MAX + 1> out{};
    out[0] = Fp{{0xb1cd6dafda1530df, 0x62f210e6a7283db6, 0xef7f0b0c0ada0afb, 0x20fd6e902d592544}};
    for (size_t i = 1; i < out.size(); ++i) {
        out[i] = twice(twice(out[i - 1]));
    }
    return out;
}();

}  // namespace

Fp inverse(const Fp& a) noexcept {
    Signed256 f{{P.limbs[0], P.limbs[1], P.limbs[2], P.limbs[3]}};
    Signed256 g{{a.limbs[0], a.limbs[1], a.limbs[2], a.limbs[3]}};
    // f = d a and g = e a modulo P, up to the factor above.
    Signed256 d;
    Signed256 e{{1, 0, 0, 0}};
    int64_t eta = -1;
    size_t batches = 0;
    while (!g.is_zero()) {
        ASSERT(batches < BATCHES_MAX);
        ++batches;
        Matrix m;
        eta = divide_steps(eta, f.limbs[0], g.limbs[0], m);
        const Signed256 next_f = combine_exact(m.u, f, m.v, g);
        g = combine_exact(m.q, f, m.r, g);
        f = next_f;
        const Signed256 next_d = combine_modular(m.u, d, m.v, e);
        e = combine_modular(m.q, d, m.r, e);
        d = next_d;
    }
    // f is 1 or -1, or P for a = 0, where d is 0.
    return normalize(f.is_negative() ? negate(d) : d) * CORRECTIONS[batches];
}

}  // namespace otento::crypto::bn254
