// Proof that a TLS certificate was made by the holder of a node key.
//
// The certificate extension is 128 bytes: the node's public key x||y, then r||s of its signature
// over keccak256("otento-tls-v1:" || DER SubjectPublicKeyInfo of the certificate). After the libp2p
// TLS specification.
#pragma once

#include <otento/net/tls.hpp>

#include <optional>

namespace otento::p2p {

/// `prove` and `identify` for a node with this key. Empty if the key is not valid.
[[nodiscard]] std::optional<net::TlsProof> make_node_proof(const Hash& secret_key);

/// The node key that `extension` proves for a certificate with this public key; empty if it proves
/// none.
[[nodiscard]] std::optional<net::PeerKey> identify_node(BytesView public_key_der,
                                                        BytesView extension);

}  // namespace otento::p2p
