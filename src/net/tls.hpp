// TLS 1.3 with proof of a long-term key, on the lines of the libp2p TLS specification: each side
// presents a self-signed certificate of a throwaway P-256 key, whose extension carries what proves
// that the holder of the long-term key made that very certificate. What the proof looks like is the
// caller's (p2p's) affair.
//
// Here only bytes in memory are turned into bytes; session.hpp moves them. Hides OpenSSL.
#pragma once

#include <otento/base/bytes.hpp>
#include <otento/base/result.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace otento::net {

using PeerKey = FixedBytes<64>;  ///< Long-term public key of a peer, as `identify` gave it.

/// Object identifier of the certificate extension, from the UUID arc (ITU-T X.667).
inline constexpr const char* TLS_EXTENSION_OID = "2.25.62142492300363269537008374609907933345";

struct TlsProof {
    /// Extension bytes for a certificate whose public key is `public_key_der` (DER
    /// SubjectPublicKeyInfo).
    std::function<Bytes(BytesView public_key_der)> prove;
    /// The key that the extension proves for this certificate; empty if it proves none.
    std::function<std::optional<PeerKey>(BytesView public_key_der, BytesView extension)> identify;
};

enum class TlsError { library };
[[nodiscard]] std::string_view to_string(TlsError error) noexcept;

/// One throwaway key with its certificate and the settings of all streams made from it. Immutable.
class TlsIdentity {
  public:
    /// Calls `proof.prove` once.
    [[nodiscard]] static Result<std::shared_ptr<const TlsIdentity>, TlsError> create(
        TlsProof proof);
    TlsIdentity() = default;
    TlsIdentity(const TlsIdentity&) = delete;
    TlsIdentity& operator=(const TlsIdentity&) = delete;
    virtual ~TlsIdentity() = default;
};

enum class TlsRole { client, server };

/// One end of a TLS connection over memory. After `failed` or `closed` only output() is of use: it
/// may hold the alert that tells the peer.
class TlsStream {
  public:
    TlsStream(std::shared_ptr<const TlsIdentity> identity, TlsRole role);
    TlsStream(const TlsStream&) = delete;
    TlsStream& operator=(const TlsStream&) = delete;
    ~TlsStream();

    enum class Status { done, wants_input, closed, failed };

    /// Bytes from the peer, in place of what is left of earlier ones. They are not copied: before
    /// `bytes` goes away call handshake() or read() until it wants input, or feed({}).
    void feed(BytesView bytes);
    /// Goes on with the handshake; `done` once the peer is identified.
    [[nodiscard]] Status handshake();
    /// Decrypts into `out`; `size` tells how much. `done` may be followed by more.
    [[nodiscard]] Status read(std::span<uint8_t> out, size_t& size);
    /// Encrypts all of `plain` into output(). False if the stream has failed.
    [[nodiscard]] bool write(BytesView plain);
    /// Tells the peer that nothing follows.
    void write_close();

    /// What is to be sent; the caller takes it away.
    [[nodiscard]] Bytes& output() noexcept;
    /// The peer's key; meaningful after the handshake.
    [[nodiscard]] const PeerKey& peer_key() const noexcept;
    /// Why the status is `failed`, in words.
    [[nodiscard]] const std::string& error() const noexcept;

    struct Impl;  ///< Known to tls.cpp only.

  private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace otento::net
