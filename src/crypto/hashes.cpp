// SHA-256 and RIPEMD-160 over OpenSSL. Fetching an algorithm and making a context cost more than
// hashing a small input does: the algorithm is fetched once and each thread keeps its context.
#include <otento/crypto/precompiles.hpp>

#include <openssl/evp.h>

#include <memory>

namespace otento::crypto {
namespace {

/// A node without one of these cannot execute blocks: stop at the first use.
const EVP_MD* fetch(const char* name) noexcept {
    const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
    ASSERT(algorithm != nullptr);
    return algorithm;
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};

template <size_t N>
FixedBytes<N> digest(const EVP_MD* algorithm, BytesView data) noexcept {
    thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    ASSERT(context != nullptr);
    FixedBytes<N> out;
    const bool done = EVP_DigestInit_ex2(context.get(), algorithm, nullptr) == 1 &&
                      EVP_DigestUpdate(context.get(), data.data(), data.size()) == 1 &&
                      EVP_DigestFinal_ex(context.get(), out.data(), nullptr) == 1;
    ASSERT(done);
    return out;
}

}  // namespace

Hash sha256(BytesView data) noexcept {
    static const EVP_MD* const algorithm = fetch("SHA256");
    return digest<32>(algorithm, data);
}

FixedBytes<20> ripemd160(BytesView data) noexcept {
    static const EVP_MD* const algorithm = fetch("RIPEMD160");
    return digest<20>(algorithm, data);
}

}  // namespace otento::crypto
