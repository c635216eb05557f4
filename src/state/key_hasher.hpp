// Hashes of addresses and storage keys for tables in memory. Keys are the contracts' choice:
// without a secret they could all be made to collide.
#pragma once

#include <otento/base/bytes.hpp>

namespace otento::state {

/// The secret is drawn once for the process. It decides about places in tables and nothing else, so
/// runs need not agree on it.
class KeyHasher {
  public:
    KeyHasher() noexcept;

    [[nodiscard]] uint64_t operator()(const Address& address) const noexcept {
        const uint8_t* const bytes = address.data();
        return fold(fold(load(bytes) ^ secrets_[0], load(bytes + 8) ^ secrets_[1]) ^ secrets_[3],
                    load(bytes + 12) ^ secrets_[2]);
    }
    /// @param owner  Sets keys of one owner apart from those of others.
    [[nodiscard]] uint64_t operator()(const Hash& key, uint64_t owner = 0) const noexcept {
        const uint8_t* const bytes = key.data();
        return fold(
            fold(load(bytes) ^ secrets_[0], load(bytes + 8) ^ secrets_[1]) ^ owner,
            fold(load(bytes + 16) ^ secrets_[2], load(bytes + 24) ^ secrets_[3]) ^ secrets_[1]);
    }

  private:
    [[nodiscard]] static uint64_t load(const uint8_t* bytes) noexcept {
        uint64_t word = 0;
        std::memcpy(&word, bytes, sizeof word);
        return word;
    }
    /// A product folded in half: every bit of one factor reaches every bit of the result.
    [[nodiscard]] static uint64_t fold(uint64_t a, uint64_t b) noexcept {
        const unsigned __int128 product = static_cast<unsigned __int128>(a) * b;
        return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
    }

    uint64_t secrets_[4];
};

}  // namespace otento::state
