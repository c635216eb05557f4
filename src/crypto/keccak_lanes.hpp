// Keccak-256 of many inputs in N vector lanes. A lane that finishes its input takes the next one,
// so inputs of different lengths keep all lanes busy. Included by one file per instruction set; see
// keccak_permutation.hpp for why every name is private to it. Internal to crypto.
#pragma once

#include <otento/crypto/keccak_paths.hpp>
#include <otento/crypto/keccak_permutation.hpp>

#include <string.h>

namespace otento::crypto::keccak {

/// Rows to columns, for as many vectors as they have words. Words are moved in registers: a vector
/// load of words stored one by one would stall.
template <typename Vector>
[[gnu::always_inline]] static inline void transpose(Vector (&v)[4]) {
    const Vector a = __builtin_shufflevector(v[0], v[1], 0, 4, 2, 6);
    const Vector b = __builtin_shufflevector(v[0], v[1], 1, 5, 3, 7);
    const Vector c = __builtin_shufflevector(v[2], v[3], 0, 4, 2, 6);
    const Vector d = __builtin_shufflevector(v[2], v[3], 1, 5, 3, 7);
    v[0] = __builtin_shufflevector(a, c, 0, 1, 4, 5);
    v[1] = __builtin_shufflevector(b, d, 0, 1, 4, 5);
    v[2] = __builtin_shufflevector(a, c, 2, 3, 6, 7);
    v[3] = __builtin_shufflevector(b, d, 2, 3, 6, 7);
}

template <typename Vector>
[[gnu::always_inline]] static inline void transpose(Vector (&v)[8]) {
    Vector s[8];
    for (size_t i = 0; i < 8; i += 2) {
        s[i] = __builtin_shufflevector(v[i], v[i + 1], 0, 8, 2, 10, 4, 12, 6, 14);
        s[i + 1] = __builtin_shufflevector(v[i], v[i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
    }
    Vector t[8];
    for (size_t i = 0; i < 8; i += 4) {
        for (size_t j = 0; j < 2; ++j) {
            const Vector& low = s[i + j];
            const Vector& high = s[i + j + 2];
            t[i + j] = __builtin_shufflevector(low, high, 0, 1, 8, 9, 4, 5, 12, 13);
            t[i + j + 2] = __builtin_shufflevector(low, high, 2, 3, 10, 11, 6, 7, 14, 15);
        }
    }
    for (size_t j = 0; j < 4; ++j) {
        v[j] = __builtin_shufflevector(t[j], t[j + 4], 0, 1, 2, 3, 8, 9, 10, 11);
        v[j + 4] = __builtin_shufflevector(t[j], t[j + 4], 4, 5, 6, 7, 12, 13, 14, 15);
    }
}

/// @tparam Vector  A vector of N words (GCC's vector extension).
template <typename Vector>
class Lanes {
    static constexpr size_t N = sizeof(Vector) / sizeof(uint64_t);

  public:
    Lanes(const Input* inputs, size_t count, uint8_t* outputs) noexcept
        : inputs_(inputs), count_(count), outputs_(outputs) {}

    [[gnu::always_inline]] inline void run() noexcept {
        for (size_t lane = 0; lane < N; ++lane) {
            load(lane);
        }
        Vector state[STATE_WORDS] = {};
        while (busy_ != 0) {
            absorb(state);
            permute(state);
            memcpy(hashes_, state, sizeof hashes_);
            for (size_t lane = 0; lane < N; ++lane) {
                keep_[lane] = ~uint64_t{0};
                if (last_[lane]) {
                    store(lane);
                    --busy_;
                    load(lane);
                }
            }
        }
    }

  private:
    /// Gives the lane the next input, or lets it turn idly if there is none.
    void load(size_t lane) noexcept {
        keep_[lane] = 0;
        last_[lane] = false;
        active_[lane] = next_ < count_;
        if (active_[lane]) {
            input_[lane] = inputs_[next_];
            index_[lane] = next_++;
            ++busy_;
        }
    }

    /// The lane's next block, padded if it is the last one.
    const uint8_t* block(size_t lane) noexcept {
        Input& input = input_[lane];
        if (!active_[lane]) {
            return padded_[lane];
        }
        if (input.size >= RATE_BYTES) {
            const uint8_t* const out = input.data;
            input.data += RATE_BYTES;
            input.size -= RATE_BYTES;
            return out;
        }
        uint8_t* const out = padded_[lane];
        memset(out, 0, RATE_BYTES);
        if (input.size != 0) {
            memcpy(out, input.data, input.size);
        }
        out[input.size] = 0x01;
        out[RATE_BYTES - 1] |= 0x80;
        last_[lane] = true;
        return out;
    }

    [[gnu::always_inline]] inline void absorb(Vector (&state)[STATE_WORDS]) noexcept {
        const uint8_t* blocks[N];
        for (size_t lane = 0; lane < N; ++lane) {
            blocks[lane] = block(lane);
        }
        Vector keep;
        memcpy(&keep, keep_, sizeof keep);
        for (size_t i = 0; i < STATE_WORDS; ++i) {
            state[i] &= keep;
        }
        for (size_t word = 0; word + N <= RATE_WORDS; word += N) {
            Vector rows[N];
            for (size_t lane = 0; lane < N; ++lane) {
                memcpy(&rows[lane], blocks[lane] + 8 * word, sizeof(Vector));
            }
            transpose(rows);
            for (size_t i = 0; i < N; ++i) {
                state[word + i] ^= rows[i];
            }
        }
        static_assert(RATE_WORDS % N == 1);
        uint64_t rest[N];
        for (size_t lane = 0; lane < N; ++lane) {
            memcpy(&rest[lane], blocks[lane] + 8 * (RATE_WORDS - 1), 8);
        }
        Vector row;
        memcpy(&row, rest, sizeof row);
        state[RATE_WORDS - 1] ^= row;
    }

    void store(size_t lane) noexcept {
        for (size_t i = 0; i < 4; ++i) {
            memcpy(outputs_ + 32 * index_[lane] + 8 * i, &hashes_[i][lane], 8);
        }
    }

    const Input* inputs_;
    size_t count_;
    uint8_t* outputs_;
    size_t next_ = 0;
    size_t busy_ = 0;

    Input input_[N] = {};  ///< What is left of each lane's input.
    size_t index_[N] = {};
    bool active_[N] = {};
    bool last_[N] = {};                      ///< The padded block is in.
    alignas(Vector) uint64_t keep_[N] = {};  ///< Ones, or zero where the lane starts a new input.
    alignas(Vector) uint64_t hashes_[4][N] = {};
    alignas(Vector) uint8_t padded_[N][RATE_BYTES] = {};
};

}  // namespace otento::crypto::keccak
