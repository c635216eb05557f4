// EIP-7951: ECDSA over secp256r1, on OpenSSL's curve arithmetic.
#include <otento/crypto/precompiles.hpp>

#include <otento/base/uint256.hpp>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include <memory>

namespace otento::crypto {
namespace {

// FIPS 186-4 D.1.2.3: field prime and group order.
constexpr uint256 P{0xffffffffffffffff, 0x00000000ffffffff, 0x0000000000000000, 0xffffffff00000001};
constexpr uint256 N{0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000};

struct Free {
    void operator()(BIGNUM* value) const noexcept { BN_free(value); }
    void operator()(BN_CTX* value) const noexcept { BN_CTX_free(value); }
    void operator()(EC_POINT* value) const noexcept { EC_POINT_free(value); }
};
using Number = std::unique_ptr<BIGNUM, Free>;
using Point = std::unique_ptr<EC_POINT, Free>;

/// The curve and what a verification writes to, one per thread.
struct Workspace {
    std::unique_ptr<BN_CTX, Free> context{BN_CTX_new()};
    Number order{BN_new()};
    Number hash{BN_new()};
    Number r{BN_new()};
    Number s{BN_new()};
    Number x{BN_new()};
    Number y{BN_new()};
    Point key;
    Point sum;
};

const EC_GROUP* curve() noexcept {
    static const EC_GROUP* const made = [] {
        const EC_GROUP* group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
        ASSERT(group != nullptr);
        return group;
    }();
    return made;
}

Workspace& workspace() noexcept {
    thread_local Workspace space = [] {
        Workspace made;
        made.key.reset(EC_POINT_new(curve()));
        made.sum.reset(EC_POINT_new(curve()));
        const bool complete = made.context && made.order && made.hash && made.r && made.s &&
                              made.x && made.y && made.key && made.sum;
        ASSERT(complete);
        ASSERT(EC_GROUP_get_order(curve(), made.order.get(), nullptr) == 1);
        return made;
    }();
    return space;
}

void read(const Number& out, BytesView in) noexcept {
    ASSERT(BN_bin2bn(in.data(), static_cast<int>(in.size()), out.get()) != nullptr);
}

bool in_range(const uint256& value, const uint256& end) noexcept {
    return !value.is_zero() && value < end;
}

}  // namespace

bool p256_verify(BytesView in) noexcept {
    if (in.size() != 160) {
        return false;
    }
    const auto word = [in](size_t i) { return in.subspan(32 * i, 32); };
    const auto number = [&word](size_t i) { return uint256::from_be(word(i)); };
    if (!in_range(number(1), N) || !in_range(number(2), N) || number(3) >= P || number(4) >= P) {
        return false;
    }
    Workspace& w = workspace();
    BN_CTX* const context = w.context.get();
    read(w.hash, word(0));
    read(w.r, word(1));
    read(w.s, word(2));
    read(w.x, word(3));
    read(w.y, word(4));
    // Fails for points off the curve, (0, 0) among them.
    if (EC_POINT_set_affine_coordinates(curve(), w.key.get(), w.x.get(), w.y.get(), context) != 1) {
        return false;
    }
    // sum = (hash / s) G + (r / s) key; its x modulo n must be r.
    const bool computed =
        BN_mod_inverse(w.s.get(), w.s.get(), w.order.get(), context) != nullptr &&
        BN_mod_mul(w.x.get(), w.hash.get(), w.s.get(), w.order.get(), context) == 1 &&
        BN_mod_mul(w.y.get(), w.r.get(), w.s.get(), w.order.get(), context) == 1 &&
        EC_POINT_mul(curve(), w.sum.get(), w.x.get(), w.key.get(), w.y.get(), context) == 1;
    ASSERT(computed);
    if (EC_POINT_is_at_infinity(curve(), w.sum.get()) == 1) {
        return false;
    }
    const bool reduced =
        EC_POINT_get_affine_coordinates(curve(), w.sum.get(), w.x.get(), nullptr, context) == 1 &&
        BN_nnmod(w.x.get(), w.x.get(), w.order.get(), context) == 1;
    ASSERT(reduced);
    return BN_cmp(w.x.get(), w.r.get()) == 0;
}

}  // namespace otento::crypto
