#include <otento/crypto/bls12_encoding.hpp>

namespace otento::crypto::bls12 {
namespace {

constexpr size_t PADDING = 16;
constexpr size_t RAW_SIZE = FP_SIZE - PADDING;

/// The field's prime, EIP-2537 "Curve parameters".
constexpr uint8_t PRIME[RAW_SIZE] = {
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
};

bool all_zero(BytesView in) noexcept {
    return std::all_of(in.begin(), in.end(), [](uint8_t byte) { return byte == 0; });
}

void store_fp(uint8_t* out, const blst_fp& value) noexcept {
    blst_bendian_from_fp(out + PADDING, &value);
}

}  // namespace

std::optional<blst_fp> decode_fp(BytesView in) noexcept {
    ASSERT(in.size() == FP_SIZE);
    if (!all_zero(in.first(PADDING)) || std::memcmp(in.data() + PADDING, PRIME, RAW_SIZE) >= 0) {
        return std::nullopt;
    }
    blst_fp out;
    blst_fp_from_bendian(&out, in.data() + PADDING);
    return out;
}

std::optional<blst_fp2> decode_fp2(BytesView in) noexcept {
    const auto c0 = decode_fp(in.first(FP_SIZE));
    const auto c1 = decode_fp(in.subspan(FP_SIZE));
    if (!c0 || !c1) {
        return std::nullopt;
    }
    return blst_fp2{{*c0, *c1}};
}

std::optional<blst_p1_affine> G1::decode(BytesView in) noexcept {
    const auto x = decode_fp(in.first(FP_SIZE));
    const auto y = decode_fp(in.subspan(FP_SIZE));
    if (!x || !y) {
        return std::nullopt;
    }
    const blst_p1_affine out{*x, *y};
    if (!blst_p1_affine_is_inf(&out) && !blst_p1_affine_on_curve(&out)) {
        return std::nullopt;
    }
    return out;
}

std::optional<blst_p1_affine> G1::decode_in_group(BytesView in) noexcept {
    const auto out = decode(in);
    if (!out || (!blst_p1_affine_is_inf(&*out) && !blst_p1_affine_in_g1(&*out))) {
        return std::nullopt;
    }
    return out;
}

Bytes G1::encode(const blst_p1& point) {
    Bytes out(SIZE);
    blst_p1_affine affine;
    blst_p1_to_affine(&affine, &point);
    if (!blst_p1_affine_is_inf(&affine)) {
        store_fp(out.data(), affine.x);
        store_fp(out.data() + FP_SIZE, affine.y);
    }
    return out;
}

std::optional<blst_p2_affine> G2::decode(BytesView in) noexcept {
    const auto x = decode_fp2(in.first(2 * FP_SIZE));
    const auto y = decode_fp2(in.subspan(2 * FP_SIZE));
    if (!x || !y) {
        return std::nullopt;
    }
    const blst_p2_affine out{*x, *y};
    if (!blst_p2_affine_is_inf(&out) && !blst_p2_affine_on_curve(&out)) {
        return std::nullopt;
    }
    return out;
}

std::optional<blst_p2_affine> G2::decode_in_group(BytesView in) noexcept {
    const auto out = decode(in);
    if (!out || (!blst_p2_affine_is_inf(&*out) && !blst_p2_affine_in_g2(&*out))) {
        return std::nullopt;
    }
    return out;
}

Bytes G2::encode(const blst_p2& point) {
    Bytes out(SIZE);
    blst_p2_affine affine;
    blst_p2_to_affine(&affine, &point);
    if (!blst_p2_affine_is_inf(&affine)) {
        store_fp(out.data(), affine.x.fp[0]);
        store_fp(out.data() + FP_SIZE, affine.x.fp[1]);
        store_fp(out.data() + 2 * FP_SIZE, affine.y.fp[0]);
        store_fp(out.data() + 3 * FP_SIZE, affine.y.fp[1]);
    }
    return out;
}

}  // namespace otento::crypto::bls12
