#include <otento/base/uint256.hpp>

#include <otento/base/hex.hpp>

namespace otento {
namespace {

using uint128 = unsigned __int128;

constexpr uint128 wide(uint64_t high, uint64_t low) noexcept {
    return (static_cast<uint128>(high) << 64) | low;
}
constexpr uint64_t high_of(uint128 x) noexcept {
    return static_cast<uint64_t>(x >> 64);
}
constexpr uint64_t low_of(uint128 x) noexcept {
    return static_cast<uint64_t>(x);
}

// Division by multiplication with a reciprocal: N. Möller, T. Granlund, "Improved division by
// invariant integers", IEEE Trans. Comput. 60 (2011). Divisors are normalised: their top bit is
// set.

/// floor((2^128 - 1) / d) - 2^64.
inline uint64_t reciprocal(uint64_t d) noexcept {
#if defined(__x86_64__)
    uint64_t quotient = 0;
    uint64_t remainder = 0;
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(UINT64_MAX), "d"(~d), "r"(d) : "cc");
    return quotient;
#else
    return static_cast<uint64_t>(wide(~d, UINT64_MAX) / d);
#endif
}

/// (high, low) / d, where high < d.
inline uint64_t divide_128_by_64(uint64_t high, uint64_t low, uint64_t d,
                                 uint64_t& remainder) noexcept {
#if defined(__x86_64__)
    uint64_t quotient = 0;
    __asm__("divq %4" : "=a"(quotient), "=d"(remainder) : "a"(low), "d"(high), "r"(d) : "cc");
    return quotient;
#else
    const uint128 u = wide(high, low);
    remainder = static_cast<uint64_t>(u % d);
    return static_cast<uint64_t>(u / d);
#endif
}

/// Algorithm 6: floor((2^192 - 1) / (d1, d0)) - 2^64.
inline uint64_t reciprocal(uint64_t d1, uint64_t d0) noexcept {
    uint64_t v = reciprocal(d1);
    uint64_t p = d1 * v + d0;
    if (p < d0) {
        --v;
        if (p >= d1) {
            --v;
            p -= d1;
        }
        p -= d1;
    }
    const uint128 t = static_cast<uint128>(v) * d0;
    p += high_of(t);
    if (p < high_of(t)) {
        --v;
        if (wide(p, low_of(t)) >= wide(d1, d0)) {
            --v;
        }
    }
    return v;
}

/// Algorithm 5: (u2, u1, u0) / d for (u2, u1) < d.
inline uint64_t divide_3_by_2(uint64_t u2, uint64_t u1, uint64_t u0, uint128 d, uint64_t v,
                              uint128& remainder) noexcept {
    const uint128 q = static_cast<uint128>(v) * u2 + wide(u2, u1);
    uint64_t digit = high_of(q);
    const uint64_t r1 = u1 - digit * high_of(d);
    uint128 r = wide(r1, u0) - static_cast<uint128>(digit) * low_of(d) - d;
    ++digit;
    if (high_of(r) >= low_of(q)) {
        --digit;
        r += d;
    }
    if (r >= d) [[unlikely]] {
        ++digit;
        r -= d;
    }
    remainder = r;
    return digit;
}

/// Knuth, TAOCP 4.3.1 algorithm D, steps D2 to D7, for a normalised divisor of N = 3 or 4 digits.
/// `w` has m + 1 digits; its low N become the remainder. Writes m - N + 1 digits of the quotient.
template <size_t N>
inline void divide_long(uint64_t* w, size_t m, const uint64_t* v, uint64_t* q) noexcept {
    const uint128 d = wide(v[N - 1], v[N - 2]);
    const uint64_t inverse = reciprocal(v[N - 1], v[N - 2]);
    for (size_t j = m - N + 1; j-- > 0;) {
        uint64_t* const u = w + j;
        uint64_t digit = UINT64_MAX;
        uint64_t carry = 0;
        if (wide(u[N], u[N - 1]) >= d) [[unlikely]] {
            // The estimate does not fit a digit; the largest one does.
            uint64_t borrow = 0;
            for (size_t i = 0; i < N; ++i) {
                const uint128 product = static_cast<uint128>(digit) * v[i] + carry;
                carry = high_of(product);
                const uint128 difference = static_cast<uint128>(u[i]) - low_of(product) - borrow;
                u[i] = low_of(difference);
                borrow = high_of(difference) & 1;
            }
            u[N] -= carry + borrow;
            q[j] = digit;
            continue;
        }
        uint128 rest = 0;
        digit = divide_3_by_2(u[N], u[N - 1], u[N - 2], d, inverse, rest);
        // The estimate took care of the two top digits of the divisor; subtract the others.
        uint64_t borrow = 0;
        for (size_t i = 0; i < N - 2; ++i) {
            const uint128 product = static_cast<uint128>(digit) * v[i] + carry;
            carry = high_of(product);
            const uint128 difference = static_cast<uint128>(u[i]) - low_of(product) - borrow;
            u[i] = low_of(difference);
            borrow = high_of(difference) & 1;
        }
        const uint128 taken = static_cast<uint128>(carry) + borrow;
        const bool negative = rest < taken;
        rest -= taken;
        u[N - 1] = high_of(rest);
        u[N - 2] = low_of(rest);
        if (negative) [[unlikely]] {  // D6
            --digit;
            uint128 sum = 0;
            for (size_t i = 0; i < N; ++i) {
                sum += static_cast<uint128>(u[i]) + v[i];
                u[i] = low_of(sum);
                sum >>= 64;
            }
        }
        q[j] = digit;
    }
}

/// `u` has M digits; quotient and remainder of the division by `divisor`, both zero if that is
/// zero.
template <size_t M>
void divide_words(const uint64_t (&u)[M], const uint256& divisor, uint64_t (&q)[M],
                  uint256& remainder) noexcept {
    size_t n = 4;
    while (n > 0 && divisor.limbs[n - 1] == 0) {
        --n;
    }
    size_t m = M;
    while (m > 0 && u[m - 1] == 0) {
        --m;
    }
    for (uint64_t& digit : q) {
        digit = 0;
    }
    remainder = {};
    if (n == 0) {
        return;
    }
    if (m < n) {
        for (size_t i = 0; i < m; ++i) {
            remainder.limbs[i] = u[i];
        }
        return;
    }
    if (n == 1) {
        // Short division; the processor's instruction beats a reciprocal that few digits would
        // share.
        uint64_t rest = 0;
        for (size_t j = m; j-- > 0;) {
            q[j] = divide_128_by_64(rest, u[j], divisor.limbs[0], rest);
        }
        remainder.limbs[0] = rest;
        return;
    }
    // D1: normalise so that the divisor's top bit is set. Shifts in two steps, since one by 64 is
    // undefined.
    const unsigned shift = static_cast<unsigned>(std::countl_zero(divisor.limbs[n - 1]));
    const auto joined = [shift](uint64_t high, uint64_t low) {
        return (high << shift) | ((low >> 1) >> (63 - shift));
    };
    uint64_t v[4] = {};
    uint64_t w[M + 1] = {};
    for (size_t i = n; i-- > 0;) {
        v[i] = joined(divisor.limbs[i], i > 0 ? divisor.limbs[i - 1] : 0);
    }
    w[m] = joined(0, u[m - 1]);
    for (size_t i = m; i-- > 0;) {
        w[i] = joined(u[i], i > 0 ? u[i - 1] : 0);
    }
    switch (n) {
        case 2: {
            const uint128 d = wide(v[1], v[0]);
            const uint64_t inverse = reciprocal(v[1], v[0]);
            uint128 rest = wide(w[m], w[m - 1]);
            for (size_t j = m - 1; j-- > 0;) {
                q[j] = divide_3_by_2(high_of(rest), low_of(rest), w[j], d, inverse, rest);
            }
            w[0] = low_of(rest);
            w[1] = high_of(rest);
            w[2] = 0;
            break;
        }
        case 3:
            divide_long<3>(w, m, v, q);
            w[3] = 0;
            break;
        default:
            divide_long<4>(w, m, v, q);
            w[4] = 0;
            break;
    }
    // D8: undo the normalisation.
    for (size_t i = 0; i < n; ++i) {
        remainder.limbs[i] = (w[i] >> shift) | ((w[i + 1] << 1) << (63 - shift));
    }
}

/// All eight words of the product, row by row.
inline void multiply_full(const uint256& a, const uint256& b, uint64_t (&out)[8]) noexcept {
    const auto row = [&b](uint64_t digit, const uint64_t(&sum)[4], uint64_t& lowest,
                          uint64_t(&rest)[4]) {
        const uint128 p0 = static_cast<uint128>(digit) * b.limbs[0] + sum[0];
        const uint128 p1 = static_cast<uint128>(digit) * b.limbs[1] + sum[1] + high_of(p0);
        const uint128 p2 = static_cast<uint128>(digit) * b.limbs[2] + sum[2] + high_of(p1);
        const uint128 p3 = static_cast<uint128>(digit) * b.limbs[3] + sum[3] + high_of(p2);
        lowest = low_of(p0);
        rest[0] = low_of(p1);
        rest[1] = low_of(p2);
        rest[2] = low_of(p3);
        rest[3] = high_of(p3);
    };
    const uint64_t zero[4] = {};
    uint64_t r0[4];
    uint64_t r1[4];
    uint64_t r2[4];
    uint64_t r3[4];
    row(a.limbs[0], zero, out[0], r0);
    row(a.limbs[1], r0, out[1], r1);
    row(a.limbs[2], r1, out[2], r2);
    row(a.limbs[3], r2, out[3], r3);
    out[4] = r3[0];
    out[5] = r3[1];
    out[6] = r3[2];
    out[7] = r3[3];
}

uint256 absolute(const uint256& a) noexcept {
    return a.negative() ? -a : a;
}

}  // namespace

