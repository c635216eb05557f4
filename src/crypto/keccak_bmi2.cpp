// One state at a time with andn and rorx; compiled with -mbmi -mbmi2.
#include <otento/crypto/keccak_paths.hpp>
#include <otento/crypto/keccak_permutation.hpp>

namespace otento::crypto::keccak {

void permute_bmi2(uint64_t* state) noexcept {
    permute(state);
}

}  // namespace otento::crypto::keccak
