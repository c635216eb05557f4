// Optimal ate pairing on alt_bn128: Vercauteren, "Optimal pairings", with the projective lines of
// Aranha, Karabina, Longa, Gebotys, Lopez, "Faster explicit formulas for computing pairings over
// ordinary curves".
#include <otento/crypto/bn254_curve.hpp>

#include <vector>

namespace otento::crypto::bn254 {
namespace {

// Signed binary digits, most significant first, without the leading 1.
/// 6 u + 2.
constexpr char LOOP_DIGITS[] = "0-0+000-0-000-0+0-00-00000+00-0+00-0000-0+000-0-00+000-00-0+0+000";
/// u.
constexpr char U_DIGITS[] = "000+0+00-0+0+0-00+0+0-0-0-0+000+00+0+0+0-0+00+0000+0+0000-000+";

G2 negative(const G2& p) noexcept {
    return {p.x, -p.y};
}

/// The Frobenius endomorphism carried over to the twist.
G2 frobenius(const G2& p) noexcept {
    return {conjugate(p.x) * FROBENIUS_1[2], conjugate(p.y) * FROBENIUS_1[3]};
}

/// u p.
G2 times_u(const G2& p) noexcept {
    JacobianPoint<Fp2> sum{p.x, p.y, Fp2::one()};
    for (const char* digit = U_DIGITS; *digit != '\0'; ++digit) {
        sum = twice(sum);
        if (*digit != '0') {
            sum = add(sum, *digit == '+' ? p : negative(p));
        }
    }
    return to_affine(sum);
}

/// l0 + l1 w + l2 w^3, the line through points of the twist evaluated at a point of G1, up to a
/// factor that the final exponentiation removes.
struct Line {
    Fp2 l0;
    Fp2 l1;
    Fp2 l2;
};

/// One pairing on its way through the Miller loop. `t` runs over multiples of q in homogeneous
/// coordinates (x = X / Z, y = Y / Z).
struct MillerState {
    G1 p;
    G2 q;
    Fp2 x;
    Fp2 y;
    Fp2 z = Fp2::one();

    explicit MillerState(const Pair& pair) noexcept
        : p(pair.p), q(pair.q), x(pair.q.x), y(pair.q.y) {}

    /// t = 2 t; gives the tangent.
    Line twice_step() noexcept {
        const Fp2 a = x * y;
        const Fp2 b = square(y);
        const Fp2 c = square(z);
        const Fp2 e = (twice(c) + c) * TWIST_B;
        const Fp2 e3 = twice(e) + e;
        const Fp2 h = square(y + z) - b - c;  // 2 Y Z
        const Fp2 x2 = square(x);
        const Line line{-(h * p.y), (twice(x2) + x2) * p.x, e - b};
        const Fp2 e2 = square(e);
        const Fp2 e2_times_4 = twice(twice(e2));
        x = twice(a * (b - e3));
        y = square(b + e3) - (twice(e2_times_4) + e2_times_4);
        z = twice(twice(b * h));
        return line;
    }

    /// t = t + s; gives the line through both.
    Line add_step(const G2& s) noexcept {
        const Fp2 theta = y - s.y * z;
        const Fp2 lambda = x - s.x * z;
        const Line line{lambda * p.y, -(theta * p.x), theta * s.x - lambda * s.y};
        const Fp2 d = square(lambda);
        const Fp2 e = lambda * d;
        const Fp2 f = z * square(theta);
        const Fp2 g = x * d;
        const Fp2 h = e + f - twice(g);
        x = lambda * h;
        y = theta * (g - h) - e * y;
        z = z * e;
        return line;
    }
};

void multiply_by(Fp12& f, const Line& line) noexcept {
    f = times_line(f, line.l0, line.l1, line.l2);
}

Fp12 miller_loop(std::span<MillerState> states) noexcept {
    Fp12 f = Fp12::one();
    for (const char* digit = LOOP_DIGITS; *digit != '\0'; ++digit) {
        f = square(f);
        for (MillerState& state : states) {
            multiply_by(f, state.twice_step());
            if (*digit != '0') {
                multiply_by(f, state.add_step(*digit == '+' ? state.q : negative(state.q)));
            }
        }
    }
    for (MillerState& state : states) {
        const G2 q1 = frobenius(state.q);
        const G2 q2 = frobenius(q1);
        multiply_by(f, state.add_step(q1));
        multiply_by(f, state.add_step(negative(q2)));
    }
    return f;
}

/// a^u in the cyclotomic subgroup, where the conjugate is the inverse.
Fp12 power_u(const Fp12& a) noexcept {
    const Fp12 inverse_a = conjugate(a);
    Fp12 out = a;
    for (const char* digit = U_DIGITS; *digit != '\0'; ++digit) {
        out = cyclotomic_square(out);
        if (*digit != '0') {
            out = out * (*digit == '+' ? a : inverse_a);
        }
    }
    return out;
}

/// f^((P^12 - 1) / R). The hard part is that of Scott, Benger, Charlemagne, Dominguez Perez,
/// Kachisa, "On the final exponentiation for calculating pairings on ordinary elliptic curves",
/// section 5.
Fp12 final_exponentiation(const Fp12& f) noexcept {
    // Easy part: (P^6 - 1)(P^2 + 1).
    const Fp12 f1 = conjugate(f) * inverse(f);
    const Fp12 g = frobenius2(f1) * f1;

    const Fp12 gu = power_u(g);
    const Fp12 gu2 = power_u(gu);
    const Fp12 gu3 = power_u(gu2);
    const Fp12 y0 = frobenius(g) * frobenius2(g) * frobenius3(g);
    const Fp12 y1 = conjugate(g);
    const Fp12 y2 = frobenius2(gu2);
    const Fp12 y3 = conjugate(frobenius(gu));
    const Fp12 y4 = conjugate(gu * frobenius(gu2));
    const Fp12 y5 = conjugate(gu2);
    const Fp12 y6 = conjugate(gu3 * frobenius(gu3));
    // y0 y1^2 y2^6 y3^12 y4^18 y5^30 y6^36 by a vectorial addition chain.
    Fp12 t0 = cyclotomic_square(y6) * y4 * y5;
    Fp12 t1 = y3 * y5 * t0;
    t0 = t0 * y2;
    t1 = cyclotomic_square(cyclotomic_square(t1) * t0);
    t0 = cyclotomic_square(t1 * y1);
    return t0 * (t1 * y0);
}

}  // namespace

bool is_in_group(const G2& p) noexcept {
    if (p.is_infinity()) {
        return true;
    }
    // Dai, Lin, Zhao, Zhou, "Fast subgroup membership testings on pairing-friendly curves": for
    // this curve (u + 1) p + psi(u p) + psi^2(u p) = psi^3(2 u p) holds in the subgroup only.
    const G2 up = times_u(p);
    const G2 psi1 = frobenius(up);
    const G2 psi2 = frobenius(psi1);
    const G2 psi3 = negative(frobenius(psi2));
    JacobianPoint<Fp2> sum{};
    for (const G2& term : {up, p, psi1, psi2, psi3, psi3}) {
        sum = add(sum, term);
    }
    return sum.is_infinity();
}

bool pairing_product_is_one(std::span<const Pair> pairs) noexcept {
    std::vector<MillerState> states;
    states.reserve(pairs.size());
    for (const Pair& pair : pairs) {
        if (!pair.p.is_infinity() && !pair.q.is_infinity()) {  // e(O, q) = e(p, O) = 1.
            states.emplace_back(pair);
        }
    }
    return states.empty() || final_exponentiation(miller_loop(states)) == Fp12::one();
}

}  // namespace otento::crypto::bn254
