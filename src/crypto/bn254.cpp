// EIP-196 and EIP-197: the byte interface of the alt_bn128 precompiles.
#include <otento/crypto/bn254_curve.hpp>
#include <otento/crypto/precompiles.hpp>

#include <vector>

namespace otento::crypto {
namespace {

using bn254::Fp;
using bn254::Fp2;
using bn254::G1;
using bn254::G2;

constexpr size_t WORD = 32;
constexpr size_t G1_SIZE = 2 * WORD;
constexpr size_t PAIR_SIZE = 6 * WORD;

std::optional<Fp> read_fp(BytesView in, size_t word) noexcept {
    const uint256 value = uint256::load_be32(in.data() + WORD * word);
    if (value >= bn254::P) {
        return std::nullopt;
    }
    return Fp::from(value);
}

std::optional<G1> read_g1(BytesView in) noexcept {
    const auto x = read_fp(in, 0);
    const auto y = read_fp(in, 1);
    if (!x || !y) {
        return std::nullopt;
    }
    const G1 point{*x, *y};
    return is_on_curve(point) ? std::optional(point) : std::nullopt;
}

/// EIP-197 writes the imaginary part first.
std::optional<Fp2> read_fp2(BytesView in, size_t word) noexcept {
    const auto c1 = read_fp(in, word);
    const auto c0 = read_fp(in, word + 1);
    if (!c0 || !c1) {
        return std::nullopt;
    }
    return Fp2{*c0, *c1};
}

std::optional<G2> read_g2(BytesView in) noexcept {
    const auto x = read_fp2(in, 0);
    const auto y = read_fp2(in, 2);
    if (!x || !y) {
        return std::nullopt;
    }
    const G2 point{*x, *y};
    return is_on_curve(point) && is_in_group(point) ? std::optional(point) : std::nullopt;
}

FixedBytes<64> write_g1(const G1& point) noexcept {
    FixedBytes<64> out;
    point.x.value().store_be32(out.data());
    point.y.value().store_be32(out.data() + WORD);
    return out;
}

}  // namespace

std::optional<FixedBytes<64>> bn254_add(BytesView in) noexcept {
    if (in.size() != 2 * G1_SIZE) {
        return std::nullopt;
    }
    const auto p = read_g1(in);
    const auto q = read_g1(in.subspan(G1_SIZE));
    if (!p || !q) {
        return std::nullopt;
    }
    return write_g1(bn254::add(*p, *q));
}

std::optional<FixedBytes<64>> bn254_mul(BytesView in) noexcept {
    if (in.size() != G1_SIZE + WORD) {
        return std::nullopt;
    }
    const auto p = read_g1(in);
    if (!p) {
        return std::nullopt;
    }
    return write_g1(bn254::multiply(*p, uint256::load_be32(in.data() + G1_SIZE)));
}

std::optional<bool> bn254_pairing(BytesView in) noexcept {
    if (in.size() % PAIR_SIZE != 0) {
        return std::nullopt;
    }
    std::vector<bn254::Pair> pairs;
    pairs.reserve(in.size() / PAIR_SIZE);
    for (; !in.empty(); in = in.subspan(PAIR_SIZE)) {
        const auto p = read_g1(in);
        const auto q = read_g2(in.subspan(G1_SIZE));
        if (!p || !q) {
            return std::nullopt;
        }
        pairs.push_back({*p, *q});
    }
    return bn254::pairing_product_is_one(pairs);
}

}  // namespace otento::crypto
