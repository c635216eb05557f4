// Between keccak.cpp, which chooses, and the files compiled for one instruction set. Plain types
// only: see keccak_permutation.hpp. Internal to crypto.
#pragma once

#include <cstddef>
#include <cstdint>

namespace otento::crypto::keccak {

struct Input {
    const uint8_t* data;
    size_t size;
};

/// Hashes `count` inputs; `outputs` has 32 bytes for each. Only for machines with the instructions
/// named.
using ManyFunction = void (*)(const Input* inputs, size_t count, uint8_t* outputs) noexcept;
void many_avx2(const Input* inputs, size_t count, uint8_t* outputs) noexcept;
void many_avx512(const Input* inputs, size_t count, uint8_t* outputs) noexcept;

/// The 24 rounds on one state of 25 words.
using PermuteFunction = void (*)(uint64_t* state) noexcept;
void permute_bmi2(uint64_t* state) noexcept;

/// The paths that this machine can run; null where it cannot.
struct Paths {
    PermuteFunction bmi2;
    ManyFunction avx2;
    ManyFunction avx512;
};
[[nodiscard]] Paths available_paths() noexcept;

}  // namespace otento::crypto::keccak
