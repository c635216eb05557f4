#include <otento/crypto/secp256k1.hpp>

#include <otento/base/random.hpp>
#include <otento/crypto/keccak.hpp>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

namespace otento::crypto {
namespace {

/// The one context of the process: randomised against side channels when made, only read
/// afterwards, so that all threads may share it (secp256k1.h says so of constant contexts).
const secp256k1_context* context() noexcept {
    static const secp256k1_context* const made = [] {
        secp256k1_context* ctx =
            secp256k1_context_create(SECP256K1_CONTEXT_SIGN | SECP256K1_CONTEXT_VERIFY);
        ASSERT(ctx != nullptr);
        Hash seed;
        secure_random(seed.bytes);
        ASSERT(secp256k1_context_randomize(ctx, seed.data()) == 1);
        return ctx;
    }();
    return made;
}

PublicKey serialize(const secp256k1_pubkey& key) noexcept {
    uint8_t out[65];
    size_t size = sizeof out;
    secp256k1_ec_pubkey_serialize(context(), out, &size, &key, SECP256K1_EC_UNCOMPRESSED);
    return PublicKey::from({out + 1, 64});
}

Signature from_compact(const uint8_t* rs, bool y_parity) noexcept {
    return {.r = uint256::load_be32(rs), .s = uint256::load_be32(rs + 32), .y_parity = y_parity};
}

}  // namespace

EncodedSignature encode_signature(const Signature& signature) noexcept {
    EncodedSignature out;
    signature.r.store_be32(out.data());
    signature.s.store_be32(out.data() + 32);
    out[64] = signature.y_parity ? 1 : 0;
    return out;
}

std::optional<Signature> decode_signature(const EncodedSignature& in) noexcept {
    if (in[64] > 1) {
        return std::nullopt;
    }
    return from_compact(in.data(), in[64] == 1);
}

// SEC 2, 2.4.1.
constinit const uint256 SECP256K1_N{0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe,
                                    0xffffffffffffffff};
constinit const uint256 SECP256K1_N_HALF{0xdfe92f46681b20a0, 0x5d576e7357a4501d, 0xffffffffffffffff,
                                         0x7fffffffffffffff};

std::optional<PublicKey> recover(const Hash& hash, const Signature& signature) noexcept {
    const EncodedSignature bytes = encode_signature(signature);
    secp256k1_ecdsa_recoverable_signature parsed;
    // Refuses r and s from n up; recovery refuses zeros.
    if (secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, bytes.data(),
                                                            bytes[64]) == 0) {
        return std::nullopt;
    }
    secp256k1_pubkey key;
    if (secp256k1_ecdsa_recover(context(), &key, &parsed, hash.data()) == 0) {
        return std::nullopt;
    }
    return serialize(key);
}

std::optional<Signature> sign(const Hash& hash, const Hash& secret_key) noexcept {
    secp256k1_ecdsa_recoverable_signature made;
    if (secp256k1_ecdsa_sign_recoverable(context(), &made, hash.data(), secret_key.data(), nullptr,
                                         nullptr) == 0) {
        return std::nullopt;
    }
    uint8_t bytes[64];
    int recovery_id = 0;
    secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), bytes, &recovery_id, &made);
    if (recovery_id > 1) {
        return std::nullopt;  // r at or above n: one chance in 2^127, not expressible in Ethereum.
    }
    return from_compact(bytes, recovery_id == 1);
}

bool verify(const Hash& hash, const Signature& signature, const PublicKey& key) noexcept {
    uint8_t encoded[65];
    encoded[0] = 0x04;
    std::memcpy(encoded + 1, key.data(), 64);
    secp256k1_pubkey point;
    if (secp256k1_ec_pubkey_parse(context(), &point, encoded, sizeof encoded) == 0) {
        return false;
    }
    const EncodedSignature bytes = encode_signature(signature);
    secp256k1_ecdsa_signature parsed;
    if (secp256k1_ecdsa_signature_parse_compact(context(), &parsed, bytes.data()) == 0) {
        return false;
    }
    // The library verifies low s only.
    secp256k1_ecdsa_signature_normalize(context(), &parsed, &parsed);
    return secp256k1_ecdsa_verify(context(), &parsed, hash.data(), &point) == 1;
}

std::optional<PublicKey> public_key(const Hash& secret_key) noexcept {
    secp256k1_pubkey key;
    if (secp256k1_ec_pubkey_create(context(), &key, secret_key.data()) == 0) {
        return std::nullopt;
    }
    return serialize(key);
}

Address address_of(const PublicKey& key) noexcept {
    return Address::right_aligned(keccak256(key));
}

Hash generate_secret_key() noexcept {
    Hash key;
    do {
        secure_random(key.bytes);
    } while (secp256k1_ec_seckey_verify(context(), key.data()) == 0);
    return key;
}

}  // namespace otento::crypto
