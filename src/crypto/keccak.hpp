// Keccak-256 as Ethereum uses it (the original padding, not SHA-3's).
#pragma once

#include <otento/base/bytes.hpp>

namespace otento::crypto {

[[nodiscard]] Hash keccak256(BytesView data) noexcept;

/// Hash of a concatenation fed in pieces.
class Keccak256 {
  public:
    Keccak256() noexcept;
    Keccak256& update(BytesView data) noexcept;
    [[nodiscard]] Hash finish() noexcept;

  private:
    uint64_t state_[25];
    uint8_t block_[136];
    size_t fill_ = 0;
};

/// Hashes `count` independent inputs; vectorised where the machine can (AVX2, AVX-512).
void keccak256_many(const BytesView* inputs, size_t count, Hash* outputs) noexcept;

}  // namespace otento::crypto
