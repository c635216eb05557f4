// Field operations of alt_bn128 in x86-64 assembly: compilers keep neither the carry flag nor two
// carry chains alive. The portable forms in bn254_field.hpp say what each does, and the test
// compares them. Internal to crypto.
#pragma once

#include <cstdint>

#if defined(__x86_64__)
#define OTENTO_BN254_X86 1

namespace otento::crypto::bn254::x86 {

/// The field's prime, in memory for use as an operand.
alignas(32) inline constexpr uint64_t PRIME[4] = {0x3c208c16d87cfd47, 0x97816a916871ca8d,
                                                  0xb85045b68181585d, 0x30644e72e131a029};
inline constexpr uint64_t MINUS_INVERSE = 0x87d20782e4866389;

// clang-format off

/// out = a + b mod P.
[[gnu::always_inline]] inline void add(uint64_t* out, const uint64_t* a,
                                       const uint64_t* b) noexcept {
    uint64_t s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3];
    uint64_t d0, d1, d2, d3;
    __asm__("addq %[b0], %[s0]\n\t"
            "adcq %[b1], %[s1]\n\t"
            "adcq %[b2], %[s2]\n\t"
            "adcq %[b3], %[s3]\n\t"
            "movq %[s0], %[d0]\n\t"
            "movq %[s1], %[d1]\n\t"
            "movq %[s2], %[d2]\n\t"
            "movq %[s3], %[d3]\n\t"
            "subq %[p0], %[d0]\n\t"
            "sbbq %[p1], %[d1]\n\t"
            "sbbq %[p2], %[d2]\n\t"
            "sbbq %[p3], %[d3]\n\t"
            "cmovncq %[d0], %[s0]\n\t"
            "cmovncq %[d1], %[s1]\n\t"
            "cmovncq %[d2], %[s2]\n\t"
            "cmovncq %[d3], %[s3]"
            : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [d0] "=&r"(d0),
              [d1] "=&r"(d1), [d2] "=&r"(d2), [d3] "=&r"(d3)
            : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [p0] "m"(PRIME[0]),
              [p1] "m"(PRIME[1]), [p2] "m"(PRIME[2]), [p3] "m"(PRIME[3])
            : "cc");
    out[0] = s0; out[1] = s1; out[2] = s2; out[3] = s3;
}

/// out = a - b mod P.
[[gnu::always_inline]] inline void subtract(uint64_t* out, const uint64_t* a,
                                            const uint64_t* b) noexcept {
    uint64_t s0 = a[0], s1 = a[1], s2 = a[2], s3 = a[3];
    uint64_t d0 = PRIME[0], d1 = PRIME[1], d2 = PRIME[2], d3 = PRIME[3];
    uint64_t zero = 0;
    __asm__("subq %[b0], %[s0]\n\t"
            "sbbq %[b1], %[s1]\n\t"
            "sbbq %[b2], %[s2]\n\t"
            "sbbq %[b3], %[s3]\n\t"
            "cmovncq %[zero], %[d0]\n\t"
            "cmovncq %[zero], %[d1]\n\t"
            "cmovncq %[zero], %[d2]\n\t"
            "cmovncq %[zero], %[d3]\n\t"
            "addq %[d0], %[s0]\n\t"
            "adcq %[d1], %[s1]\n\t"
            "adcq %[d2], %[s2]\n\t"
            "adcq %[d3], %[s3]"
            : [s0] "+&r"(s0), [s1] "+&r"(s1), [s2] "+&r"(s2), [s3] "+&r"(s3), [d0] "+&r"(d0),
              [d1] "+&r"(d1), [d2] "+&r"(d2), [d3] "+&r"(d3)
            : [b0] "m"(b[0]), [b1] "m"(b[1]), [b2] "m"(b[2]), [b3] "m"(b[3]), [zero] "r"(zero)
            : "cc");
    out[0] = s0; out[1] = s1; out[2] = s2; out[3] = s3;
}

