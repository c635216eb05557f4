// Points of secp256k1 in eight lanes; compiled with -mavx512f -mavx512ifma. Nothing here is secret:
// the time may depend on the input.
//
// A field element is five limbs of 52 bits below 2^256 + 2^216, so not unique. Multiplication
// (IFMA) takes 52 bits of each limb, hence sums are brought back to that by tidy().
#include <otento/crypto/secp256k1_lanes.hpp>

#include <immintrin.h>

namespace otento::crypto::lanes {
namespace {

using Vector = __m512i;

constexpr uint64_t LIMB_MASK = (uint64_t{1} << 52) - 1;
constexpr uint64_t TOP_MASK = (uint64_t{1} << 48) - 1;  ///< Of the last limb, up to 2^256.
constexpr uint64_t FOLD = 0x1000003d1;                  ///< 2^256 mod p
/// p, limb by limb.
constexpr uint64_t PRIME[LIMBS] = {LIMB_MASK + 1 - FOLD, LIMB_MASK, LIMB_MASK, LIMB_MASK, TOP_MASK};
/// A primitive cube root of 1: lambda (x, y) = (beta x, y).
constexpr uint64_t BETA[LIMBS] = {0x96c28719501ee, 0x7512f58995c13, 0xc3434e99cf049, 0x7106e64479ea,
                                  0x7ae96a2b657c};

struct Field {
    Vector limbs[LIMBS];
};

[[gnu::always_inline]] inline Vector all(uint64_t value) noexcept {
    return _mm512_set1_epi64(static_cast<long long>(value));
}
[[gnu::always_inline]] inline Vector low(Vector sum, Vector a, Vector b) noexcept {
    return _mm512_madd52lo_epu64(sum, a, b);
}
[[gnu::always_inline]] inline Vector high(Vector sum, Vector a, Vector b) noexcept {
    return _mm512_madd52hi_epu64(sum, a, b);
}
[[gnu::always_inline]] inline Vector add(Vector a, Vector b) noexcept {
    return _mm512_add_epi64(a, b);
}

/// Moves what is above 52 bits of limbs[from] on to the next one, up to limbs[to].
[[gnu::always_inline]] inline void carry(Vector* limbs, size_t from, size_t to) noexcept {
    for (size_t i = from; i < to; ++i) {
        limbs[i + 1] = add(limbs[i + 1], _mm512_srli_epi64(limbs[i], 52));
        limbs[i] = _mm512_and_si512(limbs[i], all(LIMB_MASK));
    }
}

/// Any limbs below 2^60 to an element. `above` counts 2^260.
[[gnu::always_inline]] inline Field tidy(Field in, Vector above) noexcept {
    const Vector quotient = add(_mm512_srli_epi64(in.limbs[4], 48), _mm512_slli_epi64(above, 4));
    in.limbs[4] = _mm512_and_si512(in.limbs[4], all(TOP_MASK));
    in.limbs[0] = low(in.limbs[0], quotient, all(FOLD));
    in.limbs[1] = high(in.limbs[1], quotient, all(FOLD));
    carry(in.limbs, 0, 4);
    return in;
}
[[gnu::always_inline]] inline Field tidy(const Field& in) noexcept {
    return tidy(in, _mm512_setzero_si512());
}

/// The product from its ten columns, each below 2^57.
[[gnu::always_inline]] inline Field fold(Vector* columns) noexcept {
    carry(columns, 5, 9);
    const Vector factor = all(FOLD << 4);  // 2^260 mod p
    Field out;
    out.limbs[0] = low(columns[0], columns[5], factor);
    for (size_t i = 1; i < LIMBS; ++i) {
        out.limbs[i] = high(low(columns[i], columns[i + 5], factor), columns[i + 4], factor);
    }
    const Vector above = high(_mm512_setzero_si512(), columns[9], factor);
    carry(out.limbs, 0, 4);
    return tidy(out, above);
}

[[gnu::always_inline]] inline Field multiply(const Field& a, const Field& b) noexcept {
    Vector columns[2 * LIMBS];
    for (Vector& column : columns) {
        column = _mm512_setzero_si512();
    }
#pragma GCC unroll 5
    for (size_t i = 0; i < LIMBS; ++i) {
#pragma GCC unroll 5
        for (size_t k = 0; k < LIMBS; ++k) {
            columns[i + k] = low(columns[i + k], a.limbs[i], b.limbs[k]);
            columns[i + k + 1] = high(columns[i + k + 1], a.limbs[i], b.limbs[k]);
        }
    }
    return fold(columns);
}

[[gnu::always_inline]] inline Field square(const Field& a) noexcept {
    Vector columns[2 * LIMBS];
    for (Vector& column : columns) {
        column = _mm512_setzero_si512();
    }
#pragma GCC unroll 5
    for (size_t i = 0; i < LIMBS; ++i) {
#pragma GCC unroll 5
        for (size_t k = i + 1; k < LIMBS; ++k) {
            columns[i + k] = low(columns[i + k], a.limbs[i], a.limbs[k]);
            columns[i + k + 1] = high(columns[i + k + 1], a.limbs[i], a.limbs[k]);
        }
    }
    for (Vector& column : columns) {
        column = add(column, column);
    }
#pragma GCC unroll 5
    for (size_t i = 0; i < LIMBS; ++i) {
        columns[2 * i] = low(columns[2 * i], a.limbs[i], a.limbs[i]);
        columns[2 * i + 1] = high(columns[2 * i + 1], a.limbs[i], a.limbs[i]);
    }
    return fold(columns);
}

// Sums, to be tidied before they are multiplied.

[[gnu::always_inline]] inline Field plus(Field a, const Field& b) noexcept {
    for (size_t i = 0; i < LIMBS; ++i) {
        a.limbs[i] = add(a.limbs[i], b.limbs[i]);
    }
    return a;
}
/// a - 2^SHIFT b. No limb falls below zero, as each limb of 2p is above those of an element.
template <unsigned SHIFT = 0>
[[gnu::always_inline]] inline Field minus(Field a, const Field& b) noexcept {
    for (size_t i = 0; i < LIMBS; ++i) {
        const Vector rest = _mm512_sub_epi64(all(2 * PRIME[i]), b.limbs[i]);
        a.limbs[i] = add(a.limbs[i], _mm512_slli_epi64(rest, SHIFT));
    }
    return a;
}
template <unsigned SHIFT>
[[gnu::always_inline]] inline Field shifted(Field a) noexcept {
    for (Vector& limb : a.limbs) {
        limb = _mm512_slli_epi64(limb, SHIFT);
    }
    return a;
}

[[gnu::always_inline]] inline Field number(uint64_t value) noexcept {
    const Vector zero = _mm512_setzero_si512();
    return {{all(value), zero, zero, zero, zero}};
}
[[gnu::always_inline]] inline Field select(__mmask8 lanes, const Field& there,
                                           const Field& elsewhere) noexcept {
    Field out;
    for (size_t i = 0; i < LIMBS; ++i) {
        out.limbs[i] = _mm512_mask_blend_epi64(lanes, elsewhere.limbs[i], there.limbs[i]);
    }
    return out;
}
[[gnu::always_inline]] inline Field negated(__mmask8 lanes, const Field& a) noexcept {
    return select(lanes, tidy(minus(number(0), a)), a);
}

[[gnu::noinline]] Field squared(Field a, unsigned times) noexcept {
    for (unsigned i = 0; i < times; ++i) {
        a = square(a);
    }
    return a;
}

// ---- Powers

/// Powers 2^k - 1 that both exponents below begin with.
struct Chain {
    Field ones2;
    Field ones22;
    Field ones223;
};

[[gnu::noinline]] void make_chain(const Field& a, Chain& out) noexcept {
    out.ones2 = multiply(squared(a, 1), a);
    const Field ones3 = multiply(squared(out.ones2, 1), a);
    const Field ones6 = multiply(squared(ones3, 3), ones3);
    const Field ones9 = multiply(squared(ones6, 3), ones3);
    const Field ones11 = multiply(squared(ones9, 2), out.ones2);
    out.ones22 = multiply(squared(ones11, 11), ones11);
    const Field ones44 = multiply(squared(out.ones22, 22), out.ones22);
    const Field ones88 = multiply(squared(ones44, 44), ones44);
    const Field ones176 = multiply(squared(ones88, 88), ones88);
    const Field ones220 = multiply(squared(ones176, 44), ones44);
    out.ones223 = multiply(squared(ones220, 3), ones3);
}

/// a^((p + 1) / 4), a root of a if it has one.
[[gnu::noinline]] Field root(const Field& a) noexcept {
    Chain chain;
    make_chain(a, chain);
    const Field head = multiply(squared(chain.ones223, 23), chain.ones22);
    return squared(multiply(squared(head, 6), chain.ones2), 2);
}

/// a^(p - 2); zero of zero.
[[gnu::noinline]] Field inverse(const Field& a) noexcept {
    Chain chain;
    make_chain(a, chain);
    const Field head = multiply(squared(chain.ones223, 23), chain.ones22);
    const Field middle = multiply(squared(multiply(squared(head, 5), a), 3), chain.ones2);
    return multiply(squared(middle, 2), a);
}

// ---- Points, in Jacobian coordinates: x/z^2, y/z^3

struct Point {
    Field x;
    Field y;
    Field z;
};

/// Lanes of `empty` hold the point at infinity, whatever the coordinates say.
struct Sum {
    Point at;
    __mmask8 empty;
};

struct Affine {
    Field x;
    Field y;
};

/// Any point of this curve doubled is another one: there is no y of zero. a = 0.
[[gnu::noinline]] void double_point(Point& point) noexcept {
    const Field square_y = square(point.y);
    const Field product = multiply(point.x, square_y);
    const Field square_x = square(point.x);
    const Field slope = tidy(plus(plus(square_x, square_x), square_x));
    const Field fourth_y = square(square_y);
    const Field z = multiply(point.y, point.z);
    point.x = tidy(minus<3>(square(slope), product));
    const Field difference = tidy(minus(shifted<2>(product), point.x));
    point.y = tidy(minus<3>(multiply(slope, difference), fourth_y));
    point.z = tidy(plus(z, z));
}

/// Adds a point with z of 1. If it has the same x, z becomes zero and stays so.
/// @param ratio  The new z over the old one.
[[gnu::always_inline]] inline Point added(const Point& point, const Affine& other,
                                          Field& ratio) noexcept {
    const Field square_z = square(point.z);
    const Field cube_z = multiply(square_z, point.z);
    const Field width = tidy(minus(multiply(other.x, square_z), point.x));
    const Field height = tidy(minus(multiply(other.y, cube_z), point.y));
    const Field square_w = square(width);
    const Field cube_w = multiply(square_w, width);
    const Field product = multiply(point.x, square_w);
    Point out;
    out.x = tidy(minus<1>(minus(square(height), cube_w), product));
    const Field difference = tidy(minus(product, out.x));
    out.y = tidy(minus(multiply(height, difference), multiply(point.y, cube_w)));
    out.z = multiply(point.z, width);
    ratio = width;
    return out;
}

[[gnu::noinline]] void add_multiple(Sum& sum, const Affine& other, __mmask8 lanes) noexcept {
    Field ratio;
    const Point out = added(sum.at, other, ratio);
    const __mmask8 first = sum.empty & lanes;
    const __mmask8 changed = static_cast<__mmask8>(~sum.empty) & lanes;
    sum.at.x = select(first, other.x, select(changed, out.x, sum.at.x));
    sum.at.y = select(first, other.y, select(changed, out.y, sum.at.y));
    sum.at.z = select(first, number(1), select(changed, out.z, sum.at.z));
    sum.empty = sum.empty & static_cast<__mmask8>(~lanes);
}

// ---- Multiples

/// Multiples of R by their factors, on the curve where the z that they have in common is 1.
struct Table {
    struct Entry {
        Field x;
        Field y;
        Field beta_x;
    };
    Entry entries[MULTIPLES + 1];
    Field z;
};

[[gnu::noinline]] void make_table(const Affine& point, Table& out) noexcept {
    Field ratios[MULTIPLES + 1];  // From the z of a multiple to that of the next one.
    Point at{point.x, point.y, number(1)};
    out.entries[0] = {number(0), number(0), number(0)};
    out.entries[1] = {at.x, at.y, number(0)};
    for (size_t i = 2; i <= MULTIPLES; ++i) {
        if (i == 2) {
            ratios[1] = tidy(plus(at.y, at.y));
            double_point(at);
        } else {
            at = added(at, point, ratios[i - 1]);
        }
        out.entries[i] = {at.x, at.y, number(0)};
    }
    Field beta;
    for (size_t i = 0; i < LIMBS; ++i) {
        beta.limbs[i] = all(BETA[i]);
    }
    Field scale = number(1);
    for (size_t i = MULTIPLES; i > 0; --i) {
        Table::Entry& entry = out.entries[i];
        if (i < MULTIPLES) {
            scale = multiply(scale, ratios[i]);
            const Field square_scale = square(scale);
            entry.x = multiply(entry.x, square_scale);
            entry.y = multiply(entry.y, multiply(square_scale, scale));
        }
        entry.beta_x = multiply(entry.x, beta);
    }
    out.z = scale;
}

/// A digit of each lane.
struct Digits {
    Vector sizes;
    __mmask8 negative;
    __mmask8 present;
};

Digits read_digits(const int16_t* lanes) noexcept {
    const Vector values =
        _mm512_cvtepi16_epi64(_mm_load_si128(reinterpret_cast<const __m128i*>(lanes)));
    const Vector zero = _mm512_setzero_si512();
    return {.sizes = _mm512_abs_epi64(values),
            .negative = _mm512_cmplt_epi64_mask(values, zero),
            .present = _mm512_cmpneq_epi64_mask(values, zero)};
}

/// Words at `base` + `places` of each lane, and those `stride` words behind.
[[gnu::always_inline]] inline Field gather(const uint64_t* base, Vector places,
                                           size_t stride) noexcept {
    Field out;
    for (size_t i = 0; i < LIMBS; ++i) {
        out.limbs[i] = _mm512_i64gather_epi64(places, base + i * stride, 8);
    }
    return out;
}

[[gnu::noinline]] void add_point_digit(Sum& sum, const Table& table, const int16_t* lanes,
                                       bool beta) noexcept {
    const Digits digits = read_digits(lanes);
    constexpr uint64_t ENTRY_WORDS = sizeof(Table::Entry) / sizeof(uint64_t);
    const Vector lane = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
    // Sizes are small: 32 bits are enough for the product.
    const Vector places = add(_mm512_mul_epu32(digits.sizes, all(ENTRY_WORDS)), lane);
    const Table::Entry& first = table.entries[0];
    const auto* const x = reinterpret_cast<const uint64_t*>(beta ? &first.beta_x : &first.x);
    const auto* const y = reinterpret_cast<const uint64_t*>(&first.y);
    const Affine point{gather(x, places, LANES),
                       negated(digits.negative, gather(y, places, LANES))};
    add_multiple(sum, point, digits.present);
}

/// The scale brings the multiples of the base point to the curve of the table.
struct Scale {
    Field square;
    Field cube;
};

[[gnu::noinline]] void add_base_digit(Sum& sum, const Scale& scale,
                                      const uint64_t (&table)[BASE_MULTIPLES + 1][2][LIMBS],
                                      const int16_t* lanes) noexcept {
    const Digits digits = read_digits(lanes);
    const Vector places = _mm512_mul_epu32(digits.sizes, all(2 * LIMBS));
    const Field x = gather(table[0][0], places, 1);
    const Field y = gather(table[0][1], places, 1);
    const Affine point{multiply(x, scale.square),
                       multiply(negated(digits.negative, y), scale.cube)};
    add_multiple(sum, point, digits.present);
}

void add_up(const Sums& in, const BaseTables& tables, const Table& table, Sum& sum) noexcept {
    Scale scale;
    scale.square = square(table.z);
    scale.cube = multiply(scale.square, table.z);
    for (size_t i = DIGITS; i-- > 0;) {
        for (unsigned bit = 0; bit < DIGIT_BITS && i + 1 < DIGITS; ++bit) {
            double_point(sum.at);
        }
        add_point_digit(sum, table, in.point[0][i], false);
        add_point_digit(sum, table, in.point[1][i], true);
        if (i % 2 == 0) {
            add_base_digit(sum, scale, tables.points[0], in.base[0][i / 2]);
            add_base_digit(sum, scale, tables.points[1], in.base[1][i / 2]);
        }
    }
}

// ---- Unique values

/// Below p: what two elements are compared by.
Field unique(const Field& in) noexcept {
    const Field value = tidy(tidy(in));  // Below 2^256: what the first leaves above is little.
    Field above = value;                 // value + 2^256 - p
    above.limbs[0] = add(above.limbs[0], all(FOLD));
    carry(above.limbs, 0, 4);
    const __mmask8 too_large = _mm512_cmpgt_epu64_mask(above.limbs[4], all(TOP_MASK));
    above.limbs[4] = _mm512_and_si512(above.limbs[4], all(TOP_MASK));
    return select(too_large, above, value);
}

__mmask8 is_zero(const Field& in) noexcept {
    const Field value = unique(in);
    Vector bits = value.limbs[0];
    for (size_t i = 1; i < LIMBS; ++i) {
        bits = _mm512_or_si512(bits, value.limbs[i]);
    }
    return _mm512_cmpeq_epi64_mask(bits, _mm512_setzero_si512());
}

/// `out` is the first byte of lane 0; lanes are `stride` bytes apart.
void store(const Field& in, uint8_t* out, size_t stride) noexcept {
    const Field value = unique(in);
    alignas(64) uint64_t limbs[LIMBS][LANES];
    for (size_t i = 0; i < LIMBS; ++i) {
        _mm512_store_si512(limbs[i], value.limbs[i]);
    }
    for (size_t lane = 0; lane < LANES; ++lane) {
        uint64_t words[4];
        for (size_t i = 0; i < 4; ++i) {
            words[i] = limbs[i][lane] >> (12 * i) | limbs[i + 1][lane] << (52 - 12 * i);
        }
        for (size_t i = 0; i < 4; ++i) {
            const uint64_t word = __builtin_bswap64(words[3 - i]);
            __builtin_memcpy(out + lane * stride + i * sizeof word, &word, sizeof word);
        }
    }
}

}  // namespace

void sum_avx512(const Sums& in, const BaseTables& tables, Points& out) noexcept {
    Affine point;
    __mmask8 odd = 0;
    for (size_t i = 0; i < LIMBS; ++i) {
        point.x.limbs[i] = _mm512_load_si512(in.x[i]);
    }
    for (size_t lane = 0; lane < LANES; ++lane) {
        odd = static_cast<__mmask8>(odd | (in.odd[lane] ? 1U << lane : 0U));
    }
    const Field right = tidy(plus(multiply(square(point.x), point.x), number(7)));
    point.y = unique(root(right));
    const __mmask8 exists = is_zero(minus(square(point.y), right));
    const __mmask8 is_odd = _mm512_test_epi64_mask(point.y.limbs[0], all(1));
    point.y = negated(static_cast<__mmask8>(is_odd ^ odd), point.y);

    Table table;
    make_table(point, table);
    Sum sum{{number(0), number(0), number(0)}, 0xff};
    add_up(in, tables, table, sum);

    const Field z = multiply(sum.at.z, table.z);
    const Field inverse_z = inverse(z);
    const Field square_z = square(inverse_z);
    store(multiply(sum.at.x, square_z), out.xy[0], sizeof out.xy[0]);
    store(multiply(sum.at.y, multiply(square_z, inverse_z)), out.xy[0] + 32, sizeof out.xy[0]);
    const unsigned known = exists & ~static_cast<unsigned>(is_zero(z) | sum.empty);
    for (size_t lane = 0; lane < LANES; ++lane) {
        out.known[lane] = (known >> lane & 1U) != 0;
    }
}

}  // namespace otento::crypto::lanes
