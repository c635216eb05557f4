// EIP-2537 over blst. Additions take any point of the curve; multi-scalar multiplication and
// pairing demand the subgroup, as the EIP says.
#include <otento/crypto/bls12_encoding.hpp>
#include <otento/crypto/precompiles.hpp>

namespace otento::crypto {
namespace {

using bls12::FP_SIZE;
using bls12::G1;
using bls12::G2;
using bls12::SCALAR_SIZE;

constexpr size_t SCALAR_BITS = 255;

// blst names each operation per group; these overloads let the templates below speak of either.
bool is_infinity(const blst_p1_affine& p) noexcept {
    return blst_p1_affine_is_inf(&p);
}
bool is_infinity(const blst_p2_affine& p) noexcept {
    return blst_p2_affine_is_inf(&p);
}
void convert(blst_p1& out, const blst_p1_affine& p) noexcept {
    blst_p1_from_affine(&out, &p);
}
void convert(blst_p2& out, const blst_p2_affine& p) noexcept {
    blst_p2_from_affine(&out, &p);
}
void add(blst_p1& out, const blst_p1_affine& p) noexcept {
    blst_p1_add_or_double_affine(&out, &out, &p);
}
void add(blst_p2& out, const blst_p2_affine& p) noexcept {
    blst_p2_add_or_double_affine(&out, &out, &p);
}
void multiply(blst_p1& out, const blst_scalar& k) noexcept {
    blst_p1_mult(&out, &out, k.b, SCALAR_BITS);
}
void multiply(blst_p2& out, const blst_scalar& k) noexcept {
    blst_p2_mult(&out, &out, k.b, SCALAR_BITS);
}
size_t scratch_bytes(const blst_p1_affine*, size_t n) noexcept {
    return blst_p1s_mult_pippenger_scratch_sizeof(n);
}
size_t scratch_bytes(const blst_p2_affine*, size_t n) noexcept {
    return blst_p2s_mult_pippenger_scratch_sizeof(n);
}
void pippenger(blst_p1& out, const blst_p1_affine* const* points, size_t n,
               const uint8_t* const* scalars, limb_t* scratch) noexcept {
    blst_p1s_mult_pippenger(&out, points, n, scalars, SCALAR_BITS, scratch);
}
void pippenger(blst_p2& out, const blst_p2_affine* const* points, size_t n,
               const uint8_t* const* scalars, limb_t* scratch) noexcept {
    blst_p2s_mult_pippenger(&out, points, n, scalars, SCALAR_BITS, scratch);
}

template <typename G>
std::optional<Bytes> add_points(BytesView in) {
    if (in.size() != 2 * G::SIZE) {
        return std::nullopt;
    }
    const auto a = G::decode(in.first(G::SIZE));
    const auto b = G::decode(in.subspan(G::SIZE));
    if (!a || !b) {
        return std::nullopt;
    }
    typename G::Point sum;
    convert(sum, *a);
    add(sum, *b);
    return G::encode(sum);
}

/// blst's bucket method wants neither infinity nor zero scalars: such terms are left out by the
/// caller.
template <typename G>
typename G::Point sum_of_products(const std::vector<typename G::Affine>& points,
                                  const std::vector<blst_scalar>& scalars) {
    typename G::Point out{};
    if (points.empty()) {
        return out;
    }
    if (points.size() == 1) {
        convert(out, points[0]);
        multiply(out, scalars[0]);
        return out;
    }
    // A null second pointer says that the array is contiguous.
    const typename G::Affine* const point_arrays[2] = {points.data(), nullptr};
    const uint8_t* const scalar_arrays[2] = {scalars[0].b, nullptr};
    std::vector<limb_t> scratch(scratch_bytes(points.data(), points.size()) / sizeof(limb_t) + 1);
    pippenger(out, point_arrays, points.size(), scalar_arrays, scratch.data());
    return out;
}

template <typename G>
std::optional<Bytes> multi_scalar_multiplication(BytesView in) {
    constexpr size_t TERM_SIZE = G::SIZE + SCALAR_SIZE;
    if (in.empty() || in.size() % TERM_SIZE != 0) {
        return std::nullopt;
    }
    std::vector<typename G::Affine> points;
    std::vector<blst_scalar> scalars;
    points.reserve(in.size() / TERM_SIZE);
    scalars.reserve(in.size() / TERM_SIZE);
    for (; !in.empty(); in = in.subspan(TERM_SIZE)) {
        const auto point = G::decode_in_group(in.first(G::SIZE));
        if (!point) {
            return std::nullopt;
        }
        // Reduces modulo the group's order; false if that leaves zero.
        blst_scalar scalar;
        const bool counts = blst_scalar_from_be_bytes(&scalar, in.data() + G::SIZE, SCALAR_SIZE);
        if (counts && !is_infinity(*point)) {
            points.push_back(*point);
            scalars.push_back(scalar);
        }
    }
    return G::encode(sum_of_products<G>(points, scalars));
}

}  // namespace

std::optional<Bytes> bls12_g1_add(BytesView in) {
    return add_points<G1>(in);
}
std::optional<Bytes> bls12_g2_add(BytesView in) {
    return add_points<G2>(in);
}
std::optional<Bytes> bls12_g1_msm(BytesView in) {
    return multi_scalar_multiplication<G1>(in);
}
std::optional<Bytes> bls12_g2_msm(BytesView in) {
    return multi_scalar_multiplication<G2>(in);
}

std::optional<Bytes> bls12_pairing(BytesView in) {
    constexpr size_t PAIR_SIZE = G1::SIZE + G2::SIZE;
    if (in.empty() || in.size() % PAIR_SIZE != 0) {
        return std::nullopt;
    }
    std::vector<blst_p1_affine> ps;
    std::vector<blst_p2_affine> qs;
    for (; !in.empty(); in = in.subspan(PAIR_SIZE)) {
        const auto p = G1::decode_in_group(in.first(G1::SIZE));
        const auto q = G2::decode_in_group(in.subspan(G1::SIZE, G2::SIZE));
        if (!p || !q) {
            return std::nullopt;
        }
        if (!is_infinity(*p) && !is_infinity(*q)) {  // e(O, Q) = e(P, O) = 1.
            ps.push_back(*p);
            qs.push_back(*q);
        }
    }
    bool is_one = true;
    if (!ps.empty()) {
        const blst_p1_affine* const p_arrays[2] = {ps.data(), nullptr};
        const blst_p2_affine* const q_arrays[2] = {qs.data(), nullptr};
        blst_fp12 product;
        blst_miller_loop_n(&product, q_arrays, p_arrays, ps.size());
        blst_final_exp(&product, &product);
        is_one = blst_fp12_is_one(&product);
    }
    Bytes out(32);
    out[31] = is_one ? 1 : 0;
    return out;
}

std::optional<Bytes> bls12_map_fp_to_g1(BytesView in) {
    if (in.size() != FP_SIZE) {
        return std::nullopt;
    }
    const auto u = bls12::decode_fp(in);
    if (!u) {
        return std::nullopt;
    }
    blst_p1 out;
    blst_map_to_g1(&out, &*u, nullptr);
    return G1::encode(out);
}

std::optional<Bytes> bls12_map_fp2_to_g2(BytesView in) {
    if (in.size() != 2 * FP_SIZE) {
        return std::nullopt;
    }
    const auto u = bls12::decode_fp2(in);
    if (!u) {
        return std::nullopt;
    }
    blst_p2 out;
    blst_map_to_g2(&out, &*u, nullptr);
    return G2::encode(out);
}

}  // namespace otento::crypto
