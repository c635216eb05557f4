// A proof without cryptography for tests of net: the extension is the claimed key followed by the
// certificate's public key. It binds the two as a signature would, but anybody can make it.
#pragma once

#include <otento/net/tls.hpp>

#include <algorithm>

namespace otento::net::testing {

[[nodiscard]] inline PeerKey key_of(uint8_t fill) {
    PeerKey key;
    key.bytes.fill(fill);
    return key;
}

[[nodiscard]] inline TlsProof open_proof(const PeerKey& key) {
    return {
        .prove =
            [key](BytesView public_key_der) {
                Bytes out = to_bytes(key);
                append(out, public_key_der);
                return out;
            },
        .identify = [](BytesView public_key_der, BytesView extension) -> std::optional<PeerKey> {
            if (extension.size() < PeerKey::SIZE ||
                !equal(extension.subspan(PeerKey::SIZE), public_key_der)) {
                return std::nullopt;
            }
            return PeerKey::from(extension.first(PeerKey::SIZE));
        }};
}

[[nodiscard]] inline std::shared_ptr<const TlsIdentity> open_identity(uint8_t fill) {
    auto identity = TlsIdentity::create(open_proof(key_of(fill)));
    return identity ? *identity : nullptr;
}

}  // namespace otento::net::testing