// The products keep the running sum in five registers whose roles rotate: after a reduction the
// lowest is zero and becomes the highest. Low and high halves of the partial products go through
// two carry chains (ADX).

/// t += A * B_I. `b` is the operand of the limb, `a` the base register of the four limbs.
#define OTENTO_BN254_ACCUMULATE(a, b, t0, t1, t2, t3, t4)                                         \
    "xorl %%eax, %%eax\n\t"                                                                       \
    "movq " b ", %%rdx\n\t"                                                                       \
    "mulxq 0(" a "), %%rax, %[h]\n\t  adcxq %%rax, " t0 "\n\t adoxq %[h], " t1 "\n\t"             \
    "mulxq 8(" a "), %%rax, %[h]\n\t  adcxq %%rax, " t1 "\n\t adoxq %[h], " t2 "\n\t"             \
    "mulxq 16(" a "), %%rax, %[h]\n\t adcxq %%rax, " t2 "\n\t adoxq %[h], " t3 "\n\t"             \
    "mulxq 24(" a "), %%rax, %[h]\n\t adcxq %%rax, " t3 "\n\t adoxq %[h], " t4 "\n\t"             \
    "movl $0, %%eax\n\t adcxq %%rax, " t4 "\n\t"

/// t = t + m P with m chosen so that t0 becomes zero.
#define OTENTO_BN254_REDUCE(t0, t1, t2, t3, t4)                                                   \
    "movq " t0 ", %%rdx\n\t"                                                                      \
    "imulq %[inverse], %%rdx\n\t"                                                                 \
    "xorl %%eax, %%eax\n\t"                                                                       \
    "mulxq %[p0], %%rax, %[h]\n\t adcxq %%rax, " t0 "\n\t adoxq %[h], " t1 "\n\t"                 \
    "mulxq %[p1], %%rax, %[h]\n\t adcxq %%rax, " t1 "\n\t adoxq %[h], " t2 "\n\t"                 \
    "mulxq %[p2], %%rax, %[h]\n\t adcxq %%rax, " t2 "\n\t adoxq %[h], " t3 "\n\t"                 \
    "mulxq %[p3], %%rax, %[h]\n\t adcxq %%rax, " t3 "\n\t adoxq %[h], " t4 "\n\t"                 \
    "adcxq " t0 ", " t4 "\n\t"

/// (s0..s3) -= P unless that is negative.
#define OTENTO_BN254_REDUCE_ONCE(s0, s1, s2, s3, free)                                            \
    "movq " s0 ", %%rax\n\t subq %[p0], %%rax\n\t"                                                \
    "movq " s1 ", %%rdx\n\t sbbq %[p1], %%rdx\n\t"                                                \
    "movq " s2 ", %[h]\n\t  sbbq %[p2], %[h]\n\t"                                                 \
    "movq " s3 ", " free "\n\t sbbq %[p3], " free "\n\t"                                          \
    "cmovncq %%rax, " s0 "\n\t cmovncq %%rdx, " s1 "\n\t"                                         \
    "cmovncq %[h], " s2 "\n\t  cmovncq " free ", " s3 "\n\t"

#define OTENTO_BN254_OUTPUTS                                                                      \
    [t0] "+&r"(t0), [t1] "+&r"(t1), [t2] "+&r"(t2), [t3] "+&r"(t3), [t4] "+&r"(t4), [h] "=&r"(h)
#define OTENTO_BN254_INPUTS                                                                       \
    [p0] "m"(PRIME[0]), [p1] "m"(PRIME[1]), [p2] "m"(PRIME[2]), [p3] "m"(PRIME[3]),               \
    [inverse] "m"(MINUS_INVERSE)

