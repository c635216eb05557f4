#include <otento/storage/crc32c.hpp>

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

namespace otento::storage {
namespace {

constexpr uint32_t POLYNOMIAL = 0x82f63b78;  // Bit-reversed 0x1edc6f41.

constexpr std::array<uint32_t, 256> TABLE = [] {
    std::array<uint32_t, 256> table{};
    for (uint32_t i = 0; i < 256; ++i) {
        uint32_t value = i;
        for (int bit = 0; bit < 8; ++bit) {
            value = (value >> 1) ^ ((value & 1) != 0 ? POLYNOMIAL : 0);
        }
        table[i] = value;
    }
    return table;
}();

}  // namespace

uint32_t crc32c_portable(BytesView data, uint32_t seed) noexcept {
    uint32_t crc = ~seed;
    for (const uint8_t byte : data) {
        crc = (crc >> 8) ^ TABLE[(crc ^ byte) & 0xff];
    }
    return ~crc;
}

#if defined(__SSE4_2__)
uint32_t crc32c(BytesView data, uint32_t seed) noexcept {
    uint64_t crc = ~seed;
    const uint8_t* at = data.data();
    size_t left = data.size();
    for (; left >= 8; left -= 8, at += 8) {
        uint64_t word = 0;
        std::memcpy(&word, at, 8);
        crc = _mm_crc32_u64(crc, word);
    }
    auto low = static_cast<uint32_t>(crc);
    for (; left > 0; --left, ++at) {
        low = _mm_crc32_u8(low, *at);
    }
    return ~low;
}
#else
uint32_t crc32c(BytesView data, uint32_t seed) noexcept {
    return crc32c_portable(data, seed);
}
#endif

}  // namespace otento::storage
