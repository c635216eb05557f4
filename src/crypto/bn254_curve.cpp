#include <otento/crypto/bn254_curve.hpp>

namespace otento::crypto::bn254 {
namespace {

// Gallant, Lambert, Vanstone: (BETA x, y) = LAMBDA (x, y), where BETA^3 = 1 mod P and LAMBDA^3 = 1
// mod R. The short vectors (A, -B1) and (B2, A) of the lattice {(a, b): a + b LAMBDA = 0 mod R}
// split a scalar into two of half the length; A is 2 u + 1, and A^2 + B1 B2 = R.
constexpr Fp BETA =
    Fp::from({0x5763473177fffffe, 0xd4f263f1acdb5c4f, 0x59e26bcea0d48bac, 0x0000000000000000});
constexpr uint256 A{0x89d3256894d213e3};
constexpr uint256 B1{0x8211bbeb7d4f1128, 0x6f4d8248eeb859fc, 0, 0};
constexpr uint256 B2{0x0be4e1541221250b, 0x6f4d8248eeb859fd, 0, 0};
/// floor(2^256 A / R) and floor(2^256 B1 / R): division by R becomes the high half of a product.
constexpr uint256 A_OVER_R{0xd91d232ec7e0b3d7, 0x0000000000000002, 0, 0};
constexpr uint256 B1_OVER_R{0x7a7bd9d4391eb18d, 0x4ccef014a773d2cf, 0x0000000000000002, 0};

/// The high 256 bits of the product.
uint256 multiply_high(const uint256& a, const uint256& b) noexcept {
    uint64_t t[8] = {};
    for (size_t i = 0; i < 4; ++i) {
        uint128 c = 0;
        for (size_t j = 0; j < 4; ++j) {
            c += static_cast<uint128>(a.limbs[j]) * b.limbs[i] + t[i + j];
            t[i + j] = static_cast<uint64_t>(c);
            c >>= 64;
        }
        t[i + 4] = static_cast<uint64_t>(c);
    }
    return {t[4], t[5], t[6], t[7]};
}

/// Digits of a signed number in width-5 non-adjacent form: odd, below 16 in size, no two within
/// five places.
struct Digits {
    static constexpr int WINDOW = 1 << 5;
    int8_t digit[132] = {};
    size_t size = 0;

    /// @param value  Two's complement, magnitude below 2^130.
    explicit Digits(uint256 value) noexcept {
        const bool negative = value.negative();
        if (negative) {
            value = -value;
        }
        while (!value.is_zero()) {
            ASSERT(size < sizeof digit);
            if ((value.low64() & 1) != 0) {
                int d = static_cast<int>(value.low64() & (WINDOW - 1));
                if (d >= WINDOW / 2) {
                    d -= WINDOW;
                    value += uint256{static_cast<uint64_t>(-d)};
                } else {
                    value -= uint256{static_cast<uint64_t>(d)};
                }
                digit[size] = static_cast<int8_t>(negative ? -d : d);
            }
            ++size;
            value = value >> 1;
        }
    }
};

constexpr size_t TABLE_SIZE = 8;  // p, 3 p, .. 15 p

/// Odd multiples in affine form, by one common inversion (Montgomery's trick).
void odd_multiples(const G1& p, G1 (&out)[TABLE_SIZE]) noexcept {
    JacobianPoint<Fp> points[TABLE_SIZE];
    points[0] = {p.x, p.y, Fp::one()};
    const G1 step = to_affine(twice(points[0]));
    Fp products[TABLE_SIZE];
    products[0] = points[0].z;
    for (size_t i = 1; i < TABLE_SIZE; ++i) {
        points[i] = add(points[i - 1], step);
        products[i] = products[i - 1] * points[i].z;
    }
    Fp rest = inverse(products[TABLE_SIZE - 1]);
    for (size_t i = TABLE_SIZE; i-- > 0;) {
        const Fp z = i == 0 ? rest : rest * products[i - 1];
        rest = rest * points[i].z;
        const Fp z2 = square(z);
        out[i] = {points[i].x * z2, points[i].y * z2 * z};
    }
}

void add_digit(JacobianPoint<Fp>& sum, const G1 (&table)[TABLE_SIZE], int digit) noexcept {
    if (digit > 0) {
        sum = add(sum, table[static_cast<size_t>(digit) / 2]);
    } else if (digit < 0) {
        const G1& point = table[static_cast<size_t>(-digit) / 2];
        sum = add(sum, G1{point.x, -point.y});
    }
}

}  // namespace

G1 add(const G1& p, const G1& q) noexcept {
    if (p.is_infinity()) {
        return q;
    }
    if (q.is_infinity()) {
        return p;
    }
    Fp slope;
    if (p.x != q.x) {
        slope = (q.y - p.y) * inverse(q.x - p.x);
    } else if (p.y == q.y) {  // Never zero: the group's order is odd.
        const Fp x2 = square(p.x);
        slope = (twice(x2) + x2) * inverse(twice(p.y));
    } else {
        return {};
    }
    const Fp x = square(slope) - p.x - q.x;
    return {x, slope * (p.x - x) - p.y};
}

G1 multiply(const G1& p, const uint256& k) noexcept {
    const uint256 scalar = k < R ? k : k % R;
    if (p.is_infinity() || scalar.is_zero()) {
        return {};
    }
    const uint256 c1 = multiply_high(scalar, A_OVER_R);
    const uint256 c2 = multiply_high(scalar, B1_OVER_R);
    const Digits k1(scalar - c1 * A - c2 * B2);
    const Digits k2(c1 * B1 - c2 * A);

    G1 table[TABLE_SIZE];
    G1 endomorphism_table[TABLE_SIZE];
    odd_multiples(p, table);
    for (size_t i = 0; i < TABLE_SIZE; ++i) {
        endomorphism_table[i] = {table[i].x * BETA, table[i].y};
    }
    JacobianPoint<Fp> sum{};
    for (size_t i = std::max(k1.size, k2.size); i-- > 0;) {
        sum = twice(sum);
        add_digit(sum, table, k1.digit[i]);
        add_digit(sum, endomorphism_table, k2.digit[i]);
    }
    return to_affine(sum);
}

}  // namespace otento::crypto::bn254