DivResult256 divide(const uint256& a, const uint256& b) noexcept {
    if (a.fits_u64() && b.fits_u64()) {
        return b.is_zero() ? DivResult256{}
                           : DivResult256{a.limbs[0] / b.limbs[0], a.limbs[0] % b.limbs[0]};
    }
    DivResult256 out;
    divide_words(a.limbs, b, out.quotient.limbs, out.remainder);
    return out;
}

uint256 sdiv(const uint256& a, const uint256& b) noexcept {
    const uint256 quotient = absolute(a) / absolute(b);
    return a.negative() != b.negative() ? -quotient : quotient;
}

uint256 smod(const uint256& a, const uint256& b) noexcept {
    const uint256 remainder = absolute(a) % absolute(b);
    return a.negative() ? -remainder : remainder;
}

uint256 addmod(const uint256& a, const uint256& b, const uint256& m) noexcept {
    uint256 sum;
    const uint64_t carry = add_overflows(a, b, sum) ? 1 : 0;
    if (a < m && b < m) {
        return carry != 0 || sum >= m ? sum - m : sum;
    }
    const uint64_t wide[5] = {sum.limbs[0], sum.limbs[1], sum.limbs[2], sum.limbs[3], carry};
    uint64_t quotient[5];
    uint256 out;
    divide_words(wide, m, quotient, out);
    return out;
}

