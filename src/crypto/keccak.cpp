#include <otento/crypto/keccak.hpp>

#include <otento/crypto/keccak_permutation.hpp>

#include <bit>

namespace otento::crypto {
namespace {

using keccak::RATE_BYTES;
using keccak::RATE_WORDS;
using keccak::STATE_WORDS;

static_assert(std::endian::native == std::endian::little, "lanes are read as they lie in memory");

void permute(uint64_t* state) noexcept {
    keccak::permute(state);
}

void absorb(uint64_t* state, const uint8_t* block) noexcept {
    for (size_t i = 0; i < RATE_WORDS; ++i) {
        uint64_t word = 0;
        std::memcpy(&word, block + 8 * i, 8);
        state[i] ^= word;
    }
}

/// Absorbs the rest of the message (shorter than a block) with Keccak's original padding 0x01 ..
/// 0x80.
void absorb_last(uint64_t* state, const uint8_t* rest, size_t size) noexcept {
    uint8_t block[RATE_BYTES] = {};
    if (size != 0) {
        std::memcpy(block, rest, size);
    }
    block[size] = 0x01;
    block[RATE_BYTES - 1] |= 0x80;
    absorb(state, block);
}

Hash squeeze(const uint64_t* state) noexcept {
    Hash out;
    std::memcpy(out.data(), state, out.size());
    return out;
}

}  // namespace

Hash keccak256(BytesView data) noexcept {
    uint64_t state[STATE_WORDS] = {};
    const uint8_t* in = data.data();
    size_t left = data.size();
    for (; left >= RATE_BYTES; left -= RATE_BYTES, in += RATE_BYTES) {
        absorb(state, in);
        permute(state);
    }
    absorb_last(state, in, left);
    permute(state);
    return squeeze(state);
}

Keccak256::Keccak256() noexcept : state_{}, block_{} {}

Keccak256& Keccak256::update(BytesView data) noexcept {
    while (!data.empty()) {
        if (fill_ == 0 && data.size() >= RATE_BYTES) {
            absorb(state_, data.data());
            permute(state_);
            data = data.subspan(RATE_BYTES);
            continue;
        }
        const size_t n = std::min(data.size(), RATE_BYTES - fill_);
        std::memcpy(block_ + fill_, data.data(), n);
        fill_ += n;
        data = data.subspan(n);
        if (fill_ == RATE_BYTES) {
            absorb(state_, block_);
            permute(state_);
            fill_ = 0;
        }
    }
    return *this;
}

Hash Keccak256::finish() noexcept {
    absorb_last(state_, block_, fill_);
    permute(state_);
    return squeeze(state_);
}

void keccak256_many(const BytesView* inputs, size_t count, Hash* outputs) noexcept {
    for (size_t i = 0; i < count; ++i) {
        outputs[i] = keccak256(inputs[i]);
    }
}

}  // namespace otento::crypto