/// out = a b / 2^256 mod P. Needs BMI2 and ADX.
inline void multiply(uint64_t* out, const uint64_t* a, const uint64_t* b) noexcept {
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, h;
    __asm__(OTENTO_BN254_ACCUMULATE("%[a]", "0(%[b])", "%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]")
            OTENTO_BN254_REDUCE("%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]")
            OTENTO_BN254_ACCUMULATE("%[a]", "8(%[b])", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t0]")
            OTENTO_BN254_REDUCE("%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t0]")
            OTENTO_BN254_ACCUMULATE("%[a]", "16(%[b])", "%[t2]", "%[t3]", "%[t4]", "%[t0]", "%[t1]")
            OTENTO_BN254_REDUCE("%[t2]", "%[t3]", "%[t4]", "%[t0]", "%[t1]")
            OTENTO_BN254_ACCUMULATE("%[a]", "24(%[b])", "%[t3]", "%[t4]", "%[t0]", "%[t1]", "%[t2]")
            OTENTO_BN254_REDUCE("%[t3]", "%[t4]", "%[t0]", "%[t1]", "%[t2]")
            OTENTO_BN254_REDUCE_ONCE("%[t4]", "%[t0]", "%[t1]", "%[t2]", "%[t3]")
            : OTENTO_BN254_OUTPUTS
            : OTENTO_BN254_INPUTS, [a] "r"(a), [b] "r"(b)
            : "rax", "rdx", "cc", "memory");
    out[0] = t4; out[1] = t0; out[2] = t1; out[3] = t2;
}

/// out = (a b + c d) / 2^256 mod P. Needs BMI2 and ADX.
inline void sum_of_products(uint64_t* out, const uint64_t* a, const uint64_t* b, const uint64_t* c,
                            const uint64_t* d) noexcept {
    uint64_t t0 = 0, t1 = 0, t2 = 0, t3 = 0, t4 = 0, h;
    __asm__(OTENTO_BN254_ACCUMULATE("%[a]", "0(%[b])", "%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]")
            OTENTO_BN254_ACCUMULATE("%[c]", "0(%[d])", "%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]")
            OTENTO_BN254_REDUCE("%[t0]", "%[t1]", "%[t2]", "%[t3]", "%[t4]")
            OTENTO_BN254_ACCUMULATE("%[a]", "8(%[b])", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t0]")
            OTENTO_BN254_ACCUMULATE("%[c]", "8(%[d])", "%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t0]")
            OTENTO_BN254_REDUCE("%[t1]", "%[t2]", "%[t3]", "%[t4]", "%[t0]")
            OTENTO_BN254_ACCUMULATE("%[a]", "16(%[b])", "%[t2]", "%[t3]", "%[t4]", "%[t0]", "%[t1]")
            OTENTO_BN254_ACCUMULATE("%[c]", "16(%[d])", "%[t2]", "%[t3]", "%[t4]", "%[t0]", "%[t1]")
            OTENTO_BN254_REDUCE("%[t2]", "%[t3]", "%[t4]", "%[t0]", "%[t1]")
            OTENTO_BN254_ACCUMULATE("%[a]", "24(%[b])", "%[t3]", "%[t4]", "%[t0]", "%[t1]", "%[t2]")
            OTENTO_BN254_ACCUMULATE("%[c]", "24(%[d])", "%[t3]", "%[t4]", "%[t0]", "%[t1]", "%[t2]")
            OTENTO_BN254_REDUCE("%[t3]", "%[t4]", "%[t0]", "%[t1]", "%[t2]")
            OTENTO_BN254_REDUCE_ONCE("%[t4]", "%[t0]", "%[t1]", "%[t2]", "%[t3]")
            : OTENTO_BN254_OUTPUTS
            : OTENTO_BN254_INPUTS, [a] "r"(a), [b] "r"(b), [c] "r"(c), [d] "r"(d)
            : "rax", "rdx", "cc", "memory");
    out[0] = t4; out[1] = t0; out[2] = t1; out[3] = t2;
}

#undef OTENTO_BN254_ACCUMULATE
#undef OTENTO_BN254_REDUCE
#undef OTENTO_BN254_REDUCE_ONCE
#undef OTENTO_BN254_OUTPUTS
#undef OTENTO_BN254_INPUTS
// clang-format on

}  // namespace otento::crypto::bn254::x86

#endif
