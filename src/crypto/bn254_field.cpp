// Products chosen by CPUID.
#include <otento/crypto/bn254_field.hpp>

namespace otento::crypto::bn254 {

#ifdef OTENTO_BN254_X86

namespace {

/// Before main runs this is false and the portable products serve.
const bool HAS_ADX = __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("adx");

}  // namespace

void multiply(Fp& out, const Fp& a, const Fp& b) noexcept {
    if (HAS_ADX) [[likely]] {
        x86::multiply(out.limbs, a.limbs, b.limbs);
    } else {
        out = portable::multiply(a, b);
    }
}

void sum_of_products(Fp& out, const Fp& a, const Fp& b, const Fp& c, const Fp& d) noexcept {
    if (HAS_ADX) [[likely]] {
        x86::sum_of_products(out.limbs, a.limbs, b.limbs, c.limbs, d.limbs);
    } else {
        out = portable::sum_of_products(a, b, c, d);
    }
}

#else

void multiply(Fp& out, const Fp& a, const Fp& b) noexcept {
    out = portable::multiply(a, b);
}

void sum_of_products(Fp& out, const Fp& a, const Fp& b, const Fp& c, const Fp& d) noexcept {
    out = portable::sum_of_products(a, b, c, d);
}

#endif

}  // namespace otento::crypto::bn254
