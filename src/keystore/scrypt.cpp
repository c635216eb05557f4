#include <otento/keystore/scrypt.hpp>

#include <otento/base/assert.hpp>

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cstring>

namespace otento::keystore {
namespace {

constexpr size_t BLOCK_WORDS = 16;  // Salsa20 works on 64 bytes.
using Block = std::array<uint32_t, BLOCK_WORDS>;

/// RFC 7914 section 3: Salsa20/8.
void salsa(Block& block) noexcept {
    Block x = block;
    const auto quarter = [&x](size_t a, size_t b, size_t c, size_t d) {
        x[b] ^= std::rotl(x[a] + x[d], 7);
        x[c] ^= std::rotl(x[b] + x[a], 9);
        x[d] ^= std::rotl(x[c] + x[b], 13);
        x[a] ^= std::rotl(x[d] + x[c], 18);
    };
    for (int round = 0; round < 4; ++round) {
        quarter(0, 4, 8, 12);
        quarter(5, 9, 13, 1);
        quarter(10, 14, 2, 6);
        quarter(15, 3, 7, 11);
        quarter(0, 1, 2, 3);
        quarter(5, 6, 7, 4);
        quarter(10, 11, 8, 9);
        quarter(15, 12, 13, 14);
    }
    for (size_t i = 0; i < BLOCK_WORDS; ++i) {
        block[i] += x[i];
    }
}

/// Section 4: scryptBlockMix of 2 r blocks.
void mix_blocks(const uint32_t* in, uint32_t* out, size_t r) noexcept {
    Block x;
    std::memcpy(x.data(), in + (2 * r - 1) * BLOCK_WORDS, sizeof(x));
    for (size_t i = 0; i < 2 * r; ++i) {
        for (size_t word = 0; word < BLOCK_WORDS; ++word) {
            x[word] ^= in[i * BLOCK_WORDS + word];
        }
        salsa(x);
        const size_t place = i % 2 == 0 ? i / 2 : r + i / 2;
        std::memcpy(out + place * BLOCK_WORDS, x.data(), sizeof(x));
    }
}

/// Section 5: scryptROMix. Words are little-endian on disk; this machine is, too.
void mix_memory(uint32_t* block, uint64_t n, size_t r) {
    static_assert(std::endian::native == std::endian::little);
    const size_t words = 2 * r * BLOCK_WORDS;
    std::vector<uint32_t> table(n * words);
    std::vector<uint32_t> x(block, block + words);
    std::vector<uint32_t> y(words);
    for (uint64_t i = 0; i < n; ++i) {
        std::memcpy(table.data() + i * words, x.data(), words * sizeof(uint32_t));
        mix_blocks(x.data(), y.data(), r);
        x.swap(y);
    }
    for (uint64_t i = 0; i < n; ++i) {
        const uint32_t* last = x.data() + (2 * r - 1) * BLOCK_WORDS;
        const uint64_t j = (last[0] | uint64_t{last[1]} << 32) & (n - 1);
        for (size_t word = 0; word < words; ++word) {
            x[word] ^= table[j * words + word];
        }
        mix_blocks(x.data(), y.data(), r);
        x.swap(y);
    }
    std::memcpy(block, x.data(), words * sizeof(uint32_t));
}

}  // namespace

void pbkdf2(std::string_view password, BytesView salt, uint32_t rounds, Bytes& out) {
    const int done =
        PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), salt.data(),
                          static_cast<int>(salt.size()), static_cast<int>(rounds), EVP_sha256(),
                          static_cast<int>(out.size()), out.data());
    ASSERT(done == 1);
}

void scrypt(std::string_view password, BytesView salt, uint64_t n, uint32_t r, uint32_t p,
            Bytes& out) {
    ASSERT(std::has_single_bit(n));
    const size_t bytes = size_t{128} * r;
    Bytes blocks(bytes * p);
    pbkdf2(password, salt, 1, blocks);
    std::vector<uint32_t> words(bytes / sizeof(uint32_t));
    for (uint32_t i = 0; i < p; ++i) {
        std::memcpy(words.data(), blocks.data() + i * bytes, bytes);
        mix_memory(words.data(), n, r);
        std::memcpy(blocks.data() + i * bytes, words.data(), bytes);
    }
    pbkdf2(password, blocks, 1, out);
}

}  // namespace otento::keystore
