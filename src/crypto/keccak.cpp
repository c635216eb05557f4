#include <otento/crypto/keccak.hpp>

#include <otento/crypto/keccak_paths.hpp>
#include <otento/crypto/keccak_permutation.hpp>

#include <bit>

namespace otento::crypto {
namespace {

using keccak::RATE_BYTES;
using keccak::RATE_WORDS;
using keccak::STATE_WORDS;

static_assert(std::endian::native == std::endian::little, "lanes are read as they lie in memory");

[[gnu::noinline]] void permute_portable(uint64_t* state) noexcept {
    keccak::permute(state);
}

/// The permutation of this machine. Static initialisers of other files may hash before the choice
/// is made.
constinit keccak::PermuteFunction permute = permute_portable;
[[maybe_unused]] const bool permute_is_chosen = [] {
    if (const auto best = keccak::available_paths().bmi2; best != nullptr) {
        permute = best;
    }
    return true;
}();

uint64_t load_word(const uint8_t* in) noexcept {
    uint64_t word = 0;
    std::memcpy(&word, in, 8);
    return word;
}

void absorb(uint64_t* state, const uint8_t* block) noexcept {
    for (size_t i = 0; i < RATE_WORDS; ++i) {
        state[i] ^= load_word(block + 8 * i);
    }
}

/// Absorbs the rest of the message (shorter than a block) with Keccak's original padding 0x01 ..
/// 0x80.
void absorb_last(uint64_t* state, const uint8_t* rest, size_t size) noexcept {
    const size_t words = size / 8;
    for (size_t i = 0; i < words; ++i) {
        state[i] ^= load_word(rest + 8 * i);
    }
    const size_t left = size % 8;
    uint64_t partial = 0;
    if (left != 0) {
        std::memcpy(&partial, rest + 8 * words, left);
    }
    state[words] ^= partial | (uint64_t{1} << (8 * left));
    state[RATE_WORDS - 1] ^= uint64_t{1} << 63;
}

/// As = {}, for which GCC emits a string instruction that takes longer to start than this to
/// finish.
void clear(uint64_t (&state)[STATE_WORDS]) noexcept {
    using Pair [[gnu::vector_size(16)]] = uint64_t;
    constexpr Pair ZERO{};
#pragma GCC unroll 12
    for (size_t i = 0; i + 1 < STATE_WORDS; i += 2) {
        std::memcpy(state + i, &ZERO, sizeof ZERO);
    }
    state[STATE_WORDS - 1] = 0;
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
    const keccak::Paths paths = keccak::available_paths();
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

Paths available_paths() noexcept {
    Paths out{};
#if defined(__x86_64__)
    // Checks that the operating system saves the registers, too.
    if (__builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2")) {
        out.bmi2 = permute_bmi2;
    }
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
    uint64_t state[STATE_WORDS];
    clear(state);
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
