// scrypt (RFC 7914) without the bound N < 2^(16 r) of OpenSSL's, which files of old tools break.
#pragma once

#include <otento/base/bytes.hpp>

#include <string_view>

namespace otento::keystore {

/// @param n    A power of two above 1; r and p above 0. Takes 128 * n * r bytes of memory.
/// @param out  Filled.
void scrypt(std::string_view password, BytesView salt, uint64_t n, uint32_t r, uint32_t p,
            Bytes& out);

/// PBKDF2 with HMAC-SHA-256 (RFC 8018).
void pbkdf2(std::string_view password, BytesView salt, uint32_t rounds, Bytes& out);

}  // namespace otento::keystore
