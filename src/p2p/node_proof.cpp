#include <otento/p2p/node_proof.hpp>

#include <otento/crypto/keccak.hpp>
#include <otento/crypto/secp256k1.hpp>

#include <string_view>

namespace otento::p2p {
namespace {

constexpr std::string_view PREFIX = "otento-tls-v1:";
constexpr size_t KEY_SIZE = 64;
constexpr size_t EXTENSION_SIZE = KEY_SIZE + 64;

Hash signed_hash(BytesView public_key_der) {
    return crypto::Keccak256().update(bytes_of(PREFIX)).update(public_key_der).finish();
}

}  // namespace

std::optional<net::TlsProof> make_node_proof(const Hash& secret_key) {
    const auto key = crypto::public_key(secret_key);
    if (!key) {
        return std::nullopt;
    }
    const auto prove = [secret_key, key = *key](BytesView public_key_der) {
        const auto signature = crypto::sign(signed_hash(public_key_der), secret_key);
        ASSERT(signature.has_value());  // The key is valid.
        Bytes out = to_bytes(key);
        append(out, signature->r.to_be());
        append(out, signature->s.to_be());
        return out;
    };
    return net::TlsProof{.prove = prove, .identify = identify_node};
}

std::optional<net::PeerKey> identify_node(BytesView public_key_der, BytesView extension) {
    if (extension.size() != EXTENSION_SIZE) {
        return std::nullopt;
    }
    const auto key = crypto::PublicKey::from(extension.first(KEY_SIZE));
    const crypto::Signature signature{.r = uint256::from_be(extension.subspan(KEY_SIZE, 32)),
                                      .s = uint256::from_be(extension.subspan(KEY_SIZE + 32, 32))};
    if (!crypto::verify(signed_hash(public_key_der), signature, key)) {
        return std::nullopt;
    }
    return key;
}

}  // namespace otento::p2p
