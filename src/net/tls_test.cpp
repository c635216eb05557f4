// Two ends of TLS over memory, honest and hostile. Hostile ends are made with OpenSSL directly,
// where our own code would refuse to make them.
#include <otento/net/testing/proof.hpp>
#include <otento/net/tls.hpp>
#include <otento/net/tls_certificate.hpp>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

namespace otento::net {
namespace {

using testing::key_of;
using testing::open_identity;
using testing::open_proof;
using Status = TlsStream::Status;

// Takes the output of one end to the other.
void carry(TlsStream& from, TlsStream& to, Bytes& held) {
    held = std::exchange(from.output(), {});
    to.feed(held);
}

struct Pair {
    explicit Pair(std::shared_ptr<const TlsIdentity> client_identity = open_identity(1),
                  std::shared_ptr<const TlsIdentity> server_identity = open_identity(2))
        : client(std::move(client_identity), TlsRole::client),
          server(std::move(server_identity), TlsRole::server) {}

    void shake_hands() {
        for (int i = 0; i < 3; ++i) {
            client_status = client.handshake();
            carry(client, server, to_server);
            server_status = server.handshake();
            carry(server, client, to_client);
        }
    }

    TlsStream client;
    TlsStream server;
    Bytes to_server;
    Bytes to_client;
    Status client_status = Status::failed;
    Status server_status = Status::failed;
};

std::string read_text(TlsStream& stream, Status& status) {
    std::array<uint8_t, 4096> buffer;
    size_t size = 0;
    status = stream.read(buffer, size);
    return std::string(as_text({buffer.data(), size}));
}

TEST(Tls, both_ends_learn_the_proven_key) {
    Pair pair;
    pair.shake_hands();
    EXPECT_EQ(pair.client_status, Status::done) << pair.client.error();
    EXPECT_EQ(pair.server_status, Status::done) << pair.server.error();
    EXPECT_EQ(pair.client.peer_key(), key_of(2));
    EXPECT_EQ(pair.server.peer_key(), key_of(1));
}

TEST(Tls, text_travels_encrypted_until_the_close) {
    Pair pair;
    pair.shake_hands();
    ASSERT_TRUE(pair.client.write(bytes_of("a secret of the ledger")));
    EXPECT_EQ(as_text(pair.client.output()).find("secret"), std::string_view::npos);
    carry(pair.client, pair.server, pair.to_server);
    Status status{};
    EXPECT_EQ(read_text(pair.server, status), "a secret of the ledger");
    EXPECT_EQ(status, Status::done);
    EXPECT_EQ(read_text(pair.server, status), "");
    EXPECT_EQ(status, Status::wants_input);
    pair.client.write_close();
    carry(pair.client, pair.server, pair.to_server);
    EXPECT_EQ(read_text(pair.server, status), "");
    EXPECT_EQ(status, Status::closed);
}

TEST(Tls, flipped_bit_in_a_record_fails) {
    Pair pair;
    pair.shake_hands();
    ASSERT_TRUE(pair.client.write(bytes_of("text")));
    pair.client.output().back() ^= 1;
    carry(pair.client, pair.server, pair.to_server);
    Status status{};
    EXPECT_EQ(read_text(pair.server, status), "");
    EXPECT_EQ(status, Status::failed);
    EXPECT_NE(pair.server.error(), "");
}

TEST(Tls, garbage_fails_in_words) {
    for (const std::string_view bytes :
         {std::string_view("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
          std::string_view("\0\0\0\0\0\0\0\0\0\0", 10),
          std::string_view("\x16\x03\x01\xff\xff\x01", 6)}) {
        TlsStream server(open_identity(1), TlsRole::server);
        server.feed(bytes_of(bytes));
        EXPECT_EQ(server.handshake(), Status::failed);
        EXPECT_NE(server.error(), "");
    }
}

TEST(Tls, extension_that_proves_nothing_is_refused_by_either_end) {
    TlsProof forged = open_proof(key_of(9));
    forged.prove = [](BytesView) { return Bytes(100, 0xff); };
    const auto identity = *TlsIdentity::create(forged);
    Pair bad_client(identity, open_identity(2));
    bad_client.shake_hands();
    EXPECT_EQ(bad_client.server_status, Status::failed);
    EXPECT_EQ(bad_client.server.error(), "node key extension does not prove this certificate");
    Pair bad_server(open_identity(1), identity);
    bad_server.client_status = bad_server.client.handshake();
    carry(bad_server.client, bad_server.server, bad_server.to_server);
    EXPECT_EQ(bad_server.server.handshake(), Status::wants_input);
    carry(bad_server.server, bad_server.client, bad_server.to_client);
    EXPECT_EQ(bad_server.client.handshake(), Status::failed);
    // The alert tells the other end.
    carry(bad_server.client, bad_server.server, bad_server.to_server);
    EXPECT_EQ(bad_server.server.handshake(), Status::failed);
    EXPECT_NE(bad_server.server.error().find("alert"), std::string::npos)
        << bad_server.server.error();
}

TEST(Tls, extension_replayed_from_another_certificate_is_refused) {
    Bytes stolen;
    TlsProof honest = open_proof(key_of(9));
    const auto prove = honest.prove;
    honest.prove = [&](BytesView der) { return stolen = prove(der); };
    const auto victim = *TlsIdentity::create(honest);
    TlsProof replaying = open_proof(key_of(9));
    replaying.prove = [&](BytesView) { return stolen; };
    Pair pair(*TlsIdentity::create(replaying), open_identity(2));
    pair.shake_hands();
    EXPECT_EQ(pair.server_status, Status::failed);
}

// A client of OpenSSL's own making.
class RawClient {
  public:
    RawClient(EVP_PKEY* key, X509* certificate, int version_max = TLS1_3_VERSION)
        : context_(SSL_CTX_new(TLS_method())) {
        SSL_CTX_set_max_proto_version(context_, version_max);
        if (certificate != nullptr) {
            EXPECT_EQ(SSL_CTX_use_certificate(context_, certificate), 1);
            EXPECT_EQ(SSL_CTX_use_PrivateKey(context_, key), 1);
        }
        ssl_ = SSL_new(context_);
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_, in_, out_);
        SSL_set_connect_state(ssl_);
    }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;
    ~RawClient() {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }

    // The server's verdict.
    Status shake_hands(TlsStream& server) {
        Status status = Status::wants_input;
        for (int i = 0; i < 3 && status == Status::wants_input; ++i) {
            (void)SSL_do_handshake(ssl_);
            std::array<uint8_t, 65536> buffer;
            const int size = BIO_read(out_, buffer.data(), static_cast<int>(buffer.size()));
            server.feed({buffer.data(), static_cast<size_t>(std::max(size, 0))});
            status = server.handshake();
            const Bytes answer = std::exchange(server.output(), {});
            BIO_write(in_, answer.data(), static_cast<int>(answer.size()));
        }
        return status;
    }

  private:
    SSL_CTX* context_;
    SSL* ssl_ = nullptr;
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
};

std::string verdict_on(EVP_PKEY* key, X509* certificate, int version_max = TLS1_3_VERSION) {
    RawClient client(key, certificate, version_max);
    TlsStream server(open_identity(1), TlsRole::server);
    const Status status = client.shake_hands(server);
    EXPECT_EQ(status, Status::failed);
    return server.error();
}

TEST(Tls, client_without_certificate_is_refused) {
    EXPECT_EQ(verdict_on(nullptr, nullptr), "peer did not return a certificate");
}

TEST(Tls, older_versions_are_refused) {
    EXPECT_EQ(verdict_on(nullptr, nullptr, TLS1_2_VERSION), "unsupported protocol");
}

TEST(Tls, certificate_without_extension_is_refused) {
    const KeyPtr key = generate_p256_key();
    const auto certificate = make_certificate(key.get(), std::nullopt);
    EXPECT_EQ(verdict_on(key.get(), certificate.get()), "certificate has no node key extension");
}

TEST(Tls, certificate_of_another_key_type_is_refused) {
    const KeyPtr key(EVP_EC_gen("P-384"));
    const auto certificate = make_certificate(key.get(), Bytes(10, 1));
    EXPECT_EQ(verdict_on(key.get(), certificate.get()), "certificate key is not P-256");
}

TEST(Tls, certificate_signed_by_another_key_is_refused) {
    const KeyPtr key = generate_p256_key();
    const KeyPtr other = generate_p256_key();
    const auto certificate =
        make_certificate(key.get(), open_proof(key_of(3)).prove(public_key_der(key.get())));
    ASSERT_NE(X509_sign(certificate.get(), other.get(), EVP_sha256()), 0);
    EXPECT_EQ(verdict_on(key.get(), certificate.get()), "certificate is not signed by its own key");
}

}  // namespace
}  // namespace otento::net
