#include <otento/net/tls.hpp>

#include <otento/net/tls_certificate.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>
#include <exception>
#include <utility>

namespace otento::net {
namespace {

using ContextPtr = std::unique_ptr<SSL_CTX, OpensslFree<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, OpensslFree<SSL_free>>;

// A chain of one certificate of a few hundred bytes is all that an honest peer sends.
constexpr long CERTIFICATE_BYTES_MAX = 8 << 10;

// The memory that a stream's BIO reads from and writes to.
struct Pipe {
    BytesView input;
    Bytes output;
};

int pipe_write(BIO* bio, const char* data, size_t size, size_t* written) noexcept {
    auto& pipe = *static_cast<Pipe*>(BIO_get_data(bio));
    const auto* const bytes = reinterpret_cast<const uint8_t*>(data);
    pipe.output.insert(pipe.output.end(), bytes, bytes + size);
    *written = size;
    return 1;
}

int pipe_read(BIO* bio, char* data, size_t size, size_t* taken) noexcept {
    auto& pipe = *static_cast<Pipe*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (pipe.input.empty()) {
        BIO_set_retry_read(bio);
        *taken = 0;
        return 0;
    }
    *taken = std::min(size, pipe.input.size());
    std::memcpy(data, pipe.input.data(), *taken);
    pipe.input = pipe.input.subspan(*taken);
    return 1;
}

long pipe_control(BIO*, int command, long, void*) noexcept {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* pipe_method() {
    static const BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "otento pipe");
        BIO_meth_set_write_ex(made, pipe_write);
        BIO_meth_set_read_ex(made, pipe_read);
        BIO_meth_set_ctrl(made, pipe_control);
        return made;
    }();
    return method;
}

std::string library_error() {
    const unsigned long code = ERR_get_error();
    ERR_clear_error();
    if (code == 0) {
        return "TLS failed";
    }
    const char* const reason = ERR_reason_error_string(code);
    return reason != nullptr ? reason : "TLS error " + std::to_string(ERR_GET_REASON(code));
}

using VerifyCallback = int (*)(X509_STORE_CTX*, void*);

// TLS 1.3 only, both sides send a certificate, nothing is resumed: a resumed session would not
// prove its key anew.
bool configure(SSL_CTX* context, EVP_PKEY* key, X509* certificate, VerifyCallback verify) {
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_set_cert_verify_callback(context, verify, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_max_cert_list(context, CERTIFICATE_BYTES_MAX);
    return SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(context, 0) == 1 &&
           SSL_CTX_set_ciphersuites(context,
                                    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                    "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set1_groups_list(context, "X25519:P-256") == 1 &&
           SSL_CTX_use_certificate(context, certificate) == 1 &&
           SSL_CTX_use_PrivateKey(context, key) == 1;
}

class Identity final : public TlsIdentity {
  public:
    Identity(ContextPtr context, TlsProof proof) noexcept
        : context_(std::move(context)), proof_(std::move(proof)) {}

    [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }
    [[nodiscard]] const TlsProof& proof() const noexcept { return proof_; }

  private:
    ContextPtr context_;
    TlsProof proof_;
};

}  // namespace

struct TlsStream::Impl {
    std::shared_ptr<const Identity> identity;
    Pipe pipe;
    SslPtr ssl;
    PeerKey peer_key;
    std::string error;
    std::string refusal;  // Set by our own check of the certificate.

    // Entered from C: nothing may be thrown.
    static int verify_certificate(X509_STORE_CTX* store, void*) noexcept {
        try {
            auto* const ssl = static_cast<SSL*>(
                X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
            return static_cast<Impl*>(SSL_get_app_data(ssl))->verify(store);
        } catch (const std::exception&) {
            return 0;
        }
    }

    // Checks the peer's certificate in place of the library's chain building.
    int verify(X509_STORE_CTX* store) {
        X509* const certificate = X509_STORE_CTX_get0_cert(store);
        const char* reason = "no certificate";
        const auto content = certificate ? read_certificate(certificate, reason) : std::nullopt;
        if (content) {
            const auto key =
                identity->proof().identify(content->public_key_der, content->extension);
            if (key) {
                peer_key = *key;
                return 1;
            }
            reason = "node key extension does not prove this certificate";
        }
        refusal = reason;
        ERR_clear_error();
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
        return 0;
    }

    Status fail() {
        error = refusal.empty() ? library_error() : refusal;
        ERR_clear_error();
        return Status::failed;
    }

    Status status_of(int result) {
        switch (SSL_get_error(ssl.get(), result)) {
            case SSL_ERROR_NONE:
                return Status::done;
            case SSL_ERROR_WANT_READ:
                return Status::wants_input;
            case SSL_ERROR_ZERO_RETURN:
                return Status::closed;
            default:
                return fail();
        }
    }
};

std::string_view to_string(TlsError error) noexcept {
    switch (error) {
        case TlsError::library:
            return "the TLS library failed";
    }
    return "unknown";
}

Result<std::shared_ptr<const TlsIdentity>, TlsError> TlsIdentity::create(TlsProof proof) {
    const KeyPtr key = generate_p256_key();
    const Bytes der = key ? public_key_der(key.get()) : Bytes();
    if (der.empty()) {
        return Err(TlsError::library);
    }
    const CertificatePtr certificate = make_certificate(key.get(), proof.prove(der));
    ContextPtr context(SSL_CTX_new(TLS_method()));
    if (!certificate || !context ||
        !configure(context.get(), key.get(), certificate.get(),
                   TlsStream::Impl::verify_certificate)) {
        return Err(TlsError::library);
    }
    return std::shared_ptr<const TlsIdentity>(
        std::make_shared<Identity>(std::move(context), std::move(proof)));
}

TlsStream::TlsStream(std::shared_ptr<const TlsIdentity> identity, TlsRole role)
    : impl_(std::make_unique<Impl>()) {
    impl_->identity = std::static_pointer_cast<const Identity>(std::move(identity));
    impl_->ssl.reset(SSL_new(impl_->identity->context()));
    BIO* const bio = BIO_new(pipe_method());
    ASSERT(impl_->ssl != nullptr);
    ASSERT(bio != nullptr);
    BIO_set_data(bio, &impl_->pipe);
    BIO_set_init(bio, 1);
    SSL_set_bio(impl_->ssl.get(), bio, bio);
    SSL_set_app_data(impl_->ssl.get(), impl_.get());
    if (role == TlsRole::server) {
        SSL_set_accept_state(impl_->ssl.get());
    } else {
        SSL_set_connect_state(impl_->ssl.get());
    }
}

TlsStream::~TlsStream() = default;

void TlsStream::feed(BytesView bytes) {
    impl_->pipe.input = bytes;
}

TlsStream::Status TlsStream::handshake() {
    ERR_clear_error();
    return impl_->status_of(SSL_do_handshake(impl_->ssl.get()));
}

TlsStream::Status TlsStream::read(std::span<uint8_t> out, size_t& size) {
    ERR_clear_error();
    size = 0;
    return impl_->status_of(SSL_read_ex(impl_->ssl.get(), out.data(), out.size(), &size));
}

bool TlsStream::write(BytesView plain) {
    if (plain.empty()) {
        return true;
    }
    ERR_clear_error();
    size_t written = 0;
    const int result = SSL_write_ex(impl_->ssl.get(), plain.data(), plain.size(), &written);
    if (impl_->status_of(result) != Status::done) {
        return false;
    }
    ASSERT(written == plain.size());
    return true;
}

void TlsStream::write_close() {
    ERR_clear_error();
    (void)SSL_shutdown(impl_->ssl.get());
    ERR_clear_error();
}

Bytes& TlsStream::output() noexcept {
    return impl_->pipe.output;
}
const PeerKey& TlsStream::peer_key() const noexcept {
    return impl_->peer_key;
}
const std::string& TlsStream::error() const noexcept {
    return impl_->error;
}

}  // namespace otento::net
