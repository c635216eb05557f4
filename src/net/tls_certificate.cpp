#include <otento/net/tls_certificate.hpp>

#include <otento/base/random.hpp>
#include <otento/net/tls.hpp>

#include <openssl/ec.h>
#include <openssl/x509v3.h>

#include <string_view>

namespace otento::net {
namespace {

using ObjectPtr = std::unique_ptr<ASN1_OBJECT, OpensslFree<ASN1_OBJECT_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, OpensslFree<ASN1_OCTET_STRING_free>>;
using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpensslFree<X509_EXTENSION_free>>;

// Certificates live for one run of a process and say nothing about time; peers' clocks may be
// wrong.
constexpr const char* NOT_BEFORE = "19750101000000Z";
constexpr const char* NOT_AFTER = "40960101000000Z";

ObjectPtr extension_object() {
    return ObjectPtr(OBJ_txt2obj(TLS_EXTENSION_OID, 1));
}

bool add_extension(X509* certificate, BytesView content) {
    const ObjectPtr object = extension_object();
    const OctetsPtr octets(ASN1_OCTET_STRING_new());
    if (!object || !octets ||
        ASN1_OCTET_STRING_set(octets.get(), content.data(), static_cast<int>(content.size())) !=
            1) {
        return false;
    }
    const ExtensionPtr extension(
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), 0, octets.get()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool set_serial(X509* certificate) {
    uint8_t bytes[8];
    secure_random(bytes);
    return ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate),
                                   load_be<uint64_t>(bytes) >> 1 | 1) == 1;
}

bool set_name(X509* certificate) {
    X509_NAME* const name = X509_get_subject_name(certificate);
    const auto* const text = reinterpret_cast<const unsigned char*>("otento");
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, name) == 1;
}

bool is_p256(EVP_PKEY* key) {
    char group[32] = {};
    size_t size = 0;
    return EVP_PKEY_is_a(key, "EC") == 1 &&
           EVP_PKEY_get_group_name(key, group, sizeof(group), &size) == 1 &&
           std::string_view(group, size) == "prime256v1";
}

}  // namespace

KeyPtr generate_p256_key() {
    return KeyPtr(EVP_EC_gen("P-256"));
}

Bytes public_key_der(EVP_PKEY* key) {
    unsigned char* der = nullptr;
    const int size = i2d_PUBKEY(key, &der);
    if (size <= 0) {
        return {};
    }
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
}

CertificatePtr make_certificate(EVP_PKEY* key, const std::optional<Bytes>& extension) {
    CertificatePtr certificate(X509_new());
    if (!certificate) {
        return nullptr;
    }
    X509* const x = certificate.get();
    const bool made = X509_set_version(x, X509_VERSION_3) == 1 && set_serial(x) && set_name(x) &&
                      ASN1_TIME_set_string_X509(X509_getm_notBefore(x), NOT_BEFORE) == 1 &&
                      ASN1_TIME_set_string_X509(X509_getm_notAfter(x), NOT_AFTER) == 1 &&
                      X509_set_pubkey(x, key) == 1 &&
                      (!extension || add_extension(x, *extension)) &&
                      X509_sign(x, key, EVP_sha256()) != 0;
    return made ? std::move(certificate) : nullptr;
}

std::optional<CertificateContent> read_certificate(X509* certificate, const char*& reason) {
    EVP_PKEY* const key = X509_get0_pubkey(certificate);
    if (key == nullptr || !is_p256(key)) {
        reason = "certificate key is not P-256";
        return std::nullopt;
    }
    if (X509_verify(certificate, key) != 1) {
        reason = "certificate is not signed by its own key";
        return std::nullopt;
    }
    const ObjectPtr object = extension_object();
    const int at = object ? X509_get_ext_by_OBJ(certificate, object.get(), -1) : -1;
    if (at < 0) {
        reason = "certificate has no node key extension";
        return std::nullopt;
    }
    if (X509_get_ext_by_OBJ(certificate, object.get(), at) >= 0) {
        reason = "certificate has two node key extensions";
        return std::nullopt;
    }
    const ASN1_OCTET_STRING* const octets = X509_EXTENSION_get_data(X509_get_ext(certificate, at));
    const unsigned char* const data = ASN1_STRING_get0_data(octets);
    return CertificateContent{.public_key_der = public_key_der(key),
                              .extension = Bytes(data, data + ASN1_STRING_length(octets))};
}

}  // namespace otento::net
