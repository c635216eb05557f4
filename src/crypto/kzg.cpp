// EIP-4844 point evaluation over blst.
//
// The proof says that the committed polynomial has the value y at z: e(C - y G1, G2) = e(proof, tau
// G2 - z G2). Moved so that both G2 points are constants: e(C - y G1 + z proof, -G2) e(proof, tau
// G2) = 1; the lines of their Miller loops are then computed once.
#include <otento/crypto/precompiles.hpp>

#include <blst.h>

namespace otento::crypto {
namespace {

constexpr uint8_t VERSIONED_HASH_VERSION_KZG = 0x01;
constexpr uint8_t FIELD_ELEMENTS_PER_BLOB[2] = {0x10, 0x00};  // 4096
constexpr size_t SCALAR_BITS = 255;

/// BLS_MODULUS of EIP-4844, the order of the groups.
constexpr uint8_t MODULUS[32] = {
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
};

/// tau G2: the second G2 point in the trusted setup of Ethereum's KZG ceremony (trusted_setup.txt
/// of ethereum/c-kzg-4844, g2_monomial[1] of the consensus specifications), compressed.
constexpr uint8_t TAU_G2[96] = {
    0xb5, 0xbf, 0xd7, 0xdd, 0x8c, 0xde, 0xb1, 0x28, 0x84, 0x3b, 0xc2, 0x87, 0x23, 0x0a, 0xf3, 0x89,
    0x26, 0x18, 0x70, 0x75, 0xcb, 0xfb, 0xef, 0xa8, 0x10, 0x09, 0xa2, 0xce, 0x61, 0x5a, 0xc5, 0x3d,
    0x29, 0x14, 0xe5, 0x87, 0x0c, 0xb4, 0x52, 0xd2, 0xaf, 0xaa, 0xab, 0x24, 0xf3, 0x49, 0x9f, 0x72,
    0x18, 0x5c, 0xbf, 0xee, 0x53, 0x49, 0x27, 0x14, 0x73, 0x44, 0x29, 0xb7, 0xb3, 0x86, 0x08, 0xe2,
    0x39, 0x26, 0xc9, 0x11, 0xcc, 0xec, 0xea, 0xc9, 0xa3, 0x68, 0x51, 0x47, 0x7b, 0xa4, 0xc6, 0x0b,
    0x08, 0x70, 0x41, 0xde, 0x62, 0x10, 0x00, 0xed, 0xc9, 0x8e, 0xda, 0xda, 0x20, 0xc1, 0xde, 0xf2,
};

/// Lines of the Miller loop for a constant point.
struct Lines {
    blst_fp6 lines[68];

    explicit Lines(const blst_p2_affine& point) noexcept { blst_precompute_lines(lines, &point); }
};

const Lines& lines_of_minus_g2() noexcept {
    static const Lines made = [] {
        blst_p2 point;
        blst_p2_from_affine(&point, blst_p2_affine_generator());
        blst_p2_cneg(&point, true);
        blst_p2_affine affine;
        blst_p2_to_affine(&affine, &point);
        return Lines(affine);
    }();
    return made;
}

const Lines& lines_of_tau_g2() noexcept {
    static const Lines made = [] {
        blst_p2_affine affine;
        const bool valid =
            blst_p2_uncompress(&affine, TAU_G2) == BLST_SUCCESS && blst_p2_affine_in_g2(&affine);
        ASSERT(valid);
        return Lines(affine);
    }();
    return made;
}

/// A compressed point of the subgroup, infinity included.
bool read_point(blst_p1_affine& out, BytesView in) noexcept {
    return blst_p1_uncompress(&out, in.data()) == BLST_SUCCESS &&
           (blst_p1_affine_is_inf(&out) || blst_p1_affine_in_g1(&out));
}

bool read_scalar(blst_scalar& out, BytesView in) noexcept {
    if (std::memcmp(in.data(), MODULUS, sizeof MODULUS) >= 0) {
        return false;
    }
    blst_scalar_from_bendian(&out, in.data());
    return true;
}

void multiply(blst_p1& out, const blst_p1_affine& point, const blst_scalar& scalar) noexcept {
    blst_p1_from_affine(&out, &point);
    blst_p1_mult(&out, &out, scalar.b, SCALAR_BITS);
}

bool verify(const blst_p1_affine& commitment, const blst_scalar& z, const blst_scalar& y,
            const blst_p1_affine& proof) noexcept {
    blst_p1 left;
    blst_p1 term;
    multiply(left, *blst_p1_affine_generator(), y);
    blst_p1_cneg(&left, true);
    blst_p1_add_or_double_affine(&left, &left, &commitment);
    multiply(term, proof, z);
    blst_p1_add_or_double(&left, &left, &term);

    blst_p1_affine left_affine;
    blst_p1_to_affine(&left_affine, &left);
    blst_fp12 product = *blst_fp12_one();
    if (!blst_p1_affine_is_inf(&left_affine)) {
        blst_miller_loop_lines(&product, lines_of_minus_g2().lines, &left_affine);
    }
    if (!blst_p1_affine_is_inf(&proof)) {
        blst_fp12 second;
        blst_miller_loop_lines(&second, lines_of_tau_g2().lines, &proof);
        blst_fp12_mul(&product, &product, &second);
    }
    blst_final_exp(&product, &product);
    return blst_fp12_is_one(&product);
}

}  // namespace

std::optional<FixedBytes<64>> kzg_point_evaluation(BytesView in) noexcept {
    // versioned_hash (32), z (32), y (32), commitment (48), proof (48).
    if (in.size() != 192) {
        return std::nullopt;
    }
    const BytesView commitment_bytes = in.subspan(96, 48);
    Hash versioned_hash = sha256(commitment_bytes);
    versioned_hash[0] = VERSIONED_HASH_VERSION_KZG;
    blst_scalar z;
    blst_scalar y;
    blst_p1_affine commitment;
    blst_p1_affine proof;
    if (!equal(versioned_hash, in.first(32)) || !read_scalar(z, in.subspan(32, 32)) ||
        !read_scalar(y, in.subspan(64, 32)) || !read_point(commitment, commitment_bytes) ||
        !read_point(proof, in.subspan(144, 48)) || !verify(commitment, z, y, proof)) {
        return std::nullopt;
    }
    FixedBytes<64> out;
    std::memcpy(out.data() + 30, FIELD_ELEMENTS_PER_BLOB, sizeof FIELD_ELEMENTS_PER_BLOB);
    std::memcpy(out.data() + 32, MODULUS, sizeof MODULUS);
    return out;
}

}  // namespace otento::crypto
