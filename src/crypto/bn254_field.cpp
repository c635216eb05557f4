#include <otento/crypto/bn254_field.hpp>

namespace otento::crypto::bn254 {

Fp inverse(const Fp& a) noexcept {
    // Fermat: a^(P - 2).
    const uint256 exponent = P - uint256{2};
    Fp out = Fp::one();
    for (unsigned i = 254; i-- > 0;) {
        out = square(out);
        if (((exponent >> i).low64() & 1) != 0) {
            out = out * a;
        }
    }
    return out;
}

}  // namespace otento::crypto::bn254
