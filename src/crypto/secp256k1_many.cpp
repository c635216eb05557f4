// Recovery of many keys: scalars here, points in vector lanes where the machine has them, and one
// by one with libsecp256k1 for what is left.
#include <otento/crypto/secp256k1.hpp>

#include <otento/base/result.hpp>
#include <otento/crypto/secp256k1_lanes.hpp>
#include <otento/crypto/secp256k1_scalar.hpp>

#include <secp256k1.h>

#include <array>
#include <memory>

namespace otento::crypto {
namespace {

using lanes::LANES;

/// Signatures that share one inversion.
constexpr size_t GROUP_MAX = 64;

bool have_lanes() noexcept {
#if defined(__x86_64__)
    static const bool AVAILABLE =
        __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512ifma");
    return AVAILABLE;
#else
    return false;
#endif
}

void split_limbs(const PublicKey& point, uint64_t (&out)[2][lanes::LIMBS]) noexcept {
    for (size_t which = 0; which < 2; ++which) {
        uint256 rest = uint256::load_be32(point.data() + which * 32);
        for (uint64_t& limb : out[which]) {
            limb = rest.low64() & ((uint64_t{1} << 52) - 1);
            rest = rest >> 52;
        }
    }
}

class TableMaker {
  public:
    /// Made when first asked for, in 3 ms.
    static const lanes::BaseTables& tables() noexcept {
        static const std::unique_ptr<const lanes::BaseTables> TABLES = TableMaker().make();
        return *TABLES;
    }

  private:
    std::unique_ptr<const lanes::BaseTables> make() {
        auto out = std::make_unique<lanes::BaseTables>();
        Hash one;
        one.bytes[31] = 1;
        Hash far;
        far.bytes[15] = 1;  // 2^128
        fill(one, out->points[0]);
        fill(far, out->points[1]);
        secp256k1_context_destroy(context_);
        return out;
    }

    void fill(const Hash& factor, uint64_t (&out)[lanes::BASE_MULTIPLES + 1][2][lanes::LIMBS]) {
        secp256k1_pubkey first;
        ASSERT(secp256k1_ec_pubkey_create(context_, &first, factor.data()) == 1);
        secp256k1_pubkey multiple = first;
        for (size_t i = 1; i <= lanes::BASE_MULTIPLES; ++i) {
            if (i > 1) {
                const secp256k1_pubkey last = multiple;
                const secp256k1_pubkey* const terms[] = {&last, &first};
                ASSERT(secp256k1_ec_pubkey_combine(context_, &multiple, terms, 2) == 1);
            }
            uint8_t bytes[65];
            size_t size = sizeof bytes;
            secp256k1_ec_pubkey_serialize(context_, bytes, &size, &multiple,
                                          SECP256K1_EC_UNCOMPRESSED);
            split_limbs(PublicKey::from({bytes + 1, 64}), out[i]);
        }
    }

    secp256k1_context* const context_ = secp256k1_context_create(SECP256K1_CONTEXT_SIGN);
};

/// Signed digits of a number of two's complement below 2^129, of `bits` bits each.
/// @param out  Of the first digit; the next ones are LANES further.
void write_digits(uint256 number, unsigned bits, size_t count, int16_t* out) noexcept {
    const bool negative = number.negative();
    if (negative) {
        number = uint256{} - number;
    }
    const int base = 1 << bits;
    int carry = 0;
    for (size_t i = 0; i < count; ++i) {
        int digit = static_cast<int>(number.low64() & static_cast<uint64_t>(base - 1)) + carry;
        carry = digit > base / 2 ? 1 : 0;
        digit -= carry * base;
        out[i * LANES] = static_cast<int16_t>(negative ? -digit : digit);
        number = number >> bits;
    }
    ASSERT(carry == 0);
}

/// A batch of at most GROUP_MAX signatures on its way through the lanes.
class Group {
  public:
    Group(std::span<const SignedHash> in, std::optional<PublicKey>* out) : in_(in), out_(out) {}

    void run() {
        invert();
        for (size_t i = 0; i < in_.size(); i += LANES) {
            run_lanes(i, std::min(LANES, in_.size() - i));
        }
    }

  private:
    /// A signature out of range is handled as another one is, and dropped at the end.
    [[nodiscard]] static bool in_range(const Signature& signature) noexcept {
        return !signature.r.is_zero() && signature.r < SECP256K1_N && !signature.s.is_zero() &&
               signature.s < SECP256K1_N;
    }

