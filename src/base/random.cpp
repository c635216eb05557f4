#include <otento/base/random.hpp>

#include <sys/random.h>

#include <bit>
#include <cerrno>

namespace otento {

Random::Random(uint64_t seed) noexcept {
    // SplitMix64 spreads the seed over the state, as the authors of xoshiro advise.
    for (uint64_t& word : state_) {
        seed += 0x9e3779b97f4a7c15ULL;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        word = z ^ (z >> 31);
    }
}

uint64_t Random::next() noexcept {
    const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
}

uint64_t Random::below(uint64_t bound) noexcept {
    ASSERT(bound > 0);
    return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * bound) >> 64);
}

uint64_t Random::between(uint64_t low, uint64_t high) noexcept {
    ASSERT(low <= high);
    return high - low == UINT64_MAX ? next() : low + below(high - low + 1);
}

bool Random::chance(uint32_t per_mille) noexcept {
    return below(1000) < per_mille;
}

void secure_random(std::span<uint8_t> out) noexcept {
    size_t done = 0;
    while (done < out.size()) {
        const ssize_t n = getrandom(out.data() + done, out.size() - done, 0);
        if (n < 0) {
            ASSERT(errno == EINTR);
            continue;
        }
        done += static_cast<size_t>(n);
    }
}

}  // namespace otento
