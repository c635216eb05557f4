#include <otento/base/uint256.hpp>

#include <otento/base/hex.hpp>

namespace otento {
namespace {

using uint128 = unsigned __int128;

/// 128 by 64 bits; the quotient fits because high < divisor.
inline uint64_t divide_128_64(uint64_t high, uint64_t low, uint64_t divisor,
                              uint64_t& remainder) noexcept {
#if defined(__x86_64__)
    uint64_t quotient = 0;
    __asm__("divq %4"
            : "=a"(quotient), "=d"(remainder)
            : "a"(low), "d"(high), "r"(divisor)
            : "cc");
    return quotient;
#else
    const uint128 n = (static_cast<uint128>(high) << 64) | low;
    remainder = static_cast<uint64_t>(n % divisor);
    return static_cast<uint64_t>(n / divisor);
#endif
}

/// Knuth, TAOCP 4.3.1 algorithm D, on 64-bit digits. `u` has M digits and room for one more,
/// `v` has N digits; the remainder replaces `v`, the quotient goes to `q` (M digits).
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
        uint64_t rest = 0;
        for (size_t i = m; i-- > 0;) {
            q[i] = divide_128_64(rest, u[i], divisor.limbs[0], rest);
        }
        remainder.limbs[0] = rest;
        return;
    }

    // D1: normalise so that the divisor's top bit is set.
    const unsigned shift = static_cast<unsigned>(std::countl_zero(divisor.limbs[n - 1]));
    uint64_t v[4] = {};
    uint64_t w[M + 1] = {};
    for (size_t i = n; i-- > 0;) {
        v[i] = divisor.limbs[i] << shift;
        if (shift != 0 && i > 0) {
            v[i] |= divisor.limbs[i - 1] >> (64 - shift);
        }
    }
    w[m] = shift == 0 ? 0 : u[m - 1] >> (64 - shift);
    for (size_t i = m; i-- > 0;) {
        w[i] = u[i] << shift;
        if (shift != 0 && i > 0) {
            w[i] |= u[i - 1] >> (64 - shift);
        }
    }

    for (size_t j = m - n + 1; j-- > 0;) {
        // D3: estimate one digit from the top two.
        uint64_t digit = 0;
        uint128 rest = 0;
        if (w[j + n] >= v[n - 1]) {
            digit = UINT64_MAX;
            rest = static_cast<uint128>(w[j + n - 1]) + v[n - 1];
            if (w[j + n] > v[n - 1]) {
                rest = static_cast<uint128>(1) << 64;  // Cannot happen after D1; skips the correction.
            }
        } else {
            uint64_t r = 0;
            digit = divide_128_64(w[j + n], w[j + n - 1], v[n - 1], r);
            rest = r;
        }
        while ((rest >> 64) == 0 &&
               static_cast<uint128>(digit) * v[n - 2] > ((rest << 64) | w[j + n - 2])) {
            --digit;
            rest += v[n - 1];
        }
        // D4: multiply and subtract.
        uint64_t borrow = 0;
        uint64_t carry = 0;
        for (size_t i = 0; i < n; ++i) {
            const uint128 product = static_cast<uint128>(digit) * v[i] + carry;
            carry = static_cast<uint64_t>(product >> 64);
            const uint128 difference =
                static_cast<uint128>(w[i + j]) - static_cast<uint64_t>(product) - borrow;
            w[i + j] = static_cast<uint64_t>(difference);
            borrow = static_cast<uint64_t>(difference >> 64) & 1;
        }
        const uint128 difference = static_cast<uint128>(w[j + n]) - carry - borrow;
        w[j + n] = static_cast<uint64_t>(difference);
        if ((static_cast<uint64_t>(difference >> 64) & 1) != 0) {
            // D6: the estimate was one too large; add back.
            --digit;
            uint128 sum = 0;
            for (size_t i = 0; i < n; ++i) {
                sum += static_cast<uint128>(w[i + j]) + v[i];
                w[i + j] = static_cast<uint64_t>(sum);
                sum >>= 64;
            }
            w[j + n] += static_cast<uint64_t>(sum);
        }
        q[j] = digit;
    }
    // D8: undo the normalisation.
    for (size_t i = 0; i < n; ++i) {
        remainder.limbs[i] = w[i] >> shift;
        if (shift != 0) {
            remainder.limbs[i] |= w[i + 1] << (64 - shift);
        }
    }
}

void multiply_full(const uint256& a, const uint256& b, uint64_t (&out)[8]) noexcept {
    for (uint64_t& digit : out) {
        digit = 0;
    }
    for (size_t i = 0; i < 4; ++i) {
        uint64_t carry = 0;
        for (size_t j = 0; j < 4; ++j) {
            const uint128 product =
                static_cast<uint128>(a.limbs[i]) * b.limbs[j] + out[i + j] + carry;
            out[i + j] = static_cast<uint64_t>(product);
            carry = static_cast<uint64_t>(product >> 64);
        }
        out[i + 4] = carry;
    }
}

uint256 absolute(const uint256& a) noexcept { return a.negative() ? -a : a; }

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