    /// 1/r of all, for one inversion.
    void invert() {
        std::array<uint256, GROUP_MAX> products;
        uint256 product = scalar::to_form(uint256{1});
        for (size_t i = 0; i < in_.size(); ++i) {
            const Signature& signature = in_[i].signature;
            inverses_[i] = scalar::to_form(in_range(signature) ? signature.r : uint256{1});
            products[i] = product;
            product = scalar::multiply(product, inverses_[i]);
        }
        uint256 inverse = scalar::inverse(product);
        for (size_t i = in_.size(); i-- > 0;) {
            const uint256 r = inverses_[i];
            inverses_[i] = scalar::multiply(inverse, products[i]);
            inverse = scalar::multiply(inverse, r);
        }
    }

    void run_lanes(size_t begin, size_t count) {
        for (size_t lane = 0; lane < LANES; ++lane) {
            fill_lane(lane, begin + std::min(lane, count - 1));
        }
        lanes::Points points;
        sum(points);
        for (size_t lane = 0; lane < count; ++lane) {
            const SignedHash& signed_hash = in_[begin + lane];
            std::optional<PublicKey>& out = out_[begin + lane];
            if (!in_range(signed_hash.signature)) {
                out.reset();
            } else if (points.known[lane]) {
                out = PublicKey::from({points.xy[lane], 64});
            } else {
                out = recover(signed_hash.hash, signed_hash.signature);
            }
        }
    }

    /// SEC 1, 4.1.6: the key is s/r R - hash/r G.
    void fill_lane(size_t lane, size_t i) {
        const SignedHash& signed_hash = in_[i];
        const Signature& signature = signed_hash.signature;
        const bool usable = in_range(signature);
        uint256 x = usable ? signature.r : uint256{1};
        for (size_t limb = 0; limb < lanes::LIMBS; ++limb) {
            sums_.x[limb][lane] = x.low64() & ((uint64_t{1} << 52) - 1);
            x = x >> 52;
        }
        sums_.odd[lane] = signature.y_parity;
        uint256 hash = uint256::from(signed_hash.hash);
        hash = hash >= SECP256K1_N ? hash - SECP256K1_N : hash;
        const uint256 of_base = scalar::multiply(hash, inverses_[i]);
        const uint256 negative = of_base.is_zero() ? of_base : SECP256K1_N - of_base;
        const auto halves =
            scalar::split(scalar::multiply(usable ? signature.s : uint256{1}, inverses_[i]));
        write_digits(halves.first, lanes::DIGIT_BITS, lanes::DIGITS, &sums_.point[0][0][lane]);
        write_digits(halves.second, lanes::DIGIT_BITS, lanes::DIGITS, &sums_.point[1][0][lane]);
        write_digits(uint256{negative.limbs[0], negative.limbs[1], 0, 0}, lanes::BASE_DIGIT_BITS,
                     lanes::BASE_DIGITS, &sums_.base[0][0][lane]);
        write_digits(uint256{negative.limbs[2], negative.limbs[3], 0, 0}, lanes::BASE_DIGIT_BITS,
                     lanes::BASE_DIGITS, &sums_.base[1][0][lane]);
    }

    void sum(lanes::Points& out) const noexcept {
#if defined(__x86_64__)
        lanes::sum_avx512(sums_, TableMaker::tables(), out);
#else
        std::fill(std::begin(out.known), std::end(out.known), false);
#endif
    }

    std::span<const SignedHash> in_;
    std::optional<PublicKey>* out_;
    std::array<uint256, GROUP_MAX> inverses_;
    lanes::Sums sums_;
};

}  // namespace

void recover_many(std::span<const SignedHash> in, std::optional<PublicKey>* out) {
    // Lanes that stay empty cost as much: below this libsecp256k1 is faster.
    constexpr size_t LANES_MIN = 2;
    size_t done = 0;
    while (have_lanes() && in.size() - done >= LANES_MIN) {
        const size_t count = std::min(GROUP_MAX, in.size() - done);
        Group(in.subspan(done, count), out + done).run();
        done += count;
    }
    for (; done < in.size(); ++done) {
        out[done] = recover(in[done].hash, in[done].signature);
    }
}

}  // namespace otento::crypto
