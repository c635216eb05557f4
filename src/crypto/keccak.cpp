#include <otento/crypto/keccak.hpp>

#include <otento/crypto/keccak_many.hpp>
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

/// How to hash many inputs, and from how many on that pays.
struct ManyPath {
    keccak::ManyFunction function = nullptr;
    size_t worthwhile = 0;
};

ManyPath best_path() noexcept {
    const keccak::ManyPaths paths = keccak::available_paths();
    if (paths.avx512 != nullptr) {
        return {paths.avx512, 2};
    }
    if (paths.avx2 != nullptr) {
        return {paths.avx2, 3};
    }
    return {};
}

}  // namespace

namespace keccak {

ManyPaths available_paths() noexcept {
    ManyPaths out{};
#if defined(__x86_64__)
    // Checks that the operating system saves the registers, too.
    if (__builtin_cpu_supports("avx2")) {
        out.avx2 = many_avx2;
    }
    if (__builtin_cpu_supports("avx512f")) {
        out.avx512 = many_avx512;
    }
#endif
    return out;
}

}  // namespace keccak

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
    static const ManyPath path = best_path();
    size_t done = 0;
    while (path.function != nullptr && count - done >= path.worthwhile) {
        // A batch at a time: the vector files know plain pointers only.
        constexpr size_t BATCH = 64;
        const size_t n = std::min(BATCH, count - done);
        keccak::Input batch[BATCH];
        for (size_t i = 0; i < n; ++i) {
            batch[i] = {inputs[done + i].data(), inputs[done + i].size()};
        }
        static_assert(sizeof(Hash) == 32);
        path.function(batch, n, outputs[done].data());
        done += n;
    }
    for (; done < count; ++done) {
        outputs[done] = keccak256(inputs[done]);
    }
}

}  // namespace otento::crypto
