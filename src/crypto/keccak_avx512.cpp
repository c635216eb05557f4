// Eight inputs at a time; compiled with -mavx512f.
#include <otento/crypto/keccak_lanes.hpp>

namespace otento::crypto::keccak {
namespace {

using Vector [[gnu::vector_size(64)]] = uint64_t;

}  // namespace

void many_avx512(const Input* inputs, size_t count, uint8_t* outputs) noexcept {
    Lanes<Vector>(inputs, count, outputs).run();
}

}  // namespace otento::crypto::keccak
