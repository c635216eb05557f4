// Making and reading the certificates of tls.hpp. Private to net: includes OpenSSL.
#pragma once

#include <otento/base/bytes.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <optional>

namespace otento::net {

template <auto FREE>
struct OpensslFree {
    template <typename T>
    void operator()(T* object) const noexcept {
        FREE(object);
    }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, OpensslFree<EVP_PKEY_free>>;
using CertificatePtr = std::unique_ptr<X509, OpensslFree<X509_free>>;

/// A new P-256 key; null if the library fails.
[[nodiscard]] KeyPtr generate_p256_key();

/// DER SubjectPublicKeyInfo of a key; empty if the library fails.
[[nodiscard]] Bytes public_key_der(EVP_PKEY* key);

/// Self-signed certificate of `key`, with the extension unless it is empty. Null if the library
/// fails.
[[nodiscard]] CertificatePtr make_certificate(EVP_PKEY* key, const std::optional<Bytes>& extension);

struct CertificateContent {
    Bytes public_key_der;
    Bytes extension;
};
/// What a peer's certificate says, or in `reason` why it is refused: it must hold a P-256 key, be
/// signed by it, and carry our extension exactly once.
[[nodiscard]] std::optional<CertificateContent> read_certificate(X509* certificate,
                                                                 const char*& reason);

}  // namespace otento::net