uint256 mulmod(const uint256& a, const uint256& b, const uint256& m) noexcept {
    uint64_t product[8];
    multiply_full(a, b, product);
    uint64_t quotient[8];
    uint256 out;
    divide_words(product, m, quotient, out);
    return out;
}

uint256 exp(uint256 base, uint256 exponent) noexcept {
    if (base == 2) {
        return exponent.fits_u64() && exponent.low64() < 256
                   ? uint256{1} << static_cast<unsigned>(exponent.low64())
                   : uint256{};
    }
    uint256 out = 1;
    const unsigned width = exponent.bit_width();
    for (unsigned i = 0; i < width; ++i) {
        if (i != 0) {
            base *= base;
        }
        if (((exponent.limbs[i / 64] >> (i % 64)) & 1) != 0) {
            out *= base;
        }
    }
    return out;
}

bool mul_overflows(const uint256& a, const uint256& b, uint256& out) noexcept {
    uint64_t product[8];
    multiply_full(a, b, product);
    out = {product[0], product[1], product[2], product[3]};
    return (product[4] | product[5] | product[6] | product[7]) != 0;
}

std::optional<uint256> uint256::parse(std::string_view text) noexcept {
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    if (hex) {
        text.remove_prefix(2);
    }
    if (text.empty()) {
        return std::nullopt;
    }
    uint256 out;
    const uint256 radix = hex ? 16 : 10;
    for (const char c : text) {
        const int digit = hex_digit(c);
        if (digit < 0 || (!hex && digit > 9)) {
            return std::nullopt;
        }
        uint256 scaled;
        if (mul_overflows(out, radix, scaled) ||
            add_overflows(scaled, static_cast<uint64_t>(digit), out)) {
            return std::nullopt;
        }
    }
    return out;
}

std::string uint256::to_quantity() const {
    const std::string digits = to_hex(to_be());
    const size_t first = digits.find_first_not_of('0');
    return first == std::string::npos ? "0x0" : "0x" + digits.substr(first);
}

std::string uint256::to_decimal() const {
    std::string out;
    uint256 rest = *this;
    do {
        const DivResult256 step = divide(rest, 10);
        out.insert(out.begin(), static_cast<char>('0' + step.remainder.low64()));
        rest = step.quotient;
    } while (!rest.is_zero());
    return out;
}

}  // namespace otento
